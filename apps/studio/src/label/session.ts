/** @file Who is signed in. */
import { type Signal, signal } from '@preact/signals'
import type { AccountObject } from '@tony/server/protocol'
import { asFailure, call } from './wire.ts'

/** The account; null for nobody, undefined before the server has said. */
export const account: Signal<AccountObject | null | undefined> = signal(undefined)

/** Why the server could not be asked, in a sentence. */
export const sessionProblem: Signal<string | null> = signal(null)

type Answer = { readonly account: AccountObject }

/** Asks the server who is signed in. */
export async function meet(): Promise<void> {
  sessionProblem.value = null
  try {
    account.value = (await call<Answer>('GET', 'session')).account
  } catch (error) {
    const failure = asFailure(error)
    if (failure.status === 401) account.value = null
    else if (failure.code === 'unknown_url') {
      sessionProblem.value = 'This server keeps no labels. Start it with “tony serve --store FOLDER” to label here.'
    } else sessionProblem.value = failure.message
  }
}

/** Signs in. @throws ApiFailure */
export async function signIn(name: string, password: string): Promise<void> {
  account.value = (await call<Answer>('POST', 'session', { body: { name, password } })).account
}

/** Makes an account from an invite and signs it in. @throws ApiFailure */
export async function acceptInvite(token: string, name: string, password: string): Promise<void> {
  account.value = (await call<Answer>('POST', 'invites/accept', { body: { token, name, password } })).account
}

/** Sets the password of a link's account and signs it in. @throws ApiFailure */
export async function acceptReset(token: string, password: string): Promise<void> {
  account.value = (await call<Answer>('POST', 'resets/accept', { body: { token, password } })).account
}

/** Signs out. @throws ApiFailure */
export async function signOut(): Promise<void> {
  await call('DELETE', 'session')
  account.value = null
}
