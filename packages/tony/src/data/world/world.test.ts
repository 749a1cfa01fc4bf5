import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { normalise, numberWords, wordsOf } from './normalise.ts'
import { repeatPhrase } from './phrases.ts'
import { unknownWords, VOCABULARY } from './vocabulary.ts'
import { NUMBERS, OPPOSITES, plural, RHYMES, VERBS, withArticle } from './words.ts'
import { findLeaks, isRight, phraseSplit, sampleWorldItem, sampleWorldSet, worldKinds } from './world.ts'

describe('vocabulary', () => {
  it('has 1,500 to 2,000 different words', () => {
    expect(VOCABULARY.length).toBeGreaterThanOrEqual(1500)
    expect(VOCABULARY.length).toBeLessThanOrEqual(2000)
    expect(new Set(VOCABULARY).size).toBe(VOCABULARY.length)
  })
  it('holds every word of every phrase, and phrases use most of what the tables name', () => {
    const rng = makeRng(1)
    const used = new Set<string>()
    for (let i = 0; i < 20000; i++) {
      const phrase = repeatPhrase(rng)
      expect(unknownWords(phrase), phrase).toEqual([])
      const count = phrase.split(' ').length
      expect(count).toBeGreaterThanOrEqual(2)
      expect(count).toBeLessThanOrEqual(12)
      for (const word of wordsOf(phrase)) used.add(word)
    }
    expect(used.size).toBeGreaterThan(1300)
  })
})

describe('world', () => {
  it('has kinds with different names', () => {
    expect(new Set(worldKinds.map((kind) => kind.name)).size).toBe(worldKinds.length)
    expect(worldKinds.length).toBeGreaterThanOrEqual(40)
  })
  it.each(worldKinds.map((kind) => kind.name))(
    '%s: words of the vocabulary, at most 12 in an answer, both sides of the split',
    (name) => {
      const rng = makeRng(2)
      const sides = new Set<string>()
      const questions = new Set<string>()
      for (let i = 0; i < 400; i++) {
        const item = sampleWorldItem(rng, { kinds: [name] })
        sides.add(item.split)
        questions.add(item.question)
        expect(item.question).toMatch(/^[\p{Lu}].*[.?!]$/u)
        expect(item.answer).toMatch(/^[\p{Lu}'].*[.?!]$/u)
        expect(item.answer.split(' ').length).toBeLessThanOrEqual(12)
        expect(isRight(item, item.answer.toLowerCase().replace('.', ''))).toBe(true)
        if (item.spoken) {
          for (const text of [
            item.question,
            item.answer,
            ...item.accept,
            ...item.history.flatMap((turn) => [turn.question, turn.answer]),
          ]) {
            expect(unknownWords(text), text).toEqual([])
          }
        }
      }
      expect(sides.size).toBe(2)
      expect(questions.size).toBeGreaterThanOrEqual(20)
    },
  )
  it('gives the same item for the same seed', () => {
    expect(sampleWorldItem(makeRng(3))).toEqual(sampleWorldItem(makeRng(3)))
  })
  it('never trains on what is held out', () => {
    const items = sampleWorldSet(makeRng(4), 20000)
    const train = items.filter((item) => item.split === 'train')
    const heldOut = items.filter((item) => item.split === 'held-out')
    expect(heldOut.length).toBeGreaterThan(1000)
    expect(findLeaks(train, heldOut)).toEqual([])
    expect(findLeaks(train, [train[0]!])).toEqual([train[0]!.key])
  })
  it('holds a sum out in both orders and all wordings', () => {
    const rng = makeRng(5)
    const sides = new Map<string, string>()
    for (let i = 0; i < 5000; i++) {
      const item = sampleWorldItem(rng, { kinds: ['add'] })
      expect(sides.get(item.key) ?? item.split).toBe(item.split)
      sides.set(item.key, item.split)
    }
  })
  it('keeps a phrase on one side wherever it is used', () => {
    const item = sampleWorldItem(makeRng(6), { kinds: ['repeat'] })
    expect(phraseSplit(item.answer)).toBe(item.split)
  })
  it('refuses kinds that do not exist and asks for too much', () => {
    expect(() => sampleWorldItem(makeRng(7), { kinds: ['nothing'] })).toThrow(/no kind/)
    expect(() => sampleWorldSet(makeRng(8), 5000, { kinds: ['greeting'] })).toThrow(/ask for fewer/)
  })
})

describe('normalise', () => {
  it.each([
    ['What is 5 + 21?', 'what is five twenty one'],
    ["It's  Tony’s dog.", "it's tony's dog"],
    ["'Yes', he said", 'yes he said'],
    ['', ''],
    ['Löwe!', 'löwe'],
  ])('%s', (text, expected) => {
    expect(normalise(text)).toBe(expected)
  })
  it('writes numbers', () => {
    expect([0, 13, 100, 305, 12000].map(numberWords)).toEqual([
      'zero',
      'thirteen',
      'one hundred',
      'three hundred five',
      'twelve thousand',
    ])
    expect(NUMBERS.length).toBe(101)
  })
})

describe('words', () => {
  it('makes forms', () => {
    expect(['dog', 'fox', 'cherry', 'mouse', 'boy'].map(plural)).toEqual(['dogs', 'foxes', 'cherries', 'mice', 'boys'])
    expect(['apple', 'dog', 'hour'].slice(0, 2).map(withArticle)).toEqual(['an apple', 'a dog'])
    const of = (base: string): string[] =>
      VERBS.filter((verb) => verb.base === base).flatMap((verb) => [verb.third, verb.ing])
    expect([of('go'), of('run'), of('make'), of('see'), of('cry')]).toEqual([
      ['goes', 'going'],
      ['runs', 'running'],
      ['makes', 'making'],
      ['sees', 'seeing'],
      ['cries', 'crying'],
    ])
  })
  it('has no word that is its own opposite, and no rhyme group of one', () => {
    expect(OPPOSITES.filter(([a, b]) => a === b)).toEqual([])
    expect(RHYMES.filter((group) => group.length < 2)).toEqual([])
  })
})
