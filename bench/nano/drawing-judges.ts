/** @file Who judges drawings: pixels against real pictures, and the model itself; and what both make of the real thing. */
import type { PictureCorpus } from '../../packages/tony/src/data/node/pictures-corpus.ts'
import { pictureBytes } from '../../packages/tony/src/data/shapes.ts'
import type { PictureRow } from '../../packages/tony/src/data/types.ts'
import { pickSome } from '../../packages/tony/src/data/world/kind.ts'
import { PixelJudge } from '../../packages/tony/src/eval/pixel-judge.ts'
import { others, type Scored } from '../../packages/tony/src/eval/score.ts'
import { readModel } from '../../packages/tony/src/generate/node/load.ts'
import { Painter } from '../../packages/tony/src/generate/picture.ts'
import { compileProgram } from '../../packages/tony/src/generate/program.ts'
import { imageEncoder } from '../../packages/tony/src/models/image-tokenizer.ts'
import { pixelPatches } from '../../packages/tony/src/models/omni/windows.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { hostFloat } from '../../packages/tony/src/tensor/host.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { askName, named } from './pictures.ts'
import { rightOrWrong } from './report.ts'
import type { Setting } from './setting.ts'

/** What stands where nothing was drawn: a white picture, which is wrong for every judge. */
export const WHITE = new Uint8Array(pictureBytes).fill(255)

/** Pictures with the thing that each is of. */
export interface Pictures {
  readonly things: readonly string[]
  readonly pixels: readonly Uint8Array[]
}

export function judgeOf(corpus: PictureCorpus, rows: readonly PictureRow[]): PixelJudge {
  return new PixelJudge(rows.map((row) => ({ thing: row.thing, pixels: corpus.pixels(row) })))
}

/** Whether each drawing is, and is among the five that are, most like a picture of its thing. */
export function scorePictures(
  judge: PixelJudge,
  { things, pixels }: Pictures,
): { readonly first: readonly Scored[]; readonly five: readonly Scored[] } {
  const places = pixels.map((drawing, i) =>
    drawing === WHITE ? Number.POSITIVE_INFINITY : judge.place(drawing, things[i]!),
  )
  return { first: places.map((p) => rightOrWrong(p === 1)), five: places.map((p) => rightOrWrong(p <= 5)) }
}

/** A line for the names that the model gives to pictures. */
export async function selfNamed(
  setting: Setting,
  { drawn, names, note }: { drawn: Pictures; names: ReadonlyMap<string, string>; note: string },
): Promise<void> {
  const { report, parallel } = setting
  const said = await report.each(note, drawn.pixels, { parallel, work: (pixels) => askName(setting, pixels) })
  const right = drawn.things.map((thing, i) => named([thing, names.get(thing) ?? thing], said[i]!))
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items: right.map((item, i) => (drawn.pixels[i] === WHITE ? rightOrWrong(false) : item)),
    chance: 1 / names.size,
    ablated: others(said).map((name, i) => named([drawn.things[i]!, names.get(drawn.things[i]!) ?? ''], name)),
    note,
    more: { judge: 'itself' },
  })
}

/** Up to `count` pictures of a split, by lot. */
export function realPictures(
  corpus: PictureCorpus,
  rows: readonly PictureRow[],
  { split, count }: { readonly split: string; readonly count: number },
): Pictures {
  const chosen = pickSome(
    makeRng(2026),
    rows.filter((row) => row.split === split),
    count,
  )
  return { things: chosen.map((row) => row.thing), pixels: chosen.map((row) => corpus.pixels(row)) }
}

/** What the same judges make of real pictures and of what the image tokenizer leaves of them: no drawing can be judged better. */
export async function ceilings(
  setting: Setting,
  {
    corpus,
    judge,
    things,
    chosen,
  }: { corpus: PictureCorpus; judge: PixelJudge; things: readonly PictureRow[]; chosen: readonly string[] },
): Promise<void> {
  const { report, n } = setting
  const line = (pictures: Pictures, of: string, note: string): void => {
    const { first, five } = scorePictures(judge, pictures)
    const more = {
      judge: 'pixels',
      of,
      top5: 1 - five.reduce((sum, { errors }) => sum + errors, 0) / Math.max(1, five.length),
    }
    report.detail('draw', 'held-out', { metric: 'accuracy', items: first, chance: 1 / judge.things.length, note, more })
  }
  const heldOut = realPictures(corpus, things, { split: 'held-out', count: n })
  const style = things.filter((row) => row.split === 'train' && row.style === 'twemoji')
  const same = chosen.flatMap((thing) => style.find((row) => row.thing === thing) ?? [])
  const twemoji = { things: same.map((row) => row.thing), pixels: same.map((row) => corpus.pixels(row)) }
  line(heldOut, 'real', 'ceiling: real held-out pictures')
  line(twemoji, 'real-twemoji', "ceiling: training's twemoji of the drawn things")
  const through = await imageTokenizer(setting)
  if (through === undefined) {
    console.log('no reconstructions: the model has no image encoder; publish it again')
    return
  }
  const rebuilt = async ({ things: of, pixels }: Pictures): Promise<Pictures> => {
    const out: Uint8Array[] = []
    for (const each of pixels) out.push(await through(each))
    return { things: of, pixels: out }
  }
  line(await rebuilt(heldOut), 'tokenizer', 'ceiling: held-out pictures through the image tokenizer')
  const again = await rebuilt(twemoji)
  line(again, 'tokenizer-twemoji', "ceiling: training's twemoji through the image tokenizer")
  const names = new Map(things.map((row) => [row.thing, row.names['en'] ?? row.thing]))
  await selfNamed(setting, { drawn: again, names, note: 'those named by the model' })
}

/** Pictures through the model's image tokenizer and back; `undefined` where it was published without the encoder. */
async function imageTokenizer({
  subject,
}: Setting): Promise<((pixels: Uint8Array) => Promise<Uint8Array>) | undefined> {
  const { image } = (await readModel(subject.folder)).parts
  if (image === undefined || !Object.keys(image.params).some((name) => name.startsWith('encoder'))) return undefined
  const { config, params } = image
  const encoder = await compileProgram(nodeRuntime, { name: 'image-encoder', params }, (p) => ({
    codes: imageEncoder(p, config, 1),
  }))
  const painter = await Painter.load(nodeRuntime, image)
  return async (pixels) => {
    const rows = pixelPatches({ width: 64, height: 64, data: pixels })
    const patches = new Float32Array(rows.length * rows[0]!.length)
    for (const [i, row] of rows.entries()) patches.set(row, i * row.length)
    const { codes } = await encoder.run({ patches: hostFloat([rows.length, rows[0]!.length], patches) })
    return (await painter.paint([...(codes!.data as Int32Array)])).data
  }
}
