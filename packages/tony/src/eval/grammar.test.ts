import { describe, expect, it } from 'vitest'
import { anySequence, candidateSentences, oneOf, wordsOf } from './grammar.ts'

describe('grammars', () => {
  it('lets words come in any order and number', () => {
    expect(anySequence(['red', 'dog', 'red'])).toBe('#JSGF V1.0;\ngrammar words;\npublic <s> = ( red | dog )+ ;\n')
  })
  it('lets one of several sentences be said, as plain text and once each', () => {
    expect(oneOf(['The dog.', 'The, dog!', "I'm fine."])).toBe(
      "#JSGF V1.0;\ngrammar sentences;\npublic <s> = the dog | i'm fine ;\n",
    )
  })
  it('refuses to listen for nothing', () => {
    expect(() => oneOf([])).toThrow(/nothing may be said/)
    expect(() => anySequence([''])).toThrow(/nothing may be said/)
  })
  it('takes words apart', () => {
    expect(wordsOf('Twenty-one dogs.')).toEqual(['twenty', 'one', 'dogs'])
    expect(wordsOf(' ')).toEqual([])
  })
})

describe('candidateSentences', () => {
  const known = (word: string): boolean => word !== 'neighs'
  it('takes what is tested first, fills up from the pool, and repeats nothing', () => {
    const options = { count: 3, known }
    expect(candidateSentences(['A dog.', 'A dog!'], ['a dog', 'A cat.', 'A cow.', 'A fox.'], options)).toEqual([
      'A dog.',
      'A cat.',
      'A cow.',
    ])
  })
  it('leaves out what the judge could not hear, and what has no word', () => {
    expect(candidateSentences(['A horse neighs.', '...'], ['A cat.'], { count: 9, known })).toEqual(['A cat.'])
    expect(candidateSentences(['A cat.'], [], { count: 0, known })).toEqual([])
  })
})
