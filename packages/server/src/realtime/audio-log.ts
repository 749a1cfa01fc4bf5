/** @file The last stretch of what a realtime client said, by position since the session began. */

/** Keeps samples under their absolute position until they are trimmed away. */
export class AudioLog {
  readonly #chunks: { readonly at: number; readonly samples: Float32Array }[] = []
  #end = 0

  /** Position of the oldest sample that is still there. */
  get start(): number {
    return this.#chunks[0]?.at ?? this.#end
  }

  /** Position after the newest sample: all samples ever appended. */
  get end(): number {
    return this.#end
  }

  append(samples: Float32Array): void {
    if (samples.length === 0) return
    this.#chunks.push({ at: this.#end, samples })
    this.#end += samples.length
  }

  /** Drops whole chunks before a position. */
  trim(before: number): void {
    let count = 0
    for (const chunk of this.#chunks) {
      if (chunk.at + chunk.samples.length > before) break
      count++
    }
    this.#chunks.splice(0, count)
  }

  /** A copy of what is left of a span. */
  slice(from: number, to: number): Float32Array {
    const first = Math.max(from, this.start)
    const out = new Float32Array(Math.max(0, Math.min(to, this.#end) - first))
    for (const { at, samples } of this.#chunks) {
      const begin = Math.max(first, at)
      const end = Math.min(first + out.length, at + samples.length)
      if (end > begin) out.set(samples.subarray(begin - at, end - at), begin - first)
    }
    return out
  }
}
