import { describe, expect, it } from 'vitest'
import { coefficient, count, duration, percent } from './figures.ts'
import { draftFrom, placesOf, reordered, unordered } from './review.ts'

describe('an item under review', () => {
  const places = placesOf('item_1', 4)

  it('has an order of its own, always the same', () => {
    expect(placesOf('item_1', 4)).toEqual(places)
    expect(places.toSorted()).toEqual([0, 1, 2, 3])
    const orders = new Set(Array.from({ length: 200 }, (_, i) => placesOf(`item_${i}`, 4).join('')))
    expect(orders.size).toBe(24)
    expect(placesOf('x', 0)).toEqual([])
    expect(placesOf('x', 1)).toEqual([0])
  })

  it('shows labels in that order and decides in the own one', () => {
    const answer = { ranks: [1, 2, 3, 4], ratings: null, notes: null }
    const label = {
      id: 'l',
      labeler: 'x',
      state: 'submitted',
      answer,
      skip_reason: null,
      submitted_at: null,
      seconds: 1,
    }
    const review = reordered(
      {
        item_id: 'item_1',
        project_id: 'p',
        prompt: [],
        outputs: ['a', 'b', 'c', 'd'].map((text) => ({ content: [{ type: 'text', text }] })),
        labels: [label as never, { ...label, answer: null } as never],
        agreement: null,
        adjudication: { answer, reason: 'r', adjudicator: 'x', created_at: '' },
      },
      places,
    )
    const ranks = review.labels[0]!.answer!.ranks!
    for (const [place, output] of review.outputs.entries()) {
      expect('abcd'.indexOf((output.content[0] as { text: string }).text) + 1).toBe(ranks[place])
    }
    expect(unordered(ranks, places)).toEqual([1, 2, 3, 4])
    expect(draftFrom(review.adjudication!.answer, 4).ranks).toEqual(ranks)
    expect(draftFrom(null, 4).ranks).toEqual([null, null, null, null])
  })
})

describe('figures', () => {
  it('are what people read, and a dash where there is none', () => {
    expect([percent(0.666), percent(null)]).toEqual(['67 %', '–'])
    expect([coefficient(-0.123), coefficient(1), coefficient(null)]).toEqual(['−0.12', '1.00', '–'])
    expect([duration(59.4), duration(60), duration(3599), duration(7260), duration(null)]).toEqual([
      '59 s',
      '1 min',
      '1 h 0 min',
      '2 h 1 min',
      '–',
    ])
    expect([count(1, 'item'), count(0, 'item'), count(2, 'skipped', 'skipped')]).toEqual([
      '1 item',
      '0 items',
      '2 skipped',
    ])
  })
})
