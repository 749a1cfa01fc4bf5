/** @file `draw`: named things are drawn; the model names its drawings, and a judge of pixels says what they resemble. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type PictureCorpus, readPictures } from '../../packages/tony/src/data/node/pictures-corpus.ts'
import { findLeaks } from '../../packages/tony/src/data/node/pictures-leaks.ts'
import { contactSheet } from '../../packages/tony/src/data/node/pictures-sheet.ts'
import { prompts } from '../../packages/tony/src/data/prompts.ts'
import { pictureBytes } from '../../packages/tony/src/data/shapes.ts'
import type { PictureRow } from '../../packages/tony/src/data/types.ts'
import { pickSome } from '../../packages/tony/src/data/world/kind.ts'
import { PixelJudge } from '../../packages/tony/src/eval/pixel-judge.ts'
import { others } from '../../packages/tony/src/eval/score.ts'
import { readModel } from '../../packages/tony/src/generate/node/load.ts'
import { Painter } from '../../packages/tony/src/generate/picture.ts'
import { compileProgram } from '../../packages/tony/src/generate/program.ts'
import { imageEncoder } from '../../packages/tony/src/models/image-tokenizer.ts'
import { pixelPatches } from '../../packages/tony/src/models/omni/sequence.ts'
import { nodeFiles } from '../../packages/tony/src/runtime/node/files.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { hostFloat } from '../../packages/tony/src/tensor/host.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { askName, isShape, named } from './pictures.ts'
import { rightOrWrong } from './report.ts'
import type { Setting } from './setting.ts'
import { text } from './subject.ts'

/** What stands where nothing was drawn: a white picture, which is wrong for every judge. */
const WHITE = new Uint8Array(pictureBytes).fill(255)

/** Pictures with the thing that each is of. */
interface Pictures {
  readonly things: readonly string[]
  readonly pixels: readonly Uint8Array[]
}

export async function measureDrawing(setting: Setting): Promise<void> {
  const { report, subject, n } = setting
  if (!subject.draws) {
    report.missing('draw', 'held-out', { metric: 'accuracy', why: 'the model has no image decoder' })
    return
  }
  const corpus = readPictures(`${setting.data}/pictures`)
  const things = corpus.rows.filter((row) => !isShape(row))
  const trained = things.filter((row) => row.split === 'train')
  const unseen = things.filter((row) => row.split === 'unseen-style')
  const names = new Map(trained.map((row) => [row.thing, row.names['en'] ?? row.thing]))
  const candidates = [...new Set(unseen.map((row) => row.thing))].filter((thing) => names.has(thing))
  const chosen = pickSome(makeRng(2026), candidates, n)
  const drawn = await draw(
    setting,
    chosen.map((thing) => ({ thing, name: names.get(thing)! })),
  )

  const judge = judgeOf(corpus, unseen)
  const judged = score(judge, drawn)
  const blind = score(judge, { things: drawn.things, pixels: others(drawn.pixels) })
  const classes = judge.things.length
  report.task('draw', 'held-out', {
    metric: 'accuracy',
    items: judged.first,
    chance: 1 / classes,
    ablated: blind.first,
    note: `pixel judge: most like a picture of it that was never trained, of ${classes} things; ablated: another's drawing`,
    more: {
      judge: 'pixels',
      classes,
      answered_with_a_picture: drawn.pixels.filter((p) => p !== WHITE).length / Math.max(1, n),
    },
  })
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items: judged.five,
    chance: 5 / classes,
    ablated: blind.five,
    note: 'pixel judge, among the five most like',
    more: { judge: 'pixels', classes },
  })
  await selfNamed(setting, { drawn, names, note: 'named by the model itself' })
  await ceilings(setting, { corpus, judge, things, chosen })

  const trainedJudge = judgeOf(corpus, trained)
  const known = score(trainedJudge, drawn)
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items: known.first,
    chance: 1 / trainedJudge.things.length,
    note: `pixel judge with the pictures of training, of ${trainedJudge.things.length} things`,
    more: { judge: 'pixels-trained', classes: trainedJudge.things.length },
  })
  const real = realPictures(corpus, things, { split: 'held-out', count: n })
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items: score(trainedJudge, real).first,
    chance: 1 / trainedJudge.things.length,
    note: 'real held-out pictures by that judge: its ceiling',
    more: { judge: 'pixels-trained', of: 'real' },
  })
  await drawShapes(setting, corpus)
  await showNearest(setting, { corpus, trained, drawn, judge: trainedJudge })
}

function judgeOf(corpus: PictureCorpus, rows: readonly PictureRow[]): PixelJudge {
  return new PixelJudge(rows.map((row) => ({ thing: row.thing, pixels: corpus.pixels(row) })))
}

async function draw(
  { report, subject, parallel }: Setting,
  wanted: readonly { readonly thing: string; readonly name: string }[],
): Promise<Pictures> {
  const pixels = await report.each('draw', wanted, {
    parallel,
    work: async ({ name }) => (await subject.ask([text(prompts.draw(name))], { as: 'image' })).image?.data ?? WHITE,
  })
  return { things: wanted.map(({ thing }) => thing), pixels }
}

function score(judge: PixelJudge, { things, pixels }: Pictures) {
  const places = pixels.map((drawing, i) =>
    drawing === WHITE ? Number.POSITIVE_INFINITY : judge.place(drawing, things[i]!),
  )
  return { first: places.map((p) => rightOrWrong(p === 1)), five: places.map((p) => rightOrWrong(p <= 5)) }
}

async function selfNamed(
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

function realPictures(
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
async function ceilings(
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
    const { first, five } = score(judge, pictures)
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

/** Shapes in colours: pairs of training, and pairs that training never had. */
async function drawShapes(setting: Setting, corpus: PictureCorpus): Promise<void> {
  const { report, n } = setting
  const shapes = corpus.rows.filter(isShape)
  // A few of each pair are enough to tell it.
  const seen = new Map<string, number>()
  const few = shapes.filter(({ thing }) => {
    seen.set(thing, (seen.get(thing) ?? 0) + 1)
    return seen.get(thing)! <= 6
  })
  const judge = judgeOf(corpus, few)
  const novel = [...new Set(shapes.flatMap((row) => (row.style === 'shape-novel' ? [row.thing] : [])))]
  const trained = [...new Set(shapes.flatMap((row) => (row.split === 'train' ? [row.thing] : [])))]
  for (const [things, note] of [
    [pickSome(makeRng(2026), trained, Math.ceil(n / 2)), 'coloured shapes of training'],
    [novel, 'coloured shapes never trained together'],
  ] as const) {
    const drawn = await draw(
      setting,
      things.map((thing) => ({ thing, name: thing })),
    )
    report.detail('draw', 'held-out', {
      metric: 'accuracy',
      items: score(judge, drawn).first,
      chance: 1 / judge.things.length,
      ablated: score(judge, { things: drawn.things, pixels: others(drawn.pixels) }).first,
      note: `pixel judge, ${note}, of ${judge.things.length}`,
      more: { judge: 'pixels', classes: judge.things.length },
    })
    await selfNamed(setting, {
      drawn,
      names: new Map(judge.things.map((t) => [t, t])),
      note: `${note}, named by the model`,
    })
  }
}

/** Each drawing beside the most alike picture of training, on a sheet; and how many of them repeat one. */
async function showNearest(
  { report, sheets }: Setting,
  {
    corpus,
    trained,
    drawn,
    judge,
  }: { corpus: PictureCorpus; trained: readonly PictureRow[]; drawn: Pictures; judge: PixelJudge },
): Promise<void> {
  const items = drawn.pixels.flatMap((pixels, i) => {
    const { reference, distance } = judge.rank(pixels)[0]!
    return [
      { label: drawn.things[i]!, pixels },
      { label: `${distance.toFixed(2)} ${reference.thing}`, pixels: reference.pixels },
    ]
  })
  mkdirSync(sheets, { recursive: true })
  const path = join(sheets, 'nano-drawings.png')
  await nodeFiles.write(path, await contactSheet(items))
  console.log(`drawings, each beside the most alike picture of training: ${path}`)
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
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items: drawn.pixels.map((_, i) => rightOrWrong(repeated.has(`drawn-${i}`))),
    note: 'share that repeats a picture of training (16×16 cells within 10 of 255)',
    more: { judge: 'near-duplicate' },
  })
}
