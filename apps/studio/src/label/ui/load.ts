/** @file What a page shows comes from the server: loading it, loading it again, and saying why it did not come. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { notify } from '../../talk/notices.ts'
import { account } from '../session.ts'
import { asFailure } from '../wire.ts'

/** Something from the server. */
export interface Loaded<T> {
  readonly value: Signal<T | null>
  readonly problem: Signal<string | null>
  readonly again: () => Promise<void>
}

/** Loads when the component appears and when `key` changes. */
export function useLoaded<T>(load: () => Promise<T>, key: string): Loaded<T> {
  const value = useSignal<T | null>(null)
  const problem = useSignal<string | null>(null)
  const again = async (): Promise<void> => {
    try {
      value.value = await load()
      problem.value = null
    } catch (error) {
      problem.value = explain(error)
    }
  }
  useEffect(() => {
    value.value = null
    void again()
  }, [key])
  return { value, problem, again }
}

/** Does something on the server; a failure is shown at the edge of the page. @returns whether it was done. */
export async function attempt(action: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await action()
    if (done !== undefined) notify(done)
    return true
  } catch (error) {
    notify(explain(error), { tone: 'problem' })
    return false
  }
}

function explain(error: unknown): string {
  const failure = asFailure(error)
  // The session has ended; the page asks to sign in again.
  if (failure.status === 401) account.value = null
  return failure.message
}
