import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import {
  bestConstant,
  characterErrors,
  others,
  plainText,
  proportion,
  rate,
  rateDifference,
  wordErrors,
} from './score.ts'

describe('scores', () => {
  it('ignores case and punctuation', () => {
    expect(plainText('  The  red, DOG. ')).toBe('the red dog')
    expect(wordErrors('The red dog.', 'the RED cat')).toEqual({ errors: 1, length: 3 })
    expect(characterErrors('ab', 'abc')).toEqual({ errors: 1, length: 2 })
  })
  it('gives an interval that holds the value', () => {
    const items = Array.from({ length: 50 }, (_, i) => ({ errors: i % 3 === 0 ? 1 : 0, length: 1 }))
    const { value, low, high } = rate(items, makeRng(1))
    expect(value).toBeCloseTo(17 / 50)
    expect(low).toBeLessThan(value)
    expect(high).toBeGreaterThan(value)
  })
  it('gives a proportion an interval of some width even where all are right', () => {
    const right = Array.from({ length: 20 }, () => ({ errors: 0, length: 1 }))
    // Wilson: z² / (n + z²) = 3.8415 / 23.8415.
    expect(proportion(right)).toMatchObject({ value: 0, low: 0 })
    expect(proportion(right).high).toBeCloseTo(0.1611, 4)
    const half = [...right, ...right.map(() => ({ errors: 1, length: 1 }))]
    expect(proportion(half).low).toBeCloseTo(0.352, 3)
    expect(proportion(half).high).toBeCloseTo(0.648, 3)
    expect(proportion([])).toEqual({ value: 0, low: 0, high: 1 })
  })
  it('compares two on the same items', () => {
    const bad = Array.from({ length: 40 }, (_, i) => ({ errors: i % 2, length: 1 }))
    const good = bad.map(({ errors, length }, i) => ({ errors: i < 20 ? errors : 0, length }))
    const { value, low, high } = rateDifference(bad, good, makeRng(1))
    expect(value).toBeCloseTo(0.25)
    expect(low).toBeGreaterThan(0)
    expect(high).toBeLessThan(0.5)
    expect(rateDifference(bad, bad, makeRng(1))).toEqual({ value: 0, low: 0, high: 0 })
    expect(() => rateDifference(bad, [], makeRng(1))).toThrow(/40 and 0 items/)
  })
  it('finds the reply that is right most often', () => {
    expect(bestConstant([['yes', 'yes a dog'], ['no'], ['yes', 'yes a cat']])).toBe('yes')
    expect(bestConstant([['a', 'a'], ['b'], ['b']])).toBe('b')
    expect(bestConstant([])).toBe('')
  })
  it('puts things to the wrong items', () => {
    expect(others([1, 2, 3, 4, 5])).toEqual([3, 4, 5, 1, 2])
    expect(others([1, 2])).toEqual([2, 1])
    expect(others([1])).toEqual([])
  })
})
