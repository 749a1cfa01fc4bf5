/** @file Sound of earlier answers, which the next turn of a chat may name by its id. */

/** One answer's sound (16 kHz) and its words. */
export interface StoredAudio {
  readonly samples: Float32Array
  readonly transcript: string
}

/** Keeps the newest answers up to a number of bytes, each for at most an hour. */
export class AudioStore {
  readonly #maxBytes: number
  readonly #now: () => number
  readonly #entries = new Map<string, StoredAudio & { expiresAt: number }>()
  #bytes = 0

  constructor(maxBytes: number, now: () => number) {
    this.#maxBytes = maxBytes
    this.#now = now
  }

  /** When something stored now is dropped, in Unix seconds. */
  expiry(): number {
    return Math.floor(this.#now() / 1000) + 3600
  }

  /** Keeps an answer; older ones make room. One that is larger than the store is not kept. */
  put(id: string, audio: StoredAudio): void {
    const bytes = size(audio)
    if (bytes > this.#maxBytes) return
    this.#entries.set(id, { ...audio, expiresAt: this.expiry() })
    this.#bytes += bytes
    for (const [old, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes && entry.expiresAt * 1000 > this.#now()) break
      this.#drop(old, entry)
    }
  }

  /** The answer of that id, unless it has expired or made room. */
  get(id: string): StoredAudio | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    if (entry.expiresAt * 1000 > this.#now()) return entry
    this.#drop(id, entry)
    return undefined
  }

  #drop(id: string, entry: StoredAudio): void {
    this.#entries.delete(id)
    this.#bytes -= size(entry)
  }
}

/** An empty answer must cost something too, or their number would be unbounded. */
function size(audio: StoredAudio): number {
  return audio.samples.byteLength + 2 * audio.transcript.length + 256
}
