/** @file Sound from magnitude spectra alone, in one causal pass. */
import { TonyError } from '../../util/errors.ts'
import { hannWindow, RealFft } from './fft.ts'
import { type Spectrogram, STFT_HOP, STFT_SIZE, type StftOptions } from './stft.ts'

/**
 * Single pass spectrogram inversion (Beauregard, Harish and Wyse 2015), streaming.
 *
 * Each peak of a spectrum is taken for a sinusoid: its frequency is read off a parabola through the peak, its phase runs
 * on from the frame before, and the bins around it follow the peak's phase as a Hann window dictates. Every frame gives
 * `hop` final samples by overlap-add. The output lags the frames by size - hop samples: the first samples pushed out
 * belong to the time before the sound began.
 */
export class StreamingSpsi {
  /** Samples by which the output lags. */
  readonly delay: number
  readonly bins: number
  readonly hop: number
  readonly #size: number
  readonly #fft: RealFft
  readonly #window: Float64Array
  readonly #phase: Float64Array
  readonly #re: Float64Array
  readonly #im: Float64Array
  readonly #frame: Float64Array
  readonly #sum: Float64Array

  /** @throws TonyError `invalid` for a size that is no power of two or a hop outside [1, size / 2]. */
  constructor(options: StftOptions = {}) {
    const { size = STFT_SIZE, hop = STFT_HOP } = options
    if (!Number.isInteger(hop) || hop < 1 || hop > size / 2) {
      throw new TonyError('invalid', `StreamingSpsi: hop ${hop} (expected an integer from 1 to ${size / 2})`)
    }
    this.#size = size
    this.hop = hop
    this.delay = size - hop
    this.#fft = new RealFft(size)
    this.bins = this.#fft.bins
    this.#window = synthesisWindow(size, hop)
    this.#phase = new Float64Array(this.bins)
    this.#re = new Float64Array(this.bins)
    this.#im = new Float64Array(this.bins)
    this.#frame = new Float64Array(size)
    this.#sum = new Float64Array(size)
  }

  /**
   * Takes the next frame of magnitudes (bins values, at least 0) and returns the next `hop` samples.
   *
   * @throws TonyError `shape` if the number of bins is not `bins`.
   */
  push(magnitudes: Float32Array): Float32Array {
    if (magnitudes.length !== this.bins) {
      throw new TonyError('shape', `StreamingSpsi.push: ${magnitudes.length} magnitudes (expected ${this.bins})`)
    }
    this.#advance(magnitudes)
    for (let k = 0; k < this.bins; k++) {
      const angle = this.#phase[k]!
      this.#re[k] = magnitudes[k]! * Math.cos(angle)
      this.#im[k] = magnitudes[k]! * Math.sin(angle)
    }
    // A real signal has no imaginary part at the two ends.
    this.#im[0] = 0
    this.#im[this.bins - 1] = 0
    this.#fft.inverse(this.#re, this.#im, this.#frame)
    const sum = this.#sum
    for (let i = 0; i < this.#size; i++) sum[i]! += this.#frame[i]! * this.#window[i]!
    const out = Float32Array.from(sum.subarray(0, this.hop))
    sum.copyWithin(0, this.hop)
    sum.fill(0, this.#size - this.hop)
    return out
  }

  /** Forgets the past: the next frame begins a new sound. */
  reset(): void {
    this.#phase.fill(0)
    this.#sum.fill(0)
  }

  /** Sets `#phase` for this frame. */
  #advance(mag: Float32Array): void {
    const phase = this.#phase
    const last = this.bins - 1
    for (let j = 1; j < last; j++) {
      const here = mag[j]!
      if (!(here > mag[j - 1]! && here >= mag[j + 1]!)) continue
      const left = mag[j - 1]!
      const right = mag[j + 1]!
      const bend = left - 2 * here + right
      const shift = bend === 0 ? 0 : (0.5 * (left - right)) / bend // of the true peak from bin j, in bins
      const angle = (phase[j]! + (2 * Math.PI * this.hop * (j + shift)) / this.#size) % (2 * Math.PI)
      // Inside the main lobe neighbours alternate in sign; in the side lobes two sign changes cancel.
      const opposite = angle + Math.PI
      const nearRight = shift > 0 ? angle : opposite
      const nearLeft = shift > 0 ? opposite : angle
      phase[j] = angle
      phase[j + 1] = opposite
      phase[j - 1] = opposite
      for (let k = j + 2; k <= last && mag[k]! < mag[k - 1]!; k++) phase[k] = nearRight
      for (let k = j - 2; k >= 0 && mag[k]! < mag[k + 1]!; k--) phase[k] = nearLeft
    }
  }
}

/**
 * The whole sound of a spectrogram, aligned with the frames: frames * hop samples.
 *
 * @param options.size must be (bins - 1) * 2; the default fits.
 */
export function invert(spectrogram: Spectrogram, options: StftOptions = {}): Float32Array {
  const { size = (spectrogram.bins - 1) * 2, hop = STFT_HOP } = options
  const spsi = new StreamingSpsi({ size, hop })
  const { frames, bins, data } = spectrogram
  const out = new Float32Array(frames * hop)
  const silence = new Float32Array(bins)
  const place = (samples: Float32Array, at: number): void => {
    const from = Math.max(0, -at)
    const to = Math.min(samples.length, out.length - at)
    if (to > from) out.set(samples.subarray(from, to), at + from)
  }
  const flush = Math.ceil(spsi.delay / hop)
  for (let i = 0; i < frames + flush; i++) {
    const row = i < frames ? data.subarray(i * bins, (i + 1) * bins) : silence
    place(spsi.push(row), i * hop - spsi.delay)
  }
  return out
}

/** A Hann window divided by the overlap of its squares, so that analysis, synthesis and adding up give back the signal. */
function synthesisWindow(size: number, hop: number): Float64Array {
  const window = hannWindow(size)
  return window.map((value, i) => {
    let overlap = 0
    for (let k = i % hop; k < size; k += hop) overlap += window[k]! ** 2
    return value / overlap
  })
}
