/** @file How far people who judge the same things agree: pairwise agreement, Krippendorff's alpha, Kendall's tau-b. */
import { TonyError } from '../util/errors.ts'

/** How values may be compared: equal or not, by order, or by difference. */
export type Measurement = 'nominal' | 'ordinal' | 'interval'

/**
 * Krippendorff's alpha for any number of observers with missing values (Krippendorff 2011, *Computing Krippendorff's
 * Alpha-Reliability*).
 *
 * @param units - for each thing judged, the values that observers gave it; units with fewer than two say nothing.
 * @returns 1 for perfect agreement, 0 for what chance gives; `undefined` where nothing can be compared or all values
 *   are the same, since then there is no disagreement to expect.
 */
export function krippendorffAlpha(
  units: readonly (readonly number[])[],
  measurement: Measurement = 'nominal',
): number | undefined {
  const paired = units.filter((values) => values.length >= 2)
  const categories = [...new Set(paired.flat())].sort((a, b) => a - b)
  const index = new Map(categories.map((value, i) => [value, i]))
  const totals = new Float64Array(categories.length)
  for (const value of paired.flat()) totals[index.get(value)!]! += 1
  const distance = squaredDistances(categories, totals, measurement)
  let observed = 0
  for (const values of paired) {
    let sum = 0
    for (const a of values) for (const b of values) sum += distance(index.get(a)!, index.get(b)!)
    // Each ordered pair of a unit with m values weighs 1 / (m - 1), so that a value counts once.
    observed += sum / (values.length - 1)
  }
  let expected = 0
  for (let c = 0; c < totals.length; c++) {
    for (let k = 0; k < totals.length; k++) expected += totals[c]! * totals[k]! * distance(c, k)
  }
  const n = totals.reduce((sum, count) => sum + count, 0)
  return expected === 0 ? undefined : 1 - ((n - 1) * observed) / expected
}

function squaredDistances(
  categories: readonly number[],
  totals: Float64Array,
  measurement: Measurement,
): (c: number, k: number) => number {
  if (measurement === 'nominal') return (c, k) => (c === k ? 0 : 1)
  if (measurement === 'interval') return (c, k) => (categories[c]! - categories[k]!) ** 2
  // Ordinal: how many values lie between the two, both ends counted half.
  const midpoints = new Float64Array(totals.length)
  let below = 0
  for (const [i, count] of totals.entries()) {
    midpoints[i] = below + count / 2
    below += count
  }
  return (c, k) => (midpoints[c]! - midpoints[k]!) ** 2
}

/**
 * Kendall's tau-b of two rankings of the same things; ties are allowed in both.
 *
 * @returns -1 to 1; `undefined` if one of them ties everything.
 * @throws TonyError `shape` for rankings of different lengths.
 */
export function kendallTauB(a: readonly number[], b: readonly number[]): number | undefined {
  requireSameLength('kendallTauB', a, b)
  let score = 0
  let untiedA = 0
  let untiedB = 0
  forEachPair(a, b, (inA, inB) => {
    score += inA * inB
    untiedA += Math.abs(inA)
    untiedB += Math.abs(inB)
  })
  return untiedA === 0 || untiedB === 0 ? undefined : score / Math.sqrt(untiedA * untiedB)
}

/** Pairs compared, and how many of them were judged alike; a tie against a preference counts half. */
export interface PairAgreement {
  readonly agreed: number
  readonly pairs: number
}

/**
 * How many pairs of things two rankings (lower is better, ties allowed) put in the same order. Two ties agree; a tie
 * against a preference is half an agreement, which is what it would be on average if the tie were broken by a coin.
 *
 * @throws TonyError `shape` for rankings of different lengths.
 */
export function rankingAgreement(a: readonly number[], b: readonly number[]): PairAgreement {
  requireSameLength('rankingAgreement', a, b)
  let agreed = 0
  let pairs = 0
  forEachPair(a, b, (inA, inB) => {
    pairs++
    agreed += inA === inB ? 1 : inA === 0 || inB === 0 ? 0.5 : 0
  })
  return { agreed, pairs }
}

/** Adds up agreements; the share is `undefined` if there was no pair. */
export function totalAgreement(
  parts: readonly PairAgreement[],
): PairAgreement & { readonly share: number | undefined } {
  const agreed = parts.reduce((sum, part) => sum + part.agreed, 0)
  const pairs = parts.reduce((sum, part) => sum + part.pairs, 0)
  return { agreed, pairs, share: pairs === 0 ? undefined : agreed / pairs }
}

/**
 * What several rankings of the same things say together: the order of their mean ranks (Borda's count); equal means tie.
 */
export function consensusRanks(rankings: readonly (readonly number[])[]): number[] {
  const first = rankings[0]
  if (first === undefined) return []
  for (const other of rankings) requireSameLength('consensusRanks', first, other)
  // Mid-ranks, so that "1, 2, 2" and "1, 3, 3" mean the same; twice them, so that sums are whole and ties exact.
  const sums = first.map((_, i) => rankings.reduce((sum, ranks) => sum + doubledMidRank(ranks, i), 0))
  const levels = [...new Set(sums)].sort((x, y) => x - y)
  return sums.map((sum) => levels.indexOf(sum) + 1)
}

/** Signs of all pairs of a ranking in a fixed order: 1 if the first is preferred, -1 if the second, 0 for a tie. */
export function preferenceSigns(ranks: readonly number[]): number[] {
  const signs: number[] = []
  forEachPair(ranks, ranks, (sign) => signs.push(sign))
  return signs
}

function doubledMidRank(ranks: readonly number[], i: number): number {
  const own = ranks[i]!
  return ranks.reduce((sum, other) => sum + (other < own ? 2 : other === own ? 1 : 0), 0)
}

function forEachPair(a: readonly number[], b: readonly number[], visit: (inA: number, inB: number) => void): void {
  for (let i = 0; i < a.length; i++) {
    for (let j = i + 1; j < a.length; j++) visit(Math.sign(a[j]! - a[i]!), Math.sign(b[j]! - b[i]!))
  }
}

function requireSameLength(where: string, a: readonly number[], b: readonly number[]): void {
  if (a.length === b.length) return
  throw new TonyError('shape', `${where}: rankings of ${a.length} and ${b.length} things (expected the same number)`)
}
