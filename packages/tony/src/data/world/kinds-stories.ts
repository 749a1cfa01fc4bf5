/** @file Kinds of question about what was told just now: small stories, and what the talker said a turn before. */
import type { Rng } from '../../util/rng.ts'
import { answerOf, asked, listed, pickSome, type WorldDraft, type WorldKind, word } from './kind.ts'
import { ANIMAL_NOUNS, PAINTED_THINGS, SMALL_THINGS } from './nouns.ts'
import { sentence } from './phrases.ts'
import { COLOURS, GOALS, NAMES, NUMBERS, PLACES, plural, withArticle } from './words.ts'

const n = (value: number): string => NUMBERS[value]!
const PUT: readonly string[] = PLACES.filter((place) =>
  /table|shelf|box|bed|door|kitchen|garden|tree|window|floor|car|cellar|corner/.test(place),
)

/** A story told, then a question about it: one turn. */
function told(
  key: string,
  story: readonly string[],
  question: string,
  answer: string,
  accept: readonly string[],
): WorldDraft {
  return { key, question: [...story, question].map(sentence).join(' '), answer: answerOf(answer), accept }
}

const FAVOURITES: Readonly<Record<string, readonly string[]>> = {
  colour: COLOURS,
  animal: ANIMAL_NOUNS,
  fruit: ['apple', 'banana', 'cherry', 'grape', 'lemon', 'melon', 'orange', 'peach', 'pear', 'plum', 'strawberry'],
  number: NUMBERS.slice(1, 51),
  drink: ['milk', 'water', 'tea', 'coffee', 'juice'],
}

function forgot(rng: Rng): string {
  return rng.pick(['', 'now, ', 'do you remember, ', 'tell me, ', 'tony, '])
}

/** All kinds of this file. */
export const STORY_KINDS: readonly WorldKind[] = [
  {
    name: 'remember-name',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const name = rng.pick(NAMES)
      const first = answerOf(
        word(
          rng,
          ['my name is {0}', 'hello, my name is {0}', 'i am {0}', 'hi tony, i am {0}', 'please call me {0}'],
          name,
        ),
      )
      const question = sentence(
        `${forgot(rng)}${rng.pick(['what is my name', 'who am i', 'do you know my name', 'what am i called'])}?`,
      )
      return {
        key: name,
        question,
        answer: answerOf(`your name is ${name}`),
        accept: [name, `you are ${name}`],
        history: [{ question: first, answer: answerOf(`nice to meet you, ${name}`) }],
      }
    },
  },
  {
    name: 'remember-favourite',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const kind = rng.pick(Object.keys(FAVOURITES))
      const value = rng.pick(FAVOURITES[kind]!)
      const first = answerOf(
        word(
          rng,
          ['my favourite {1} is {0}', 'remember this, my favourite {1} is {0}', 'my favourite {1} is the {0}'].slice(
            0,
            kind === 'animal' || kind === 'fruit' ? 3 : 2,
          ),
          value,
          kind,
        ),
      )
      const question = sentence(
        `${forgot(rng)}${word(rng, ['what is my favourite {0}', 'which {0} do i like', 'what {0} did i tell you'], kind)}?`,
      )
      return {
        key: `${kind} ${value}`,
        question,
        answer: answerOf(`your favourite ${kind} is ${value}`),
        accept: [value],
        history: [{ question: first, answer: answerOf('okay, i will remember that') }],
      }
    },
  },
  {
    name: 'remember-place',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const [thing, place] = [rng.pick(SMALL_THINGS), rng.pick(PUT)]
      const first = answerOf(word(rng, ['my {0} is {1}', 'i put my {0} {1}', 'remember, the {0} is {1}'], thing, place))
      const question = sentence(
        `${forgot(rng)}${word(rng, ['where is my {0}', 'where is the {0}', 'where did i put the {0}', 'where can i find my {0}'], thing)}?`,
      )
      return {
        key: `${thing} ${place}`,
        question,
        answer: answerOf(`the ${thing} is ${place}`),
        accept: [place, `your ${thing} is ${place}`, `it is ${place}`],
        history: [{ question: first, answer: answerOf('okay, i will remember that') }],
      }
    },
  },
  {
    name: 'story-colour',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const [name, thing, colour] = [rng.pick(NAMES), rng.pick(PAINTED_THINGS), rng.pick(COLOURS)]
      const story = word(
        rng,
        ['{0} has {1}', '{0} bought {1}', '{0} found {1}', '{0} made {1}'],
        name,
        withArticle(`${colour} ${thing}`),
      )
      return told(
        `${thing} ${colour} ${name}`,
        [story],
        word(rng, ['what colour is the {0}?', 'which colour is the {0}?', 'what is the colour of the {0}?'], thing),
        `the ${thing} is ${colour}`,
        [colour, `it is ${colour}`],
      )
    },
  },
  {
    name: 'story-two-colours',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const things = pickSome(rng, PAINTED_THINGS, 2)
      const colours = pickSome(rng, COLOURS, 2)
      const at = rng.int(2)
      const story = `the ${things[0]} is ${colours[0]} and the ${things[1]} is ${colours[1]}`
      const byColour = rng.next() < 0.4
      return byColour
        ? told(
            `${story} ?`,
            [story],
            word(rng, ['what is {0}?', 'which thing is {0}?'], colours[at]!),
            `the ${things[at]} is ${colours[at]}`,
            [`the ${things[at]}`, things[at]!],
          )
        : told(
            `${story} ?`,
            [story],
            word(rng, ['what colour is the {0}?', 'which colour has the {0}?'], things[at]!),
            `the ${things[at]} is ${colours[at]}`,
            [colours[at]!, `it is ${colours[at]}`],
          )
    },
  },
  {
    name: 'story-where',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const [name, thing, place] = [rng.pick(NAMES), rng.pick([...SMALL_THINGS, ...ANIMAL_NOUNS]), rng.pick(PUT)]
      const story = word(
        rng,
        ['the {1} of {0} is {2}', '{0} put the {1} {2}', '{0} found the {1} {2}', '{0} saw the {1} {2}'],
        name,
        thing,
        place,
      )
      return told(
        `${thing} ${place} ${name}`,
        [story],
        word(rng, ['where is the {0}?', 'where was the {0}?', 'where can i find the {0}?'], thing),
        `the ${thing} is ${place}`,
        [place, `it is ${place}`, `the ${thing} was ${place}`],
      )
    },
  },
  {
    name: 'story-who-has',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const names = pickSome(rng, NAMES, 2)
      const things = pickSome(rng, [...SMALL_THINGS, ...ANIMAL_NOUNS], 2)
      const at = rng.int(2)
      const story = `${names[0]} has ${withArticle(things[0]!)} and ${names[1]} has ${withArticle(things[1]!)}`
      const who = rng.next() < 0.5
      return who
        ? told(
            story,
            [story],
            word(rng, ['who has the {0}?', 'who has {1}?'], things[at]!, withArticle(things[at]!)),
            `${names[at]} has the ${things[at]}`,
            [names[at]!, `${names[at]} has ${withArticle(things[at]!)}`],
          )
        : told(
            story,
            [story],
            word(rng, ['what does {0} have?', 'what has {0}?'], names[at]!),
            `${names[at]} has ${withArticle(things[at]!)}`,
            [withArticle(things[at]!), things[at]!],
          )
    },
  },
  {
    name: 'story-give',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const [a, b] = pickSome(rng, NAMES, 2) as [string, string]
      const thing = rng.pick(SMALL_THINGS)
      const story = [
        `${a} had ${withArticle(thing)}`,
        word(rng, ['{0} gave the {2} to {1}', '{1} took the {2} from {0}'], a, b, thing),
      ]
      return told(
        `${a} ${b} ${thing}`,
        story,
        word(rng, ['who has the {0} now?', 'who has the {0}?'], thing),
        `${b} has the ${thing}`,
        [b, `${b} has it`],
      )
    },
  },
  {
    name: 'story-count',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const [a, b] = pickSome(rng, NAMES, 2) as [string, string]
      const thing = rng.pick(SMALL_THINGS)
      const more = rng.next() < 0.5
      const had = (more ? 1 : 2) + rng.int(9)
      const change = 1 + rng.int(more ? 9 : had - 1)
      const now = more ? had + change : had - change
      const counted = (count: number): string => `${n(count)} ${count === 1 ? thing : plural(thing)}`
      const story = [
        `${a} has ${counted(had)}`,
        more
          ? word(rng, ['{1} gives {0} {2} more', '{0} finds {2} more'], a, b, n(change))
          : word(rng, ['{0} gives {2} to {1}', '{0} loses {2}'], a, b, n(change)),
      ]
      return told(
        `${had}${more ? '+' : '-'}${change} ${thing}`,
        story,
        word(rng, ['how many {0} does {1} have now?', 'how many {0} has {1} now?'], plural(thing), a),
        `${a} has ${counted(now)}`,
        [n(now), counted(now)],
      )
    },
  },
  {
    name: 'story-went',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const [a, b] = pickSome(rng, NAMES, 2) as [string, string]
      const [here, there] = pickSome(
        rng,
        GOALS.filter((goal) => goal.startsWith('to ')),
        2,
      ) as [string, string]
      const story = [`${a} went ${here}`, `${b} went ${there}`]
      const first = rng.next() < 0.5
      const [who, goal] = first ? [a, here] : [b, there]
      return rng.next() < 0.5
        ? told(
            story.join(' '),
            story,
            word(rng, ['where did {0} go?', 'where is {0} now?'], who),
            `${who} went ${goal}`,
            [goal],
          )
        : told(story.join(' '), story, `who went ${goal}?`, `${who} went ${goal}`, [who])
    },
  },
  {
    name: 'story-taller',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const [a, b, c] = pickSome(rng, NAMES, 3) as [string, string, string]
      const [more, most] = rng.pick([
        ['bigger', 'the biggest'],
        ['older', 'the oldest'],
        ['faster', 'the fastest'],
        ['taller', 'the tallest'],
        ['stronger', 'the strongest'],
      ] as const)
      const story = [`${a} is ${more} than ${b}`, `${b} is ${more} than ${c}`]
      return told(`${more} ${a} ${b} ${c}`, story, `who is ${most}?`, `${a} is ${most}`, [a])
    },
  },
  {
    name: 'did-i-say',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const items = pickSome(rng, [...SMALL_THINGS, ...ANIMAL_NOUNS], 3)
      const yes = rng.next() < 0.5
      const one = yes
        ? rng.pick(items)
        : rng.pick([...SMALL_THINGS, ...ANIMAL_NOUNS].filter((name) => !items.includes(name)))
      const story = word(rng, ['i bought {0}', 'i see {0}', 'in the box are {0}'], listed(items.map(withArticle)))
      const asking = story.startsWith('i bought')
        ? `did i buy ${withArticle(one)}?`
        : story.startsWith('i see')
          ? `do i see ${withArticle(one)}?`
          : `is there ${withArticle(one)} in the box?`
      const answer = story.startsWith('i bought')
        ? ['yes, you bought', 'no, you did not buy']
        : story.startsWith('i see')
          ? ['yes, you see', 'no, you do not see']
          : ['yes, there is', 'no, there is not']
      return told(
        `${items.toSorted().join(' ')} ${one}`,
        [story],
        asking,
        `${answer[yes ? 0 : 1]} ${withArticle(one)}`,
        [yes ? 'yes' : 'no'],
      )
    },
  },
  {
    name: 'who-said-how',
    knowledge: false,
    draft(rng) {
      const name = rng.pick(NAMES)
      const state = rng.pick([
        'happy',
        'sad',
        'tired',
        'hungry',
        'thirsty',
        'angry',
        'sick',
        'busy',
        'afraid',
        'nervous',
        'calm',
        'proud',
        'lonely',
      ])
      const what = rng.pick(['is', 'feels'])
      return {
        key: `${name} ${state}`,
        question: asked(rng, `${name} ${what} ${state}, how is ${name}?`),
        answer: answerOf(`${name} is ${state}`),
        accept: [state],
      }
    },
  },
]
