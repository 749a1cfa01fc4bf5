import { describe, expect, it } from 'vitest'
import { emptyDraft, parseDraft, storedDraft, toAnswer, whatIsMissing } from './answer.ts'

describe('a draft', () => {
  const comparison = { kind: 'comparison', ratings_required: true } as const

  it('comes back as it was stored, and an answer that was taken back is one', () => {
    const draft = { ...emptyDraft(4), ranks: [1, 2, null, 2], restTied: true, notes: 'n', seconds: 4.5 }
    expect(parseDraft(JSON.parse(JSON.stringify(storedDraft(draft))), 4)).toEqual(draft)
    const answer = toAnswer({ ...draft, content: [{ type: 'text', text: 'x' }] }, 'comparison')
    expect(parseDraft(answer, 4)).toEqual({ ...draft, seconds: 0 })
  })

  it('that is broken or of another number of answers is empty', () => {
    expect(parseDraft(null, 4)).toEqual(emptyDraft(4))
    expect(parseDraft({ ranks: [1, 2], ratings: 'x', content: 3 }, 4)).toEqual(emptyDraft(4))
  })

  it('says what is missing, first ratings, then slots', () => {
    const draft = emptyDraft(2)
    expect(whatIsMissing(draft, comparison)).toMatchObject({ stage: 'rate', output: 0 })
    const rated = { ...draft, ratings: draft.ratings.map((rating) => ({ ...rating, overall: 4 })) }
    expect(whatIsMissing(rated, comparison)).toMatchObject({
      stage: 'rank',
      output: 0,
      text: expect.stringMatching(/^Answers A and B have no slot/),
    })
    expect(whatIsMissing({ ...rated, ranks: [1, null] }, comparison)?.text).toMatch(/^Answer B has no slot/)
    expect(whatIsMissing({ ...rated, ranks: [1, null], restTied: true }, comparison)).toBeUndefined()
    expect(whatIsMissing(rated, { ...comparison, kind: 'ratings' })).toBeUndefined()
    expect(whatIsMissing({ ...draft, ranks: [1, 1] }, { ...comparison, ratings_required: false })).toBeUndefined()
  })

  it('of a demonstration needs words or a file', () => {
    const rule = { kind: 'demonstration', ratings_required: true } as const
    const draft = emptyDraft(0)
    expect(whatIsMissing({ ...draft, content: [{ type: 'text', text: ' ' }] }, rule)).toMatchObject({ stage: 'write' })
    expect(whatIsMissing({ ...draft, content: [{ type: 'audio', sha256: '0' }] }, rule)).toBeUndefined()
    expect(toAnswer({ ...draft, content: [{ type: 'text', text: '' }] }, 'demonstration')).toEqual({
      content: [],
      notes: null,
    })
  })
})
