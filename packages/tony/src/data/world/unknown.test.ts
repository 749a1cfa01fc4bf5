import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { normalise, wordsOf } from './normalise.ts'
import { isOutside, sampleUnknown, UNKNOWN_ANSWER } from './unknown.ts'
import { VOCABULARY } from './vocabulary.ts'
import { sampleWorldItem } from './world.ts'

const outside = { words: ['zeppelin', 'aardvark burrow'], sentences: ['Mortgages are expensive.'] }

describe('sampleUnknown', () => {
  it('fills every slot', () => {
    const rng = makeRng(1)
    for (const split of ['train', 'held-out'] as const) {
      for (let i = 0; i < 1000; i++) {
        const question = sampleUnknown(rng, outside, split)
        expect(question).not.toMatch(/[{}]|undefined/)
        expect(question).toMatch(/^\p{Lu}.*[.?!]$/u)
      }
    }
  })

  it('asks nothing that the world answers, and nothing of the test in training', () => {
    const rng = makeRng(2)
    const asked = (split: 'train' | 'held-out'): Set<string> =>
      new Set(Array.from({ length: 5000 }, () => normalise(sampleUnknown(rng, outside, split))))
    const [train, heldOut] = [asked('train'), asked('held-out')]
    for (const question of heldOut) expect(train).not.toContain(question)
    for (let i = 0; i < 5000; i++) {
      const question = normalise(sampleWorldItem(rng).question)
      expect(train).not.toContain(question)
      expect(heldOut).not.toContain(question)
    }
  })
})

it('tells words of the world from others', () => {
  expect(isOutside('A cat and a dog.')).toBe(false)
  expect(isOutside('A cat and a zeppelin.')).toBe(true)
  for (const word of wordsOf(UNKNOWN_ANSWER)) expect(VOCABULARY).toContain(word)
})
