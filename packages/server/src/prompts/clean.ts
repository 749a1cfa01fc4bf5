/**
 * @file Takes personal data out of prompts: e-mail addresses, bank accounts, cards, telephone numbers, network and
 * postal addresses, names of people.
 *
 * Patterns find what has a form; names come from a lexicon of English ones. What neither knows stays in, so that a
 * prompt is cleaned, not anonymous.
 */
import { findPhoneNumbersInText } from 'libphonenumber-js/min'

/** Kinds of personal data. */
export const personalData = ['email', 'iban', 'card', 'phone', 'ip', 'address', 'name'] as const
/** A kind of personal data. */
export type PersonalData = (typeof personalData)[number]

/** A text without personal data: each piece has become `[kind]`. */
export interface Cleaned {
  readonly text: string
  readonly replaced: Readonly<Record<string, number>>
}

interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Cleans a text. Longer texts are worked on in pieces with pauses between, so that answers being made are not held up.
 *
 * @param pause - lets others work; the default gives way to what waits.
 */
export async function clean(text: string, pause: () => Promise<void> = giveWay): Promise<Cleaned> {
  const counts: Record<string, number> = {}
  let result = text
  for (const kind of personalData) {
    const found = kind === 'name' ? await findNames(result, pause) : finders[kind](result)
    if (found.length > 0) counts[kind] = found.length
    result = replaceSpans(result, found, `[${kind}]`)
  }
  return { text: result, replaced: counts }
}

const streetWords =
  'Street Avenue Road Boulevard Lane Drive Court Square Place Way Terrace Close Crescent Highway Parkway'
/** Words as they stand in names; abbreviations with their capital only, or "5 of my best dr" would be one. */
const street = [
  ...streetWords.split(' ').map((word) => `[${word[0]}${word[0]!.toLowerCase()}]${word.slice(1)}`),
  'St|Ave|Rd|Blvd|Ln|Dr|Ct|Sq|Pl|Hwy|Pkwy',
].join('|')
const unit = String.raw`(?:,?\s+(?:[Aa]pt|[Aa]partment|[Ss]uite|[Ss]te|[Uu]nit|[Ff]loor|#)\.?\s*[\w-]+)?`
const town = String.raw`(?:,\s*\p{Lu}[\p{L}' -]{1,40})?(?:,?\s*[A-Z]{2})?(?:,?\s+\d{5}(?:-\d{4})?)?`

/** `221B Baker Street, Apt 4, London`; `P.O. Box 12`; `Hauptstraße 12, 10115 Berlin`; `10 rue de la Paix`. */
const addressPatterns = [
  new RegExp(
    String.raw`\b\d{1,5}[A-Za-z]?\s+(?:\p{Lu}[\p{L}'.-]*\s+){1,4}(?:${street})\b(?:\.(?=,))?${unit}${town}`,
    'gu',
  ),
  /\bP\.?\s?O\.?\s?Box\s+\d+\b/giu,
  /\b\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|weg|platz|allee|gasse)\s+\d{1,4}\s?[a-z]?\b(?:,?\s+\d{5}\s+\p{Lu}[\p{L}-]+)?/gu,
  /\b\d{1,4}(?:\s?bis)?,?\s+(?:rue|avenue|boulevard|place|chemin|quai)\s+(?:de\s+(?:la\s+|l')?|du\s+|des\s+)?\p{Lu}[\p{L}'-]*(?:\s+\p{Lu}[\p{L}'-]*)*(?:,?\s+\d{5}\s+\p{Lu}[\p{L}-]+)?/gu,
]

const finders: Readonly<Record<Exclude<PersonalData, 'name'>, (text: string) => Span[]>> = {
  email: (text) => matches(text, /[\p{L}\d._%+-]+@(?:[\p{L}\d-]+\.)+\p{L}{2,}/gu),
  iban: (text) => matches(text, /\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}\b/g).filter((span) => isIban(cut(text, span))),
  card: (text) => matches(text, /\b\d(?:[ -]?\d){12,18}\b/g).filter((span) => isCard(cut(text, span))),
  phone: (text) => [
    ...findPhoneNumbersInText(text, 'US').map(({ startsAt, endsAt }) => ({ start: startsAt, end: endsAt })),
    // The library knows national numbers of one country; those of others begin with 0 nearly everywhere.
    ...matches(text, /(?<![\d.,-])\(?0\d{1,5}\)?[ /.-]{1,3}\d(?:[ /.-]?\d){4,10}(?![\d.,-]\d)/g),
  ],
  ip: (text) =>
    matches(
      text,
      /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![:\w])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{0,4}(?![:\w])/gi,
    ),
  address: (text) => addressPatterns.flatMap((pattern) => matches(text, pattern)),
}

/** Pieces of a few sentences: the tagger takes milliseconds for each. */
async function findNames(text: string, pause: () => Promise<void>): Promise<Span[]> {
  const { default: nlp } = await import('compromise/two')
  const spans: Span[] = []
  for (const { start, end } of matches(text, /[^\n]{1,300}(?:\s|$)|[^\n]{1,300}|\n/g)) {
    const piece = text.slice(start, end)
    // A name in a Latin script has a capital letter.
    if (!/\p{Lu}\p{L}/u.test(piece)) continue
    const found = nlp(piece).match('#Person+').json({ offset: true }) as {
      offset: { start: number; length: number }
    }[]
    for (const { offset } of found) {
      // The tagger counts the punctuation around a word in.
      const name = piece.slice(offset.start, offset.start + offset.length)
      const bare = /\p{L}(?:[\s\S]*[\p{L}\d])?/u.exec(name)
      // "[email]" and its like are marks of what was found before; "will" and "mark" are mostly words.
      if (bare === null || !/^\p{Lu}|\s\p{Lu}/u.test(bare[0])) continue
      const from = start + offset.start + bare.index
      if (text[from - 1] === '[') continue
      spans.push({ start: from, end: from + bare[0].length })
    }
    await pause()
  }
  return spans
}

function replaceSpans(text: string, spans: readonly Span[], by: string): string {
  let result = ''
  let at = 0
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < at) continue
    result += text.slice(at, start) + by
    at = end
  }
  return result + text.slice(at)
}

function matches(text: string, pattern: RegExp): Span[] {
  return [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length }))
}

function cut(text: string, { start, end }: Span): string {
  return text.slice(start, end)
}

/** The check digit of payment cards (Luhn). */
function isCard(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].reverse().map(Number)
  const sum = digits.reduce(
    (total, digit, i) => total + (i % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit),
    0,
  )
  return sum % 10 === 0
}

/** The check digits of bank accounts (ISO 13616): the number, letters as 10 to 35, is 1 modulo 97. */
function isIban(text: string): boolean {
  const plain = text.replace(/ /g, '')
  const digits = (plain.slice(4) + plain.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1
}

function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
