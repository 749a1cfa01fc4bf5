/**
 * @file What Tony learns to say: the speaking voice alone, with every word of the world as often as any other, and sentences
 * of any kind. Half of the words of the spoken world's answers and phrases come less than nine times in its 16 hours, and a
 * voice that has only said sentences of one world says such a sentence whatever it is asked to read (docs/log.md).
 */
import { makeRng, shuffled } from '../../util/rng.ts'
import type { WorldSample } from '../world/kind.ts'
import { plannedJobs, type SpeechPlan } from './speech-corpus.ts'
import { balancedTexts } from './speech-corpus-balanced.ts'
import { SPEAKING_VOICE } from './speech-corpus-codec.ts'

/** Texts that fill an hour (measured). */
const TEXTS_AN_HOUR = 1690
/** Share of texts that are sentences from elsewhere. */
const SENTENCES = 0.3

/**
 * About `hours` of answers (ids `a-`, with the items that they are of), phrases (`s-`) and words in a row (`w-`) of the world, and
 * of `sentences` from elsewhere (`t-`), all of training and each text once.
 */
export function saidWorld({
  hours,
  seed,
  sentences,
}: {
  readonly hours: number
  readonly seed: number
  readonly sentences: readonly string[]
}): { readonly plan: SpeechPlan; readonly items: readonly WorldSample[] } {
  const rng = makeRng(seed * 2 ** 24 + 29)
  const count = Math.max(1, Math.round(hours * TEXTS_AN_HOUR))
  const others = shuffled(sentences, rng)
    .slice(0, Math.round(count * SENTENCES))
    .map((text) => ({ kind: 't', text }))
  const { texts, items } = balancedTexts(rng, count - others.length, 'answer')
  const own = texts.map(({ kind, text }) => ({ kind: kind === 'p' ? 's' : kind, text }))
  const jobs = shuffled([...own, ...others], rng).map(({ kind, text }, i) => ({
    id: `${kind}-${String(i).padStart(6, '0')}`,
    text,
    voice: SPEAKING_VOICE,
    split: 'train' as const,
  }))
  return { items, plan: plannedJobs('speech-said', jobs, { version: 1, hours, seed, sentences: others.length }) }
}
