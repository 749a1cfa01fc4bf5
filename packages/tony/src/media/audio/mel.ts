/** @file Log-mel features of 16 kHz sound, causal, whole or in chunks with identical results. */
import { TonyError } from '../../util/errors.ts'
import { hannWindow, RealFft } from './fft.ts'

/** Hertz. */
export const MEL_SAMPLE_RATE = 16000
export const MEL_BANDS = 80
/** Samples from one frame to the next: 10 ms. */
export const MEL_HOP = 160
/** Samples seen by one frame: 25 ms. */
export const MEL_WINDOW = 400
const FFT_SIZE = 512
/** Energy below which everything counts as silence, about 25 dB above the rounding noise of 16-bit sound. */
const FLOOR = 1e-7
/**
 * Mean and standard deviation of the natural log of the band energies, rounded from flite and espeak-ng
 * sentences (five voices: mean -9.1 to -10.1, deviation 4.4 to 5.1) and recorded digits (four speakers: -9.2 to -12.5,
 * 3.3 to 5.1). Fixed, so that a frame never depends on what comes later.
 */
export const MEL_MEAN: number = -9.5
export const MEL_STD: number = 4.8
/** The value of a silent frame's bands. */
export const MEL_SILENCE: number = (Math.log(FLOOR) - MEL_MEAN) / MEL_STD

/** Frames in rows: `data[frame * bands + band]`. */
export interface MelFrames {
  readonly frames: number
  readonly bands: number
  readonly data: Float32Array
}

/**
 * Log-mel frames of mono sound at 16 kHz, about zero mean and unit variance for speech at usual levels.
 *
 * Frame i sees the 400 samples that end at sample (i + 1) * 160, with zeros before the beginning, and nothing after:
 * a live stream gives the same frames. Samples beyond the last full hop are left out.
 *
 * @param samples in [-1, 1], any length.
 * @returns floor(length / 160) frames of 80 bands.
 */
export function logMel(samples: Float32Array): MelFrames {
  return new StreamingMel().push(samples)
}

/** Turns normalised values back into the natural log of band energy. */
export function denormalizeMel(value: number): number {
  return value * MEL_STD + MEL_MEAN
}

/** Log-mel frames of a live stream: the frames of all `push` calls together equal `logMel` of all samples together. */
export class StreamingMel {
  readonly #fft = new RealFft(FFT_SIZE)
  readonly #re = new Float64Array(FFT_SIZE / 2 + 1)
  readonly #im = new Float64Array(FFT_SIZE / 2 + 1)
  readonly #windowed = new Float64Array(FFT_SIZE)
  /** The last samples seen: what the next frame needs of the past, then what is not yet a full hop. */
  #tail: Float32Array = new Float32Array(MEL_WINDOW - MEL_HOP)

  /** Takes any number of samples and returns the frames that are complete now, perhaps none. */
  push(samples: Float32Array): MelFrames {
    const history = MEL_WINDOW - MEL_HOP
    const all = new Float32Array(this.#tail.length + samples.length)
    all.set(this.#tail)
    all.set(samples, this.#tail.length)
    const frames = Math.floor((all.length - history) / MEL_HOP)
    const data = new Float32Array(frames * MEL_BANDS)
    for (let i = 0; i < frames; i++) this.#frame(all, i * MEL_HOP, data, i * MEL_BANDS)
    this.#tail = all.slice(frames * MEL_HOP)
    return { frames, bands: MEL_BANDS, data }
  }

  /** Forgets everything heard. */
  reset(): void {
    this.#tail = new Float32Array(MEL_WINDOW - MEL_HOP)
  }

  #frame(samples: Float32Array, from: number, out: Float32Array, at: number): void {
    const { window, first, weights, offsets } = tables()
    for (let i = 0; i < MEL_WINDOW; i++) this.#windowed[i] = samples[from + i]! * window[i]!
    this.#fft.forward(this.#windowed, this.#re, this.#im)
    for (let band = 0; band < MEL_BANDS; band++) {
      let energy = 0
      const end = offsets[band + 1]!
      let bin = first[band]!
      for (let w = offsets[band]!; w < end; w++, bin++) {
        const re = this.#re[bin]!
        const im = this.#im[bin]!
        energy += weights[w]! * (re * re + im * im)
      }
      out[at + band] = (Math.log(energy > FLOOR ? energy : FLOOR) - MEL_MEAN) / MEL_STD
    }
  }
}

/**
 * Triangular filters on Slaney's mel scale (linear below 1 kHz, logarithmic above), each of area one, as in the
 * Auditory Toolbox (Slaney 1998) and librosa's default.
 *
 * @param options.bins number of FFT bins, fftSize / 2 + 1.
 * @param options.maxHz upper edge of the last filter, at most half of `sampleRate`.
 * @returns [bands, bins] in rows.
 */
export function melFilterbank(options: {
  readonly bands: number
  readonly bins: number
  readonly sampleRate: number
  readonly minHz?: number
  readonly maxHz?: number
}): Float32Array {
  const { bands, bins, sampleRate, minHz = 0, maxHz = sampleRate / 2 } = options
  if (!(maxHz > minHz) || maxHz > sampleRate / 2 || bands < 1 || bins < 2) {
    throw new TonyError(
      'invalid',
      `melFilterbank: cannot put ${bands} bands from ${minHz} to ${maxHz} Hz over ${bins} bins at ${sampleRate} Hz`,
    )
  }
  const low = hzToMel(minHz)
  const high = hzToMel(maxHz)
  const edges = Array.from({ length: bands + 2 }, (_, i) => melToHz(low + ((high - low) * i) / (bands + 1)))
  const out = new Float32Array(bands * bins)
  for (let band = 0; band < bands; band++) {
    const [left, centre, right] = [edges[band]!, edges[band + 1]!, edges[band + 2]!]
    for (let bin = 0; bin < bins; bin++) {
      const hz = (bin * sampleRate) / 2 / (bins - 1)
      const height = Math.min((hz - left) / (centre - left), (right - hz) / (right - centre))
      if (height > 0) out[band * bins + bin] = (height * 2) / (right - left)
    }
  }
  return out
}

function hzToMel(hz: number): number {
  return hz < 1000 ? (3 * hz) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4)
}

function melToHz(mel: number): number {
  return mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp((Math.log(6.4) * (mel - 15)) / 27)
}

interface Tables {
  readonly window: Float64Array
  /** First bin of each band. */
  readonly first: Uint16Array
  /** Weights of all bands one after another; band b has [offsets[b], offsets[b + 1]). */
  readonly weights: Float64Array
  readonly offsets: Uint16Array
}

let cached: Tables | undefined

/** Made on first use; most of the filter matrix is zeros, so only the runs between are kept. */
function tables(): Tables {
  if (cached) return cached
  const bins = FFT_SIZE / 2 + 1
  const matrix = melFilterbank({ bands: MEL_BANDS, bins, sampleRate: MEL_SAMPLE_RATE })
  const first = new Uint16Array(MEL_BANDS)
  const offsets = new Uint16Array(MEL_BANDS + 1)
  const weights: number[] = []
  for (let band = 0; band < MEL_BANDS; band++) {
    const row = matrix.subarray(band * bins, (band + 1) * bins)
    const start = row.findIndex((w) => w > 0)
    const end = row.findLastIndex((w) => w > 0)
    first[band] = Math.max(0, start)
    if (start >= 0) for (let bin = start; bin <= end; bin++) weights.push(row[bin]!)
    offsets[band + 1] = weights.length
  }
  cached = { window: hannWindow(MEL_WINDOW), first, weights: Float64Array.from(weights), offsets }
  return cached
}
