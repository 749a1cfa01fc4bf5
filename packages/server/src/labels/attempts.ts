/** @file Slows down guessing of passwords. */
import { ApiError } from '../errors.ts'

const FREE = 5
const LONGEST_MS = 15 * 60_000
const NAMES = 10_000

/** Counts wrong passwords of each name; after five, the next try has to wait, twice as long each time. */
export class SignInAttempts {
  readonly #now: () => number
  readonly #failed = new Map<string, { count: number; until: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Refuses a try that comes too early. @throws ApiError 429. */
  check(name: string): void {
    const wait = (this.#failed.get(key(name))?.until ?? 0) - this.#now()
    if (wait <= 0) return
    const seconds = Math.ceil(wait / 1000)
    throw new ApiError(429, `Too many wrong passwords; try again in ${seconds} s.`, {
      code: 'too_many_attempts',
      headers: { 'retry-after': String(seconds) },
    })
  }

  /** Notes how a try ended. */
  note(name: string, right: boolean): void {
    if (right) {
      this.#failed.delete(key(name))
      return
    }
    const count = (this.#failed.get(key(name))?.count ?? 0) + 1
    const wait = count < FREE ? 0 : Math.min(LONGEST_MS, 1000 * 2 ** (count - FREE))
    this.#failed.delete(key(name))
    this.#failed.set(key(name), { count, until: this.#now() + wait })
    // Names come from strangers: only the newest are remembered.
    for (const old of this.#failed.keys()) {
      if (this.#failed.size <= NAMES) break
      this.#failed.delete(old)
    }
  }
}

function key(name: string): string {
  return name.trim().toLowerCase().slice(0, 64)
}
