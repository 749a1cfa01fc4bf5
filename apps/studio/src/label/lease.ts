/** @file How long an item stays the labeler's. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'

/** `ending`: soon over if nobody works on it. */
export type LeaseState = 'running' | 'ending' | 'over'

/** Follows the time of one item, on this machine's clock: the server's may be set differently. */
export class Lease {
  readonly #state: Signal<LeaseState> = signal('running')
  readonly #now: () => number
  readonly #later: (run: () => void, ms: number) => () => void
  #until = ''
  #from = 0
  #ms = 0
  #stop = (): void => {}

  constructor(now: () => number, later: (run: () => void, ms: number) => () => void) {
    this.#now = now
    this.#later = later
  }

  /** How the time stands. */
  get state(): ReadonlySignal<LeaseState> {
    return this.#state
  }

  /** Whether half of it is over, so that work should renew it. */
  get aging(): boolean {
    return this.#until !== '' && this.#state.value !== 'over' && this.#now() - this.#from > this.#ms / 2
  }

  /** Notes what the server says; a time that it has said before was not renewed. */
  renewed(until: string, seconds: number): void {
    if (until === this.#until) return
    this.stop()
    this.#until = until
    this.#from = this.#now()
    this.#ms = 1000 * seconds
    const warning = Math.min(60_000, this.#ms / 5)
    // Two clocks, not one after the other: both may be due at once when a machine wakes up.
    const stops = [
      this.#later(() => {
        this.#state.value = 'ending'
      }, this.#ms - warning),
      this.#later(() => {
        this.#state.value = 'over'
      }, this.#ms),
    ]
    this.#stop = () => {
      for (const stop of stops) stop()
    }
  }

  /** Follows nothing any more. */
  stop(): void {
    this.#stop()
    this.#until = ''
    this.#state.value = 'running'
  }
}
