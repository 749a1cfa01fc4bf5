/** @file Sound of earlier answers, which the next turn of a chat may name by its id. */
import { KEEP_MS, makeKept } from './kept.ts'

/** One answer's sound (16 kHz) and its words. */
export interface StoredAudio {
  readonly samples: Float32Array
  readonly transcript: string
}

/** Keeps the answers that were used last up to a number of bytes, each for at most an hour. */
export class AudioStore {
  readonly #now: () => number
  readonly #kept: ReturnType<typeof makeKept<StoredAudio>>

  constructor(maxBytes: number, now: () => number) {
    this.#now = now
    this.#kept = makeKept({
      maxBytes,
      now,
      // An empty answer must cost something too, or their number would be unbounded.
      bytesOf: ({ samples, transcript }) => samples.byteLength + 2 * transcript.length + 256,
    })
  }

  /** When something stored now is dropped, in Unix seconds. */
  expiry(): number {
    return Math.floor((this.#now() + KEEP_MS) / 1000)
  }

  /** Keeps an answer; older ones make room. One that is larger than the store is not kept. */
  put(id: string, audio: StoredAudio): void {
    this.#kept.set(id, audio)
  }

  /** The answer of that id, unless it has expired or made room. */
  get(id: string): StoredAudio | undefined {
    return this.#kept.get(id)
  }
}
