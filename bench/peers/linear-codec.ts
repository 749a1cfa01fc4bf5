/**
 * @file The linear baseline of `bench/codec`: what a codec without any learned layer does with as many bits.
 *
 * Patches of 8 log-mel frames (80 ms) go through a principal component analysis; reverse water-filling (Cover and
 * Thomas, "Elements of Information Theory", section 10.3.3) shares the bits of a patch among the components by their
 * variances, and each component gets a scalar quantiser of its own (Lloyd 1982, Max 1960). Everything is fitted on
 * training clips.
 */
import { EigenvalueDecomposition, Matrix, pseudoInverse } from 'ml-matrix'
import {
  denormalizeMel,
  MEL_BANDS,
  MEL_SAMPLE_RATE,
  MEL_WINDOW,
  type MelFrames,
  melFilterbank,
} from '../../packages/tony/src/media/audio/mel.ts'
import { type Spectrogram, STFT_SIZE } from '../../packages/tony/src/media/audio/stft.ts'

/** Orthonormal axes of the greatest variance, the greatest first. */
export interface Components {
  readonly mean: Float64Array
  /** Rows of unit length, each as long as `mean`. */
  readonly axes: readonly Float64Array[]
  readonly variances: readonly number[]
}

/** Principal components of rows of equal length, at most `most` of them. */
export function principalComponents(rows: readonly Float32Array[], most: number): Components {
  const dims = rows[0]?.length ?? 0
  const mean = new Float64Array(dims)
  for (const row of rows) for (let i = 0; i < dims; i++) mean[i]! += row[i]! / rows.length
  const sums = Array.from({ length: dims }, () => new Float64Array(dims))
  const centred = new Float64Array(dims)
  for (const row of rows) {
    for (let i = 0; i < dims; i++) centred[i] = row[i]! - mean[i]!
    for (let i = 0; i < dims; i++) {
      const [x, sum] = [centred[i]!, sums[i]!]
      for (let j = 0; j <= i; j++) sum[j]! += x * centred[j]!
    }
  }
  const covariance = new Matrix(dims, dims)
  for (let i = 0; i < dims; i++) {
    for (let j = 0; j <= i; j++) {
      covariance.set(i, j, sums[i]![j]! / rows.length)
      covariance.set(j, i, sums[i]![j]! / rows.length)
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true })
  const order = realEigenvalues
    .map((_, i) => i)
    .sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
    .slice(0, most)
  return {
    mean,
    axes: order.map((i) => Float64Array.from(eigenvectorMatrix.getColumn(i))),
    variances: order.map((i) => Math.max(0, realEigenvalues[i]!)),
  }
}

/**
 * Whole bits for each component, `bits` in all: reverse water-filling in steps of one bit. Each bit goes where most
 * error is left, and divides that error by four.
 */
export function allocateBits(variances: readonly number[], bits: number): number[] {
  const left = [...variances]
  const out = variances.map(() => 0)
  for (let spent = 0; spent < bits; spent++) {
    const worst = left.reduce((best, error, i) => (error > left[best]! ? i : best), 0)
    out[worst]!++
    left[worst]! /= 4
  }
  return out
}

/** The `count` points in rising order that represent `values` with the least squared error that Lloyd's iteration finds. */
export function lloydMax(values: ArrayLike<number>, count: number, iterations = 50): Float64Array {
  const sorted = Float64Array.from(values).sort()
  const sums = new Float64Array(sorted.length + 1)
  sorted.forEach((value, i) => {
    sums[i + 1] = sums[i]! + value
  })
  const points = Float64Array.from(
    { length: count },
    (_, k) => sorted[Math.floor(((k + 0.5) / count) * sorted.length)]!,
  )
  for (let round = 0; round < iterations; round++) {
    let from = 0
    for (let k = 0; k < count; k++) {
      const to = k + 1 < count ? countBelow(sorted, (points[k]! + points[k + 1]!) / 2) : sorted.length
      // The point of an empty cell stays where it is.
      if (to > from) points[k] = (sums[to]! - sums[from]!) / (to - from)
      from = Math.max(from, to)
    }
  }
  return points
}

/** A codec of rows: principal components, each rounded to one of 2^bits points. */
export class LinearCodec {
  readonly components: Components
  /** Bits of each component, in the order of the components; their sum is what one row costs. */
  readonly allocation: readonly number[]
  readonly #points: readonly Float64Array[]

  /** Fits the quantisers on `rows`, the training data of `components`. */
  constructor(components: Components, rows: readonly Float32Array[], bits: number) {
    this.components = components
    this.allocation = allocateBits(components.variances, bits)
    this.#points = this.allocation.map((own, i) =>
      own === 0
        ? new Float64Array(1)
        : lloydMax(
            Float64Array.from(rows, (row) => this.#project(row, i)),
            2 ** own,
          ),
    )
  }

  /** The number of the point of each component that has bits. */
  encode(row: Float32Array): number[] {
    return this.allocation.flatMap((own, i) => (own === 0 ? [] : [nearest(this.#points[i]!, this.#project(row, i))]))
  }

  decode(codes: readonly number[]): Float32Array {
    const { mean, axes } = this.components
    const out = Float32Array.from(mean)
    let at = 0
    this.allocation.forEach((own, i) => {
      if (own === 0) return
      const [value, axis] = [this.#points[i]![codes[at++]!]!, axes[i]!]
      for (let k = 0; k < out.length; k++) out[k]! += value * axis[k]!
    })
    return out
  }

  #project(row: Float32Array, component: number): number {
    const { mean, axes } = this.components
    const axis = axes[component]!
    let sum = 0
    for (let k = 0; k < axis.length; k++) sum += (row[k]! - mean[k]!) * axis[k]!
    return sum
  }
}

/**
 * A function from log-mel frames to magnitudes: the pseudo-inverse of the mel filters, negative power cut off. Tried
 * beside it: the transposed filters with their sums normalised, which smear the harmonics (word errors without coding, 50
 * utterances of rms from an easier list of words: 0.063 against 0.010).
 */
export function melInverse(): (mel: MelFrames) => Spectrogram {
  const bins = STFT_SIZE / 2 + 1
  const filters = melFilterbank({ bands: MEL_BANDS, bins, sampleRate: MEL_SAMPLE_RATE })
  const inverse = pseudoInverse(
    new Matrix(Array.from({ length: MEL_BANDS }, (_, band) => filters.subarray(band * bins, (band + 1) * bins))),
  ).to2DArray()
  // The mel frames' window is shorter: a tone peaks at a quarter of the window's length.
  const gain = STFT_SIZE / MEL_WINDOW
  return ({ frames, data }) => {
    const out = new Float32Array(frames * bins)
    for (let frame = 0; frame < frames; frame++) {
      const energy = Float64Array.from(data.subarray(frame * MEL_BANDS, (frame + 1) * MEL_BANDS), (value) =>
        Math.exp(denormalizeMel(value)),
      )
      inverse.forEach((weights, bin) => {
        let power = 0
        for (let band = 0; band < MEL_BANDS; band++) power += weights[band]! * energy[band]!
        out[frame * bins + bin] = gain * Math.sqrt(Math.max(0, power))
      })
    }
    return { frames, bins, data: out }
  }
}

/** How many of `sorted` are below `bound`. */
function countBelow(sorted: Float64Array, bound: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}

function nearest(points: Float64Array, value: number): number {
  const above = countBelow(points, value)
  if (above === 0) return 0
  if (above === points.length) return above - 1
  return value - points[above - 1]! <= points[above]! - value ? above - 1 : above
}
