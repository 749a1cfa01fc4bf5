/** @file `answer-text` outside of the closed world: whether the model says that it does not know what it cannot know. */
import { existsSync, readFileSync } from 'node:fs'
import { openSpeech } from '../../packages/tony/src/data/node/speech-files.ts'
import type { WorldSample } from '../../packages/tony/src/data/world/kind.ts'
import { normalise } from '../../packages/tony/src/data/world/normalise.ts'
import { sampleUnknown, UNKNOWN_ANSWER } from '../../packages/tony/src/data/world/unknown.ts'
import type { Scored } from '../../packages/tony/src/eval/score.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { openOutside } from '../../recipes/outside.ts'
import { rightOrWrong } from './report.ts'
import type { Setting } from './setting.ts'
import { sound, text } from './subject.ts'

/** Longest instruction of people that is asked, in words: what the model was made for is short. */
const LONGEST = 40

/** A reply that admits that it does not know is right. */
export const admitted = (replies: readonly string[]): Scored[] =>
  replies.map((reply) => rightOrWrong(normalise(reply) === normalise(UNKNOWN_ANSWER)))

/** Measures it on wordings and words that were never trained and on what people wrote, beside the replies to `items` of the world. */
export async function measureOutside(
  setting: Setting,
  { items, replies }: { readonly items: readonly WorldSample[]; readonly replies: readonly string[] },
): Promise<void> {
  const { report, n } = setting
  const known = admitted(replies)
  const corpus = `${setting.data}/text`
  if (!existsSync(`${corpus}/held-out.jsonl`)) {
    report.missing('answer-text', 'outside', { metric: 'accuracy', why: 'build the corpus with recipes/build-text.ts' })
    return
  }
  const outside = openOutside(corpus, 'held-out')
  const rng = makeRng(2027)
  const ask = (questions: readonly string[]): Promise<string[]> =>
    report.each('answer-text', questions, {
      parallel: setting.parallel,
      work: async (question) => (await setting.subject.ask([text(question)])).text,
    })
  report.task('answer-text', 'outside', {
    metric: 'accuracy',
    items: admitted(await ask(Array.from({ length: n }, () => sampleUnknown(rng, outside, 'held-out')))),
    ablated: known,
    note: `says that it does not know; ablated: to ${items.length} questions of its world`,
  })
  if (!existsSync(setting.prompts)) return
  const prompts = readFileSync(setting.prompts, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { instruction: string }).instruction)
    .filter((prompt) => prompt.split(' ').length <= LONGEST)
  report.detail('answer-text', 'outside', {
    metric: 'accuracy',
    items: admitted(await ask(prompts.slice(0, 2 * n))),
    note: 'instructions that people wrote (self-instruct)',
  })
}

/** The same asked aloud by the voice that was never trained, answered aloud. */
export async function measureOutsideAloud({ report, subject, data, n, parallel }: Setting): Promise<void> {
  const folder = `${data}/speech-outside`
  if (!existsSync(`${folder}/index.jsonl`)) return
  const speech = openSpeech(folder)
  const questions = speech.rows.filter(({ split }) => split === 'unseen-voice').slice(0, Math.ceil(n / 2))
  const words = await report.each('answer-speech outside', questions, {
    parallel,
    work: async (row) => (await subject.ask([sound(speech.samples(row))], { as: 'audio' })).text,
  })
  report.detail('answer-speech', 'outside', {
    metric: 'accuracy',
    items: admitted(words),
    note: 'asked aloud by a voice never trained: says that it does not know',
  })
}
