/** @file The closed vocabulary: every English word that the world says or hears, derived from its tables. */
import { ANIMALS } from './animals.ts'
import { COUNTRIES } from './countries.ts'
import { THINGS } from './things.ts'
import {
  ADJECTIVES,
  ADVERBS,
  BODY,
  COLOURS,
  DAYS,
  FAMILY,
  GOALS,
  LETTERS,
  MONTHS,
  NAMES,
  NUMBERS,
  OPPOSITES,
  ORDINALS,
  PEOPLE,
  PLACES,
  plural,
  RHYMES,
  readWords,
  SEASONS,
  TIMES,
  VERBS,
} from './words.ts'

/** Words of questions and answers that no table holds. */
const OTHERS: readonly string[] = readWords(`
  a an the and or but if of to in on at by for from with without into out up down over under behind between next near after before about around through across along like than then as so because that this these those there here
  i me my you your he him his she her it its we us our they them their who what where when why how which whose
  am is are was were be been do does did don't doesn't didn't not no yes have has had can cannot can't could may must shall should will would let let's isn't aren't it's i'm i'd you're what's that's
  please thanks thank welcome hello hi hey goodbye bye okay sorry fine well maybe sure
  more most less least very too also only just again both all any some every each other another many much few little one two first last
  minus plus times equals half hundred thousand
  sum add tony get number numbers smaller bigger larger even odd hours alphabet opposite word words contrary plural past form spell rhyme rhymes sounds sound alike turn order backwards repeat twice noise guess none able belong
  capital country place places language world continent ready feel feels doing favourite voice born age done raining put something snowing prize hunt season seasons months years eyes noses toes feet fingers smell bite body songs gave
  stronger strongest older oldest taller tallest faster fastest
  understands hurts name names colour colours
`)

const words = new Set<string>()
const add = (text: string): void => {
  for (const word of text.toLowerCase().split(/[^a-z'-]+/)) if (word !== '') words.add(word)
}
for (const table of [ANIMALS, THINGS, COUNTRIES])
  for (const row of table) for (const cell of Object.values(row)) if (typeof cell === 'string') add(cell)
for (const { name } of [...ANIMALS, ...THINGS]) add(plural(name))
for (const list of [
  NUMBERS,
  DAYS,
  MONTHS,
  SEASONS,
  LETTERS,
  COLOURS,
  NAMES,
  ORDINALS,
  ADVERBS,
  BODY,
  FAMILY,
  PEOPLE,
  PLACES,
  GOALS,
  TIMES,
])
  list.forEach(add)
for (const list of [...OPPOSITES, ...RHYMES, ...Object.values(ADJECTIVES)]) list.forEach(add)
for (const { base, third, past, ing } of VERBS) [base, third, past, ing].forEach(add)
OTHERS.forEach(add)
words.delete('zeroth')
for (const word of [...words]) if (word.includes('-')) words.delete(word)

/** All words, in small letters, sorted; numbers such as "twenty-one" are two words. */
export const VOCABULARY: readonly string[] = [...words].sort()

/** The words of a text that are not in the vocabulary. */
export function unknownWords(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}']+/u)
    .map((word) => word.replace(/^'+|'+$/g, ''))
    .filter((word) => word !== '' && !words.has(word) && !(word.endsWith("'s") && words.has(word.slice(0, -2))))
}
