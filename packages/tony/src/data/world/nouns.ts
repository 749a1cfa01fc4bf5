/** @file Lists of names from the tables that several files choose from. */
import { ANIMALS } from './animals.ts'
import { THINGS } from './things.ts'

/** Names of all animals. */
export const ANIMAL_NOUNS: readonly string[] = ANIMALS.map((animal) => animal.name)

const CARRIED = new Set([
  'fruit',
  'vegetable',
  'furniture',
  'dish',
  'tool',
  'school thing',
  'toy',
  'instrument',
  'clothes',
  'vehicle',
  'machine',
])
const PLURAL_ONLY = new Set(['scissors', 'trousers', 'paper', 'soap'])

/** Names of things that are counted, given and put somewhere, each with `a`. */
export const SMALL_THINGS: readonly string[] = THINGS.filter(
  (thing) => CARRIED.has(thing.category) && !PLURAL_ONLY.has(thing.name),
).map((thing) => thing.name)

/** Names of things that have any colour: for stories. */
export const PAINTED_THINGS: readonly string[] = THINGS.filter(
  (thing) =>
    thing.colour === '' &&
    ['furniture', 'dish', 'toy', 'clothes', 'vehicle', 'school thing'].includes(thing.category) &&
    !PLURAL_ONLY.has(thing.name),
).map((thing) => thing.name)
