/** @file Reads a speech corpus from disk. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { WordTiming } from '../../media/types.ts'
import { TonyError } from '../../util/errors.ts'
import type { SpeechRow } from '../types.ts'
import { readSamples } from './read-samples.ts'

export interface SpeechFiles {
  readonly rows: readonly SpeechRow[]
  /** Samples of one row in [-1, 1], at 16 kHz. Throws `invalid` for a corpus of features alone (recipes/build-voices.ts). */
  samples(row: SpeechRow): Float32Array
}

/**
 * A row whose words and phones are kept as text until they are asked for: the garbage collector looks at every object again
 * with every step of training, and those of a hundred thousand clips are millions.
 */
class KeptRow implements SpeechRow {
  readonly id: string
  readonly offset: number
  readonly length: number
  readonly text: string
  readonly voice: string
  readonly lang: string
  readonly split: SpeechRow['split']
  readonly license: string
  readonly #words: string
  readonly #phones: string

  constructor({ id, offset, length, text, voice, lang, split, license, words, phones = [] }: SpeechRow) {
    this.id = id
    this.offset = offset
    this.length = length
    this.text = text
    this.voice = voice
    this.lang = lang
    this.split = split
    this.license = license
    this.#words = JSON.stringify(words)
    this.#phones = JSON.stringify(phones)
  }

  get words(): readonly WordTiming[] {
    return JSON.parse(this.#words) as WordTiming[]
  }

  get phones(): readonly WordTiming[] {
    return JSON.parse(this.#phones) as WordTiming[]
  }
}

/** Opens `folder`; throws `not_found` with the command that builds it. */
export function openSpeech(folder: string): SpeechFiles {
  let index: string
  const sound = join(folder, 'audio.s16')
  try {
    index = readFileSync(join(folder, 'index.jsonl'), 'utf8')
    // Sound is read clip by clip when it is asked for: who has the features does without.
    if (!existsSync(sound)) statSync(join(folder, 'mel.s16'))
  } catch (cause) {
    throw new TonyError('not_found', `no speech corpus in ${folder}; build it with recipes/build-speech.ts`, { cause })
  }
  const rows = index
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => new KeptRow(JSON.parse(line) as SpeechRow))
  return {
    rows,
    samples: ({ id, offset, length }) => {
      const pcm = existsSync(sound) ? readSamples(sound, offset, length) : new Int16Array()
      if (pcm.length < length)
        throw new TonyError('invalid', `clip ${id} of ${folder} passes the end of its sound; build the corpus again`)
      return Float32Array.from(pcm, (x) => x / 32768)
    },
  }
}
