import { describe, expect, it } from 'vitest'
import { emptyPrompt, isEmptyPrompt, missingOf, parsePrompt, replacedText, toPromptBody } from './prompt.ts'

const pairs = [
  { query: 'good', response: 'positive' },
  { query: 'bad', response: 'negative' },
]

describe('a prompt that is written', () => {
  it('comes back as it was kept, and as an empty one if it is broken', () => {
    const draft = { ...emptyPrompt('few-shot'), text: 't', examples: pairs, query: 'fine', useCase: 'chat' as const }
    expect(parsePrompt(JSON.parse(JSON.stringify(draft)))).toEqual(draft)
    for (const broken of [null, 'x', {}, { kind: 'api', text: 3, examples: 'x', query: null, useCase: 'dance' }]) {
      expect(parsePrompt(broken)).toEqual(emptyPrompt())
    }
    expect(parsePrompt({ examples: [pairs[0], { query: 1 }] }).examples).toEqual([
      pairs[0],
      { query: '', response: '' },
    ])
  })

  it('keeps the fields of other kinds, but sends only those of its own', () => {
    const draft = { ...emptyPrompt(), text: 't', examples: [...pairs, { query: ' ', response: '' }], query: 'q' }
    expect(toPromptBody(draft)).toEqual({ kind: 'plain', text: 't', examples: [] })
    expect(toPromptBody({ ...draft, kind: 'few-shot' })).toEqual({
      kind: 'few-shot',
      text: 't',
      examples: pairs,
      query: 'q',
    })
    expect(toPromptBody({ ...draft, kind: 'user-based', useCase: 'extract' })).toMatchObject({ use_case: 'extract' })
  })

  it('says what is missing and in which field', () => {
    expect(missingOf(emptyPrompt())).toMatchObject({ field: 'text' })
    expect(missingOf({ ...emptyPrompt(), text: 'Do.' })).toBeUndefined()
    expect(missingOf({ ...emptyPrompt('user-based'), text: 'Do.' })).toMatchObject({ field: 'use_case' })
    const shots = { ...emptyPrompt('few-shot'), text: 'Do.' }
    expect(missingOf(shots)).toMatchObject({ field: 'query-0' })
    expect(missingOf({ ...shots, examples: [pairs[0]!, { query: 'bad', response: ' ' }] })).toMatchObject({
      field: 'response-1',
      text: 'Pair 2 has no response yet. Write it, or empty the pair.',
    })
    expect(missingOf({ ...shots, examples: pairs.slice(1) })).toMatchObject({ field: 'query-0' })
    expect(missingOf({ ...shots, examples: pairs })).toMatchObject({ field: 'query' })
    expect(missingOf({ ...shots, examples: pairs, query: 'fine' })).toBeUndefined()
  })

  it('is empty as long as nothing is written, whatever was chosen', () => {
    expect(isEmptyPrompt({ ...emptyPrompt('few-shot'), useCase: 'chat', text: ' \n' })).toBe(true)
    expect(isEmptyPrompt({ ...emptyPrompt(), examples: pairs })).toBe(false)
  })
})

describe('personal data', () => {
  it('that was taken out is counted by kind', () => {
    expect(replacedText({})).toBe('')
    expect(replacedText({ email: 1, name: 2, phone: 0 })).toBe('email, name ×2')
  })
})
