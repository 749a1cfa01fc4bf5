/**
 * @file What the sight that `recipes/senses.ts` trains tells of pictures that it never saw, before any transformer reads it:
 * letters and words in fonts and of words that were not in training, things in pictures and styles that were not.
 *
 *   npm run -s bench -- sight --senses runs/senses/checkpoint.safetensors
 */
import { type PictureCorpus, readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import type { PictureRow } from '../packages/tony/src/data/types.ts'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import { type SensesShape, tellSeen } from '../packages/tony/src/models/omni/senses.ts'
import { SHEET } from '../packages/tony/src/models/omni/sight.ts'
import { pixelWindows } from '../packages/tony/src/models/omni/windows.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { hostFloat } from '../packages/tony/src/tensor/host.ts'
import { isDrawing } from '../recipes/omni-tasks.ts'
import { LETTERS, SPELLED, spelling, thingsOf } from '../recipes/senses.ts'
import { argmaxRow, openSenses } from './senses-told.ts'

const BATCH = 32

interface Told {
  readonly thing: number
  /** [SPELLED] indices into `LETTERS`; its length where there is none. */
  readonly letters: readonly number[]
}

export async function main(args: readonly string[]): Promise<void> {
  const {
    params,
    config,
    data,
    count: most,
    report,
  } = await openSenses(args, { bench: 'sight', count: 'n', default: 1000 })
  const pictures = readPictures(`${data}/pictures`)
  const words = readPictures(`${data}/rendered-text`)
  const things = thingsOf(pictures.rows)
  const shape: SensesShape = {
    audio: 0,
    words: 0,
    pictures: BATCH,
    films: 0,
    things: things.length,
    spelled: SPELLED,
    letters: LETTERS.length + 1,
  }
  const session = await compileProgram(nodeRuntime, { name: 'sight', params }, (p) => {
    const { thing, letter } = tellSeen(p, config, shape)
    return { thing, letter }
  })
  const look = async (corpus: PictureCorpus, rows: readonly PictureRow[]): Promise<Told[]> => {
    const told: Told[] = []
    for (let from = 0; from < rows.length; from += BATCH) {
      const some = rows.slice(from, from + BATCH)
      const pixels = new Float32Array(BATCH * SHEET * config.pixelWindow)
      some.forEach((row, i) => {
        pixelWindows({ width: 64, height: 64, data: corpus.pixels(row) }).forEach((window, k) => {
          pixels.set(window, (i * SHEET + k) * config.pixelWindow)
        })
      })
      const out = await session.run({ pixels: hostFloat([BATCH, SHEET, config.pixelWindow], pixels) })
      const thing = out['thing']!.data as Float32Array
      const letter = out['letter']!.data as Float32Array
      some.forEach((_, i) => {
        told.push({
          thing: argmaxRow(thing, i * shape.things, shape.things),
          letters: Array.from({ length: SPELLED }, (_, k) =>
            argmaxRow(letter, (i * SPELLED + k) * shape.letters, shape.letters),
          ),
        })
      })
    }
    return told
  }
  for (const split of ['held-out', 'unseen-style'] as const) {
    const printed = words.rows.filter((row) => row.split === split).slice(0, most)
    const told = await look(words, printed)
    const wanted = printed.map(({ thing }) => spelling(thing))
    const letters = told.map((one, i) => one.letters.map((letter, k) => letter === wanted[i]![k]))
    report.add(
      'letter in its place',
      split,
      letters.flatMap((right, i) => right.slice(0, printed[i]!.thing.length)),
    )
    report.add(
      'whole word',
      split,
      letters.map((right) => right.every(Boolean)),
    )
    const drawn = pictures.rows.filter((row) => row.split === split && isDrawing(row) && things.includes(row.thing))
    const seen = await look(pictures, drawn.slice(0, most))
    report.add(
      'thing',
      split,
      seen.map(({ thing }, i) => things[thing] === drawn[i]!.thing),
    )
  }
  await session.dispose()
  report.print()
}
