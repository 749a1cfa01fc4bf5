/** @file Kinds of question about words: opposites, forms, letters, rhymes, order, and what is to be said again. */
import type { Rng } from '../../util/rng.ts'
import { answerOf, asked, pickSome, type WorldKind, word } from './kind.ts'
import { normalise } from './normalise.ts'
import { ANIMAL_NOUNS, PAINTED_THINGS, SMALL_THINGS } from './nouns.ts'
import { repeatPhrase } from './phrases.ts'
import { TRANSLATIONS } from './translations.ts'
import { ADJECTIVES, COLOURS, NUMBERS, OPPOSITES, plural, RHYMES, VERBS } from './words.ts'

const OPPOSITES_OF = new Map<string, string[]>()
for (const [a, b] of OPPOSITES) {
  OPPOSITES_OF.set(a, [...(OPPOSITES_OF.get(a) ?? []), b])
  OPPOSITES_OF.set(b, [...(OPPOSITES_OF.get(b) ?? []), a])
}

/** Words that are spelled, of three to six letters. */
const SPELLED: readonly string[] = [
  ...new Set([...ANIMAL_NOUNS, ...SMALL_THINGS, ...COLOURS, ...ADJECTIVES.thing, ...NUMBERS.slice(0, 21)]),
].filter((name) => /^[a-z]{3,6}$/.test(name))
const COUNTED: readonly string[] = [...ANIMAL_NOUNS, ...SMALL_THINGS]
const PAST = VERBS.filter((verb, i) => VERBS.findIndex((other) => other.base === verb.base) === i)
/** Words that have one sound, for lists. */
const LISTED: readonly string[] = [
  ...new Set([...ANIMAL_NOUNS, ...PAINTED_THINGS, ...COLOURS, ...NUMBERS.slice(1, 13)]),
].filter((name) => !name.includes(' '))
const LANGUAGES = ['french', 'spanish', 'german'] as const

const letters = (text: string): string => [...text.toUpperCase()].join(', ')
const rhymeOf = (text: string): readonly string[] =>
  RHYMES.filter((group) => group.includes(text))
    .flat()
    .filter((other) => other !== text)
const RHYMING: readonly string[] = [...new Set(RHYMES.flat())]

/** A kind that asks for one of several words by its place. */
function place(
  name: string,
  wordings: readonly string[],
  reply: string,
  least: number,
  choose: (items: readonly string[]) => string,
): WorldKind {
  return {
    name,
    knowledge: false,
    draft(rng) {
      const items = pickSome(rng, LISTED, least + rng.int(3))
      const right = choose(items)
      return {
        key: items.join(' '),
        question: asked(rng, word(rng, wordings, items.join(', '))),
        answer: answerOf(word(rng, [reply], right)),
        accept: [right],
      }
    },
  }
}

function translation(rng: Rng): { english: string; language: (typeof LANGUAGES)[number]; foreign: string } {
  const row = rng.pick(TRANSLATIONS)
  const language = rng.pick(LANGUAGES)
  return { english: row.english, language, foreign: row[language] }
}

/** All kinds of this file. */
export const WORD_KINDS: readonly WorldKind[] = [
  {
    name: 'opposite',
    knowledge: true,
    weight: 2,
    draft(rng) {
      const from = rng.pick([...OPPOSITES_OF.keys()])
      const [right, ...others] = OPPOSITES_OF.get(from)!
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is the opposite of {0}?',
            'which word is the opposite of {0}?',
            'tell me the opposite of {0}.',
            'what word is the contrary of {0}?',
            'give me the opposite of {0}.',
          ],
          from,
        ),
      )
      return {
        key: from,
        question,
        answer: answerOf(`the opposite of ${from} is ${right}`),
        accept: [right!, ...others, ...others.map((other) => `the opposite of ${from} is ${other}`)],
      }
    },
  },
  {
    name: 'plural',
    knowledge: true,
    draft(rng) {
      const noun = rng.pick(COUNTED)
      const right = plural(noun)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is the plural of {0}?',
            'tell me the plural of {0}.',
            'one {0}, two what?',
            'how do you say many of {0}?',
          ],
          noun,
        ),
      )
      return {
        key: noun,
        question,
        answer: answerOf(`one ${noun}, two ${right}`),
        accept: [right, `two ${right}`, `the plural of ${noun} is ${right}`],
      }
    },
  },
  {
    name: 'past',
    knowledge: true,
    draft(rng) {
      const verb = rng.pick(PAST)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is the past of {0}?',
            'tell me the past of {0}.',
            'today i {0}, and yesterday?',
            'what is the past form of {0}?',
          ],
          verb.base,
        ),
      )
      return {
        key: verb.base,
        question,
        answer: answerOf(`today i ${verb.base}, yesterday i ${verb.past}`),
        accept: [verb.past, `yesterday i ${verb.past}`, `the past of ${verb.base} is ${verb.past}`],
      }
    },
  },
  {
    name: 'spell',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const from = rng.pick(SPELLED)
      const question = asked(
        rng,
        word(
          rng,
          [
            'how do you spell {0}?',
            'spell the word {0}.',
            'can you spell {0}?',
            'spell {0}.',
            'what are the letters of {0}?',
          ],
          from,
        ),
      )
      return { key: from, question, answer: `${letters(from)}.` }
    },
  },
  {
    name: 'unspell',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const from = rng.pick(SPELLED)
      const question = asked(
        rng,
        `${rng.pick(['what word is', 'which word is', 'what do these letters make', 'read these letters', 'what is the word'])}, ${letters(from)}?`,
      )
      return { key: from, question, answer: answerOf(`the word is ${from}`), accept: [from] }
    },
  },
  {
    name: 'first-letter',
    knowledge: false,
    draft(rng) {
      const from = rng.pick([...ANIMAL_NOUNS, ...SMALL_THINGS])
      const letter = from.charAt(0).toUpperCase()
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is the first letter of {0}?',
            'which letter does {0} start with?',
            'what letter does the word {0} begin with?',
            'tell me the first letter of {0}.',
          ],
          from,
        ),
      )
      return { key: from, question, answer: `The first letter is ${letter}.`, accept: [letter] }
    },
  },
  {
    name: 'last-letter',
    knowledge: false,
    draft(rng) {
      const from = rng.pick(SPELLED)
      const letter = from.at(-1)!.toUpperCase()
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is the last letter of {0}?',
            'which letter does {0} end with?',
            'what letter does the word {0} end with?',
          ],
          from,
        ),
      )
      return { key: from, question, answer: `The last letter is ${letter}.`, accept: [letter] }
    },
  },
  {
    name: 'rhyme',
    knowledge: true,
    draft(rng) {
      const from = rng.pick(RHYMING)
      const [right, ...others] = rhymeOf(from)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what rhymes with {0}?',
            'tell me a word that rhymes with {0}.',
            'say a word that sounds like {0}.',
            'give me a rhyme for {0}.',
          ],
          from,
        ),
      )
      return {
        key: from,
        question,
        answer: answerOf(`${right} rhymes with ${from}`),
        accept: [right!, ...others, ...others.map((other) => `${other} rhymes with ${from}`)],
      }
    },
  },
  {
    name: 'do-they-rhyme',
    knowledge: false,
    draft(rng) {
      const from = rng.pick(RHYMING)
      const rhymes = rhymeOf(from)
      const yes = rng.next() < 0.5
      const to = yes ? rng.pick(rhymes) : rng.pick(RHYMING.filter((other) => other !== from && !rhymes.includes(other)))
      const question = asked(
        rng,
        word(
          rng,
          [
            'does {0} rhyme with {1}?',
            'do {0} and {1} rhyme?',
            'is {0} a rhyme for {1}?',
            'do {0} and {1} sound alike?',
          ],
          from,
          to,
        ),
      )
      return {
        key: [from, to].toSorted().join(' '),
        question,
        answer: answerOf(yes ? `yes, ${from} rhymes with ${to}` : `no, ${from} does not rhyme with ${to}`),
        accept: [yes ? 'yes' : 'no'],
      }
    },
  },
  place(
    'first-word',
    ['which word comes first, {0}?', 'what is the first word of {0}?', 'say only the first word, {0}.'],
    'the first word is {0}',
    2,
    (items) => items[0]!,
  ),
  place(
    'last-word',
    ['which word comes last, {0}?', 'what is the last word of {0}?', 'say only the last word, {0}.'],
    'the last word is {0}',
    2,
    (items) => items.at(-1)!,
  ),
  place(
    'second-word',
    ['which word comes second, {0}?', 'what is the second word of {0}?', 'say only the second word, {0}.'],
    'the second word is {0}',
    3,
    (items) => items[1]!,
  ),
  {
    name: 'backwards',
    knowledge: false,
    draft(rng) {
      const items = pickSome(rng, LISTED, 2 + rng.int(3))
      const question = asked(
        rng,
        word(
          rng,
          [
            'say these words backwards, {0}.',
            'say it the other way round, {0}.',
            'can you say {0} in the other order?',
            'turn these words around, {0}.',
          ],
          items.join(', '),
        ),
      )
      return { key: items.join(' '), question, answer: answerOf(items.toReversed().join(', ')) }
    },
  },
  {
    name: 'repeat',
    knowledge: false,
    weight: 5,
    draft(rng) {
      const phrase = repeatPhrase(rng, { maxWords: 9 })
      const question = `${rng.pick(['Repeat after me', 'Please repeat', 'Say after me', 'Repeat', 'Tony, repeat after me', 'Say this', 'Now repeat', 'Please say', 'Can you say this'])}: ${phrase}`
      return { key: normalise(phrase), question, answer: phrase }
    },
  },
  {
    name: 'say-words',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const items = pickSome(rng, LISTED, 1 + rng.int(4))
      const question = asked(
        rng,
        word(
          rng,
          ['say {0}.', 'say the words {0}.', 'please say {0}.', 'can you say {0}?', 'repeat the words {0}.'],
          items.join(', '),
        ),
      )
      return { key: items.join(' '), question, answer: answerOf(items.join(', ')) }
    },
  },
  {
    name: 'say-twice',
    knowledge: false,
    draft(rng) {
      const item = rng.pick(LISTED)
      const times = 2 + rng.int(3)
      const question = asked(
        rng,
        word(
          rng,
          ['say {0} {1}.', 'please say {0} {1}.', 'can you say {0} {1}?'],
          item,
          times === 2 ? rng.pick(['twice', 'two times']) : `${NUMBERS[times]} times`,
        ),
      )
      return {
        key: `${item} ${times}`,
        question,
        answer: answerOf(Array.from({ length: times }, () => item).join(', ')),
      }
    },
  },
  {
    name: 'translate-to',
    knowledge: true,
    written: true,
    weight: 3,
    draft(rng) {
      const { english, language, foreign } = translation(rng)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is {0} in {1}?',
            'how do you say {0} in {1}?',
            'translate {0} into {1}.',
            'what is the {1} word for {0}?',
          ],
          english,
          language,
        ),
      )
      return {
        key: `${english} ${language}`,
        question,
        answer: `${foreign.charAt(0).toUpperCase()}${foreign.slice(1)}.`,
      }
    },
  },
  {
    name: 'translate-from',
    knowledge: true,
    written: true,
    weight: 2,
    draft(rng) {
      const { english, language, foreign } = translation(rng)
      const rights = TRANSLATIONS.filter((row) => row[language] === foreign).map((row) => row.english)
      const question = asked(
        rng,
        word(
          rng,
          ['what does the {1} word {0} mean?', 'what is {0} in english, it is {1}?', 'translate {0} from {1}.'],
          foreign,
          language,
        ),
      )
      return { key: `${foreign} ${language}`, question, answer: answerOf(rights[0] ?? english), accept: rights }
    },
  },
]
