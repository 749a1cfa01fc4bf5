/** @file What `bench/codec` has spoken: six words at a time from a list of 60, by voices in and outside of training. */
import { UNSEEN_VOICE } from '../packages/tony/src/data/node/speech-corpus-codec.ts'
import { SpeechPrograms } from '../packages/tony/src/data/node/speech-programs.ts'
import type { Rng } from '../packages/tony/src/util/rng.ts'

/**
 * The recogniser's grammar: common words, most of one syllable, with every consonant and vowel of American English. Longer
 * words are heard too well to tell codecs apart (original 0.03 in the training voices); with these pocketsphinx makes about
 * as many errors in the original as in the protocol that the gate's figures come from (0.10).
 */
export const WORDS: readonly string[] = `
  bed bird boat book box bread bridge cat chair cheese
  clock cup day dog door eye fish five foot four
  green hand hat head house juice key leg light moon
  mouth nine nose path pen pig rain red ring sea
  ship shoe six snow sun ten thumb three tree two
  voice wall wind yes young mother measure water seven yellow`
  .trim()
  .split(/\s+/)

const WORDS_EACH = 6
const TRIES = 3

export interface Clip {
  readonly voice: string
  readonly text: string
  /** 16 kHz. */
  readonly samples: Float32Array
}

/** The voices and how many clips each speaks where the speaking voice speaks `n`. */
export const voicePlan = (n: number): readonly { voice: string; trained: boolean; clips: number }[] => [
  { voice: 'flite/slt', trained: true, clips: n },
  { voice: 'flite/awb', trained: true, clips: Math.ceil(n / 2) },
  { voice: 'flite/kal16', trained: true, clips: Math.ceil(n / 2) },
  { voice: UNSEEN_VOICE, trained: false, clips: n },
]

/** Different texts for all clips, spoken by Debian's flite. */
export function speakClips(rng: Rng, n: number): Clip[] {
  const programs = new SpeechPrograms()
  const said = new Set<string>()
  const fresh = (): string => {
    for (;;) {
      const text = Array.from({ length: WORDS_EACH }, () => rng.pick(WORDS)).join(' ')
      if (said.has(text)) continue
      said.add(text)
      return text
    }
  }
  // flite's diphone voices read beyond their data about once in a thousand clips.
  const speak = (text: string, voice: string, tries = TRIES): Float32Array => {
    try {
      return programs.say(text, { voice }).samples
    } catch (cause) {
      if (tries <= 1) throw cause
      return speak(text, voice, tries - 1)
    }
  }
  try {
    return voicePlan(n).flatMap(({ voice, clips }) =>
      Array.from({ length: clips }, () => {
        const text = fresh()
        return { voice, text, samples: speak(text, voice) }
      }),
    )
  } finally {
    programs.close()
  }
}
