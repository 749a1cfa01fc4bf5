/** @file Grammars in JSGF (JSpeech Grammar Format, W3C note 2000) for an outside speech recogniser. */
import { TonyError } from '../util/errors.ts'
import { plainText } from './score.ts'

/** Any sequence of `words`, each as it stands in the recogniser's dictionary. */
export function anySequence(words: readonly string[]): string {
  return grammar('words', `( ${alternatives(words)} )+`)
}

/** Exactly one of `sentences`, compared and written as `plainText`. */
export function oneOf(sentences: readonly string[]): string {
  return grammar('sentences', alternatives(sentences.map(plainText)))
}

/** The words of a text that the recogniser must know. */
export function wordsOf(text: string): string[] {
  return plainText(text)
    .split(' ')
    .filter((word) => word !== '')
}

/**
 * `count` different sentences for a closed test: those of `wanted` first, then others of `pool` in their order. Two that
 * are the same as `plainText` are one, and one with a word that is not `known` is left out, because it could not be heard.
 */
export function candidateSentences(
  wanted: readonly string[],
  pool: readonly string[],
  { count, known }: { readonly count: number; readonly known: (word: string) => boolean },
): string[] {
  const found = new Map<string, string>()
  for (const text of [...wanted, ...pool]) {
    if (found.size >= count) break
    const words = wordsOf(text)
    const plain = words.join(' ')
    if (words.length > 0 && !found.has(plain) && words.every(known)) found.set(plain, text)
  }
  return [...found.values()]
}

function alternatives(texts: readonly string[]): string {
  const different = [...new Set(texts.filter((text) => text !== ''))]
  if (different.length === 0)
    throw new TonyError('invalid', 'grammar: nothing may be said (expected at least one word)')
  return different.join(' | ')
}

function grammar(name: string, rule: string): string {
  return `#JSGF V1.0;\ngrammar ${name};\npublic <s> = ${rule} ;\n`
}
