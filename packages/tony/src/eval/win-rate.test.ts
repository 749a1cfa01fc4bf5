/** @file Win rates and their intervals. */
import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { winRate } from './win-rate.ts'

describe('winRate', () => {
  it('gives the mean, with an interval that holds it and shrinks with more prompts', () => {
    const rng = makeRng(1)
    const few = winRate(
      Array.from({ length: 40 }, (_, i) => i % 2),
      Array.from({ length: 40 }, (_, i) => i),
      rng,
    )
    const many = winRate(
      Array.from({ length: 4000 }, (_, i) => i % 2),
      Array.from({ length: 4000 }, (_, i) => i),
      rng,
    )
    expect(few.value).toBe(0.5)
    expect(few.low).toBeLessThan(0.5)
    expect(few.high).toBeGreaterThan(0.5)
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 5)
  })

  it('takes judgements of one prompt together: repeating them adds no certainty', () => {
    const rng = makeRng(2)
    const points = Array.from({ length: 50 }, (_, i) => i % 2)
    const once = winRate(
      points,
      points.map((_, i) => i),
      rng,
    )
    const often = winRate(
      [...points, ...points, ...points, ...points],
      Array.from({ length: 200 }, (_, i) => i % 50),
      rng,
    )
    expect(often.high - often.low).toBeGreaterThan((once.high - once.low) * 0.8)
  })

  it('refuses what cannot be counted', () => {
    expect(() => winRate([], [], makeRng(3))).toThrow('0 judgements')
    expect(() => winRate([1], [1, 2], makeRng(3))).toThrow('expected as many')
  })
})
