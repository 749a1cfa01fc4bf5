/** @file Band-limited resampling of sound that arrives in pieces. */

const ZERO_CROSSINGS = 12

/** Converts from one sample rate to another; pieces of any length give the same result as one long one. */
export class StreamResampler {
  readonly #up: number
  readonly #down: number
  readonly #reach: number
  readonly #phases: readonly Float32Array[]
  /** Input that later outputs still need; starts with silence, so the first output is at input 0. */
  #pending: Float32Array
  /** Where in `#pending` the next output lies: whole samples, and the rest in 1/`#up`. */
  #at: number
  #phase = 0

  constructor(from: number, to: number) {
    const divisor = gcd(from, to)
    this.#up = to / divisor
    this.#down = from / divisor
    // Below the lower of the two Nyquist rates, with room for the filter's slope.
    const cutoff = Math.min(1, to / from) * 0.92
    this.#reach = Math.ceil(ZERO_CROSSINGS / cutoff)
    this.#phases = Array.from({ length: this.#up }, (_, phase) => kernel(this.#reach, cutoff, phase / this.#up))
    this.#pending = new Float32Array(this.#reach)
    this.#at = this.#reach
  }

  /** Takes the next samples and returns those of the new rate that are ready. */
  process(input: Float32Array): Float32Array<ArrayBuffer> {
    const all = new Float32Array(this.#pending.length + input.length)
    all.set(this.#pending)
    all.set(input, this.#pending.length)
    const out: number[] = []
    while (this.#at + this.#reach < all.length) {
      const weights = this.#phases[this.#phase]!
      const start = this.#at - this.#reach
      let sum = 0
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * all[start + i]!
      out.push(sum)
      this.#phase += this.#down
      this.#at += Math.floor(this.#phase / this.#up)
      this.#phase %= this.#up
    }
    const drop = Math.min(all.length, this.#at - this.#reach)
    this.#pending = all.slice(drop)
    this.#at -= drop
    return new Float32Array(out)
  }
}

/** Hann-windowed sinc around a point `shift` after the middle tap; its weights add up to 1. */
function kernel(reach: number, cutoff: number, shift: number): Float32Array {
  const weights = new Float32Array(2 * reach + 1)
  let total = 0
  for (let i = 0; i < weights.length; i++) {
    const x = i - reach - shift
    const window = Math.abs(x) <= reach ? 0.5 + 0.5 * Math.cos((Math.PI * x) / reach) : 0
    const angle = Math.PI * x * cutoff
    weights[i] = window * (angle === 0 ? 1 : Math.sin(angle) / angle)
    total += weights[i]!
  }
  return weights.map((weight) => weight / total)
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
