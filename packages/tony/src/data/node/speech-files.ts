/** @file Reads a speech corpus from disk. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TonyError } from '../../util/errors.ts'
import type { SpeechRow } from '../types.ts'

export interface SpeechFiles {
  readonly rows: readonly SpeechRow[]
  /** Samples of one row in [-1, 1], at 16 kHz. */
  samples(row: SpeechRow): Float32Array
}

/** Opens `folder`; throws `not_found` with the command that builds it. */
export function openSpeech(folder: string): SpeechFiles {
  let index: string
  let audio: Buffer
  try {
    index = readFileSync(join(folder, 'index.jsonl'), 'utf8')
    audio = readFileSync(join(folder, 'audio.s16'))
  } catch (cause) {
    throw new TonyError('not_found', `no speech corpus in ${folder}; build it with recipes/build-speech.ts`, { cause })
  }
  const pcm = new Int16Array(audio.buffer, audio.byteOffset, audio.byteLength >> 1)
  const rows = index
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SpeechRow)
  return {
    rows,
    samples: ({ id, offset, length }) => {
      if (offset + length > pcm.length)
        throw new TonyError('invalid', `clip ${id} of ${folder} passes the end of audio.s16; build the corpus again`)
      return Float32Array.from(pcm.subarray(offset, offset + length), (x) => x / 32768)
    },
  }
}
