/** @file The spoken world: questions in many voices, answers in the speaking voice, phrases in both so that they can be repeated. */
import { makeRng, type Rng } from '../../util/rng.ts'
import type { Split } from '../types.ts'
import type { WorldSample } from '../world/kind.ts'
import { normalise } from '../world/normalise.ts'
import { repeatPhrase } from '../world/phrases.ts'
import { phraseSplit, sampleWorldSet } from '../world/world.ts'
import { plannedJobs, type SpeechJob, type SpeechPlan } from './speech-corpus.ts'
import { anySpeaker, anyVoice, SPEAKING_VOICE, UNSEEN_VOICE } from './speech-corpus-codec.ts'

/** Items that fill an hour, with their questions, answers and phrases (measured). */
const ITEMS_AN_HOUR = 420
const SECOND_VOICE = 0.3
const PHRASES_AN_ITEM = 0.5
/** Clips of the unseen voice, of questions and of phrases each. */
const UNSEEN_CLIPS = 300

/** The spoken world: the plan for its sound, and its items, which find their clips by text. */
export interface SpokenWorld {
  readonly plan: SpeechPlan
  readonly items: readonly WorldSample[]
}

/**
 * About `hours` of speech. Ids tell what a clip is: `q-` question, `a-` answer (speaking voice only), `p-` phrase in any voice,
 * `s-` the same phrase in the speaking voice, `uq-` and `up-` questions and phrases in the unseen voice.
 */
export function spokenWorld(options: { readonly hours: number; readonly seed: number }): SpokenWorld {
  const { hours, seed } = options
  const rng = makeRng(seed * 2 ** 24 + 7)
  const items = sampleWorldSet(rng, Math.max(1, Math.round(hours * ITEMS_AN_HOUR)), { spoken: true })
  const jobs = [
    ...questionJobs(rng, items),
    ...answerJobs(items),
    ...phraseJobs(rng, Math.round(items.length * PHRASES_AN_ITEM), items.length),
  ]
  return {
    items,
    plan: plannedJobs('speech-world', jobs, { version: 2, hours, seed }),
  }
}

/** Share of a spoken world's clips that its questions and phrases take. */
const HEARD_SHARE = 0.45

/** A spoken world of which about `hours` are said to Tony in training: its items, and the jobs of those questions and phrases, each text once. */
export function heardWorld({ hours, seed }: { readonly hours: number; readonly seed: number }): {
  readonly items: readonly WorldSample[]
  readonly heard: readonly SpeechJob[]
} {
  const { plan, items } = spokenWorld({ hours: hours / HEARD_SHARE, seed })
  const texts = new Map<string, SpeechJob>()
  for (let i = 0; ; i++) {
    const job = plan.next(i)
    if (job === undefined) return { items, heard: [...texts.values()] }
    if (/^[qp]-/.test(job.id) && job.split === 'train') texts.set(job.text, job)
  }
}

/** Texts with their side: one that any training item uses is a training text. */
function sides(texts: readonly (readonly [string, Split])[]): Map<string, Split> {
  const found = new Map<string, Split>()
  for (const [text, split] of texts) if (split === 'train' || !found.has(text)) found.set(text, split)
  return found
}

function questionJobs(rng: Rng, items: readonly WorldSample[]): SpeechJob[] {
  const texts = sides(
    items.flatMap((item) =>
      [...item.history.map((turn) => turn.question), item.question].map((text) => [text, item.split] as const),
    ),
  )
  const jobs: SpeechJob[] = []
  for (const [text, split] of texts) {
    const voices = rng.next() < SECOND_VOICE ? [anyVoice(rng), anyVoice(rng)] : [anyVoice(rng)]
    for (const voice of new Set(voices))
      jobs.push({ id: id('q', jobs.length), text, voice, split, ...anySpeaker(rng, voice) })
  }
  // Only questions that are held out: what the unseen voice says was never trained on either.
  const unseen = [...texts].filter(([, split]) => split === 'held-out').slice(0, UNSEEN_CLIPS)
  return [
    ...jobs,
    ...unseen.map(([text], i): SpeechJob => ({ id: id('uq', i), text, voice: UNSEEN_VOICE, split: 'unseen-voice' })),
  ]
}

function answerJobs(items: readonly WorldSample[]): SpeechJob[] {
  const texts = sides(
    items.flatMap((item) =>
      [...item.history.map((turn) => turn.answer), item.answer].map((text) => [text, item.split] as const),
    ),
  )
  return [...texts].map(([text, split], i): SpeechJob => ({ id: id('a', i), text, voice: SPEAKING_VOICE, split }))
}

function phraseJobs(rng: Rng, count: number, itemCount: number): SpeechJob[] {
  const phrases = new Map<string, string>()
  while (phrases.size < count) {
    const phrase = repeatPhrase(rng)
    if (!phrases.has(normalise(phrase))) phrases.set(normalise(phrase), phrase)
  }
  const jobs: SpeechJob[] = []
  let number = 0
  for (const text of phrases.values()) {
    const voice = anyVoice(rng, false)
    const split = phraseSplit(text)
    jobs.push(
      { id: id('p', number), text, voice, split, ...anySpeaker(rng, voice) },
      { id: id('s', number), text, voice: SPEAKING_VOICE, split },
    )
    number++
  }
  const unseen = [...phrases.values()]
    .filter((text) => phraseSplit(text) === 'held-out')
    .slice(0, Math.min(UNSEEN_CLIPS, itemCount))
  return [
    ...jobs,
    ...unseen.map((text, i): SpeechJob => ({ id: id('up', i), text, voice: UNSEEN_VOICE, split: 'unseen-voice' })),
  ]
}

function id(prefix: string, number: number): string {
  return `${prefix}-${String(number).padStart(6, '0')}`
}
