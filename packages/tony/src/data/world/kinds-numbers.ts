/** @file Kinds of question about numbers, time and the alphabet. */
import type { Rng } from '../../util/rng.ts'
import { answerOf, asked, listed, pickSome, type WorldKind, word } from './kind.ts'
import { ANIMAL_NOUNS, SMALL_THINGS } from './nouns.ts'
import { DAYS, LETTERS, MONTHS, NUMBERS, plural, withArticle } from './words.ts'

const n = (value: number): string => NUMBERS[value]!

/** A number from 0 below `end`; small ones come more often. */
function small(rng: Rng, end: number): number {
  return rng.next() < 0.5 ? rng.int(Math.min(11, end)) : rng.int(end)
}

/** A kind that asks for the element after or before one in a ring of names. */
function neighbour(
  name: string,
  ring: readonly string[],
  step: 1 | -1,
  wordings: readonly string[],
  reply: string,
): WorldKind {
  return {
    name,
    knowledge: true,
    draft(rng) {
      const at = rng.int(ring.length)
      const [from, to] = [ring[at]!, ring[(at + step + ring.length) % ring.length]!]
      return {
        key: from,
        question: asked(rng, word(rng, wordings, from)),
        answer: answerOf(word(rng, [reply], to, from)),
        accept: [to],
      }
    },
  }
}

/** All kinds of this file. */
export const NUMBER_KINDS: readonly WorldKind[] = [
  {
    name: 'add',
    knowledge: false,
    weight: 2.5,
    draft(rng) {
      const a = small(rng, 21)
      const b = small(rng, 21)
      const sum = n(a + b)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is {0} plus {1}?',
            'how much is {0} plus {1}?',
            '{0} plus {1} is what?',
            'how much is {0} and {1}?',
            'what do {0} and {1} make?',
            'add {0} and {1}.',
            'what is the sum of {0} and {1}?',
          ],
          n(a),
          n(b),
        ),
      )
      return {
        key: `${Math.min(a, b)}+${Math.max(a, b)}`,
        question,
        answer: answerOf(`${n(a)} plus ${n(b)} is ${sum}`),
        accept: [sum],
      }
    },
  },
  {
    name: 'subtract',
    knowledge: false,
    weight: 2,
    draft(rng) {
      const a = small(rng, 31)
      const b = rng.int(Math.min(a, 20) + 1)
      const rest = n(a - b)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is {0} minus {1}?',
            'how much is {0} minus {1}?',
            '{0} minus {1} is what?',
            'take {1} away from {0}.',
            'what is left of {0} without {1}?',
          ],
          n(a),
          n(b),
        ),
      )
      return { key: `${a}-${b}`, question, answer: answerOf(`${n(a)} minus ${n(b)} is ${rest}`), accept: [rest] }
    },
  },
  {
    name: 'multiply',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const [a, b] = [rng.int(11), rng.int(11)]
      const product = n(a * b)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what is {0} times {1}?',
            'how much is {0} times {1}?',
            '{0} times {1} is what?',
            'what do you get for {0} times {1}?',
          ],
          n(a),
          n(b),
        ),
      )
      return {
        key: `${Math.min(a, b)}*${Math.max(a, b)}`,
        question,
        answer: answerOf(`${n(a)} times ${n(b)} is ${product}`),
        accept: [product],
      }
    },
  },
  {
    name: 'half',
    knowledge: false,
    draft(rng) {
      const half = rng.int(31)
      const question = asked(
        rng,
        word(
          rng,
          ['what is half of {0}?', 'how much is half of {0}?', 'say half of {0}.', 'what is one half of {0}?'],
          n(half * 2),
        ),
      )
      return {
        key: `${half * 2}/2`,
        question,
        answer: answerOf(`half of ${n(half * 2)} is ${n(half)}`),
        accept: [n(half)],
      }
    },
  },
  {
    name: 'next-number',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const a = rng.int(100)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what number comes after {0}?',
            'which number is after {0}?',
            'what is the next number after {0}?',
            'what is one more than {0}?',
            'what comes after {0}?',
          ],
          n(a),
        ),
      )
      return { key: n(a), question, answer: answerOf(`after ${n(a)} comes ${n(a + 1)}`), accept: [n(a + 1)] }
    },
  },
  {
    name: 'previous-number',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const a = 1 + rng.int(100)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what number comes before {0}?',
            'which number is before {0}?',
            'what is one less than {0}?',
            'what comes before {0}?',
          ],
          n(a),
        ),
      )
      return { key: n(a), question, answer: answerOf(`before ${n(a)} comes ${n(a - 1)}`), accept: [n(a - 1)] }
    },
  },
  {
    name: 'number-between',
    knowledge: false,
    draft(rng) {
      const a = rng.int(99)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what number is between {0} and {1}?',
            'which number comes between {0} and {1}?',
            'what is between {0} and {1}?',
          ],
          n(a),
          n(a + 2),
        ),
      )
      return {
        key: n(a),
        question,
        answer: answerOf(`${n(a + 1)} is between ${n(a)} and ${n(a + 2)}`),
        accept: [n(a + 1)],
      }
    },
  },
  {
    name: 'count-up',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const a = rng.int(21)
      const length = 3 + rng.int(5)
      const numbers = Array.from({ length }, (_, i) => n(a + i))
      const question = asked(
        rng,
        word(
          rng,
          [
            'count from {0} to {1}.',
            'please count from {0} to {1}.',
            'can you count from {0} to {1}?',
            'say the numbers from {0} to {1}.',
          ],
          numbers[0]!,
          numbers.at(-1)!,
        ),
      )
      return { key: `${a}-${length}`, question, answer: answerOf(numbers.join(', ')) }
    },
  },
  {
    name: 'count-down',
    knowledge: false,
    draft(rng) {
      const length = 3 + rng.int(4)
      const a = length - 1 + rng.int(18)
      const numbers = Array.from({ length }, (_, i) => n(a - i))
      const question = asked(
        rng,
        word(
          rng,
          ['count down from {0} to {1}.', 'count back from {0} to {1}.', 'can you count down from {0} to {1}?'],
          numbers[0]!,
          numbers.at(-1)!,
        ),
      )
      return { key: `${a}-${length}`, question, answer: answerOf(numbers.join(', ')) }
    },
  },
  {
    name: 'compare-numbers',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const [a, b] = pickSome(
        rng,
        Array.from({ length: 101 }, (_, i) => i),
        2,
      ) as [number, number]
      const more = rng.next() < 0.5
      const right = n(more ? Math.max(a, b) : Math.min(a, b))
      const wordings = more
        ? [
            'which number is bigger, {0} or {1}?',
            'which is more, {0} or {1}?',
            'what is bigger, {0} or {1}?',
            'which number is larger, {0} or {1}?',
          ]
        : ['which number is smaller, {0} or {1}?', 'which is less, {0} or {1}?', 'what is smaller, {0} or {1}?']
      return {
        key: `${Math.min(a, b)}<${Math.max(a, b)}`,
        question: asked(rng, word(rng, wordings, n(a), n(b))),
        answer: answerOf(`${right} is ${more ? 'bigger' : 'smaller'}`),
        accept: [right],
      }
    },
  },
  {
    name: 'even-odd',
    knowledge: false,
    draft(rng) {
      const a = rng.int(101)
      const right = a % 2 === 0 ? 'even' : 'odd'
      const question = asked(
        rng,
        word(
          rng,
          ['is {0} even or odd?', 'is {0} odd or even?', 'is the number {0} even or odd?', 'even or odd, {0}?'],
          n(a),
        ),
      )
      return { key: n(a), question, answer: answerOf(`${n(a)} is ${right}`), accept: [right] }
    },
  },
  {
    name: 'is-sum-right',
    knowledge: false,
    draft(rng) {
      const [a, b] = [rng.int(11), rng.int(11)]
      const wrong = rng.next() < 0.5
      const told = wrong ? Math.max(0, a + b + rng.pick([-2, -1, 1, 2])) : a + b
      const yes = told === a + b
      const question = asked(
        rng,
        word(
          rng,
          ['is {0} plus {1} {2}?', 'does {0} plus {1} make {2}?', 'is it true that {0} plus {1} is {2}?'],
          n(a),
          n(b),
          n(told),
        ),
      )
      return {
        key: `${Math.min(a, b)}+${Math.max(a, b)}`,
        question,
        answer: answerOf(yes ? `yes, it is ${n(told)}` : `no, it is ${n(a + b)}`),
        accept: [yes ? 'yes' : 'no'],
      }
    },
  },
  {
    name: 'how-many-listed',
    knowledge: false,
    draft(rng) {
      const animals = rng.next() < 0.5
      const items = pickSome(rng, animals ? ANIMAL_NOUNS : SMALL_THINGS, 2 + rng.int(4))
      const question = asked(
        rng,
        word(
          rng,
          ['how many {0} do i name, {1}?', 'how many {0} are these, {1}?', 'i see {1}, how many {0} do i see?'],
          animals ? 'animals' : 'things',
          listed(items.map(withArticle)),
        ),
      )
      return {
        key: items.toSorted().join(' '),
        question,
        answer: answerOf(`${n(items.length)} ${animals ? 'animals' : 'things'}`),
        accept: [n(items.length)],
      }
    },
  },
  {
    name: 'one-more',
    knowledge: false,
    draft(rng) {
      const a = 1 + rng.int(20)
      const thing = rng.pick(SMALL_THINGS)
      const question = asked(
        rng,
        word(
          rng,
          [
            'i have {0} and i get one more, how many {1} do i have now?',
            'i had {0} and now i find one more, how many {1} do i have?',
          ],
          `${n(a)} ${a === 1 ? thing : plural(thing)}`,
          plural(thing),
        ),
      )
      return {
        key: `${a} ${thing}`,
        question,
        answer: answerOf(`you have ${n(a + 1)} ${plural(thing)}`),
        accept: [n(a + 1)],
      }
    },
  },
  neighbour(
    'next-day',
    DAYS,
    1,
    [
      'what day comes after {0}?',
      'which day is after {0}?',
      'what is the day after {0}?',
      'today is {0}, what day is tomorrow?',
      'what day follows {0}?',
    ],
    'after {1} comes {0}',
  ),
  neighbour(
    'previous-day',
    DAYS,
    -1,
    [
      'what day comes before {0}?',
      'which day is before {0}?',
      'what is the day before {0}?',
      'today is {0}, what day was yesterday?',
    ],
    'before {1} comes {0}',
  ),
  neighbour(
    'next-month',
    MONTHS,
    1,
    [
      'what month comes after {0}?',
      'which month is after {0}?',
      'what is the month after {0}?',
      'which month follows {0}?',
      'it is {0}, what is the next month?',
    ],
    'after {1} comes {0}',
  ),
  neighbour(
    'previous-month',
    MONTHS,
    -1,
    [
      'what month comes before {0}?',
      'which month is before {0}?',
      'what is the month before {0}?',
      'it is {0}, what was the last month?',
    ],
    'before {1} comes {0}',
  ),
  {
    name: 'clock',
    knowledge: false,
    weight: 1.5,
    draft(rng) {
      const hour = 1 + rng.int(12)
      const hours = 1 + rng.int(6)
      const later = rng.next() < 0.6
      const then = ((hour - 1 + (later ? hours : -hours) + 12) % 12) + 1
      const span = `${n(hours)} ${hours === 1 ? 'hour' : 'hours'}`
      const wordings = later
        ? [
            "it is {0} o'clock, what time is it in {1}?",
            "now it is {0} o'clock, what time will it be in {1}?",
            "what time is it {1} after {0} o'clock?",
          ]
        : [
            "it is {0} o'clock, what time was it {1} ago?",
            "now it is {0} o'clock, what time was it {1} ago?",
            "what time is it {1} before {0} o'clock?",
          ]
      return {
        key: `${hour}${later ? '+' : '-'}${hours}`,
        question: asked(rng, word(rng, wordings, n(hour), span)),
        answer: answerOf(`${later ? 'it will be' : 'it was'} ${n(then)} o'clock`),
        accept: [`${n(then)} o'clock`, n(then), `it is ${n(then)} o'clock`],
      }
    },
  },
  {
    name: 'next-letter',
    knowledge: true,
    draft(rng) {
      const at = rng.int(25)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what letter comes after {0}?',
            'which letter is after {0}?',
            'what is the next letter after {0}?',
            'in the alphabet, what comes after {0}?',
          ],
          LETTERS[at]!,
        ),
      )
      return {
        key: LETTERS[at]!,
        question,
        answer: `The next letter is ${LETTERS[at + 1]}.`,
        accept: [LETTERS[at + 1]!],
      }
    },
  },
  {
    name: 'previous-letter',
    knowledge: true,
    draft(rng) {
      const at = 1 + rng.int(25)
      const question = asked(
        rng,
        word(
          rng,
          [
            'what letter comes before {0}?',
            'which letter is before {0}?',
            'what is the letter before {0}?',
            'in the alphabet, what comes before {0}?',
          ],
          LETTERS[at]!,
        ),
      )
      return {
        key: LETTERS[at]!,
        question,
        answer: `The letter before is ${LETTERS[at - 1]}.`,
        accept: [LETTERS[at - 1]!],
      }
    },
  },
]
