/** @file `repeat-speech` and `say`: what the model says, heard by itself and from outside, beside its codec and recordings. */
import { existsSync } from 'node:fs'
import { prompts } from '../../packages/tony/src/data/prompts.ts'
import type { SpeechRow } from '../../packages/tony/src/data/types.ts'
import { characterErrors, type Scored } from '../../packages/tony/src/eval/score.ts'
import { makeRng, shuffled } from '../../packages/tony/src/util/rng.ts'
import { openExamples } from '../../recipes/outside.ts'
import type { SpokenCorpus } from './corpus.ts'
import { SILENCE } from './hearing.ts'
import {
  heardByChance,
  heardErrors,
  type OutsideJudge,
  outsideJudge,
  ownEar,
  reportOutside,
  type Speech,
} from './judges.ts'
import { type Measured, score } from './report.ts'
import type { Setting } from './setting.ts'
import { type Answer, padded, type Subject, sound, text } from './subject.ts'

export async function measureSpeaking(setting: Setting, wanted: { repeat: boolean; say: boolean }): Promise<void> {
  const { report } = setting
  const corpus = setting.speech()
  // One set of phrases for all lines, so that they can be compared: what the speaking voice's recordings say.
  const originals = corpus.heldOut('s').slice(0, Math.ceil(setting.n / 2))
  const texts = originals.map((row) => row.text)
  const outside = outsideJudge({
    training: corpus.trainingTexts(['s', 'a']),
    tested: texts,
    pool: corpus.heldOut('s').map((row) => row.text),
  })
  if (wanted.repeat) {
    await repeat(setting, 'held-out', { rows: byText(corpus, 'p', texts), outside })
    await repeat(setting, 'unseen-voice', { rows: byText(corpus, 'up', texts), outside })
  }
  if (wanted.say) {
    await say(setting, texts, outside)
    await sayAnything(setting)
  }

  const recordings = { name: 'recordings', split: 'held-out', texts }
  const clips = originals.map(corpus.cut)
  const coded = await throughCodec(setting.subject, clips)
  for (const [speaker, sounds] of [
    ['codec', coded],
    ['original', clips],
  ] as const) {
    const heard = await ownEar(report, setting.subject, { what: speaker, clips: sounds, parallel: setting.parallel })
    report.detail('recordings', 'held-out', {
      metric: 'cer',
      items: heardErrors(texts, heard),
      chance: heardByChance(texts, heard),
      note: `${speaker}, own ear`,
      more: { judge: 'own-ear', speaker },
    })
    if (outside !== undefined) await reportOutside(report, outside, { ...recordings, speaker, clips: sounds })
  }
}

/** Clips of one kind that say the texts, in their order. */
function byText(corpus: SpokenCorpus, kind: 'p' | 'up', texts: readonly string[]): SpeechRow[] {
  const rows = new Map(corpus.heldOut(kind).map((row) => [row.text, row]))
  return texts.flatMap((text) => rows.get(text) ?? [])
}

async function repeat(
  setting: Setting,
  split: 'held-out' | 'unseen-voice',
  { rows, outside }: { rows: readonly SpeechRow[]; outside: OutsideJudge | undefined },
): Promise<void> {
  const { subject, report, parallel } = setting
  const corpus = setting.speech()
  const ask = (samples: Float32Array): Promise<Answer> =>
    subject.ask([text(prompts.repeat), sound(samples)], { as: 'audio' })
  const answers = await report.each(`repeat-speech ${split}`, rows, {
    parallel,
    work: (row) => ask(corpus.samples(row)),
  })
  const texts = rows.map((row) => row.text)
  const silence = await ask(SILENCE)
  const heard = await judge(setting, { name: 'repeat-speech', split, texts, answers, outside })
  const blind = silence.samples.length === 0 ? '' : await subject.transcribe(padded(silence.samples))
  report.task('repeat-speech', split, {
    ...heard,
    ablated: texts.map((text) => characterErrors(text, blind)),
    note: 'own ear',
  })
}

async function say(setting: Setting, texts: readonly string[], outside: OutsideJudge | undefined): Promise<void> {
  const { subject, report, parallel } = setting
  const ask = (phrase: string): Promise<Answer> =>
    subject.ask([text(prompts.say(phrase))], { as: 'audio', draft: false })
  const answers = await report.each('say', texts, { parallel, work: ask })
  const nothing = await ask('')
  const blind = nothing.samples.length === 0 ? '' : await subject.transcribe(padded(nothing.samples))
  const heard = await judge(setting, { name: 'say', split: 'held-out', texts, answers, outside })
  report.detail('say', 'held-out', {
    ...heard,
    ablated: texts.map((text) => characterErrors(text, blind)),
    note: 'own ear',
  })
}

/** Sentences from outside of its world, which it is only asked to read: uses of words in a dictionary, of its side for tests. */
async function sayAnything({ subject, report, data, n, parallel }: Setting): Promise<void> {
  const corpus = `${data}/text`
  if (!existsSync(`${corpus}/held-out.jsonl`)) return
  const sentences = shuffled(openExamples(corpus, 'held-out'), makeRng(2028))
  const texts = sentences.slice(0, Math.ceil(n / 2))
  const answers = await report.each('say outside', texts, {
    parallel,
    work: (sentence) => subject.ask([text(prompts.say(sentence))], { as: 'audio', draft: false }),
  })
  report.detail('say', 'outside', {
    metric: 'cer',
    items: texts.map((sentence, i) => characterErrors(sentence, answers[i]!.text)),
    note: 'sentences of any kind: what it writes while it speaks',
    more: { judge: 'text' },
  })
  const outside = outsideJudge({ training: sentences, tested: texts, pool: sentences.slice(texts.length) })
  const clips = answers.map((answer) => answer.samples)
  if (outside !== undefined)
    await reportOutside(report, outside, { name: 'say', split: 'outside', speaker: 'model', texts, clips })
}

/** Lines for what was written beside the sound and for the outside judge; gives what the own ear heard, against the texts. */
async function judge(
  setting: Setting,
  {
    name,
    split,
    texts,
    answers,
    outside,
  }: {
    name: string
    split: string
    texts: readonly string[]
    answers: readonly Answer[]
    outside: OutsideJudge | undefined
  },
): Promise<Measured> {
  const { report, subject, parallel } = setting
  const written = answers.map((answer) => answer.text)
  const clips = answers.map((answer) => answer.samples)
  report.detail(name, split, {
    metric: 'cer',
    items: texts.map((text, i) => characterErrors(text, written[i]!)),
    note: 'what it writes while it speaks',
    more: { judge: 'text' },
  })
  const heard = await ownEar(report, subject, { what: `${name} ${split}`, clips, parallel })
  const speech: Speech = { name, split, speaker: 'model', texts, clips }
  if (outside !== undefined) await reportOutside(report, outside, speech)
  return {
    metric: 'cer',
    items: heardErrors(texts, heard),
    chance: heardByChance(texts, heard),
    // Against its own words: errors of speaking and hearing alone, not of understanding.
    more: { judge: 'own-ear', speaker: 'model', against_own_text: ownText(written, heard) },
  }
}

/** Character errors of what is heard against the words that the model wrote beside its sound. */
export function ownText(written: readonly string[], heard: readonly string[]): number | null {
  const items: Scored[] = written.map((text, i) => characterErrors(text, heard[i]!))
  return items.some(({ length }) => length > 0) ? score('cer', items).value : null
}

/** Recordings as the codec gives them back from as many codes as the model writes: the best that its speech can sound. */
export async function throughCodec(subject: Subject, clips: readonly Float32Array[]): Promise<Float32Array[]> {
  const { codec, codes } = await subject.codec()
  const out: Float32Array[] = []
  for (const clip of clips) {
    const rows = await codec.encode(clip)
    out.push(await codec.decode(rows.map((row) => row.slice(0, codes))))
  }
  return out
}
