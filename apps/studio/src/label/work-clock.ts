/** @file Seconds of work without pauses. */

/** Who does nothing for this long is taken to be away. */
const PAUSE_MS = 60_000

/** Counts the time between signs of life, up to a minute each. */
export class WorkClock {
  readonly #now: () => number
  #last: number
  #ms: number

  constructor(now: () => number, seconds = 0) {
    this.#now = now
    this.#last = now()
    this.#ms = 1000 * seconds
  }

  /** Notes a sign of life. */
  note(): void {
    const now = this.#now()
    this.#ms += Math.min(Math.max(now - this.#last, 0), PAUSE_MS)
    this.#last = now
  }

  /** Seconds so far. */
  get seconds(): number {
    return Math.round(this.#ms / 100) / 10
  }
}
