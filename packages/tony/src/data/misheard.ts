/** @file What hearing might make of words: a transcript with mistakes, without any sound. */
import { editDistance } from '../util/edit-distance.ts'
import type { Rng } from '../util/rng.ts'

/** Words of the vocabulary that a word may be taken for: the nearest by letters. */
const NEAR = 8
/** Largest share of words that are heard wrong; each transcript has its own, evenly from none. */
const MOST = 0.35

/**
 * Makes mistakes as a recogniser of single words does that knows only `vocabulary`: a word is lost, taken for one that looks
 * like it, or another is heard beside it.
 */
export function mishearing(vocabulary: readonly string[]): (rng: Rng, words: readonly string[]) => string[] {
  const known = new Set(vocabulary)
  const nearOf = new Map<string, readonly string[]>()
  const near = (word: string): readonly string[] => {
    const found = nearOf.get(word)
    if (found !== undefined) return found
    const distances = vocabulary.map((other) => ({ other, distance: editDistance([...word], [...other]) }))
    const nearest = distances
      .filter(({ other }) => other !== word)
      .sort((a, b) => a.distance - b.distance)
      .slice(0, NEAR)
      .map(({ other }) => other)
    nearOf.set(word, nearest)
    return nearest
  }
  return (rng, words) => {
    const rate = MOST * rng.next()
    return words.flatMap((word) => {
      const luck = rng.next() / rate
      if (known.has(word) && luck > 1) return [word]
      if (luck < 0.35) return []
      const other = rng.pick(near(word))
      return luck < 0.85 || !known.has(word) ? [other] : rng.next() < 0.5 ? [other, word] : [word, other]
    })
  }
}
