import { describe, expect, it } from 'vitest'
import { inOrder, letters, nudge, place, type Slots, tieWithAbove, unranked } from './ranking.ts'

describe('a ranking', () => {
  const slots: Slots = [2, null, 1, 2]

  it('shows slots from best to worst, then what has none', () => {
    expect(inOrder(slots)).toEqual([2, 0, 3, 1])
    expect(unranked(slots)).toEqual([1])
    expect(letters([1])).toBe('B')
    expect(letters([0, 1, 3])).toBe('A, B and D')
  })

  it('ties with the nearest better answer', () => {
    expect(tieWithAbove(slots, 1)).toEqual([2, 2, 1, 2])
    expect(tieWithAbove(slots, 0)).toEqual([1, null, 1, 2])
    expect(tieWithAbove(slots, 2)).toBe(slots)
    expect(tieWithAbove([null, null], 0)).toEqual([null, null])
  })

  it('moves by one slot and stays on the board', () => {
    expect(nudge(slots, 2, -1)).toEqual([2, null, 1, 2])
    expect(nudge(slots, 0, 1)).toEqual([3, null, 1, 2])
    expect(nudge(slots, 1, -1)).toEqual([2, 4, 1, 2])
    expect(nudge(slots, 1, 1)).toEqual([2, 1, 1, 2])
    expect(place(slots, 0, null)).toEqual([null, null, 1, 2])
    expect(place(slots, 0, 9)).toEqual([4, null, 1, 2])
  })
})
