/** @file The linear baseline of `bench/codec` on made-up rows. */
import { describe, expect, it } from 'vitest'
import { allocateBits, LinearCodec, lloydMax, melInverse, principalComponents } from '../../bench/peers/linear-codec.ts'
import { logMel, MEL_BANDS } from '../../packages/tony/src/media/audio/mel.ts'
import { magnitudes, STFT_SIZE } from '../../packages/tony/src/media/audio/stft.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'

/** Rows of 12 values made of 3 hidden ones of standard deviation 4, 2 and 1 along fixed directions, around a mean of 5. */
function hiddenRows(count: number, seed: number): Float32Array[] {
  const rng = makeRng(seed)
  return Array.from({ length: count }, () => {
    const row = new Float32Array(12).fill(5)
    // Directions without a common place are orthogonal.
    for (const [k, spread] of [4, 2, 1].entries()) {
      const value = rng.normal() * spread
      for (let i = 0; i < 4; i++) row[k * 4 + i]! += (i % 2 === 0 ? value : -value) / 2
    }
    return row
  })
}

const squaredError = (codec: LinearCodec, rows: readonly Float32Array[]): number =>
  rows.reduce((sum, row) => {
    const made = codec.decode(codec.encode(row))
    return sum + row.reduce((s, value, i) => s + (value - made[i]!) ** 2, 0)
  }, 0) / rows.length

describe('principalComponents', () => {
  it('finds the directions that made the rows, the greatest variance first', () => {
    const { axes, variances, mean } = principalComponents(hiddenRows(4000, 1), 12)
    for (const [i, wanted] of [16, 4, 1].entries()) expect(variances[i]! / wanted).toBeCloseTo(1, 0)
    expect(Math.max(...variances.slice(3))).toBeLessThan(1e-6)
    for (const value of mean) expect(Math.abs(value - 5)).toBeLessThan(0.2)
    for (const [i, a] of axes.slice(0, 3).entries())
      for (const [j, b] of axes.slice(0, 3).entries())
        expect(a.reduce((sum, x, k) => sum + x * b[k]!, 0)).toBeCloseTo(i === j ? 1 : 0, 6)
  })
})

describe('allocateBits', () => {
  it.each([0, 1, 7, 48, 64, 96])('shares out exactly %i bits', (bits) => {
    const shares = allocateBits([90, 30, 9, 3, 1, 0.1, 0], bits)
    expect(shares.reduce((sum, b) => sum + b, 0)).toBe(bits)
  })

  it('gives a component one bit more for four times the variance, and nothing below the water', () => {
    expect(allocateBits([64, 16, 4, 1, 0.01], 6)).toEqual([3, 2, 1, 0, 0])
  })
})

describe('lloydMax', () => {
  it('finds the points of a uniform distribution', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000)
    const points = lloydMax(values, 4)
    for (const [k, point] of points.entries()) expect(point).toBeCloseTo((k + 0.5) / 4, 2)
  })

  it('finds the two-level quantiser of a normal distribution, ±0.798', () => {
    const rng = makeRng(3)
    const [low, high] = lloydMax(
      Array.from({ length: 20_000 }, () => rng.normal()),
      2,
    )
    expect(low).toBeCloseTo(-0.798, 1)
    expect(high).toBeCloseTo(0.798, 1)
  })

  it('bears fewer values than points', () => {
    expect([...lloydMax([1, 1, 2], 4)].every(Number.isFinite)).toBe(true)
  })
})

describe('LinearCodec', () => {
  const training = hiddenRows(4000, 1)
  const components = principalComponents(training, 12)
  const fresh = hiddenRows(500, 2)

  it('spends its bits on the components and makes one code for each that has some', () => {
    const codec = new LinearCodec(components, training, 5)
    expect(codec.allocation.reduce((sum, bits) => sum + bits, 0)).toBe(5)
    const codes = codec.encode(fresh[0]!)
    const spent = codec.allocation.filter((bits) => bits > 0)
    expect(codes).toHaveLength(spent.length)
    for (const [i, code] of codes.entries()) expect(code).toBeLessThan(2 ** spent[i]!)
  })

  it('loses less with more bits, on rows that it was not fitted on', () => {
    const errors = [0, 2, 4, 8, 16, 24].map((bits) => squaredError(new LinearCodec(components, training, bits), fresh))
    for (let i = 1; i < errors.length; i++) expect(errors[i]).toBeLessThan(errors[i - 1]! * 0.9)
    // Without bits the variance is lost: 16 + 4 + 1.
    expect(errors[0]! / 21).toBeCloseTo(1, 0)
    expect(errors.at(-1)).toBeLessThan(0.05)
  })

  it('rounds to the nearest point', () => {
    const codec = new LinearCodec(components, training, 4)
    for (const row of fresh.slice(0, 20)) {
      const codes = codec.encode(row)
      const distance = (tried: readonly number[]): number =>
        codec.decode(tried).reduce((sum, value, i) => sum + (value - row[i]!) ** 2, 0)
      const best = distance(codes)
      for (let k = 0; k < codes.length; k++)
        for (let other = 0; other < 2; other++) {
          const tried = codes.map((code, i) => (i === k ? other : code))
          expect(distance(tried)).toBeGreaterThanOrEqual(best - 1e-4)
        }
    }
  })
})

describe('melInverse', () => {
  it('gives back magnitudes whose peak is the tone that was heard', () => {
    const bin = 32
    const tone = Float32Array.from({ length: 3200 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * bin * i) / STFT_SIZE))
    const mel = logMel(tone)
    expect(mel.bands).toBe(MEL_BANDS)
    const made = melInverse()(mel)
    const wanted = magnitudes(tone)
    expect([made.frames, made.bins]).toEqual([wanted.frames, wanted.bins])
    const frame = made.data.subarray(10 * made.bins, 11 * made.bins)
    expect(Math.abs(frame.indexOf(Math.max(...frame)) - bin)).toBeLessThanOrEqual(1)
    expect(made.data.every((value) => value >= 0)).toBe(true)
    // The loudest bin within 3 dB.
    const loudest = Math.max(...wanted.data.subarray(10 * made.bins, 11 * made.bins))
    expect(Math.abs(20 * Math.log10(Math.max(...frame) / loudest))).toBeLessThan(3)
  })
})
