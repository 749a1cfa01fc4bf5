import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { ambience } from './ambience.ts'

const loudness = (samples: Float32Array): number =>
  10 * Math.log10(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)

describe('ambience', () => {
  it('is as long as asked for, from hardly heard to loud, and never beyond full scale', () => {
    const rng = makeRng(5)
    const all = Array.from({ length: 60 }, () => ambience(rng, 0.5))
    const heard = all.map(loudness).sort((a, b) => a - b)
    expect(all.every(({ length }) => length === 8000)).toBe(true)
    expect(all.every((samples) => samples.every((x) => Math.abs(x) <= 1))).toBe(true)
    expect(heard[0]).toBeGreaterThan(-56)
    expect(heard[0]).toBeLessThan(-45)
    expect(heard.at(-1)).toBeGreaterThan(-22)
  })

  it('is the same from the same generator, and differs from draw to draw', () => {
    expect(ambience(makeRng(1), 0.2)).toEqual(ambience(makeRng(1), 0.2))
    const rng = makeRng(1)
    expect(ambience(rng, 0.2)).not.toEqual(ambience(rng, 0.2))
  })
})
