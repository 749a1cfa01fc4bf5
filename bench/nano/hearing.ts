/** @file `transcribe`: what is heard, in voices of training, in one that training never had, and of people. */
import { existsSync } from 'node:fs'
import { humanDigits } from '../../packages/tony/src/data/node/speech-corpus-digits.ts'
import { openSpeech } from '../../packages/tony/src/data/node/speech-files.ts'
import type { SpeechRow } from '../../packages/tony/src/data/types.ts'
import { pickSome } from '../../packages/tony/src/data/world/kind.ts'
import { NUMBERS } from '../../packages/tony/src/data/world/words.ts'
import { characterErrors, others, plainText, type Scored, wordErrors } from '../../packages/tony/src/eval/score.ts'
import { editDistance } from '../../packages/tony/src/util/edit-distance.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { sentences } from './corpus.ts'
import { type Measured, rightOrWrong, score } from './report.ts'
import type { Setting } from './setting.ts'
import { padded } from './subject.ts'

/** Two seconds of nothing. */
export const SILENCE: Float32Array = new Float32Array(32_000)

export async function measureHearing(setting: Setting): Promise<void> {
  const { subject, report, n } = setting
  const corpus = setting.speech()
  const silence = await subject.transcribe(SILENCE)
  for (const { split, phrases, questions, rows } of sentences(corpus, n)) {
    const heard = await report.each(`transcribe ${split}`, rows, {
      parallel: setting.parallel,
      work: (row) => subject.transcribe(corpus.samples(row)),
    })
    const texts = rows.map((row) => row.text)
    report.task('transcribe', split, measured(texts, heard, silence))
    const part = (name: string, chosen: (row: SpeechRow) => boolean): void => {
      const pairs = rows.flatMap((row, i) => (chosen(row) ? [[row.text, heard[i]!] as const] : []))
      if (pairs.length === 0) return
      const words = pairs.map(([text]) => text)
      const all = measured(
        words,
        pairs.map(([, said]) => said),
        silence,
      )
      report.detail('transcribe', split, { ...all, note: name })
    }
    part('phrases', (row) => row.id.startsWith(phrases))
    part('questions', (row) => row.id.startsWith(questions))
    if (split === 'held-out') {
      part('flite voices', (row) => row.voice.startsWith('flite/'))
      part('espeak-ng voices', (row) => row.voice.startsWith('espeak/'))
    }
  }
  await measureHumans(setting, silence)
  await measurePrompts(setting, silence)
}

/** Word errors; chance is what was heard of other clips, ablated what is heard in silence. */
function measured(texts: readonly string[], heard: readonly string[], silence: string): Measured {
  const errors = (against: readonly string[]): Scored[] => against.map((said, i) => wordErrors(texts[i]!, said))
  return {
    metric: 'wer',
    items: errors(heard),
    chance: errors(others(texts)),
    ablated: errors(texts.map(() => silence)),
    more: {
      cer: score(
        'cer',
        texts.map((text, i) => characterErrors(text, heard[i]!)),
      ).value,
    },
  }
}

/** Digits said by people, one word each: the only human speech at hand that is not for training. */
async function measureHumans({ subject, report, n, human, parallel }: Setting, silence: string): Promise<void> {
  if (!existsSync(human)) {
    report.missing('transcribe', 'human', { metric: 'wer', why: `there are no recordings in ${human}` })
    return
  }
  const { plan, synthesizer } = humanDigits(human)
  const clips: { text: string; samples: Float32Array }[] = []
  for (let i = 0; ; i++) {
    const job = plan.next(i)
    if (job === undefined) break
    const { samples } = synthesizer.synthesize(job)
    clips.push({ text: job.text, samples: padded(Float32Array.from(samples, (value) => value / 32768)) })
  }
  // The recordings are sorted by digit and speaker; by lot, so that another one is not always another digit.
  const chosen = pickSome(makeRng(2026), clips, n)
  const heard = await report.each('transcribe human', chosen, {
    parallel,
    work: ({ samples }) => subject.transcribe(samples),
  })
  const texts = chosen.map(({ text }) => text)
  report.task('transcribe', 'human', { ...measured(texts, heard, silence), note: 'single digits' })
  const nearest = (said: string): string => {
    const distance = (digit: string): number => editDistance([...digit], [...plainText(said)])
    return NUMBERS.slice(0, 10).reduce((best, digit) => (distance(digit) < distance(best) ? digit : best))
  }
  report.detail('transcribe', 'human', {
    metric: 'accuracy',
    items: texts.map((digit, i) => rightOrWrong(nearest(heard[i]!) === digit)),
    chance: 0.1,
    ablated: texts.map((digit) => rightOrWrong(nearest(silence) === digit)),
    note: 'nearest of the ten digits to what was written',
  })
}

/** Telephone prompts by a professional speaker, many with words that the closed world does not have. */
async function measurePrompts({ subject, report, n, data, parallel }: Setting, silence: string): Promise<void> {
  const folder = `${data}/speech-human`
  if (!existsSync(folder)) {
    console.log(
      `transcribe human, prompts: not measured: no ${folder}; recipes/build-speech.ts --corpus speech-human makes it`,
    )
    return
  }
  const corpus = openSpeech(folder)
  const rows = pickSome(makeRng(2026), corpus.rows, n)
  const heard = await report.each('transcribe human, prompts', rows, {
    parallel,
    work: (row) => subject.transcribe(padded(corpus.samples(row))),
  })
  report.detail('transcribe', 'human', {
    ...measured(
      rows.map((row) => row.text),
      heard,
      silence,
    ),
    note: 'telephone prompts, words of any kind',
  })
}
