/**
 * @file What people ask that the closed world has no answer to. Without such questions in training a model of a closed world
 * answers everything, with a fact about something else.
 */
import type { Rng } from '../../util/rng.ts'
import type { WorldItem } from '../types.ts'
import { ANIMALS } from './animals.ts'
import { COUNTRIES } from './countries.ts'
import { asked } from './kind.ts'
import { normalise } from './normalise.ts'
import { sentence } from './phrases.ts'
import { THINGS } from './things.ts'
import { VOCABULARY } from './vocabulary.ts'
import { NAMES } from './words.ts'

/** The one answer to all of them. */
export const UNKNOWN_ANSWER = 'I do not know that.'

/** Language from outside of the world: dictionary words, and sentences in any language. */
export interface Outside {
  readonly words: readonly string[]
  readonly sentences: readonly string[]
}

/** `{w}` is a word of the dictionary, `{k}` something that the world knows, `{p}` a name, `{n}` a number, `{s}` a sentence. */
const WORDINGS: readonly string[] = [
  'what is {w}?',
  'what is a {w}?',
  'what does {w} mean?',
  'what is the meaning of {w}?',
  'explain {w}.',
  'explain {w} to a child.',
  'can you explain how {w} works?',
  'define {w}.',
  'tell me about {w}.',
  'tell me more about the history of {w}.',
  'what do you think about {w}?',
  'what is the difference between {w} and {w}?',
  'compare {w} with {w}.',
  'is {w} better than {w}?',
  'who invented the {w}?',
  'who discovered {w}?',
  'who wrote {w}?',
  'who is {w}?',
  'who was the first {w}?',
  'who won the {w} in {n}?',
  'when was {w} invented?',
  'when did {w} begin?',
  'what happened in {n}?',
  'where can i buy a {w}?',
  'where does {w} come from?',
  'how do i make {w}?',
  'how do i use a {w}?',
  'how do i get rid of {w}?',
  'how can i learn {w}?',
  'how long does {w} take?',
  'how much does a {w} cost?',
  'how many {w} are there in {w}?',
  'how tall is the {w}?',
  'how old is {w}?',
  'how far is it from {w} to {w}?',
  'why is {w} important?',
  'why do people like {w}?',
  'why does {w} cause {w}?',
  'what causes {w}?',
  'what are the symptoms of {w}?',
  'what are the main parts of a {w}?',
  'what are some examples of {w}?',
  'give me {n} examples of {w}.',
  'give me a recipe for {w}.',
  'give me some advice about {w}.',
  'list {n} kinds of {w}.',
  'name a famous {w}.',
  'name three {w}.',
  'write a poem about {w}.',
  'write a short story about {w} and {w}.',
  'write an email to my {w} about {w}.',
  'write a program that sorts {w}.',
  'tell me a joke about {w}.',
  'sing a song about {w}.',
  'summarise this: {s}',
  'rewrite this in other words: {s}',
  'translate this: {s}',
  'correct my grammar: {s}',
  'is this sentence positive or negative? {s}',
  'continue this text: {s}',
  'answer in one word: {s}',
  'what is the main idea of this? {s}',
  '{s}',
  '{s} what do you think?',
  'should i {w} my {w}?',
  'can i eat {w}?',
  'can you help me with my {w}?',
  'i have a problem with my {w}, what should i do?',
  'my {w} is broken.',
  'i want to talk about {w}.',
  'do you like {w}?',
  'have you ever seen {w}?',
  'is {w} dangerous?',
  'is it true that {w} is {w}?',
  'what is the best {w}?',
  'what is the capital of {w}?',
  'what colour is a {w}?',
  'what does a {w} say?',
  'how many legs does a {w} have?',
  'where does a {w} live?',
  'which language do people speak in {w}?',
  'what is the opposite of {w}?',
  'what rhymes with {w}?',
  'what is {w} made of?',
  'is a {w} an animal?',
  'who is the president of {k}?',
  'how many people live in {k}?',
  'what is the weather like in {k}?',
  'how much does a {k} cost?',
  'how heavy is a {k}?',
  'how do i draw a {k} with a {w}?',
  'how do you build a {k}?',
  'who invented the {k}?',
  'why do we have a {k}?',
  'what is the history of the {k}?',
  'write a poem about a {k}.',
  'tell me a story about a {k}.',
  'tell me a joke about a {k}.',
  'what is the {w} of a {k}?',
  'does a {k} have {w}?',
  'when did {p} meet {p}?',
  'how old is {p}?',
  'what is the phone number of {p}?',
  'what does {p} think about {w}?',
  'what time is it?',
  'what day is it today?',
  'what is the date?',
  'what is the weather today?',
  'what is on the news?',
  'who will win the next election?',
  'what is the square root of {n}?',
  'what is {n} percent of {n}?',
  'how many days are there until {w}?',
  'set a timer for {n} minutes.',
  'play some music.',
  'turn on the {w}.',
  'call {p}.',
  'remind me to {w} at {n}.',
  'book a table for {n}.',
]

/** Wordings that are never trained. */
const HELD_OUT: readonly string[] = [
  'do you know anything about {w}?',
  'could you describe a {w} for me?',
  'what should i know about {w} before i buy one?',
  'how would you explain {w}?',
  'in which year did {w} end?',
  'what made {w} so popular?',
  'which {w} is the largest?',
  'what are the advantages of {w}?',
  'please make a list of {w}.',
  'draft a letter about {w}.',
  'suggest a name for my {w}.',
  'i need a plan for {w}.',
  'how come {w} is so {w}?',
  'who owns the {k}?',
  'how fast is a {k}?',
  'what is the price of a {k}?',
  'how was the {k} invented?',
  'invent a story in which {p} finds a {w}.',
  'where was {p} last night?',
  'shorten this: {s}',
  'what is wrong with this? {s}',
  'how is the weather?',
  'is it late?',
  'order {n} pizzas.',
]

const KNOWN: readonly string[] = [...ANIMALS, ...COUNTRIES, ...THINGS].map(({ name }) => name)
const WORLD: ReadonlySet<string> = new Set(VOCABULARY)

/** Whether a word or words have something that the world does not know. */
export function isOutside(words: string): boolean {
  return normalise(words)
    .split(' ')
    .some((word) => !WORLD.has(word))
}

/** A question that the world has no answer to, in a wording of one side of the split; without sentences one that needs none. */
export function sampleUnknown(rng: Rng, { words, sentences }: Outside, split: WorldItem['split'] = 'train'): string {
  const all = split === 'train' ? WORDINGS : HELD_OUT
  const text = rng.pick(sentences.length > 0 ? all : all.filter((wording) => !wording.includes('{s}')))
  const slots: Readonly<Record<string, () => string>> = {
    w: () => rng.pick(words),
    k: () => rng.pick(KNOWN),
    p: () => rng.pick(NAMES),
    n: () => String(2 + rng.int(rng.next() < 0.5 ? 20 : 2000)),
    s: () => rng.pick(sentences),
  }
  const filled = text.replace(/\{(\w)\}/g, (_, slot: string) => slots[slot]!()).replace(/\ba (?=[aeiou])/gi, 'an ')
  // Called and begged for as what the world knows is: a model must not tell both apart by that.
  return text.includes('{s}') ? sentence(filled) : asked(rng, filled)
}
