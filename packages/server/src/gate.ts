/** @file How many answers are made at once, and how many requests may wait. */
import { ApiError } from './errors.ts'

/** Hands out a fixed number of slots, first come, first served. */
export class Gate {
  readonly #slots: number
  readonly #queueLimit: number
  #active = 0
  readonly #waiting: (() => void)[] = []

  /** @param slots answers at once; @param queueLimit requests that may wait beyond that. */
  constructor(slots: number, queueLimit: number) {
    this.#slots = slots
    this.#queueLimit = queueLimit
  }

  /** Slots in use. */
  get active(): number {
    return this.#active
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Waits for a slot and returns the function that gives it back (calling it twice does nothing).
   *
   * @throws ApiError 429 at once if the queue is full; the signal's reason if it aborts first.
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#active < this.#slots) this.#active++
    else {
      if (this.#waiting.length >= this.#queueLimit) throw tooBusy(this.#slots)
      await this.#wait(signal)
    }
    let released = false
    return () => {
      if (released) return
      released = true
      // The next in line takes the slot over, so the count stays.
      const next = this.#waiting.shift()
      if (next === undefined) this.#active--
      else next()
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(turn)
    })
  }
}

/** The 429 of a server that has all hands full. */
export function tooBusy(slots: number): ApiError {
  return new ApiError(429, `All ${slots} places are taken and the queue is full; try again in a moment.`, {
    code: 'rate_limit_exceeded',
    headers: { 'retry-after': '1', 'retry-after-ms': '1000' },
  })
}
