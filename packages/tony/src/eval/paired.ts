/** @file A test of two models on the same items. */
import { TonyError } from '../util/errors.ts'

/** Items that only one of two models got right, and how likely a split at least as uneven is where both are equally good. */
export interface PairedTest {
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly p: number
}

/**
 * McNemar's test (1947), exact and two-sided, on items that each of two models got right or wrong.
 *
 * @throws TonyError `shape` for different numbers of items.
 */
export function mcNemar(first: readonly boolean[], second: readonly boolean[]): PairedTest {
  if (first.length !== second.length)
    throw new TonyError('shape', `mcNemar: got ${first.length} and ${second.length} items (expected as many)`)
  const onlyFirst = first.filter((right, i) => right && !second[i]).length
  const onlySecond = second.filter((right, i) => right && !first[i]).length
  const n = onlyFirst + onlySecond
  // Both tails of the binomial distribution of n fair coins, its terms as logarithms: 2^n may be out of range.
  let term = -n * Math.LN2
  let tail = 0
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
    tail += Math.exp(term)
    term += Math.log((n - k) / (k + 1))
  }
  return { onlyFirst, onlySecond, p: Math.min(1, 2 * tail) }
}
