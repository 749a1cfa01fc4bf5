/**
 * @file What the hearing that `recipes/senses.ts` trains tells of sound that it never heard, before any transformer reads
 * it: phones, and words as they end, of sentences and of a voice that were not in training, and digits that people say;
 * and how many words of a sentence are right where the likeliest are written down one after the other.
 *
 *   npm run -s bench -- hearing --senses runs/senses/checkpoint.safetensors
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { drawnNames } from '../packages/tony/src/data/node/speech-corpus-pictures.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { pickSome } from '../packages/tony/src/data/world/kind.ts'
import { type Scored, wordErrors } from '../packages/tony/src/eval/score.ts'
import { chunkFeeds } from '../packages/tony/src/generate/network.ts'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import * as t from '../packages/tony/src/graph/ops.ts'
import { hearWindows, hearWords, isTold } from '../packages/tony/src/models/omni/hearing.ts'
import { tellHeard, WORD_DELAYS } from '../packages/tony/src/models/omni/senses.ts'
import { chunksOf, MelWindows, melPatches } from '../packages/tony/src/models/omni/windows.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { openSound } from '../recipes/senses.ts'
import { openSpokenCorpus, sentences } from './nano/corpus.ts'
import { padded } from './nano/subject.ts'
import { drawingRequests } from './nano/ways.ts'
import { argmaxRow, openSenses, type SensesReport } from './senses-told.ts'

const AUDIO = 1024
/** Sentences of a row, the same as `bench -- nano --n 100` takes. */
const SENTENCES = 100
/** Requests to draw of a row, at most. */
const REQUESTS = 300

export async function main(args: readonly string[]): Promise<void> {
  const {
    params,
    config,
    words,
    data,
    count: batches,
    report,
  } = await openSenses(args, { bench: 'hearing', count: 'batches', default: 8 })
  const digits = existsSync(join(data, 'speech-digits/index.jsonl'))
  if (!digits) console.log('no people: build them with recipes/build-speech.ts --corpus speech-digits')
  for (const split of ['held-out', 'unseen-voice', ...(digits ? (['human'] as const) : [])] as const) {
    const sound = openSound(data, split)
    const shape = { audio: AUDIO, words: sound.words.length + 1 }
    const session = await compileProgram(nodeRuntime, { name: 'hearing', params }, (p) => {
      const { phone, word } = tellHeard(p, config, shape)
      return { phone, word }
    })
    const right = new Map<string, boolean[]>()
    for (let i = 0; i < batches; i++) {
      const batch = sound.batch(makeRng(i), shape)
      const { mel, audioChunk, audioPlace } = batch
      const out = await session.run({ mel: mel!, audioChunk: audioChunk!, audioPlace: audioPlace! })
      const judge = (
        what: (row: number) => string,
        { name, classes }: { name: 'phone' | 'word'; classes: number },
      ): void => {
        const logits = out[name]!.data as Float32Array
        const ids = batch[`${name}Ids`]!.data
        batch[`${name}Weights`]!.data.forEach((weight, row) => {
          // Less is where nothing is asked, or where no word ends.
          if (Number(weight) < 1) return
          const key = what(row)
          const found = right.get(key) ?? []
          right.set(key, found)
          found.push(argmaxRow(logits, row * classes, classes) === ids[row])
        })
      }
      judge(() => 'phone of a 10 ms frame', { name: 'phone', classes: config.phones })
      judge((row) => `word, ${WORD_DELAYS[Math.floor(row / AUDIO)]! * 80} ms after its end`, {
        name: 'word',
        classes: shape.words,
      })
    }
    await session.dispose()
    for (const [what, answers] of right) report.add(what, split, answers)
  }
  if (words.length > 0) await measureSentences({ params, config, words, data, report })
  report.print()
}

/** Words of whole sentences by the likeliest at each patch. */
async function measureSentences({
  params,
  config,
  words,
  data,
  report,
}: Pick<Awaited<ReturnType<typeof openSenses>>, 'params' | 'config' | 'words' | 'data'> & {
  report: SensesReport
}): Promise<void> {
  const none = words.length
  const classes = none + 1
  const session = await compileProgram(nodeRuntime, { name: 'words', params }, (p) => {
    const places = { chunk: t.input('chunk', 'int32', [1, 'time']), place: t.input('place', 'int32', [1, 'time']) }
    const mel = t.input('mel', 'float32', [1, 'time', config.melWindow])
    return { logits: hearWords(p.at('hear'), hearWindows(p.at('hear'), mel, places, config).rows, classes) }
  })
  /** What is told at each patch of a clip, the last of `classes` for none. */
  const tell = async (samples: Float32Array): Promise<number[]> => {
    const sound = MelWindows.of(melPatches(padded(samples)))
    const told: number[] = []
    for (const { start, end, fresh } of chunksOf(sound.windows.length)) {
      const { logits } = await session.run(chunkFeeds(sound, { start, end }, config.melWindow))
      for (let i = fresh - start; i < end - start; i++)
        told.push(argmaxRow(logits!.data as Float32Array, i * classes, classes))
    }
    return told
  }
  const written = async (samples: Float32Array): Promise<string> => {
    const told = await tell(samples)
    return told
      .flatMap((word, i) => (isTold(word, { before: told[i - 1] ?? none, none }) ? [words[word]!] : []))
      .join(' ')
  }
  const corpus = openSpokenCorpus(join(data, 'speech-world'))
  for (const { split, rows } of sentences(corpus, SENTENCES)) {
    const items: Scored[] = []
    for (const row of rows) items.push(wordErrors(row.text, await written(corpus.samples(row))))
    report.addRate('words of a sentence, one after the other', split, items)
  }
  for (const { split, names, samples } of requests(data)) {
    const right: boolean[] = []
    for (const [i, name] of names.entries()) right.push((await written(samples(i))).endsWith(name.toLowerCase()))
    report.add('name of what is to be drawn, all of its words', split, right)
  }
  await session.dispose()
}

/** Requests to draw that were not trained on, in voices of training and in the one that it never had, by lot. */
function requests(
  data: string,
): { split: 'held-out' | 'unseen-voice'; names: readonly string[]; samples: (i: number) => Float32Array }[] {
  const folder = join(data, 'speech-pictures')
  if (!existsSync(join(folder, 'index.jsonl'))) return []
  const speech = openSpeech(folder)
  const names = drawingRequests(drawnNames)
  return (['held-out', 'unseen-voice'] as const).map((split) => {
    const rows = pickSome(
      makeRng(2026),
      speech.rows.filter((row) => row.split === split && names.has(row.text)),
      REQUESTS,
    )
    return { split, names: rows.map(({ text }) => names.get(text)!), samples: (i) => speech.samples(rows[i]!) }
  })
}
