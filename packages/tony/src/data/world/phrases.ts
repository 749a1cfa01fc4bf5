/** @file Phrases of two to twelve words by a small grammar over the vocabulary: to repeat, to write down, to read out. */
import type { Rng } from '../../util/rng.ts'
import { ANIMALS } from './animals.ts'
import { COUNTRIES } from './countries.ts'
import { properNouns } from './normalise.ts'
import { THINGS } from './things.ts'
import {
  ADJECTIVES,
  ADVERBS,
  BODY,
  COLOURS,
  DAYS,
  FAMILY,
  GOALS,
  MONTHS,
  NAMES,
  NUMBERS,
  ORDINALS,
  PEOPLE,
  PLACES,
  plural,
  TIMES,
  VERBS,
  type Verb,
  type VerbObject,
  withArticle,
} from './words.ts'

/** Nouns that one may count and carry in a sentence. */
const MASS = new Set(['food', 'drink', 'weather', 'sky thing', 'nature', 'building part'])
const PLURAL_ONLY = new Set(['scissors', 'trousers', 'paper'])
const COUNTABLE: readonly string[] = THINGS.filter(
  (thing) => !MASS.has(thing.category) && !PLURAL_ONLY.has(thing.name),
).map((thing) => thing.name)
const BUILDINGS = new Set(THINGS.filter((thing) => thing.category === 'building').map((thing) => thing.name))
const SMALL: readonly string[] = COUNTABLE.filter((name) => !BUILDINGS.has(name))
const FOODS: readonly string[] = THINGS.filter((thing) => ['fruit', 'vegetable', 'food'].includes(thing.category)).map(
  (thing) => thing.name,
)
const DRINKS: readonly string[] = THINGS.filter((thing) => thing.category === 'drink').map((thing) => thing.name)
const CLOTHES: readonly string[] = THINGS.filter(
  (thing) => thing.category === 'clothes' && thing.name !== 'trousers',
).map((thing) => thing.name)
const VEHICLES: readonly string[] = THINGS.filter((thing) => thing.category === 'vehicle').map((thing) => thing.name)
const ANIMAL_NAMES: readonly string[] = ANIMALS.map((animal) => animal.name)
const VERBS_BY_OBJECT = new Map<VerbObject, readonly Verb[]>(
  (['none', 'thing', 'food', 'drink', 'clothes', 'person', 'place', 'vehicle'] as const).map((object) => [
    object,
    VERBS.filter((verb) => verb.object === object),
  ]),
)
const FOOD_VOWELS = new Set([
  'rice',
  'bread',
  'cheese',
  'butter',
  'soup',
  'honey',
  'sugar',
  'salt',
  'chocolate',
  'meat',
  ...DRINKS,
])

/**
 * A natural-ish phrase of two to twelve words from the vocabulary, as a sentence: large first letter, a stop at the end.
 * Seldom words come as often as frequent ones, so that all sounds are covered.
 */
export function repeatPhrase(
  rng: Rng,
  options: { readonly minWords?: number; readonly maxWords?: number } = {},
): string {
  const { minWords = 2, maxWords = 12 } = options
  for (;;) {
    const phrase = PATTERNS[weighted(rng)]!(rng)
    const words = phrase.split(' ').length
    if (words >= minWords && words <= maxWords) return sentence(phrase)
  }
}

/** Writes a phrase as a sentence: names large, first letter large, a full stop where there is no stop. */
export function sentence(phrase: string): string {
  const named = properNouns(phrase)
  const full = /[.?!]$/.test(named) ? named : `${named}.`
  return full.charAt(0).toUpperCase() + full.slice(1)
}

type Pattern = (rng: Rng) => string

const chance = (rng: Rng, share: number): boolean => rng.next() < share

function anyNoun(rng: Rng): string {
  return rng.pick(rng.pick([SMALL, SMALL, ANIMAL_NAMES, COUNTABLE]))
}

function person(rng: Rng): string {
  const kind = rng.int(4)
  if (kind === 0) return rng.pick(NAMES)
  if (kind === 1) return `my ${rng.pick(FAMILY)}`
  if (kind === 2) return `the ${chance(rng, 0.4) ? `${rng.pick(ADJECTIVES.person)} ` : ''}${rng.pick(PEOPLE)}`
  return chance(rng, 0.6) ? rng.pick(['he', 'she']) : `the ${rng.pick(ANIMAL_NAMES)}`
}

function thing(rng: Rng): string {
  const noun = anyNoun(rng)
  const adjective = chance(rng, 0.5) ? `${rng.pick(chance(rng, 0.4) ? COLOURS : ADJECTIVES.thing)} ` : ''
  const kind = rng.int(5)
  if (kind === 0) return `${NUMBERS[2 + rng.int(19)]!} ${adjective}${plural(noun)}`
  if (kind === 1) return `${rng.pick(['my', 'your', 'his', 'her', 'our', 'their', 'this', 'that'])} ${adjective}${noun}`
  if (kind === 2) return `the ${adjective}${noun}`
  return withArticle(`${adjective}${noun}`)
}

function objectOf(rng: Rng, kind: VerbObject): string {
  switch (kind) {
    case 'none':
      return ''
    case 'thing':
      return ` ${thing(rng)}`
    case 'food': {
      const food = rng.pick(FOODS)
      const some = FOOD_VOWELS.has(food) ? food : plural(food)
      return ` ${rng.pick(['the', 'some', 'some', 'no'])} ${chance(rng, 0.4) ? `${rng.pick(ADJECTIVES.food)} ` : ''}${some}`
    }
    case 'drink':
      return rng.pick([` a glass of ${rng.pick(DRINKS)}`, ` a cup of ${rng.pick(DRINKS)}`, ` some ${rng.pick(DRINKS)}`])
    case 'clothes':
      return ` ${withArticle(`${rng.pick(COLOURS)} ${rng.pick(CLOTHES)}`)}`
    case 'person':
      return ` ${rng.pick([rng.pick(NAMES), `the ${rng.pick(PEOPLE)}`, `her ${rng.pick(FAMILY)}`, 'me', 'us', 'them'])}`
    case 'place':
      return ` ${rng.pick(GOALS)}`
    case 'vehicle':
      return ` the ${rng.pick(VEHICLES)}`
  }
}

function anyVerb(rng: Rng): Verb {
  return rng.pick(
    VERBS_BY_OBJECT.get(
      rng.pick([
        'none',
        'thing',
        'thing',
        'thing',
        'food',
        'drink',
        'clothes',
        'person',
        'person',
        'place',
        'vehicle',
      ] as const),
    )!,
  )
}

function tail(rng: Rng): string {
  const kind = rng.int(5)
  if (kind === 0) return ` ${rng.pick(PLACES)}`
  if (kind === 1) return ` ${rng.pick(TIMES)}`
  if (kind === 2) return ` with ${rng.pick([rng.pick(NAMES), `the ${rng.pick(PEOPLE)}`, `my ${rng.pick(FAMILY)}`])}`
  return ''
}

const PATTERNS: readonly Pattern[] = [
  (rng) => {
    const verb = anyVerb(rng)
    return `${person(rng)} ${chance(rng, 0.5) ? verb.past : verb.third}${objectOf(rng, verb.object)}${tail(rng)}`
  },
  (rng) => {
    const verb = anyVerb(rng)
    return `${rng.pick(['i', 'we', 'you', 'they'])} ${rng.pick(['will', 'can', 'must', 'want to', 'do not', 'cannot', 'should', 'would', 'could not', 'never', 'often'])} ${verb.base}${objectOf(rng, verb.object)}${tail(rng)}`
  },
  (rng) => {
    const verb = anyVerb(rng)
    return `${person(rng)} is ${verb.ing}${objectOf(rng, verb.object)}${tail(rng)}`
  },
  (rng) => {
    const verb = anyVerb(rng)
    const last = chance(rng, 0.3) ? ` ${rng.pick(ADVERBS)}` : tail(rng)
    return `${rng.pick(['please ', 'do not ', '', "let's ", ''])}${verb.base}${objectOf(rng, verb.object)}${last}`
  },
  (rng) =>
    `${rng.pick(['the', 'my', 'your', 'this', 'that'])} ${chance(rng, 0.5) ? `${rng.pick(COLOURS)} ` : ''}${anyNoun(rng)} is ${rng.pick(PLACES)}`,
  (rng) => {
    const noun = anyNoun(rng)
    return `there are ${NUMBERS[2 + rng.int(99)]!} ${plural(noun)} ${rng.pick(PLACES)}`
  },
  (rng) =>
    `${rng.pick(['the', 'a'])} ${rng.pick(ADJECTIVES.person)} ${rng.pick(PEOPLE)} and ${withArticle(`${rng.pick(ADJECTIVES.thing)} ${anyNoun(rng)}`)}`,
  (rng) =>
    `${thing(rng)} ${rng.pick(['and', 'or', 'with', 'without', 'for', 'like', 'behind', 'under', 'near'])} ${thing(rng)}`,
  (rng) => `${rng.pick(TIMES)} the weather is ${rng.pick(ADJECTIVES.weather)} and ${rng.pick(ADJECTIVES.weather)}`,
  (rng) =>
    `${rng.pick(['my', 'his', 'her', 'your'])} ${rng.pick(BODY)} ${rng.pick(['hurts', 'is cold', 'is warm', 'is clean', 'is dirty', 'is strong'])}${chance(rng, 0.4) ? ` ${rng.pick(TIMES)}` : ''}`,
  (rng) => {
    const verb = anyVerb(rng)
    return `${rng.pick(['where', 'when', 'why', 'how'])} ${rng.pick(['did', 'does', 'will', 'can'])} ${person(rng)} ${verb.base}${objectOf(rng, verb.object)}?`
  },
  (rng) => {
    const verb = anyVerb(rng)
    return `${rng.pick(['did', 'will', 'can', 'may'])} ${rng.pick(['you', 'she', 'he', 'they'])} ${verb.base}${objectOf(rng, verb.object)}${tail(rng)}?`
  },
  (rng) =>
    `${rng.pick(NAMES)} lives in ${rng.pick(chance(rng, 0.5) ? COUNTRIES.map((country) => country.name) : COUNTRIES.flatMap((country) => country.capital || []))}`,
  (rng) =>
    `${person(rng)} ${rng.pick(['speaks', 'learns', 'understands'])} ${rng.pick(COUNTRIES.flatMap((country) => country.language || []))}${tail(rng)}`,
  (rng) => {
    const verb = anyVerb(rng)
    return `${rng.pick(ADVERBS)} ${person(rng)} ${verb.past}${objectOf(rng, verb.object)}`
  },
  (rng) =>
    `${person(rng)} is ${rng.pick(['very ', 'not ', 'too ', 'always ', ''])}${rng.pick(ADJECTIVES.person)}${tail(rng)}`,
  (rng) => `${rng.pick(DAYS)}, the ${rng.pick(ORDINALS.slice(1))} of ${rng.pick(MONTHS)}`,
  (rng) =>
    `${NUMBERS[rng.int(101)]!} and ${NUMBERS[rng.int(101)]!}${chance(rng, 0.5) ? ` and ${NUMBERS[rng.int(101)]!}` : ''}`,
  (rng) => `${rng.pick(ADJECTIVES.thing)} ${plural(anyNoun(rng))}${chance(rng, 0.5) ? ` ${rng.pick(PLACES)}` : ''}`,
  (rng) => {
    const [first, second] = [anyVerb(rng), anyVerb(rng)]
    return `${person(rng)} ${first.past}${objectOf(rng, first.object)} and ${second.past}${objectOf(rng, second.object)}`
  },
  (rng) =>
    `${rng.pick(['what', 'whose'])} ${rng.pick(['colour', 'name', 'book', 'animal', 'toy'])} is ${rng.pick(['that', 'this', 'it'])}?`,
  (rng) => `${rng.pick(PLACES)} ${person(rng)} saw ${thing(rng)}`,
]

const WEIGHTS: readonly number[] = [12, 10, 7, 8, 5, 5, 4, 5, 2, 3, 4, 4, 3, 2, 4, 5, 2, 3, 4, 8, 1, 5]
const TOTAL = WEIGHTS.reduce((sum, weight) => sum + weight, 0)

function weighted(rng: Rng): number {
  let left = rng.next() * TOTAL
  return Math.max(
    0,
    WEIGHTS.findIndex((weight) => {
      left -= weight
      return left < 0
    }),
  )
}
