/** @file What is said about pictures: questions about them and requests to draw in many voices, answers in the speaking voice. */
import { makeRng, type Rng } from '../../util/rng.ts'
import { namePrompts, prompts, wordings } from '../prompts.ts'
import { motions } from '../scenes.ts'
import { shapeColours, shapeNames } from '../shapes.ts'
import type { Split } from '../types.ts'
import { hash } from '../world/kind.ts'
import { things } from './pictures-things.ts'
import { isHeldOutWord, shownMadeUpWords } from './rendered-text.ts'
import { commonWords, digitWords } from './rendered-text-words.ts'
import { plannedJobs, type SpeechJob, type SpeechPlan } from './speech-corpus.ts'
import { anySpeaker, anyVoice, SPEAKING_VOICE, UNSEEN_VOICE } from './speech-corpus-codec.ts'

/** Voices that ask each question about a picture. */
const VOICES_A_QUESTION = 60
/** Voices that ask for a drawing of each thing: a name is heard in nothing else. */
const VOICES_A_DRAWING = 3
/**
 * And more of them, that stand after all others: those keep their ids, by which models' codes and tests know them. With nine
 * hearing got half of the names wrong, as any word that comes less than 30 times (docs/log.md).
 */
const MORE_VOICES_A_DRAWING = 45
const UNSEEN_CLIPS = 60

/** What is asked aloud about a picture, by what the answer tells. */
export const spokenQuestions: Readonly<Record<'name' | 'read' | 'motion', readonly string[]>> = {
  name: [namePrompts['en']!, ...wordings.name],
  read: [prompts.read, ...wordings.read],
  motion: [prompts.motion, ...wordings.motion],
}

/** English names of what can be drawn: things, then shapes in colours. */
export const drawnNames: readonly string[] = [
  ...things.map(({ name }) => name),
  ...shapeNames.flatMap((shape) => Object.keys(shapeColours).map((colour) => `${colour} ${shape}`)),
]

/**
 * Ids tell what a clip is: `name-`, `read-` and `motion-` questions about a picture, `draw-` requests, all in any voice;
 * `t-` names of things and motions and words that are read, in the speaking voice; `u…-` questions and requests in the
 * unseen voice.
 */
export function spokenPictures({ seed }: { readonly seed: number }): SpeechPlan {
  const rng = makeRng(seed * 2 ** 24 + 11)
  const names = drawnNames
  const jobs: SpeechJob[] = []
  const add = (kind: string, text: string, voice: string, split: Split, manner: object = {}): void => {
    jobs.push({ id: `${kind}-${String(jobs.length).padStart(6, '0')}`, text, voice, split, ...manner })
  }
  const ask = (kind: string, text: string, voices: number): void => {
    for (let i = 0; i < voices; i++) {
      const voice = anyVoice(rng)
      // A clip, not a text, is held out: questions are few.
      add(kind, text, voice, hash(`${kind} ${text} ${voice}`) % 20 === 0 ? 'held-out' : 'train', anySpeaker(rng, voice))
    }
  }
  for (const [kind, texts] of Object.entries(spokenQuestions))
    for (const text of texts) ask(kind, text, VOICES_A_QUESTION)
  const askFor = (name: string, voices: number): void => {
    for (let i = 0; i < voices; i++) ask('draw', rng.pick(wordings.draw)(name), 1)
  }
  for (const name of names) askFor(name, VOICES_A_DRAWING)
  for (const answer of [...names, ...motions, ...readWords()]) add('t', answer, SPEAKING_VOICE, 'train')
  for (const [kind, texts] of Object.entries(spokenQuestions))
    for (const text of texts) add(`u${kind}`, text, UNSEEN_VOICE, 'unseen-voice')
  for (let i = 0; i < UNSEEN_CLIPS; i++) add('udraw', drawing(rng, names), UNSEEN_VOICE, 'unseen-voice')
  for (const name of names) askFor(name, MORE_VOICES_A_DRAWING)
  return plannedJobs('speech-pictures', jobs, { version: 5, seed })
}

const drawing = (rng: Rng, names: readonly string[]): string => rng.pick(wordings.draw)(rng.pick(names))

/** Made-up words that are said: enough to tell the sound of letters that never stood together before. */
const SAID_MADE_UP = 2500

/** Printed words of training that a voice can say as they stand. */
function readWords(): string[] {
  const real = [...commonWords, ...digitWords].filter((word) => !isHeldOutWord(word))
  // Without a vowel it would be spelled, not said.
  const madeUp = shownMadeUpWords().filter((word) => word.length > 2 && /[aeiou]/.test(word))
  return [...real.filter(plain), ...madeUp.filter(plain).slice(0, SAID_MADE_UP)]
}

const plain = (word: string): boolean => /^[a-z]+$/.test(word)
