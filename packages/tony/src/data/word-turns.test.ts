import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { wordTurns } from './word-turns.ts'

describe('wordTurns', () => {
  const share = (items: readonly string[], wanted: string): number => {
    const draw = wordTurns(items, (text) => text.split(' '))
    const rng = makeRng(1)
    return Array.from({ length: 4000 }, () => draw(rng)).filter((text) => text === wanted).length / 4000
  }

  it('draws a word that one item of a hundred has half of the time as often as all others', () => {
    // By word 1/2, by item 1/100: 0.255 of all draws.
    expect(share([...new Array<string>(99).fill('a'), 'b'], 'b')).toBeCloseTo(0.255, 1)
  })

  it('counts a word once however often an item says it, and draws items without words too', () => {
    expect(share(['a a a a b', 'a'], 'a')).toBeGreaterThan(0.3)
    const draw = wordTurns(['silence'], () => [])
    expect(draw(makeRng(2))).toBe('silence')
  })
})
