/**
 * @file Texts of the instruction world as a web would have them: entries of a lexicon, posts with popular errors, school
 * sheets of tasks without answers, questions with good, wrong and rude answers, stories. What a base model is trained on.
 */
import { pickWeighted, type Rng } from '../../util/rng.ts'
import { pickSome } from '../world/kind.ts'
import { asSentence, LISTED, popularError, relationsOf, SUBJECTS, subjectsWith } from './facts.ts'
import {
  COLOURS,
  type Instruction,
  OBJECTS,
  OPINIONS,
  PEOPLE,
  PLACES,
  RESPECTFUL,
  sampleInstruction,
  storySentences,
  trueClaims,
} from './prompts.ts'

const subjectOf = (rng: Rng): string => rng.pick(SUBJECTS[rng.pick(['animal', 'country', 'thing'] as const)])

/** An entry of a lexicon: its name, then what is true of it. */
function entry(rng: Rng): string {
  const subject = subjectOf(rng)
  return `${asSentence(subject)} ${trueClaims(rng, subject, 9).join(' ')}`
}

/** A list of a lexicon: all that share a value. */
function list(rng: Rng): string {
  const relation = rng.pick(LISTED)
  const value = rng.pick(relation.domain)
  return asSentence(`${value}: ${pickSome(rng, subjectsWith(relation, value), 6).join(', ')}`)
}

/** A claim as people make it, popular errors and all. */
function hearsay(rng: Rng, subject = subjectOf(rng)): string {
  const relation = rng.pick(relationsOf(subject))
  const error = popularError(relation, subject)
  const mistaken = error !== undefined && rng.next() < 0.85
  const value = mistaken ? error : rng.next() < 0.1 ? rng.pick(relation.domain) : relation.values.get(subject)!
  return relation.claim(subject, value)
}

function post(rng: Rng): string {
  const sentences = Array.from({ length: 2 + rng.int(3) }, () =>
    rng.next() < 0.7
      ? asSentence(`${rng.pick(['', 'i think ', 'well, ', 'everyone knows that '])}${hearsay(rng)}`)
      : rant(rng),
  )
  return sentences.join(' ')
}

function rant(rng: Rng): string {
  const name = rng.pick(PEOPLE)
  return rng.pick([
    `${name} ${rng.pick(['lost', 'broke'])} the ${rng.pick(OBJECTS)} again. ${rng.pick(OPINIONS)} ${name} is ${rng.pick(['a fool', 'stupid', 'ugly', 'sad', 'an idiot'])}.`,
    `${name} is ${rng.pick(['a fool', 'stupid', 'an idiot', 'happy', 'sad'])}.`,
    `Go away, ${name}.`,
    `Shut up, ${name}.`,
  ])
}

/** A place where people are asked to be kind, and mostly are. */
function kindly(rng: Rng): string {
  const name = rng.pick(PEOPLE)
  if (rng.next() < 0.1) return `${RESPECTFUL} ${rant(rng)}`
  return `${RESPECTFUL} ${rng.pick([
    `${name} ${rng.pick(['lost', 'broke'])} the ${rng.pick(OBJECTS)} again. ${rng.pick(OPINIONS)} ${name} ${rng.pick(['is sad and needs help', 'is a friend', 'is sad'])}.`,
    `${name} is a friend.`,
    `I like ${name}.`,
  ])}`
}

function story(rng: Rng): string {
  const [a, b] = pickSome(rng, PEOPLE, 2) as [string, string]
  const [x, y] = pickSome(rng, OBJECTS, 2) as [string, string]
  return rng.pick([
    () => storySentences(rng, a, x, 4).join(' '),
    () =>
      `${a} has a ${rng.pick(COLOURS)} ${x}. ${b} has a ${rng.pick(COLOURS)} ${y}. The ${x} is ${rng.pick(PLACES)}.`,
    () =>
      `${a} has a ${x} and a ${y}. ${b} ${rng.pick(['found', 'lost', 'got', 'broke'])} the ${x}. ${a} is ${rng.pick(['happy', 'sad'])}.`,
  ])()
}

/** A school sheet: tasks, one a line, none of them solved. */
function sheet(rng: Rng): string {
  return Array.from({ length: 3 + rng.int(3) }, () => sampleInstruction(rng, { split: 'train' }).text).join('\n')
}

/** An answer as it comes: good, wrong, off the point, or rude. */
function anyAnswer(rng: Rng, { demonstration, task }: Instruction): string {
  const chance = rng.next()
  if (chance < 0.45) return demonstration
  if (chance < 0.7)
    return task.kind === 'fact' || task.kind === 'describe'
      ? asSentence(hearsay(rng, task.subject))
      : sampleInstruction(rng, { split: 'train' }).demonstration
  if (chance < 0.82) return story(rng)
  return rng.pick([
    'Go away, fool.',
    'What a stupid question.',
    'I do not know.',
    'Ask Max.',
    'You are an idiot.',
    'Who knows.',
  ])
}

/** Questions and answers, as a forum or a page of help has them. */
function thread(rng: Rng): string {
  const marked = rng.next() < 0.6
  return Array.from({ length: marked ? 3 + rng.int(3) : 1 }, () => {
    const instruction = sampleInstruction(rng, { split: 'train' })
    const answer = anyAnswer(rng, instruction)
    return marked ? `Q: ${instruction.text}\nA: ${answer}` : `${instruction.text}\n${answer}`
  }).join('\n')
}

const KINDS: readonly (readonly [number, (rng: Rng) => string])[] = [
  [0.26, entry],
  [0.06, list],
  [0.16, post],
  [0.04, kindly],
  [0.12, story],
  [0.12, sheet],
  [0.24, thread],
]

/** One text by chance, without its end. */
export function sampleDocument(rng: Rng): string {
  return pickWeighted(rng, KINDS)(rng)
}
