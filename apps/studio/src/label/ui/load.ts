/** @file What a page shows comes from the server: loading it, loading it again, and saying why it did not come. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { notify } from '../../talk/notices.ts'
import { account } from '../session.ts'
import { asFailure } from '../wire.ts'

/** Something from the server. */
export interface Loaded<T> {
  readonly value: Signal<T | null>
  readonly problem: Signal<string | null>
  readonly again: () => Promise<void>
}

/**
 * Loads when the component appears and when `key` changes.
 *
 * @param meanwhile - what is shown until the new is there: nothing, or what was shown last.
 */
export function useLoaded<T>(
  load: () => Promise<T>,
  key: string,
  meanwhile: 'nothing' | 'last' = 'nothing',
): Loaded<T> {
  const value = useSignal<T | null>(null)
  const problem = useSignal<string | null>(null)
  const asked = useRef(0)
  const again = async (): Promise<void> => {
    const turn = ++asked.current
    try {
      const found = await load()
      // An answer that was overtaken by a later one's is of yesterday.
      if (turn !== asked.current) return
      value.value = found
      problem.value = null
    } catch (error) {
      if (turn !== asked.current) return
      problem.value = explain(error)
      if (meanwhile === 'last') value.value = null
    }
  }
  useEffect(() => {
    if (meanwhile === 'nothing') value.value = null
    void again()
  }, [key])
  return { value, problem, again }
}

/** What a form of its own page sends: whether it is on its way, and why it failed. */
export function useSending(send: () => Promise<void>): {
  readonly busy: Signal<boolean>
  readonly problem: Signal<string>
  readonly submit: () => Promise<void>
} {
  const busy = useSignal(false)
  const problem = useSignal('')
  const submit = async (): Promise<void> => {
    busy.value = true
    problem.value = ''
    try {
      await send()
    } catch (error) {
      problem.value = asFailure(error).message
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, submit }
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

/** Anything caught, in a sentence; who is not signed in any more is asked to sign in. */
export function explain(error: unknown): string {
  const failure = asFailure(error)
  // The session has ended; the page asks to sign in again.
  if (failure.status === 401) account.value = null
  return failure.message
}
