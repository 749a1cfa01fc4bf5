/** @file Recordings of a person as a corpus: Asterisk's English telephone prompts (one professional voice, 8 kHz), for tests only. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseWav } from '../../media/audio/wav.ts'
import { TonyError } from '../../util/errors.ts'
import { installDeb, type Report } from './pictures-packages.ts'
import type { SpeechPlan } from './speech-corpus.ts'
import { type Synthesizer, toSpeechRate } from './synth.ts'

/** The sounds, and the package that has their transcripts. */
const PACKAGES = ['asterisk-core-sounds-en-wav', 'asterisk-core-sounds-en']
const SOUNDS = 'usr/share/asterisk/sounds/en_US_f_Allison'
const TRANSCRIPTS = 'usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz'
const LONGEST_WORDS = 14

/**
 * The plan over the prompts whose transcript is plain words, and the "synthesizer" that reads them. Their license,
 * CC BY-SA 3.0, is why they are measured with and never trained on.
 *
 * @throws TonyError `missing_dependency` where the Debian packages cannot be had, `not_found` where they have changed.
 */
export async function humanPrompts(
  cache: string,
  report: Report,
): Promise<{ readonly plan: SpeechPlan; readonly synthesizer: Synthesizer }> {
  const root = await installDeb(cache, PACKAGES, report)
  const transcripts = join(root, TRANSCRIPTS)
  if (!existsSync(transcripts))
    throw new TonyError('not_found', `human prompts: no ${TRANSCRIPTS} in ${PACKAGES[1]}; the package has changed`)
  const fileOf = (id: string): string => join(root, SOUNDS, `${id}.wav`)
  const jobs = promptsOf(gunzipSync(readFileSync(transcripts)).toString('utf8'))
    .filter(({ id }) => existsSync(fileOf(id)))
    .map(({ id, text }) => ({ id: `prompt/${id}`, text, voice: 'asterisk/allison', split: 'human' as const }))
  let current = 0
  return {
    plan: {
      name: 'speech-human',
      key: JSON.stringify({ plan: 'speech-human', version: 1, ids: jobs.map((job) => job.id) }),
      next(index) {
        current = index
        return jobs[index]
      },
    },
    synthesizer: {
      synthesize() {
        const { samples: wave, sampleRate } = parseWav(readFileSync(fileOf(jobs[current]!.id.slice(7))))
        const samples = toSpeechRate(
          Int16Array.from(wave, (value) => Math.round(value * 32767)),
          sampleRate,
        )
        return { samples, words: [], phones: [] }
      },
    },
  }
}

/** Lines `name: Words.` as ids and texts; prompts with digits, notes in brackets or too many words are left out. */
export function promptsOf(text: string): { id: string; text: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, id, said] = /^([\w/-]+):\s*(.+?)\s*$/.exec(line) ?? []
    if (id === undefined || said === undefined || /[[\]()\d<>@#*/]/.test(said)) return []
    const plain = said.replace(/\.\.\.$/, '').replace(/\s+/g, ' ')
    return plain.split(' ').length > LONGEST_WORDS ? [] : [{ id, text: plain }]
  })
}
