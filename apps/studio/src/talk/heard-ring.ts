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

  /** How long it has been quiet since somebody spoke, in milliseconds: since the last 20 ms that are a tenth as loud as the loudest after `fromMs`. */
  quietMs(fromMs: number): number {
    const spoken = this.cut(fromMs, Number.POSITIVE_INFINITY)
    const step = WIRE_RATE / 50
    const levels = Array.from({ length: Math.floor(spoken.length / step) }, (_, i) =>
      Math.hypot(...spoken.subarray(i * step, (i + 1) * step)),
    )
    const loudest = Math.max(0, ...levels)
    const last = levels.findLastIndex((level) => level > loudest / 10)
    return ((spoken.length - (last + 1) * step) * 1000) / WIRE_RATE
  }
}
