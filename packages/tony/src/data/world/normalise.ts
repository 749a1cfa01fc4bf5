/** @file One form of a text for scoring, and names written large for people. */
import { COUNTRIES } from './countries.ts'
import { DAYS, MONTHS, NAMES, NUMBERS } from './words.ts'

const PROPER = new Set([
  ...NAMES,
  ...DAYS,
  ...MONTHS.filter((month) => month !== 'may' && month !== 'march'),
  'tony',
  'america',
  'africa',
  'asia',
  'europe',
  'i',
  ...COUNTRIES.flatMap((country) => [country.name, country.capital, country.language]).filter((name) => name !== ''),
])

/** Writes the names of people, places, languages, days and months, and `I`, with a large first letter. */
export function properNouns(text: string): string {
  return text.replace(/[a-z]+/g, (word, at: number) => {
    const before = text[at - 1]
    // Not inside a word: "isn't", "twenty-one".
    if (before !== undefined && /[\p{L}'-]/u.test(before)) return word
    return PROPER.has(word) ||
      ((word === 'may' || word === 'march') && /(of|in|is|month|after|before|follows|comes) $/.test(text.slice(0, at)))
      ? word.charAt(0).toUpperCase() + word.slice(1)
      : word
  })
}

/** The form in which two texts are compared: small letters, digits as words, no punctuation, single spaces. */
export function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/\d+/g, (digits) => ` ${numberWords(Number(digits))} `)
    .replace(/[’`]/g, "'")
    .replace(/[^\p{L}\p{M}' ]+/gu, ' ')
    .replace(/(^| )'+|'+(?= |$)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
}

/** The words of a text in that form. */
export const wordsOf = (text: string): string[] => normalise(text).split(' ')

/** A whole number from 0 to 999,999 in words. */
export function numberWords(value: number): string {
  const known = NUMBERS[value]
  if (known !== undefined) return known
  if (value < 1000) return joined(`${NUMBERS[Math.floor(value / 100)]} hundred`, value % 100)
  if (value < 1_000_000) return joined(`${numberWords(Math.floor(value / 1000))} thousand`, value % 1000)
  return String(value)
    .split('')
    .map((digit) => NUMBERS[Number(digit)])
    .join(' ')
}

function joined(head: string, rest: number): string {
  return rest === 0 ? head : `${head} ${numberWords(rest)}`
}
