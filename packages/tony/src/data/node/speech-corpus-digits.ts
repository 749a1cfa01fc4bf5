/** @file Human digits (Free Spoken Digit Dataset) as a corpus: for tests only, never for training. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseWav } from '../../media/audio/wav.ts'
import { TonyError } from '../../util/errors.ts'
import { NUMBERS } from '../world/words.ts'
import type { SpeechPlan } from './speech-corpus.ts'
import { SPEECH_RATE, type Synthesizer, toSpeechRate } from './synth.ts'

/** Recordings are named `DIGIT_SPEAKER_NUMBER.wav`. */
const FILE_NAME = /^(\d)_([a-z]+)_(\d+)\.wav$/

/** The plan over the recordings in `folder`, and the "synthesizer" that reads them. Every clip is one word from end to end. */
export function humanDigits(folder: string): { readonly plan: SpeechPlan; readonly synthesizer: Synthesizer } {
  const jobs = readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const parts = FILE_NAME.exec(name)
      if (parts === null) return []
      const [, digit, speaker] = parts
      return [
        {
          id: name.replace('.wav', ''),
          text: NUMBERS[Number(digit)]!,
          voice: `fsdd/${speaker}`,
          split: 'human' as const,
        },
      ]
    })
  if (jobs.length === 0) {
    throw new TonyError(
      'not_found',
      `human digits: no recordings in '${folder}' (expected files such as 0_jackson_0.wav)`,
    )
  }
  let current = 0
  return {
    plan: {
      name: 'speech-digits',
      key: JSON.stringify({ plan: 'speech-digits', version: 1, ids: jobs.map((job) => job.id) }),
      next(index) {
        current = index
        return jobs[index]
      },
    },
    synthesizer: {
      synthesize({ text }) {
        const { samples: wave, sampleRate } = parseWav(readFileSync(join(folder, `${jobs[current]!.id}.wav`)))
        const samples = toSpeechRate(
          Int16Array.from(wave, (value) => Math.round(value * 32767)),
          sampleRate,
        )
        return { samples, words: [{ text, start: 0, end: samples.length / SPEECH_RATE }], phones: [] }
      },
    },
  }
}
