/** @file The corpus that the audio codec is trained on: sentences over the whole vocabulary in many voices, the speaking voice most. */
import { makeRng, type Rng } from '../../util/rng.ts'
import type { Split } from '../types.ts'
import { repeatPhrase, sentence } from '../world/phrases.ts'
import { VOCABULARY } from '../world/vocabulary.ts'
import { LETTERS, NUMBERS, readWords } from '../world/words.ts'
import type { SpeechJob, SpeechPlan } from './speech-corpus.ts'

/** The voice in which Tony speaks. */
export const SPEAKING_VOICE = 'flite/slt'
/** Never trained on. */
export const UNSEEN_VOICE = 'flite/rms'

/** espeak-ng's accents and variants that sound like people; whispers, robots and shouts are left out. */
const ACCENTS: readonly string[] = readWords(
  'en-us en-us en-gb en-gb en-gb-scotland en-gb-x-rp en-us-nyc en-029 en-gb-x-gbclan en-gb-x-gbcwmd',
)
const VARIANTS: readonly string[] = readWords(
  `m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 klatt2 klatt3 klatt4
  Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Hugo Lee Marco Mario Michael Mike Nguyen
  adam anika antonio aunty belinda benjamin boris caleb david ed edward grandma grandpa gustave iven john
  linda marcelo max michel miguel norbert pablo paul pedro quincy rob robert sandro shelby steph travis victor`,
)

/** Voices of training with their shares of the time. */
const SHARES: readonly (readonly [string, number])[] = [
  [SPEAKING_VOICE, 0.45],
  ['flite/awb', 0.13],
  ['flite/kal16', 0.06],
  ['flite/kal', 0.02],
  ['espeak', 0.34],
]
const HELD_OUT = 0.05
const UNSEEN_SECONDS = 12 * 60

/** An espeak-ng voice by chance. */
export function anyEspeakVoice(rng: Rng): string {
  return `espeak/${rng.pick(ACCENTS)}+${rng.pick(VARIANTS)}`
}

/** A voice of training; `own` is whether the speaking voice may be one that asks. */
export function anyVoice(rng: Rng, own = true): string {
  const share = rng.next()
  if (share < 0.15) return own ? SPEAKING_VOICE : anyEspeakVoice(rng)
  if (share < 0.33) return 'flite/awb'
  if (share < 0.43) return 'flite/kal16'
  if (share < 0.45) return 'flite/kal'
  return anyEspeakVoice(rng)
}

/** Speed and pitch by chance, wider where the engine bears it. */
export function anyManner(rng: Rng, voice: string): { rate?: number; pitch?: number } {
  const spread = (width: number): number => Math.round((1 + width * (2 * rng.next() - 1)) * 100) / 100
  if (voice.startsWith('espeak/')) return { rate: spread(0.22), pitch: spread(0.3) }
  if (voice === SPEAKING_VOICE) return {}
  return { rate: spread(0.12), pitch: spread(0.12) }
}

/** A speaker by chance: speed and pitch as far as one voice may pass for many people's, also the speaking voice when it asks. */
export function anySpeaker(rng: Rng, voice: string): { rate?: number; pitch?: number } {
  if (!voice.startsWith('flite/')) return anyManner(rng, voice)
  const between = (low: number, high: number): number => Math.round(100 * low * (high / low) ** rng.next()) / 100
  return { rate: between(0.85, 1.25), pitch: between(0.65, 1.5) }
}

/** About `hours` of sentences of 5 to 12 words, and 12 minutes of an unseen voice. */
export function codecPlan(options: { readonly hours: number; readonly seed: number }): SpeechPlan {
  const { hours, seed } = options
  const groups = SHARES.map(([name, share]) => ({ name, target: share * hours * 3600, done: 0 }))
  const unseen = { name: UNSEEN_VOICE, target: Math.min(UNSEEN_SECONDS, hours * 3600), done: 0 }
  const all = [...groups, unseen]
  let current = unseen
  const texts = new Map<string, Split>()
  return {
    name: 'speech-codec',
    key: JSON.stringify({ plan: 'speech-codec', version: 2, hours, seed }),
    next(index): SpeechJob | undefined {
      const late = all.filter((group) => group.done < group.target)
      const first = late.sort((a, b) => a.done / a.target - b.done / b.target)[0]
      if (first === undefined) return undefined
      current = first
      const rng = makeRng(seed * 2 ** 24 + index)
      const voice = current.name === 'espeak' ? anyEspeakVoice(rng) : current.name
      const heldOut = voice === UNSEEN_VOICE ? 'unseen-voice' : rng.next() < HELD_OUT ? 'held-out' : 'train'
      let text = codecText(rng)
      // The same words are never both trained and tested.
      while ((texts.get(text) ?? heldOut) !== heldOut) text = codecText(rng)
      texts.set(text, heldOut)
      return { id: `codec-${String(index).padStart(6, '0')}`, text, voice, split: heldOut, ...anyManner(rng, voice) }
    },
    finished(_job, seconds) {
      current.done += seconds
    },
  }
}

function codecText(rng: Rng): string {
  const kind = rng.next()
  const list = (from: readonly string[], least: number, most: number): string =>
    sentence(Array.from({ length: least + rng.int(most - least + 1) }, () => rng.pick(from)).join(', '))
  if (kind < 0.05) return list(LETTERS, 5, 9)
  if (kind < 0.12) return list(NUMBERS, 5, 8)
  // Single letters are spoken as words here ("a", "i") and as letters above.
  if (kind < 0.3) return list(SPEAKABLE, 5, 8)
  return repeatPhrase(rng, { minWords: 5, maxWords: 12 })
}

/** Words that can be said alone: letters are spoken as names. */
export const SPEAKABLE: readonly string[] = VOCABULARY.filter((word) => word.length > 1 && !word.startsWith("'"))
