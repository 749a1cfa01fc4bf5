/** @file Kinds of question about animals, things and countries. */
import { ANIMALS, type Animal } from './animals.ts'
import { COUNTRIES } from './countries.ts'
import { answerOf, asked, pickSome, type WorldDraft, type WorldKind, word } from './kind.ts'
import { THINGS, type Thing } from './things.ts'
import { COLOURS, NUMBERS, withArticle } from './words.ts'

/** Things without a plural or an article. */
const MASS = new Set(
  THINGS.filter((thing) => ['drink', 'weather'].includes(thing.category))
    .map((thing) => thing.name)
    .concat(
      'bread cheese butter rice soup sugar salt honey chocolate meat grass fire blood coal sand soap paper snow rain ice wind'.split(
        ' ',
      ),
    ),
)
const PLURAL = new Set(['scissors', 'trousers'])

const the = (name: string): string =>
  MASS.has(name) || PLURAL.has(name) ? name : name === 'sun' || name === 'moon' ? `the ${name}` : withArticle(name)
const is = (name: string): string => (PLURAL.has(name) ? 'are' : 'is')

/** A kind over the rows that have the cell that it asks for. */
function factKind<T extends { readonly name: string }>(
  name: string,
  rows: readonly T[],
  weight: number,
  make: (row: T) => { ask: readonly string[]; values?: readonly string[]; answer: string; accept?: readonly string[] },
): WorldKind {
  return {
    name,
    knowledge: true,
    weight,
    draft(rng): WorldDraft {
      const row = rng.pick(rows)
      const { ask, values, answer, accept } = make(row)
      const question = asked(rng, word(rng, ask, ...(values ?? [row.name])))
      return { key: row.name, question, answer: answerOf(answer), ...(accept && { accept }) }
    },
  }
}

/** Names of the classes that answers use. */
const CLASSES: Readonly<Record<string, string>> = {
  fruit: 'a fruit',
  vegetable: 'a vegetable',
  food: 'food',
  drink: 'a drink',
  furniture: 'furniture',
  tool: 'a tool',
  toy: 'a toy',
  instrument: 'an instrument',
  clothes: 'clothes',
  vehicle: 'a vehicle',
  building: 'a building',
  machine: 'a machine',
  plant: 'a plant',
  animal: 'an animal',
}
const NOT_ASKED = new Set([
  'bean',
  'tomato',
  'cucumber',
  'pumpkin',
  'pea',
  'bag',
  'umbrella',
  'ring',
  'comb',
  'soap',
  'towel',
  'mirror',
  'pot',
  'brush',
  'bell',
  'fork',
  'spoon',
  'egg',
  'lamp',
  'honey',
  'soup',
  'sandwich',
  'orange',
  'chocolate',
  'rope',
  'fish',
  'salmon',
  'hen',
  'duck',
  'goose',
  'rocket',
  'tower',
  'bridge',
  'mushroom',
  'sugar',
  'salt',
  'meat',
  'milk',
  'water',
  'butter',
  'key',
  'clock',
  'phone',
  'grass',
  'ball',
  'kite',
  'balloon',
  'boat',
])
const CLASSED: readonly { readonly name: string; readonly kind: string }[] = [
  ...ANIMALS.map((animal) => ({ name: animal.name, kind: 'animal' })),
  ...THINGS.filter((thing) => thing.category in CLASSES).map((thing) => ({ name: thing.name, kind: thing.category })),
].filter(({ name }) => !NOT_ASKED.has(name))

const sized = (rows: readonly (Animal | Thing)[]): readonly { name: string; size: number }[] =>
  rows.filter(
    (row) =>
      row.size > 0 &&
      !MASS.has(row.name) &&
      !PLURAL.has(row.name) &&
      row.name !== 'sun' &&
      row.name !== 'moon' &&
      row.name !== 'star',
  )
const SIZED: readonly { name: string; size: number }[] = sized([...ANIMALS, ...THINGS])

/** What moves how; the rest of the animals is not asked about. */
const CAN: Readonly<Record<string, { readonly yes: readonly string[]; readonly no: readonly string[] }>> = {
  fly: {
    yes: ANIMALS.filter((animal) => animal.moves === 'fly').map((animal) => animal.name),
    no: 'dog cat cow horse pig sheep elephant lion mouse fish shark whale snail worm crab octopus penguin giraffe'.split(
      ' ',
    ),
  },
  swim: {
    yes: 'fish shark whale dolphin duck swan penguin seal frog turtle crocodile octopus salmon'.split(' '),
    no: 'hen bee spider butterfly snail fly'.split(' '),
  },
  climb: { yes: 'monkey cat squirrel panda'.split(' '), no: 'cow horse whale elephant fish pig duck shark'.split(' ') },
}

const SOUNDING = ANIMALS.filter((animal) => animal.sound !== '')
const BABIES = ANIMALS.filter((animal) => animal.baby !== '')

const ASK_CLASS = ['what kind of thing is {0}?', 'what is {0}?', 'tell me, what is {0}?', 'do you know what {0} is?']

/** All kinds of this file. */
export const FACT_KINDS: readonly WorldKind[] = [
  factKind('animal-sound', SOUNDING, 1, (animal) => ({
    ask: [
      'what does {0} say?',
      'what sound does {0} make?',
      'how does {0} sound?',
      'what noise does {0} make?',
      'do you know what {0} says?',
    ],
    values: [withArticle(animal.name)],
    answer: `${withArticle(animal.name)} says ${animal.sound}`,
    accept: [animal.sound],
  })),
  factKind('which-animal-says', SOUNDING, 1, (animal) => {
    const same = SOUNDING.filter((other) => other.sound === animal.sound).map((other) => withArticle(other.name))
    return {
      ask: ['which animal says {0}?', 'what animal says {0}?', 'who says {0}?', 'what animal makes the sound {0}?'],
      values: [animal.sound],
      answer: `${same[0]} says ${animal.sound}`,
      accept: same.flatMap((name) => [name, name.slice(name.indexOf(' ') + 1), `${name} says ${animal.sound}`]),
    }
  }),
  factKind(
    'animal-by-hint',
    ANIMALS.filter((animal) => animal.hint !== ''),
    2,
    (animal) => ({
      ask: [
        'which animal {0}?',
        'what animal {0}?',
        'i think of an animal that {0}, what is it?',
        'it {0}, which animal is it?',
        'guess the animal, it {0}.',
      ],
      values: [animal.hint],
      answer: `it is ${withArticle(animal.name)}`,
      accept: [withArticle(animal.name), animal.name],
    }),
  ),
  factKind(
    'thing-by-hint',
    THINGS.filter((thing) => thing.hint !== ''),
    2,
    (thing) => {
      const right = the(thing.name)
      const answer = PLURAL.has(thing.name) ? `they are ${thing.name}` : `it is ${right}`
      return {
        ask: PLURAL.has(thing.name)
          ? ['what things {0}?', 'guess what they are, they {0}.']
          : [
              'what {0}?',
              'what thing {0}?',
              'it {0}, what is it?',
              'guess what it is, it {0}.',
              'i think of a thing that {0}, what is it?',
            ],
        values: [thing.hint],
        answer,
        accept: [right, thing.name],
      }
    },
  ),
  factKind(
    'legs',
    ANIMALS.filter((animal) => animal.name !== 'octopus' && animal.name !== 'crab'),
    1,
    (animal) => {
      const legs = animal.legs === 0 ? 'no' : NUMBERS[animal.legs]!
      return {
        ask: [
          'how many legs does {0} have?',
          'how many legs has {0}?',
          'count the legs of {0}.',
          'tell me how many legs {0} has.',
        ],
        values: [withArticle(animal.name)],
        answer: `${withArticle(animal.name)} has ${legs} legs`,
        accept: [`${legs} legs`, legs, ...(animal.legs === 0 ? ['none', 'zero'] : [])],
      }
    },
  ),
  factKind('baby-animal', BABIES, 1, (animal) => ({
    ask: [
      'what is a baby {0} called?',
      'what do you call a baby {0}?',
      'what is the name of a young {0}?',
      'how do you call the child of a {0}?',
    ],
    answer: `a baby ${animal.name} is called ${withArticle(animal.baby)}`,
    accept: [withArticle(animal.baby), animal.baby],
  })),
  factKind(
    'animal-home',
    ANIMALS.filter((animal) => animal.home !== ''),
    1,
    (animal) => ({
      ask: ['where does {0} live?', 'where do you find {0}?', 'what is the home of {0}?', 'where can i see {0}?'],
      values: [withArticle(animal.name)],
      answer: `${withArticle(animal.name)} lives ${animal.home}`,
      accept: [animal.home],
    }),
  ),
  {
    name: 'can-it',
    knowledge: true,
    draft(rng) {
      const act = rng.pick(Object.keys(CAN))
      const yes = rng.next() < 0.5
      const name = rng.pick(yes ? CAN[act]!.yes : CAN[act]!.no)
      const question = asked(
        rng,
        word(
          rng,
          ['can {0} {1}?', 'is {0} able to {1}?', 'do you think {0} can {1}?', 'is it true that {0} can {1}?'],
          withArticle(name),
          act,
        ),
      )
      return {
        key: `${name} ${act}`,
        question,
        answer: answerOf(yes ? `yes, ${withArticle(name)} can ${act}` : `no, ${withArticle(name)} cannot ${act}`),
        accept: [yes ? 'yes' : 'no'],
      }
    },
  },
  factKind(
    'colour',
    THINGS.filter(
      (thing) =>
        thing.colour !== '' && COLOURS.includes(thing.colour) && thing.name !== 'orange' && thing.name !== 'sun',
    ),
    1.5,
    (thing) => ({
      ask: ['what colour is {0}?', 'which colour has {0}?', 'tell me the colour of {0}.', 'what is the colour of {0}?'],
      values: [the(thing.name)],
      answer: `${the(thing.name)} ${is(thing.name)} ${thing.colour}`,
      accept: [thing.colour, `it is ${thing.colour}`],
    }),
  ),
  {
    name: 'is-it-a',
    knowledge: true,
    weight: 2,
    draft(rng) {
      const { name, kind } = rng.pick(CLASSED)
      const yes = rng.next() < 0.5
      const other = yes
        ? kind
        : rng.pick(
            Object.keys(CLASSES).filter(
              (key) =>
                key !== kind &&
                !(key === 'food' && (kind === 'fruit' || kind === 'vegetable')) &&
                !(kind === 'food' && key === 'drink'),
            ),
          )
      const verb = is(name)
      const question = asked(
        rng,
        word(
          rng,
          [
            `${verb} {0} {1}?`,
            `${verb} {0} {1} or not?`,
            `is it true that {0} ${verb} {1}?`,
            `do you think that {0} ${verb} {1}?`,
          ],
          the(name),
          CLASSES[other]!,
        ),
      )
      return {
        key: `${name} ${other}`,
        question,
        answer: answerOf(
          yes ? `yes, ${the(name)} ${verb} ${CLASSES[other]}` : `no, ${the(name)} ${verb} not ${CLASSES[other]}`,
        ),
        accept: [yes ? 'yes' : 'no'],
      }
    },
  },
  factKind('class', CLASSED, 1.5, ({ name, kind }) => ({
    ask: PLURAL.has(name)
      ? ASK_CLASS.map((text) => text.replace('is {0}', 'are {0}').replace('{0} is', '{0} are'))
      : ASK_CLASS,
    values: [the(name)],
    answer: `${the(name)} ${is(name)} ${CLASSES[kind]}`,
    accept: [CLASSES[kind]!, CLASSES[kind]!.replace(/^an? /, ''), `it is ${CLASSES[kind]}`],
  })),
  {
    name: 'odd-one-out',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const kind = rng.pick(['animal', 'animal', 'fruit', 'clothes', 'tool', 'vehicle'])
      const inside = pickSome(
        rng,
        CLASSED.filter((entry) => entry.kind === kind && !PLURAL.has(entry.name)),
        2,
      )
      const outside = rng.pick(
        CLASSED.filter(
          (entry) => entry.kind !== kind && !MASS.has(entry.name) && !PLURAL.has(entry.name) && entry.kind !== 'food',
        ),
      )
      const items = pickSome(rng, [...inside, outside], 3).map((entry) => withArticle(entry.name))
      const question = asked(
        rng,
        word(
          rng,
          [
            'which is not {0}, {1}, {2} or {3}?',
            'one of these is not {0}, {1}, {2} or {3}?',
            'what does not belong, it is not {0}, {1}, {2} or {3}?',
          ],
          CLASSES[kind]!,
          ...items,
        ),
      )
      const right = withArticle(outside.name)
      return {
        key: [kind, ...items.toSorted()].join(' '),
        question,
        answer: answerOf(`${right} is not ${CLASSES[kind]}`),
        accept: [right, outside.name],
      }
    },
  },
  {
    name: 'bigger',
    knowledge: false,
    weight: 2,
    draft(rng) {
      for (;;) {
        const [a, b] = pickSome(rng, SIZED, 2) as [{ name: string; size: number }, { name: string; size: number }]
        // Things of nearly one size are a matter of taste.
        if (Math.abs(a.size - b.size) < 3) continue
        const more = rng.next() < 0.6
        const right = a.size > b.size === more ? a : b
        const wordings = more
          ? [
              'which is bigger, {0} or {1}?',
              'what is bigger, {0} or {1}?',
              'is {0} bigger or {1}?',
              'which one is larger, {0} or {1}?',
            ]
          : ['which is smaller, {0} or {1}?', 'what is smaller, {0} or {1}?', 'which one is smaller, {0} or {1}?']
        const question = asked(rng, word(rng, wordings, withArticle(a.name), withArticle(b.name)))
        return {
          key: [a.name, b.name].toSorted().join('<'),
          question,
          answer: answerOf(`${withArticle(right.name)} is ${more ? 'bigger' : 'smaller'}`),
          accept: [withArticle(right.name), right.name],
        }
      }
    },
  },
  factKind(
    'place',
    THINGS.filter((thing) => thing.place !== ''),
    1.5,
    (thing) => ({
      ask: [
        'where do you find {0}?',
        `where ${is(thing.name)} {0}?`,
        'where can i find {0}?',
        'in what place do you find {0}?',
      ],
      values: [the(thing.name)],
      answer: `you find ${the(thing.name)} ${thing.place}`,
      accept: [thing.place],
    }),
  ),
  factKind(
    'use',
    THINGS.filter((thing) => thing.use !== ''),
    1.5,
    (thing) => ({
      ask: [
        'what do you do with {0}?',
        'what can you do with {0}?',
        `what ${is(thing.name)} {0} for?`,
        'why do people need {0}?',
      ],
      values: [the(thing.name)],
      answer: useAnswer(thing),
      accept: [thing.use, `you ${thing.use}`, `to ${thing.use}`],
    }),
  ),
  factKind(
    'material',
    THINGS.filter((thing) => thing.material !== '' && thing.material !== thing.name),
    1.5,
    (thing) => ({
      ask: [
        `what ${is(thing.name)} {0} made of?`,
        'what do you need to make {0}?',
        `{0} ${is(thing.name)} made of what?`,
      ],
      values: [the(thing.name)],
      answer: `${the(thing.name)} ${is(thing.name)} made of ${thing.material}`,
      accept: [thing.material, `of ${thing.material}`],
    }),
  ),
  factKind(
    'capital',
    COUNTRIES.filter((country) => country.capital !== ''),
    2.5,
    (country) => ({
      ask: [
        'what is the capital of {0}?',
        'which city is the capital of {0}?',
        'tell me the capital of {0}.',
        'do you know the capital of {0}?',
        'name the capital of {0}.',
      ],
      answer: `the capital of ${country.name} is ${country.capital}`,
      accept: [country.capital],
    }),
  ),
  factKind(
    'capital-of',
    COUNTRIES.filter((country) => country.capital !== ''),
    1.5,
    (country) => ({
      ask: [
        'of which country is {0} the capital?',
        'in which country is {0}?',
        'where is {0}?',
        'what country has the capital {0}?',
      ],
      values: [country.capital],
      answer: `${country.capital} is in ${country.name}`,
      accept: [country.name, `in ${country.name}`],
    }),
  ),
  factKind(
    'language',
    COUNTRIES.filter((country) => country.language !== ''),
    1.5,
    (country) => ({
      ask: [
        'what language do people speak in {0}?',
        'which language do they speak in {0}?',
        'what do people speak in {0}?',
        'tell me the language of {0}.',
      ],
      answer: `people in ${country.name} speak ${country.language}`,
      accept: [country.language, `they speak ${country.language}`],
    }),
  ),
  factKind(
    'continent',
    COUNTRIES.filter(
      (country) => country.name !== 'australia' && country.name !== 'turkey' && country.name !== 'russia',
    ),
    1,
    (country) => ({
      ask: ['where is {0}?', 'on which continent is {0}?', 'in what part of the world is {0}?'],
      answer: `${country.name} is in ${country.continent}`,
      accept: [country.continent, `in ${country.continent}`],
    }),
  ),
]

/** What one does with a thing, from its cell: `wear` becomes `you wear a hat`, `cut bread` `you cut bread with a knife`. */
function useAnswer(thing: Thing): string {
  const name = the(thing.name)
  if (['wear', 'read', 'drive', 'ride', 'ring'].includes(thing.use)) return `you ${thing.use} ${name}`
  if (thing.use === 'sit') return `you sit on ${name}`
  if (['sleep', 'live', 'learn', 'buy things', 'keep food cold', 'bake'].includes(thing.use))
    return `you ${thing.use} in ${name}`
  if (thing.use === 'drink') return `you drink from ${name}`
  if (thing.use === 'eat') return thing.name === 'fork' ? 'you eat with a fork' : `you eat from ${name}`
  if (['go in', 'look out'].includes(thing.use)) return `you ${thing.use} through ${name}`
  if (thing.use === 'climb') return `you climb up ${name}`
  if (thing.use === 'work') return `you work at ${name}`
  return `you ${thing.use} with ${name}`
}
