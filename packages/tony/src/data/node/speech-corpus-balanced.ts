/**
 * @file Speech in which the seldom words are the frequent ones. Of the words that the spoken world says in 16 hours half
 * come less than 20 times; of those that come less than 30 times hearing got more than half wrong, of the others one in
 * fourteen (docs/log.md): words take turns here.
 */
import { makeRng, type Rng, shuffled } from '../../util/rng.ts'
import type { WorldSample } from '../world/kind.ts'
import { normalise, wordsOf } from '../world/normalise.ts'
import { repeatPhrase, sentence } from '../world/phrases.ts'
import { phraseSplit, sampleWorldItem } from '../world/world.ts'
import { plannedJobs, type SpeechJob, type SpeechPlan } from './speech-corpus.ts'
import { anySpeaker, anyVoice, SPEAKABLE } from './speech-corpus-codec.ts'

/** Texts that fill an hour (measured). */
const TEXTS_AN_HOUR = 1680
/** Texts of which the one with the seldomest words is said. */
const CANDIDATES = 40
/** Shares of texts that are bare words in a row, and phrases; the others are questions. */
const KINDS = { words: 0.3, phrase: 0.4 } as const

/**
 * About `hours` of questions (ids `q-`, with the items that they are of), phrases (`p-`) and words in a row (`w-`), all of
 * training and each text once, in any voice of training.
 */
export function balancedWorld({ hours, seed }: { readonly hours: number; readonly seed: number }): {
  readonly plan: SpeechPlan
  readonly items: readonly WorldSample[]
} {
  const rng = makeRng(seed * 2 ** 24 + 23)
  const { texts, items } = balancedTexts(rng, Math.max(1, Math.round(hours * TEXTS_AN_HOUR)))
  const jobs = texts.map(({ kind, text }, i): SpeechJob => {
    const voice = anyVoice(rng)
    return { id: `${kind}-${String(i).padStart(6, '0')}`, text, voice, split: 'train', ...anySpeaker(rng, voice) }
  })
  return {
    items,
    plan: plannedJobs('speech-balanced', jobs, { version: 1, hours, seed }),
  }
}

interface Text {
  readonly kind: 'q' | 'a' | 'p' | 'w'
  readonly text: string
}

/**
 * At least `count` different texts of training whose words take turns, and the items of the questions among them, or of the
 * answers where these are `wanted`.
 */
export function balancedTexts(
  rng: Rng,
  count: number,
  wanted: 'question' | 'answer' = 'question',
): { readonly texts: readonly Text[]; readonly items: readonly WorldSample[] } {
  const counts = new Map<string, number>()
  const seldom = (word: string): number => 1 / (1 + (counts.get(word) ?? 0))
  const worth = (all: readonly string[]): number => {
    const words = all.flatMap(wordsOf)
    return words.reduce((sum, word) => sum + seldom(word), 0) / words.length
  }
  const texts = new Map<string, Text>()
  const items: WorldSample[] = []
  const add = (kind: Text['kind'], text: string): void => {
    if (texts.has(normalise(text))) return
    texts.set(normalise(text), { kind, text })
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  let row: string[] = []
  while (texts.size < count) {
    const kind = rng.next()
    if (kind < KINDS.words) {
      // Those who have had fewer turns come first, in an order of their own each time.
      if (row.length < 7)
        row = [...row, ...shuffled(SPEAKABLE, rng).sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0))].slice(
          0,
          SPEAKABLE.length / 4,
        )
      const words = row.splice(0, 2 + rng.int(6))
      add('w', sentence(words.join(rng.next() < 0.5 ? ', ' : ' ')))
    } else if (kind < KINDS.words + KINDS.phrase) {
      const phrases = Array.from({ length: CANDIDATES }, () => repeatPhrase(rng)).filter(
        (text) => phraseSplit(text) === 'train',
      )
      add(
        'p',
        best(phrases, (text) => worth([text])),
      )
    } else {
      const some = Array.from({ length: CANDIDATES }, () => sampleWorldItem(rng, { split: 'train', spoken: true }))
      const of = (item: WorldSample): string[] => [...item.history, item].map((turn) => turn[wanted])
      const item = best(some, (one) => worth(of(one)))
      for (const text of of(item)) add(wanted === 'question' ? 'q' : 'a', text)
      items.push(item)
    }
  }
  return { texts: shuffled([...texts.values()], rng), items }
}

/** The one of `all` (at least one) that is worth most. */
function best<T>(all: readonly T[], worth: (one: T) => number): T {
  const worths = all.map(worth)
  return all[worths.indexOf(Math.max(...worths))]!
}
