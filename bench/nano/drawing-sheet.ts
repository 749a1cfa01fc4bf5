/** @file Drawings for people to look at, each beside the most alike picture of training, and how many repeat one. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PictureCorpus } from '../../packages/tony/src/data/node/pictures-corpus.ts'
import { findLeaks } from '../../packages/tony/src/data/node/pictures-leaks.ts'
import { contactSheet } from '../../packages/tony/src/data/node/pictures-sheet.ts'
import type { PictureRow } from '../../packages/tony/src/data/types.ts'
import { inkShare, type PixelJudge } from '../../packages/tony/src/eval/pixel-judge.ts'
import { nodeFiles } from '../../packages/tony/src/runtime/node/files.ts'
import type { Pictures } from './drawing-judges.ts'
import { rightOrWrong } from './report.ts'
import type { Setting } from './setting.ts'

/** Below this share of pixels that stand out, a drawing is empty. */
const EMPTY = 0.005

/** Writes the sheet: all drawings of the first set, then those of the next. `judge` has the pictures of training. */
export async function writeSheet(
  { sheets }: Setting,
  { sets, judge }: { readonly sets: readonly Pictures[]; readonly judge: PixelJudge },
): Promise<void> {
  const items = sets.flatMap(({ things, pixels }) =>
    pixels.flatMap((drawing, i) => {
      const { reference, distance } = judge.rank(drawing)[0]!
      return [
        { label: things[i]!, pixels: drawing },
        { label: `${distance.toFixed(2)} ${reference.thing}`, pixels: reference.pixels },
      ]
    }),
  )
  mkdirSync(sheets, { recursive: true })
  const path = join(sheets, 'nano-drawings.png')
  await nodeFiles.write(path, await contactSheet(items))
  console.log(`drawings, each beside the most alike picture of training: ${path}`)
}

/** Lines for the drawings on which there is nothing, and for those of the others that repeat a picture of training. */
export function reportEmptyAndRepeated(
  { report }: Setting,
  {
    corpus,
    trained,
    drawn,
    how,
  }: { corpus: PictureCorpus; trained: readonly PictureRow[]; drawn: Pictures; how: string },
): void {
  const empty = drawn.pixels.map((pixels) => inkShare(pixels) < EMPTY)
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items: empty.map(rightOrWrong),
    note: `${how}: share with nothing on it`,
    more: { judge: 'empty', how },
  })
  const repeats = findLeaks([
    ...trained.map((row) => ({ id: row.id, thing: row.thing, split: row.split, pixels: corpus.pixels(row) })),
    ...drawn.pixels.map((pixels, i) => ({
      id: `drawn-${i}`,
      thing: drawn.things[i]!,
      split: 'held-out' as const,
      pixels,
    })),
  ])
  const repeated = new Set(repeats.map(({ id }) => id))
  const items = empty.flatMap((nothing, i) => (nothing ? [] : [rightOrWrong(repeated.has(`drawn-${i}`))]))
  if (items.length === 0) return
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items,
    note: `${how}: share of the others that repeats a picture of training (16×16 cells within 10 of 255)`,
    more: { judge: 'near-duplicate', how },
  })
}
