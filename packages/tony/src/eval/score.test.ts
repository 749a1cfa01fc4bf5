import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { characterErrors, editDistance, plainText, rate, wordErrors } from './score.ts'

describe('scores', () => {
  it('counts insertions, deletions and substitutions', () => {
    expect(editDistance([...'kitten'], [...'sitting'])).toBe(3)
    expect(editDistance([], [...'ab'])).toBe(2)
    expect(editDistance([...'ab'], [])).toBe(2)
  })
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
})
