/** @file The last minute of what the microphone sent, to cut out what the user said. */
import { WIRE_RATE } from '../sound/pcm.ts'

const SECONDS = 60

/** Keeps the newest sound; times are in milliseconds of all sound ever sent, as the server counts. */
export class HeardRing {
  readonly #store = new Int16Array(SECONDS * WIRE_RATE)
  #total = 0

  push(samples: Int16Array): void {
    for (const sample of samples) this.#store[this.#total++ % this.#store.length] = sample
  }

  /** The sound between two times; what is too old or not there yet is left out. */
  cut(fromMs: number, toMs: number): Int16Array<ArrayBuffer> {
    const from = Math.max(0, this.#total - this.#store.length, Math.round((fromMs * WIRE_RATE) / 1000))
    const to = Math.min(this.#total, Math.round((toMs * WIRE_RATE) / 1000))
    const out = new Int16Array(Math.max(0, to - from))
    for (let i = 0; i < out.length; i++) out[i] = this.#store[(from + i) % this.#store.length]!
    return out
  }
}
