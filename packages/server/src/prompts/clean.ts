/**
 * @file Takes personal data out of prompts: e-mail addresses, bank accounts, cards, telephone numbers, network and
 * postal addresses, names of people.
 *
 * Patterns find what has a form; names come from a lexicon of English ones, or stand where people say who they are or whom
 * they write to. What neither knows stays in, so that a prompt is cleaned, not anonymous.
 */
import { findPhoneNumbersInText } from 'libphonenumber-js/min'
import { addressPatterns } from './addresses.ts'
import { findNames } from './names.ts'
import { cut, matches, merged, replaceSpans, type Span } from './spans.ts'

/** Kinds of personal data. */
export const personalData = ['email', 'iban', 'card', 'phone', 'ip', 'address', 'name'] as const
/** A kind of personal data. */
export type PersonalData = (typeof personalData)[number]

/** A text without personal data: each piece has become `[kind]`. */
export interface Cleaned {
  readonly text: string
  readonly replaced: Readonly<Record<string, number>>
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
    const found = merged(kind === 'name' ? await findNames(result, pause) : finders[kind](result))
    if (found.length > 0) counts[kind] = found.length
    result = replaceSpans(result, found, `[${kind}]`)
  }
  return { text: result, replaced: counts }
}

const finders: Readonly<Record<Exclude<PersonalData, 'name'>, (text: string) => Span[]>> = {
  email: (text) => matches(text, /[\p{L}\d._%+-]+@(?:[\p{L}\d-]+\.)+\p{L}{2,}/gu),
  iban: (text) => matches(text, /\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}\b/g).filter((span) => isIban(cut(text, span))),
  card: (text) => matches(text, /\b\d(?:[ -]?\d){12,18}\b/g).filter((span) => isCard(cut(text, span))),
  phone: (text) => [
    ...findPhoneNumbersInText(text, 'US').map(({ startsAt, endsAt }) => ({ start: startsAt, end: endsAt })),
    // The library knows national numbers of one country; those of others begin with 0 nearly everywhere.
    ...matches(text, /(?<![\d.,-])\(?0\d{1,5}\)?[ /.-]{1,3}\d(?:[ /.-]?\d){4,10}(?![\d.,-]\d)/g),
    // Nor does it know numbers that nobody has, such as 555-123-4567; whoever gives one means it as theirs.
    ...matches(text, /(?<![\d.,-])(?:\+?1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}(?![\d-])/g),
  ],
  ip: (text) =>
    matches(
      text,
      // With "::", only what begins as networks do: `a[1::2]` and `ab::cd` are code.
      /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![:\w])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{0,4}(?![:\w])|(?<![:\w])(?:[23][0-9a-f]{3}|f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])(?::[0-9a-f]{1,4}){0,6}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5})?(?![:\w])/gi,
    ),
  address: (text) => addressPatterns.flatMap((pattern) => matches(text, pattern)),
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
