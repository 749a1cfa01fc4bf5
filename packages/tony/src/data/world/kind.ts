/** @file What a kind of question is, how its items are split, and the small tools that kinds are written with. */
import type { Rng } from '../../util/rng.ts'
import type { WorldItem } from '../types.ts'
import { sentence } from './phrases.ts'

/** One exchange before the question. */
export interface WorldTurn {
  readonly question: string
  readonly answer: string
}

/** What a kind makes: a question and its one canonical answer. */
export interface WorldDraft {
  /** What is asked, without its wording: two questions with the same key ask the same. */
  readonly key: string
  readonly question: string
  readonly answer: string
  /** Other answers that are right. */
  readonly accept?: readonly string[]
  readonly history?: readonly WorldTurn[]
}

/** One kind of question. */
export interface WorldKind {
  readonly name: string
  /** Its answers must be known, not worked out: held-out items are new wordings of known facts. Else they are new facts. */
  readonly knowledge: boolean
  /** Answers have words of other languages: text only. */
  readonly written?: boolean
  /** How often it comes against other kinds; 1 is usual. */
  readonly weight?: number
  draft(rng: Rng): WorldDraft
}

/** An exchange with all that grading and speaking need. */
export interface WorldSample extends WorldItem {
  /** Items with the same key are on the same side of the split. */
  readonly key: string
  readonly accept: readonly string[]
  readonly history: readonly WorldTurn[]
  readonly spoken: boolean
}

/** Share of keys that are held out. */
const HELD_OUT = 0.08

/** The side of a key. */
export function splitOf(key: string): WorldItem['split'] {
  return hash(key) / 2 ** 32 < HELD_OUT ? 'held-out' : 'train'
}

/** 32 bits of a text (FNV-1a with the last step of MurmurHash3). */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** One of several wordings, with `{0}`, `{1}` and so on filled in. */
export function word(rng: Rng, wordings: readonly string[], ...values: readonly string[]): string {
  return rng.pick(wordings).replace(/\{(\d)\}/g, (_, i: string) => values[Number(i)] ?? '')
}

/** Words in small letters as an answer: `five` becomes `Five.` */
export function answerOf(text: string): string {
  return sentence(text)
}

const CALLS: readonly string[] = [
  '',
  '',
  '',
  '',
  '',
  'tony, ',
  'hey tony, ',
  'hello tony, ',
  'okay, ',
  'now, ',
  'well, ',
  'so, ',
]
const BEFORE: readonly string[] = [
  ...CALLS,
  'please tell me, ',
  'i have a question, ',
  'can you tell me, ',
  'one more question, ',
]
const ENDS: readonly string[] = ['', '', '', '', ', tony', ', my friend']
const AFTER: readonly string[] = [...ENDS, ', please']

/** What people say, at times with a name, a filler or a please around it. Only questions are announced as such. */
export function asked(rng: Rng, text: string): string {
  const stop = /[.?!]$/.exec(text)?.[0] ?? '?'
  const before = rng.pick(stop === '?' ? BEFORE : CALLS)
  const after = rng.pick(stop === '?' ? AFTER : ENDS)
  return sentence(
    `${before}${text.replace(/[.?!]$/, '')}${before.includes('tony') && after.includes('tony') ? '' : after}${stop}`,
  )
}

/** `n` different elements. */
export function pickSome<T>(rng: Rng, items: readonly T[], n: number): T[] {
  const left = [...items]
  return Array.from({ length: Math.min(n, left.length) }, () => left.splice(rng.int(left.length), 1)[0]!)
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
