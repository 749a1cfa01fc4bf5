/** @file Magnitude spectra for the audio codec: what its decoder predicts and its losses compare. */
import { TonyError } from '../../util/errors.ts'
import { hannWindow, RealFft } from './fft.ts'

/** Shape of a causal short-time Fourier transform. */
export interface StftOptions {
  /** Samples seen by one frame and size of the FFT; a power of two. */
  readonly size?: number
  /** Samples from one frame to the next; at most a third of `size`, or inversion gets rough. */
  readonly hop?: number
}

/**
 * 32 ms at 16 kHz. Against 1024 it is better after single pass inversion (`spsi.ts`: log-spectral distance 2.6 dB
 * against 3.2 dB, mean log-mel error 0.10 against 0.17 standard deviations, 25 sentences by five synthetic voices), gives the codec half
 * the numbers to predict (257 against 513) and makes a sample final after 22 ms instead of 54 ms.
 */
export const STFT_SIZE = 512
/** 10 ms at 16 kHz, the hop of the mel frames. */
export const STFT_HOP = 160

/** Magnitudes in rows: `data[frame * bins + bin]`, not logarithmic. */
export interface Spectrogram {
  readonly frames: number
  readonly bins: number
  readonly data: Float32Array
}

/**
 * Hann-windowed magnitude spectra. Frame i sees the `size` samples that end at sample (i + 1) * hop, zeros before the
 * beginning, nothing after: it lines up with frame i of `logMel`.
 *
 * @returns floor(length / hop) frames of size / 2 + 1 bins. A full-scale sine peaks at size / 4.
 * @throws TonyError `invalid` for a size that is no power of two or a hop outside [1, size].
 */
export function magnitudes(samples: Float32Array, options: StftOptions = {}): Spectrogram {
  const { size = STFT_SIZE, hop = STFT_HOP } = options
  if (!Number.isInteger(hop) || hop < 1 || hop > size) {
    throw new TonyError('invalid', `magnitudes: hop ${hop} (expected an integer from 1 to ${size})`)
  }
  const fft = new RealFft(size)
  const window = hannWindow(size)
  const frames = Math.floor(samples.length / hop)
  const data = new Float32Array(frames * fft.bins)
  const windowed = new Float64Array(size)
  const re = new Float64Array(fft.bins)
  const im = new Float64Array(fft.bins)
  for (let frame = 0; frame < frames; frame++) {
    const from = (frame + 1) * hop - size
    for (let i = 0; i < size; i++) windowed[i] = from + i < 0 ? 0 : samples[from + i]! * window[i]!
    fft.forward(windowed, re, im)
    for (let bin = 0; bin < fft.bins; bin++) {
      data[frame * fft.bins + bin] = Math.sqrt(re[bin]! * re[bin]! + im[bin]! * im[bin]!)
    }
  }
  return { frames, bins: fft.bins, data }
}

/**
 * Mean over frames of the root mean square difference of two spectrograms in decibels, with a floor below which
 * everything counts as equally silent. 0 is equal; about 1 dB is hard to hear.
 *
 * @param floorDb level of the floor relative to the loudest value of `a`; default -60.
 */
export function logSpectralDistance(a: Spectrogram, b: Spectrogram, floorDb = -60): number {
  if (a.bins !== b.bins) {
    throw new TonyError('shape', `logSpectralDistance: ${b.bins} bins (expected ${a.bins})`)
  }
  const frames = Math.min(a.frames, b.frames)
  if (frames === 0) return 0
  let peak = 0
  for (const value of a.data) peak = Math.max(peak, value)
  const floor = Math.max(peak * 10 ** (floorDb / 20), 1e-10)
  let total = 0
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0
    for (let i = frame * a.bins; i < (frame + 1) * a.bins; i++) {
      const difference = 20 * Math.log10(Math.max(a.data[i]!, floor) / Math.max(b.data[i]!, floor))
      sum += difference * difference
    }
    total += Math.sqrt(sum / a.bins)
  }
  return total / frames
}
