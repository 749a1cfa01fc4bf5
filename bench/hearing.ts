/**
 * @file What the hearing that `recipes/senses.ts` trains tells of sound that it never heard, before any transformer reads
 * it: phones, and words as they end, of sentences and of a voice that were not in training.
 *
 *   npm run -s bench -- hearing --senses runs/senses/checkpoint.safetensors
 */
import { parseArgs } from 'node:util'
import { proportion } from '../packages/tony/src/eval/score.ts'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import { tellHeard, WORD_DELAYS } from '../packages/tony/src/models/omni/senses.ts'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { nano } from '../recipes/omni-config.ts'
import { openSound } from '../recipes/senses.ts'
import { argmaxRow } from './argmax.ts'

const AUDIO = 1024

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      senses: { type: 'string', default: 'runs/senses/checkpoint.safetensors' },
      data: { type: 'string', default: 'runs/data' },
      batches: { type: 'string', default: '8' },
    },
  })
  const batches = Number(values.batches)
  const bytes = await nodeFiles.read(values.senses)
  if (bytes === undefined || !Number.isSafeInteger(batches) || batches < 1) {
    console.error(
      bytes === undefined
        ? `hearing: there is no '${values.senses}'; train it with recipes/senses.ts`
        : `hearing: --batches is '${values.batches}' (expected a whole number from 1)`,
    )
    process.exit(2)
  }
  const { params } = decodeCheckpoint(bytes, values.senses).state
  const rows: { what: string; split: string; value: number; low: number; high: number; n: number }[] = []
  for (const split of ['held-out', 'unseen-voice'] as const) {
    const sound = openSound(values.data, split)
    const shape = { audio: AUDIO, words: sound.words }
    const session = await compileProgram(nodeRuntime, { name: 'hearing', params }, (p) => {
      const { phone, word } = tellHeard(p, nano, shape)
      return { phone, word }
    })
    const right = new Map<string, boolean[]>()
    for (let i = 0; i < batches; i++) {
      const batch = sound.batch(makeRng(i), shape)
      const { mel, audioChunk, audioPlace } = batch
      const out = await session.run({ mel: mel!, audioChunk: audioChunk!, audioPlace: audioPlace! })
      const judge = (
        what: (row: number) => string,
        { name, classes, least }: { name: 'phone' | 'word'; classes: number; least: number },
      ): void => {
        const logits = out[name]!.data as Float32Array
        const ids = batch[`${name}Ids`]!.data
        batch[`${name}Weights`]!.data.forEach((weight, row) => {
          if (Number(weight) < least) return
          const key = what(row)
          const found = right.get(key) ?? []
          right.set(key, found)
          found.push(argmaxRow(logits, row * classes, classes) === ids[row])
        })
      }
      judge(() => 'phone of a 10 ms frame', { name: 'phone', classes: nano.phones, least: 1 })
      judge((row) => `word, ${WORD_DELAYS[Math.floor(row / AUDIO)]! * 80} ms after its end`, {
        name: 'word',
        classes: shape.words,
        least: 1,
      })
    }
    await session.dispose()
    for (const [what, answers] of right) {
      const { value, low, high } = proportion(answers.map((ok) => ({ errors: ok ? 1 : 0, length: 1 })))
      rows.push({ what, split, value, low, high, n: answers.length })
    }
  }
  console.table(
    rows.map(({ value, low, high, ...rest }) => ({
      ...rest,
      right: value.toFixed(3),
      interval: `${low.toFixed(3)} to ${high.toFixed(3)}`,
    })),
  )
  console.log(JSON.stringify({ bench: 'hearing', senses: values.senses, rows }))
}
