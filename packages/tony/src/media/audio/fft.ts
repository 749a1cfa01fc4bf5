/** @file Fast Fourier transform of real signals whose length is a power of two. */
import { TonyError } from '../../util/errors.ts'

/**
 * A real FFT of a fixed size. Tables and work space are made once; `forward` and `inverse` allocate nothing.
 *
 * A real signal of n samples is transformed as a complex one of n/2 (even samples real, odd ones imaginary) and
 * untangled afterwards, which halves the work.
 */
export class RealFft {
  /** Number of real samples, n. */
  readonly size: number
  /** Number of complex bins, n/2 + 1. */
  readonly bins: number
  readonly #half: number
  readonly #re: Float64Array
  readonly #im: Float64Array
  readonly #cos: Float64Array
  readonly #sin: Float64Array
  readonly #reversed: Uint32Array

  /** @throws TonyError `invalid` if `size` is not a power of two of at least 4. */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < 4 || (size & (size - 1)) !== 0) {
      throw new TonyError('invalid', `RealFft: size must be a power of two of at least 4, got ${size}`)
    }
    const half = size / 2
    this.size = size
    this.bins = half + 1
    this.#half = half
    this.#re = new Float64Array(half)
    this.#im = new Float64Array(half)
    this.#cos = new Float64Array(half)
    this.#sin = new Float64Array(half)
    for (let k = 0; k < half; k++) {
      this.#cos[k] = Math.cos((2 * Math.PI * k) / size)
      this.#sin[k] = -Math.sin((2 * Math.PI * k) / size)
    }
    this.#reversed = new Uint32Array(half)
    const bits = Math.log2(half)
    for (let i = 0; i < half; i++) {
      let r = 0
      for (let b = 0; b < bits; b++) r |= ((i >> b) & 1) << (bits - 1 - b)
      this.#reversed[i] = r
    }
  }

  /** Writes X[k] = sum_t x[t] e^(-2 pi i k t / n) for k = 0..n/2 into `re` and `im`; reads n samples of `x`. */
  forward(x: Float32Array | Float64Array, re: Float64Array, im: Float64Array): void {
    const half = this.#half
    const zr = this.#re
    const zi = this.#im
    const reversed = this.#reversed
    for (let i = 0; i < half; i++) {
      const r = reversed[i]!
      zr[r] = x[2 * i]!
      zi[r] = x[2 * i + 1]!
    }
    this.#transform()
    re[0] = zr[0]! + zi[0]!
    im[0] = 0
    re[half] = zr[0]! - zi[0]!
    im[half] = 0
    for (let k = 1; k <= half / 2; k++) {
      const m = half - k
      // Even part E = (Z[k] + conj Z[m]) / 2, odd part O = (Z[k] - conj Z[m]) / 2i; X[k] = E + w^k O.
      const er = (zr[k]! + zr[m]!) / 2
      const ei = (zi[k]! - zi[m]!) / 2
      const or = (zi[k]! + zi[m]!) / 2
      const oi = (zr[m]! - zr[k]!) / 2
      const c = this.#cos[k]!
      const s = this.#sin[k]!
      const tr = c * or - s * oi
      const ti = c * oi + s * or
      re[k] = er + tr
      im[k] = ei + ti
      re[m] = er - tr
      im[m] = ti - ei
    }
  }

  /** The exact inverse of `forward`: n samples into `x` from n/2 + 1 bins. */
  inverse(re: Float64Array, im: Float64Array, x: Float32Array | Float64Array): void {
    const half = this.#half
    const zr = this.#re
    const zi = this.#im
    const reversed = this.#reversed
    // The inverse transform is the forward one with real and imaginary parts swapped on the way in and out.
    for (let k = 0; k < half; k++) {
      const m = half - k
      const er = re[k]! + re[m]!
      const ei = im[k]! - im[m]!
      const dr = re[k]! - re[m]!
      const di = im[k]! + im[m]!
      const c = this.#cos[k]!
      const s = -this.#sin[k]!
      const or = c * dr - s * di
      const oi = c * di + s * dr
      const r = reversed[k]!
      zi[r] = er - oi
      zr[r] = ei + or
    }
    this.#transform()
    const scale = 1 / this.size
    for (let i = 0; i < half; i++) {
      x[2 * i] = zi[i]! * scale
      x[2 * i + 1] = zr[i]! * scale
    }
  }

  /** Radix-2 decimation in time over `#re` and `#im`, which are in bit-reversed order. */
  #transform(): void {
    const half = this.#half
    const zr = this.#re
    const zi = this.#im
    const cos = this.#cos
    const sin = this.#sin
    for (let span = 1; span < half; span *= 2) {
      const step = half / span // twiddles are tabulated for n = 2 * half
      for (let j = 0; j < span; j++) {
        const c = cos[j * step]!
        const s = sin[j * step]!
        for (let a = j; a < half; a += 2 * span) {
          const b = a + span
          const tr = c * zr[b]! - s * zi[b]!
          const ti = c * zi[b]! + s * zr[b]!
          zr[b] = zr[a]! - tr
          zi[b] = zi[a]! - ti
          zr[a] = zr[a]! + tr
          zi[a] = zi[a]! + ti
        }
      }
    }
  }
}

/** A periodic Hann window, `0.5 - 0.5 cos(2 pi i / length)`: the one whose shifted copies add up evenly. */
export function hannWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length))
}
