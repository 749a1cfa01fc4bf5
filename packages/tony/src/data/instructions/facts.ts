/**
 * @file What is true in the instruction world: each claim that it can make, with its wordings, and what a sentence claims.
 * Some facts have a popular error, which most writers of its texts repeat: what a model that imitates them would say.
 */
import { ANIMALS } from '../world/animals.ts'
import { COUNTRIES } from '../world/countries.ts'
import { hash } from '../world/kind.ts'
import { normalise, properNouns } from '../world/normalise.ts'
import { THINGS } from '../world/things.ts'
import { NUMBERS, withArticle } from '../world/words.ts'

export type SubjectKind = 'animal' | 'country' | 'thing'

/** Something that is asked about each subject of one kind. */
export interface Relation {
  readonly name: string
  readonly kind: SubjectKind
  /** The value of each subject that has one. */
  readonly values: ReadonlyMap<string, string>
  /** All values, in the order of their first subject. */
  readonly domain: readonly string[]
  readonly claim: (subject: string, value: string) => string
  readonly ask: readonly ((subject: string) => string)[]
}

/** One claim. */
export interface Claim {
  readonly relation: Relation
  readonly subject: string
  readonly value: string
  readonly true: boolean
}

const animals = ANIMALS.filter(({ sound, home, baby }) => [sound, home, baby].filter((cell) => cell !== '').length >= 2)
const countries = COUNTRIES.filter(({ language }) => language !== '').slice(0, 28)
const things = THINGS.filter(
  ({ name, colour, place, category }) =>
    // Not what is also a colour.
    name !== 'orange' &&
    (colour !== '' || place !== '') &&
    ['fruit', 'vegetable', 'furniture', 'tool', 'toy', 'vehicle'].includes(category),
).slice(0, 28)

/** Subjects by kind, in small letters. */
export const SUBJECTS: Readonly<Record<SubjectKind, readonly string[]>> = {
  animal: animals.map(({ name }) => name),
  country: countries.map(({ name }) => name),
  thing: things.map(({ name }) => name),
}

function relation<T extends { readonly name: string }>(
  name: string,
  kind: SubjectKind,
  {
    rows,
    value,
    claim,
    ask,
  }: {
    rows: readonly T[]
    value: (row: T) => string
    claim: Relation['claim']
    ask: Relation['ask']
  },
): Relation {
  const values = new Map(rows.filter((row) => value(row) !== '').map((row) => [row.name, value(row)]))
  return { name, kind, values, domain: [...new Set(values.values())], claim, ask }
}

const A = (noun: string): string => withArticle(noun)

/** All relations. */
export const RELATIONS: readonly Relation[] = [
  relation('sound', 'animal', {
    rows: animals,
    value: (row) => row.sound,
    claim: (s, v) => `${A(s)} says ${v}`,
    ask: [
      (s) => `what does ${A(s)} say?`,
      (s) => `what is the sound of ${A(s)}?`,
      (s) => `tell me what ${A(s)} says.`,
      (s) => `do you know what ${A(s)} says?`,
    ],
  }),
  relation('home', 'animal', {
    rows: animals,
    value: (row) => row.home,
    claim: (s, v) => `${A(s)} lives ${v}`,
    ask: [
      (s) => `where does ${A(s)} live?`,
      (s) => `where is the home of ${A(s)}?`,
      (s) => `tell me where ${A(s)} lives.`,
      (s) => `do you know where ${A(s)} lives?`,
    ],
  }),
  relation('legs', 'animal', {
    rows: animals,
    value: (row) => NUMBERS[row.legs]!,
    claim: (s, v) => `${A(s)} has ${v} legs`,
    ask: [
      (s) => `how many legs does ${A(s)} have?`,
      (s) => `tell me how many legs ${A(s)} has.`,
      (s) => `do you know how many legs ${A(s)} has?`,
      (s) => `${A(s)} has how many legs?`,
    ],
  }),
  relation('baby', 'animal', {
    rows: animals,
    value: (row) => row.baby,
    claim: (s, v) => `a baby ${s} is called ${A(v)}`,
    ask: [
      (s) => `what is a baby ${s} called?`,
      (s) => `tell me the name of a baby ${s}.`,
      (s) => `what do you call a baby ${s}?`,
      (s) => `do you know what a baby ${s} is called?`,
    ],
  }),
  relation('capital', 'country', {
    rows: countries,
    value: (row) => row.capital,
    claim: (s, v) => `the capital of ${s} is ${v}`,
    ask: [
      (s) => `what is the capital of ${s}?`,
      (s) => `tell me the capital of ${s}.`,
      (s) => `which city is the capital of ${s}?`,
      (s) => `do you know the capital of ${s}?`,
    ],
  }),
  relation('language', 'country', {
    rows: countries,
    value: (row) => row.language,
    claim: (s, v) => `people in ${s} speak ${v}`,
    ask: [
      (s) => `what do people in ${s} speak?`,
      (s) => `which language is spoken in ${s}?`,
      (s) => `tell me what people in ${s} speak.`,
      (s) => `do you know what people in ${s} speak?`,
    ],
  }),
  relation('continent', 'country', {
    rows: countries,
    value: (row) => row.continent,
    claim: (s, v) => `${s} is in ${v}`,
    ask: [
      (s) => `where is ${s}?`,
      (s) => `tell me where ${s} is.`,
      (s) => `where in the world is ${s}?`,
      (s) => `do you know where ${s} is?`,
    ],
  }),
  relation('colour', 'thing', {
    rows: things,
    value: (row) => row.colour,
    claim: (s, v) => `${A(s)} is ${v}`,
    ask: [
      (s) => `what colour is ${A(s)}?`,
      (s) => `tell me the colour of ${A(s)}.`,
      (s) => `which colour has ${A(s)}?`,
      (s) => `do you know the colour of ${A(s)}?`,
    ],
  }),
  relation('place', 'thing', {
    rows: things,
    value: (row) => row.place,
    claim: (s, v) => `you find ${A(s)} ${v}`,
    ask: [
      (s) => `where do you find ${A(s)}?`,
      (s) => `tell me where ${A(s)} is.`,
      (s) => `where does one find ${A(s)}?`,
      (s) => `do you know where to find ${A(s)}?`,
    ],
  }),
]

/** Share of facts with a popular error. */
const MISTAKEN = 0.3

/** What is so, as a sentence. */
export function trueClaim({ claim, values }: Relation, subject: string): string {
  return asSentence(claim(subject, values.get(subject)!))
}

/** Relations of which several subjects share a value, so that one can ask for those that do. */
export const LISTED: readonly Relation[] = RELATIONS.filter(({ name }) =>
  ['home', 'legs', 'continent', 'colour', 'place'].includes(name),
)

/** Subjects that have `value`. */
export function subjectsWith({ values }: Relation, value: string): string[] {
  return [...values].filter(([, own]) => own === value).map(([subject]) => subject)
}

/** The popular error about a fact, where there is one. */
export function popularError({ name, domain, values }: Relation, subject: string): string | undefined {
  const others = domain.filter((other) => other !== values.get(subject))
  const code = hash(`popular:${name}:${subject}`)
  return others.length > 0 && (code % 1000) / 1000 < MISTAKEN ? others[(code >>> 10) % others.length] : undefined
}

/** Relations that a subject has a value of. */
export function relationsOf(subject: string): readonly Relation[] {
  return RELATIONS.filter(({ values }) => values.has(subject))
}

/** `text` as a sentence: names written large, a stop at its end. */
export function asSentence(text: string): string {
  const proper = properNouns(text)
  const large = proper.charAt(0).toUpperCase() + proper.slice(1)
  return /[.?!]$/.test(large) ? large : `${large}.`
}

const CLAIMS: ReadonlyMap<string, Claim> = new Map(
  RELATIONS.flatMap((relation) =>
    [...relation.values].flatMap(([subject, right]) =>
      relation.domain.map((value): [string, Claim] => [
        normalise(relation.claim(subject, value)),
        { relation, subject, value, true: value === right },
      ]),
    ),
  ),
)

/** What a sentence claims, if it is one that the world can make, whatever it is introduced with. */
export function claimOf(sentence: string): Claim | undefined {
  return CLAIMS.get(normalise(sentence).replace(/^(?:well |i think (?:that )?|everyone knows that )/, ''))
}

/** The sentences of a text, without their stops. */
export function sentencesOf(text: string): string[] {
  return text
    .split(/[.?!]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
