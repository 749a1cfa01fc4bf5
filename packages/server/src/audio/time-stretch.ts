/** @file Playing speech faster or slower at the same pitch. */
import { concatFloats } from 'tony'

/**
 * Waveform similarity overlap-add (Verhelst and Roelands, 1993) on a live stream: windows are taken from the input
 * `speed` times as fast as they are laid down, each moved by up to `search` samples to where it continues best.
 */
export class TimeStretch {
  readonly #speed: number
  /** Half a window: what each step puts out. */
  readonly #hop: number
  readonly #search: number
  readonly #fade: Float32Array
  #input: Float32Array = new Float32Array(0)
  /** Position of `#input[0]` in the whole input. */
  #offset = 0
  #step = 0
  /** The second half of the last window, still to be faded out: the natural continuation. */
  #tail: Float32Array | undefined

  constructor(speed: number, sampleRate: number) {
    this.#speed = speed
    this.#hop = Math.round(0.015 * sampleRate)
    this.#search = Math.round(0.008 * sampleRate)
    this.#fade = Float32Array.from(
      { length: this.#hop },
      (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / this.#hop),
    )
  }

  /** Takes samples and returns what can be said so far. */
  push(samples: Float32Array): Float32Array {
    const input = new Float32Array(this.#input.length + samples.length)
    input.set(this.#input)
    input.set(samples, this.#input.length)
    this.#input = input
    const out: Float32Array[] = []
    while (this.#offset + this.#input.length >= this.#ideal() + this.#search + 2 * this.#hop) out.push(this.#next())
    const keepFrom = Math.max(0, Math.min(this.#input.length, this.#ideal() - this.#search - this.#offset))
    this.#input = this.#input.slice(keepFrom)
    this.#offset += keepFrom
    return concatFloats(out)
  }

  /** The end of the sound. At high speeds the whole may be up to 5 ms longer than the input's share. */
  end(): Float32Array {
    const left = this.#offset + this.#input.length - this.#ideal()
    if (left <= 0) return new Float32Array(0)
    const out = this.push(new Float32Array(this.#search + 2 * this.#hop))
    return out.subarray(0, Math.min(out.length, Math.ceil(left / this.#speed)))
  }

  /** Where the next window begins if nothing moves it. */
  #ideal(): number {
    return Math.round(this.#step * this.#hop * this.#speed)
  }

  #next(): Float32Array {
    const hop = this.#hop
    const ideal = this.#ideal() - this.#offset
    const at = this.#tail === undefined ? ideal : this.#best(ideal, this.#tail)
    const out = this.#input.slice(at, at + hop)
    if (this.#tail !== undefined) {
      for (let i = 0; i < hop; i++) out[i] = out[i]! * this.#fade[i]! + this.#tail[i]! * (1 - this.#fade[i]!)
    }
    this.#tail = this.#input.slice(at + hop, at + 2 * hop)
    this.#step++
    return out
  }

  /** The place near `ideal` that is most like `target`, by normalised correlation. */
  #best(ideal: number, target: Float32Array): number {
    let best = Math.max(0, ideal)
    let bestScore = -Infinity
    for (let at = Math.max(0, ideal - this.#search); at <= ideal + this.#search; at += 2) {
      let dot = 0
      let power = 1e-9
      for (let i = 0; i < target.length; i += 2) {
        const x = this.#input[at + i]!
        dot += x * target[i]!
        power += x * x
      }
      const score = dot / Math.sqrt(power)
      if (score > bestScore) {
        bestScore = score
        best = at
      }
    }
    return best
  }
}
