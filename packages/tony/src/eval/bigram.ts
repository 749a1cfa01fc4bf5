/** @file A bigram language model in ARPA format, for an outside speech recogniser that is to know which words go together. */
import { TonyError } from '../util/errors.ts'
import { plainText } from './score.ts'

/** Share of each count that goes to pairs that were not seen (absolute discounting; Ney, Essen and Kneser 1994). */
const DISCOUNT = 0.75

/**
 * Learns from `texts`, compared as `plainText`; of `words` also those that no text has may be said. Texts with a word
 * outside `words` are left out.
 *
 * @throws TonyError `invalid` where no text is left.
 */
export function bigramArpa(texts: readonly string[], words: readonly string[]): string {
  const vocabulary = [...new Set(words)].sort()
  const known = new Set(vocabulary)
  const pairs = new Map<string, Map<string, number>>()
  const single = new Map<string, number>(vocabulary.map((word) => [word, 1]))
  let sentences = 0
  for (const text of texts) {
    const said = plainText(text).split(' ')
    if (said[0] === '' || !said.every((word) => known.has(word))) continue
    sentences++
    let before = '<s>'
    for (const word of [...said, '</s>']) {
      single.set(word, (single.get(word) ?? 0) + 1)
      const after = pairs.get(before) ?? new Map<string, number>()
      after.set(word, (after.get(word) ?? 0) + 1)
      pairs.set(before, after)
      before = word
    }
  }
  if (sentences === 0)
    throw new TonyError('invalid', 'bigramArpa: no text has known words only (expected at least one)')
  const total = [...single.values()].reduce((all, count) => all + count, 0)
  const alone = (word: string): number => single.get(word)! / total
  const none: ReadonlyMap<string, number> = new Map()
  const unigrams = [`-99 <s> ${log(reserve(pairs.get('<s>')!))}`]
  for (const word of [...vocabulary, '</s>'])
    unigrams.push(`${log(alone(word))} ${word} ${log(reserve(pairs.get(word) ?? none))}`)
  const bigrams = [...pairs].flatMap(([before, after]) =>
    [...after].map(
      ([word, seen]) => `${log((seen - DISCOUNT) / countOf(after) + reserve(after) * alone(word))} ${before} ${word}`,
    ),
  )
  return [
    '\\data\\',
    `ngram 1=${unigrams.length}`,
    `ngram 2=${bigrams.length}`,
    '',
    '\\1-grams:',
    ...unigrams,
    '',
    '\\2-grams:',
    ...bigrams,
    '',
    '\\end\\',
    '',
  ].join('\n')
}

const log = (probability: number): string => Math.log10(Math.max(probability, 1e-10)).toFixed(4)

const countOf = (after: ReadonlyMap<string, number>): number =>
  [...after.values()].reduce((all, count) => all + count, 0)

/**
 * What the discounts of the words seen after one word add up to: shared out to all words in proportion to their own
 * probability, so that it is the back-off weight of those never seen there. 1 where nothing was seen.
 */
const reserve = (after: ReadonlyMap<string, number>): number =>
  after.size === 0 ? 1 : (DISCOUNT * after.size) / countOf(after)
