import { describe, expect, it } from 'vitest'
import { mcNemar } from './paired.ts'

const items = (first: number, second: number, both: number): [boolean[], boolean[]] => [
  [
    ...new Array<boolean>(first).fill(true),
    ...new Array<boolean>(second).fill(false),
    ...new Array<boolean>(both).fill(true),
  ],
  [
    ...new Array<boolean>(first).fill(false),
    ...new Array<boolean>(second).fill(true),
    ...new Array<boolean>(both).fill(true),
  ],
]

describe('mcNemar', () => {
  it('gives the exact probability of the binomial distribution', () => {
    // 2 · (1 + 10 + 45) / 1024
    expect(mcNemar(...items(8, 2, 5))).toEqual({
      onlyFirst: 8,
      onlySecond: 2,
      p: expect.closeTo(112 / 1024, 10) as number,
    })
    expect(mcNemar(...items(0, 6, 1)).p).toBeCloseTo(2 / 64, 10)
  })

  it('is 1 where nothing differs, and stays finite for many items', () => {
    expect(mcNemar(...items(0, 0, 3)).p).toBe(1)
    expect(mcNemar(...items(4, 4, 0)).p).toBe(1)
    expect(mcNemar(...items(3000, 3000, 0)).p).toBe(1)
    expect(mcNemar([], []).p).toBe(1)
  })

  it('refuses lists of different lengths', () => {
    expect(() => mcNemar([true], [])).toThrow(/1 and 0/)
  })
})
