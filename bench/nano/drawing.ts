/** @file `draw`: named things are drawn; the model names its drawings, and a judge of pixels says what they resemble. */
import { type PictureCorpus, readPictures } from '../../packages/tony/src/data/node/pictures-corpus.ts'
import { prompts } from '../../packages/tony/src/data/prompts.ts'
import { pickSome } from '../../packages/tony/src/data/world/kind.ts'
import type { PixelJudge } from '../../packages/tony/src/eval/pixel-judge.ts'
import { others } from '../../packages/tony/src/eval/score.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { ceilings, judgeOf, type Pictures, realPictures, scorePictures, selfNamed, WHITE } from './drawing-judges.ts'
import { reportEmptyAndRepeated, writeSheet } from './drawing-sheet.ts'
import { isShape } from './pictures.ts'
import type { Setting } from './setting.ts'
import { text } from './subject.ts'
import { requestsToDraw } from './ways.ts'

/** A thing and how it is asked for. */
interface Wanted {
  readonly thing: string
  readonly name: string
}

/** How a drawing may be asked for: as the API does for one picture, and as it does for several. */
const WAYS = [
  { how: 'as asked once', temperature: 0 },
  { how: 'sampled at temperature 1', temperature: 1 },
] as const

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
  const wanted = chosen.map((thing) => ({ thing, name: names.get(thing)! }))
  // Pictures that training never saw, and those that it saw.
  const judge = judgeOf(corpus, unseen)
  const trainedJudge = judgeOf(corpus, trained)
  const sets: Pictures[] = []
  for (const { how, temperature } of WAYS) {
    const drawn = await draw(setting, wanted, temperature)
    sets.push(drawn)
    reportJudged(setting, { drawn, judge, how, headline: temperature === 0 })
    await selfNamed(setting, { drawn, names, note: `${how}: named by the model itself` })
    reportKnown(setting, { drawn, judge: trainedJudge, note: `${how}: pixel judge with the pictures of training` })
    reportEmptyAndRepeated(setting, { corpus, trained, drawn, how })
  }
  await drawOtherwise(setting, { judge, wanted })
  await ceilings(setting, { corpus, judge, things, chosen })
  const real = realPictures(corpus, things, { split: 'held-out', count: n })
  reportKnown(setting, {
    drawn: real,
    judge: trainedJudge,
    note: 'ceiling: real held-out pictures by the judge with training',
  })
  await drawShapes(setting, corpus)
  await writeSheet(setting, { sets, judge: trainedJudge })
}

async function draw(
  { report, subject, parallel }: Setting,
  wanted: readonly Wanted[],
  temperature: number,
): Promise<Pictures> {
  const pixels = await report.each('draw', wanted, {
    parallel,
    work: async ({ name }, i) =>
      (await subject.ask([text(prompts.draw(name))], { as: 'image', temperature, seed: i })).image?.data ?? WHITE,
  })
  return { things: wanted.map(({ thing }) => thing), pixels }
}

/** Asked otherwise, as a user would who leaves to the model whether to write or to draw. */
async function drawOtherwise(
  setting: Setting,
  { judge, wanted }: { judge: PixelJudge; wanted: readonly Wanted[] },
): Promise<void> {
  const { report, subject, parallel, n } = setting
  const things = new Map(judge.things.map((thing) => [thing, thing]))
  for (const { name, thing } of wanted) things.set(name, thing)
  for (const { note, requests } of requestsToDraw(setting, [...things.keys()])) {
    const asked = pickSome(makeRng(2026), requests, Math.ceil(n / 2))
    const pixels = await report.each(`draw ${note}`, asked, {
      parallel,
      work: async ({ ask }, i) => (await subject.ask([ask], { seed: i })).image?.data ?? WHITE,
    })
    const drawn = { things: asked.map(({ name }) => things.get(name)!), pixels }
    const answered = pixels.filter((one) => one !== WHITE).length / Math.max(1, asked.length)
    report.detail('draw', 'held-out', {
      metric: 'accuracy',
      items: scorePictures(judge, drawn).first,
      chance: 1 / judge.things.length,
      note: `${note}: answered with a picture ${answered.toFixed(2)}, most like a picture of it`,
      more: { judge: 'pixels', answered_with_a_picture: answered },
    })
  }
}

/** Two lines: most like a picture of the thing, and among the five most like. */
function reportJudged(
  { report }: Setting,
  { drawn, judge, how, headline }: { drawn: Pictures; judge: PixelJudge; how: string; headline: boolean },
): void {
  const judged = scorePictures(judge, drawn)
  const blind = scorePictures(judge, { things: drawn.things, pixels: others(drawn.pixels) })
  const classes = judge.things.length
  const answered = drawn.pixels.filter((pixels) => pixels !== WHITE).length / Math.max(1, drawn.pixels.length)
  const more = { judge: 'pixels', classes, how }
  const first = {
    metric: 'accuracy' as const,
    items: judged.first,
    chance: 1 / classes,
    ablated: blind.first,
    note: `${how}: most like a picture of it that was never trained, of ${classes} things; ablated: another's`,
    more: { ...more, answered_with_a_picture: answered },
  }
  if (headline) report.task('draw', 'held-out', first)
  else report.detail('draw', 'held-out', first)
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items: judged.five,
    chance: 5 / classes,
    ablated: blind.five,
    note: `${how}: among the five most like`,
    more: { ...more, among: 5 },
  })
}

function reportKnown(
  { report }: Setting,
  { drawn, judge, note }: { drawn: Pictures; judge: PixelJudge; note: string },
): void {
  const classes = judge.things.length
  report.detail('draw', 'held-out', {
    metric: 'accuracy',
    items: scorePictures(judge, drawn).first,
    chance: 1 / classes,
    note: `${note}, of ${classes}`,
    more: { judge: 'pixels-trained', classes },
  })
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
    const wanted = things.map((thing) => ({ thing, name: thing }))
    const drawn = await draw(setting, wanted, 0)
    report.detail('draw', 'held-out', {
      metric: 'accuracy',
      items: scorePictures(judge, drawn).first,
      chance: 1 / judge.things.length,
      ablated: scorePictures(judge, { things: drawn.things, pixels: others(drawn.pixels) }).first,
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
