/** @file Draws clips so that seldom words are heard as well as frequent ones. */
import { groupBy } from '../util/group.ts'
import type { Rng } from '../util/rng.ts'

/** Share of draws that begin with a word. */
const BY_WORD = 0.5

/**
 * Draws from `items` (at least one): half of the time a word, each as likely as any other, and then one of the items that
 * have it; else an item, each as likely. A corpus is as frequent in its words as people are, and a word that comes ten times
 * in a whole corpus would not be learned.
 */
export function wordTurns<T>(items: readonly T[], wordsOf: (item: T) => Iterable<string>): (rng: Rng) => T {
  const said = items.flatMap((item) => [...new Set(wordsOf(item))].map((word) => ({ word, item })))
  const words = [...groupBy(said, ({ word }) => word).values()].map((having) => having.map(({ item }) => item))
  return (rng) => rng.pick(words.length > 0 && rng.next() < BY_WORD ? rng.pick(words) : items)
}
