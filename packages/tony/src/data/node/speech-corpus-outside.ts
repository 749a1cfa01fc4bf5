/** @file Questions that the closed world has no answer to, asked aloud in many voices, and the one answer in the speaking voice. */
import { makeRng } from '../../util/rng.ts'
import type { Split } from '../types.ts'
import { type Outside, sampleUnknown, UNKNOWN_ANSWER } from '../world/unknown.ts'
import { plannedJobs, type SpeechJob, type SpeechPlan } from './speech-corpus.ts'
import { anySpeaker, anyVoice, SPEAKING_VOICE, UNSEEN_VOICE } from './speech-corpus-codec.ts'

/** Questions of training, an hour and a half, and of the tests. */
const QUESTIONS = 2400
const TESTED = 100

/**
 * Ids tell what a clip is: `o-` questions in any voice, `uo-` others, of wordings and words that are not in training, in the
 * unseen voice, `t-` the answer.
 */
export function spokenOutside({
  seed,
  train,
  heldOut,
}: {
  readonly seed: number
  readonly train: Pick<Outside, 'words'>
  readonly heldOut: Pick<Outside, 'words'>
}): SpeechPlan {
  const rng = makeRng(seed * 2 ** 24 + 17)
  const question = ({ words }: Pick<Outside, 'words'>, split: Split & ('train' | 'held-out')): string =>
    // Sentences are to be read, not said.
    sampleUnknown(rng, { words, sentences: [] }, split)
  const jobs: SpeechJob[] = Array.from({ length: QUESTIONS }, (_, i) => {
    const voice = anyVoice(rng)
    return { id: `o-${i}`, text: question(train, 'train'), voice, split: 'train', ...anySpeaker(rng, voice) }
  })
  for (let i = 0; i < TESTED; i++)
    jobs.push({ id: `uo-${i}`, text: question(heldOut, 'held-out'), voice: UNSEEN_VOICE, split: 'unseen-voice' })
  jobs.push({ id: 't-0', text: UNKNOWN_ANSWER, voice: SPEAKING_VOICE, split: 'train' })
  const words = [train, heldOut].map((side) => side.words.length)
  return plannedJobs('speech-outside', jobs, { version: 3, seed, words })
}
