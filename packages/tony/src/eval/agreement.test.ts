import { describe, expect, it } from 'vitest'
import {
  consensusRanks,
  kendallTauB,
  krippendorffAlpha,
  preferenceSigns,
  rankingAgreement,
  totalAgreement,
} from './agreement.ts'

/** Krippendorff 2011, section D: four observers, twelve units, a dot where nothing was observed. */
const observers = ['12332141 2...', '12332241 25.3', '.3332342 251.', '12332441 251.'].map((row) =>
  row.replace(' ', ''),
)
const units = [...observers[0]!].map((_, unit) =>
  observers.flatMap((row) => (row[unit] === '.' ? [] : [Number(row[unit])])),
)

describe("Krippendorff's alpha", () => {
  it.each([
    ['nominal', 0.743],
    ['ordinal', 0.815],
    ['interval', 0.849],
  ] as const)('is what the published example says (%s)', (measurement, alpha) => {
    expect(units).toHaveLength(12)
    expect(krippendorffAlpha(units, measurement)).toBeCloseTo(alpha, 3)
  })

  it('is 0.095 for the two-observer binary example', () => {
    // Krippendorff 2011, section A: ten articles, two observers.
    const meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    const owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    expect(krippendorffAlpha(meg.map((value, i) => [value, owen[i]!]))).toBeCloseTo(0.095, 3)
  })

  it('is 1 for perfect agreement and undefined where there is nothing to disagree about', () => {
    expect(krippendorffAlpha([[1, 1], [2, 2, 2], [3]])).toBe(1)
    expect(
      krippendorffAlpha([
        [1, 1],
        [1, 1],
      ]),
    ).toBeUndefined()
    expect(krippendorffAlpha([[1], [2]])).toBeUndefined()
    expect(krippendorffAlpha([])).toBeUndefined()
  })
})

describe("Kendall's tau-b", () => {
  it('is what the documentation of SciPy gives for its example', () => {
    expect(kendallTauB([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])).toBeCloseTo(-0.4714045, 6)
  })

  it('is 1 and -1 at the ends, undefined if one ranking ties everything', () => {
    expect(kendallTauB([1, 2, 3], [10, 20, 30])).toBe(1)
    expect(kendallTauB([1, 2, 3], [3, 2, 1])).toBe(-1)
    expect(kendallTauB([1, 1, 1], [1, 2, 3])).toBeUndefined()
    expect(() => kendallTauB([1], [1, 2])).toThrow('rankings of 1 and 2 things')
  })
})

describe('agreement of rankings', () => {
  it('counts pairs, a tie against a preference half', () => {
    expect(rankingAgreement([1, 2, 3], [1, 3, 2])).toEqual({ agreed: 2, pairs: 3 })
    expect(rankingAgreement([1, 1, 2], [1, 2, 3])).toEqual({ agreed: 2.5, pairs: 3 })
    expect(rankingAgreement([1, 1], [5, 5])).toEqual({ agreed: 1, pairs: 1 })
    expect(totalAgreement([rankingAgreement([1, 2], [1, 2]), rankingAgreement([1, 2], [2, 1])]).share).toBe(0.5)
    expect(totalAgreement([]).share).toBeUndefined()
  })

  it('finds what rankings say together', () => {
    expect(
      consensusRanks([
        [1, 2, 3],
        [1, 3, 2],
        [2, 1, 3],
      ]),
    ).toEqual([1, 2, 3])
    expect(
      consensusRanks([
        [1, 2],
        [2, 1],
      ]),
    ).toEqual([1, 1])
    // Gaps in the numbers mean nothing.
    expect(
      consensusRanks([
        [1, 9, 9],
        [1, 2, 2],
      ]),
    ).toEqual([1, 2, 2])
    expect(consensusRanks([])).toEqual([])
  })

  it('writes a ranking as signs of its pairs', () => {
    expect(preferenceSigns([1, 2, 2])).toEqual([1, 1, 0])
  })
})
