/**
 * @file What Tony learns to say: the speaking voice alone, with every word of the world as often as any other, and sentences
 * of any kind. Half of the words of the spoken world's answers and phrases come less than nine times in its 16 hours, and a
 * voice that has only said sentences of one world says such a sentence whatever it is asked to read (docs/log.md).
 */
import { makeRng, shuffled } from '../../util/rng.ts'
import type { WorldSample } from '../world/kind.ts'
import { normalise } from '../world/normalise.ts'
import { sampleWorldItem, worldKinds } from '../world/world.ts'
import { plannedJobs, type SpeechJob, type SpeechPlan } from './speech-corpus.ts'
import { balancedTexts } from './speech-corpus-balanced.ts'
import { SPEAKING_VOICE } from './speech-corpus-codec.ts'

/** Texts that fill an hour (measured). */
const TEXTS_AN_HOUR = 1690
/** Share of texts that are sentences from elsewhere. */
const SENTENCES = 0.3
/** Answers that fill an hour (measured). */
const ANSWERS_AN_HOUR = 2000
/** Draws in a row without a new answer after which a kind of question has no more. */
const MISSES = 40

interface SaidOptions {
  readonly hours: number
  readonly seed: number
  /** From elsewhere. */
  readonly sentences: readonly string[]
}

const textsOf = (hours: number): number => Math.max(1, Math.round(hours * TEXTS_AN_HOUR))

/**
 * About `hours` of answers (ids `a-`, with the items that they are of), phrases (`s-`) and words in a row (`w-`) of the world, and
 * of `sentences` from elsewhere (`t-`), all of training and each text once.
 */
export function saidWorld({ hours, seed, sentences }: SaidOptions): {
  readonly plan: SpeechPlan
  readonly items: readonly WorldSample[]
} {
  const rng = makeRng(seed * 2 ** 24 + 29)
  const count = textsOf(hours)
  const others = shuffled(sentences, rng)
    .slice(0, Math.round(count * SENTENCES))
    .map((text) => ({ kind: 't', text }))
  const { texts, items } = balancedTexts(rng, count - others.length, 'answer')
  const own = texts.map(({ kind, text }) => ({ kind: kind === 'p' ? 's' : kind, text }))
  const jobs = sayings(shuffled([...own, ...others], rng))
  return { items, plan: plannedJobs('speech-said', jobs, { version: 1, hours, seed, sentences: others.length }) }
}

/** About `hours` of `sentences` from elsewhere (ids `t-`), each once: how letters sound that stand in no word of the world. */
export function saidSentences({ hours, seed, sentences }: SaidOptions): SpeechPlan {
  const chosen = shuffled(sentences, makeRng(seed * 2 ** 24 + 43)).slice(0, textsOf(hours))
  const jobs = sayings(chosen.map((text) => ({ kind: 't', text })))
  return plannedJobs('speech-sentences', jobs, { version: 1, hours, seed, sentences: chosen.length })
}

/**
 * About `hours` of answers (ids `a-`), with a question to each, all of training and each answer once: every kind of question
 * as often as any other as long as it has answers left. Of what the spoken world answers, half is in no other corpus, and what
 * a voice says aloud is drawn towards what it has said before (docs/log.md).
 */
export function answeredWorld({ hours, seed }: { readonly hours: number; readonly seed: number }): {
  readonly plan: SpeechPlan
  readonly items: readonly WorldSample[]
} {
  const rng = makeRng(seed * 2 ** 24 + 41)
  const count = Math.max(1, Math.round(hours * ANSWERS_AN_HOUR))
  const found = new Map<string, WorldSample>()
  let kinds = worldKinds.filter((kind) => !kind.written).map(({ name }) => name)
  while (found.size < count && kinds.length > 0) {
    kinds = kinds.filter((kind) => {
      for (let draw = 0; draw < MISSES; draw++) {
        const item = sampleWorldItem(rng, { split: 'train', kinds: [kind] })
        const key = normalise(item.answer)
        if (found.has(key)) continue
        found.set(key, item)
        return true
      }
      return false
    })
  }
  const items = shuffled([...found.values()], rng).slice(0, count)
  const jobs = sayings(items.map(({ answer }) => ({ kind: 'a', text: answer })))
  return { items, plan: plannedJobs('speech-answers', jobs, { version: 1, hours, seed }) }
}

/** What the speaking voice says in training, in this order; ids begin with the kind. */
function sayings(texts: readonly { readonly kind: string; readonly text: string }[]): SpeechJob[] {
  return texts.map(({ kind, text }, i) => ({
    id: `${kind}-${String(i).padStart(6, '0')}`,
    text,
    voice: SPEAKING_VOICE,
    split: 'train',
  }))
}
