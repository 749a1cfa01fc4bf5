/**
 * @file What the hearing that `recipes/senses.ts` trains tells of sound that it never heard, before any transformer reads
 * it: phones, and words as they end, of sentences and of a voice that were not in training, and digits that people say.
 *
 *   npm run -s bench -- hearing --senses runs/senses/checkpoint.safetensors
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import { tellHeard, WORD_DELAYS } from '../packages/tony/src/models/omni/senses.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { openSound } from '../recipes/senses.ts'
import { argmaxRow, openSenses } from './senses-told.ts'

const AUDIO = 1024

export async function main(args: readonly string[]): Promise<void> {
  const {
    params,
    config,
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
  report.print()
}
