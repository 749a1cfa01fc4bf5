/** @file `name-picture`, `read-word` and `motion`: what is seen. */
import { ambience } from '../../packages/tony/src/data/ambience.ts'
import { augmentPicture } from '../../packages/tony/src/data/augment.ts'
import { type PictureCorpus, readPictures } from '../../packages/tony/src/data/node/pictures-corpus.ts'
import { namePrompts, prompts } from '../../packages/tony/src/data/prompts.ts'
import { makeScene, motions, sceneRate } from '../../packages/tony/src/data/scenes.ts'
import { pictureBytes } from '../../packages/tony/src/data/shapes.ts'
import type { PictureRow } from '../../packages/tony/src/data/types.ts'
import { pickSome } from '../../packages/tony/src/data/world/kind.ts'
import { bestConstant, plainText, type Scored } from '../../packages/tony/src/eval/score.ts'
import type { Part } from '../../packages/tony/src/media/types.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { rightOrWrong } from './report.ts'
import type { Setting } from './setting.ts'
import { picture, text } from './subject.ts'
import { askedAloud, type Question, type Way, waysToAsk } from './ways.ts'

const GREY = new Uint8Array(pictureBytes).fill(128)

export const isShape = (row: PictureRow): boolean => row.style === 'shape' || row.style === 'shape-novel'

/** Names of a picture that are right in a language. */
export function namesOf(row: PictureRow, lang: string): string[] {
  const names = row.names[lang] === undefined ? [] : [row.names[lang]]
  return lang === 'en' ? [...names, row.thing] : names
}

export const named = (right: readonly string[], said: string): Scored =>
  rightOrWrong(right.some((name) => plainText(name) === plainText(said)))

export const askName = async ({ subject }: Setting, pixels: Uint8Array, lang = 'en'): Promise<string> =>
  (await subject.ask([picture(pixels), text(namePrompts[lang]!)])).text

/** Things of emoji, clip art and stamps are the headline; plain shapes, which are easier, have lines of their own. */
export async function measureNames(setting: Setting): Promise<void> {
  const corpus = readPictures(`${setting.data}/pictures`)
  for (const split of ['held-out', 'unseen-style'] as const) {
    const rows = pickSome(
      makeRng(2026),
      corpus.rows.filter((row) => row.split === split && !isShape(row)),
      setting.n,
    )
    for (const lang of Object.keys(namePrompts)) {
      // The other languages show the same pictures, half of them.
      const shown = (lang === 'en' ? rows : rows.slice(0, Math.ceil(setting.n / 2))).filter(
        (row) => row.names[lang] !== undefined,
      )
      await measureNaming(setting, { corpus, rows: shown, split, lang })
    }
    const some = rows.slice(0, Math.ceil(setting.n / 2))
    await measureWays(setting, {
      ...{ task: 'name-picture', split, question: 'name', first: namePrompts['en']! },
      shown: some.map((row) => picture(corpus.pixels(row))),
      right: some.map((row) => namesOf(row, 'en')),
    })
  }
  for (const style of ['shape', 'shape-novel']) {
    const rows = corpus.rows.filter((row) => row.split === 'held-out' && row.style === style)
    const chosen = pickSome(makeRng(2026), rows, Math.ceil(setting.n / 2))
    const note = style === 'shape' ? 'shapes' : 'shapes in colours never trained together'
    await measureNaming(setting, { corpus, rows: chosen, split: 'held-out', lang: 'en', note })
  }
}

/** The same question asked otherwise, to the first of the pictures or scenes. */
async function measureWays(
  setting: Setting,
  {
    task,
    split,
    question,
    first,
    shown,
    right,
  }: {
    task: string
    split: string
    question: Question
    first: string
    shown: readonly Part[]
    right: readonly (readonly string[])[]
  },
): Promise<void> {
  for (const { note, ask, as } of waysToAsk(setting, question, first)) {
    const messages = shown.map((seen, i) => [seen, ask(i)])
    await measureMessages(setting, { task, split, note, messages, right, as })
  }
}

/** How many of the messages are answered with one of their right names. */
async function measureMessages(
  { report, subject, parallel }: Setting,
  {
    task,
    split,
    note,
    messages,
    right,
    as = 'text',
  }: {
    task: string
    split: string
    note: string
    messages: readonly (readonly Part[])[]
    right: readonly (readonly string[])[]
    as?: Way['as']
  },
): Promise<void> {
  const replies = await report.each(`${task} ${note}`, messages, {
    parallel,
    work: async (message) => (await subject.ask(message, { as })).text,
  })
  report.detail(task, split, { metric: 'accuracy', items: right.map((names, i) => named(names, replies[i]!)), note })
}

async function measureNaming(
  setting: Setting,
  {
    corpus,
    rows,
    split,
    lang,
    note,
  }: { corpus: PictureCorpus; rows: readonly PictureRow[]; split: string; lang: string; note?: string },
): Promise<void> {
  const { report, parallel } = setting
  const shapes = rows.some(isShape)
  const training = corpus.rows.filter((row) => row.split === 'train' && isShape(row) === shapes)
  const classes = new Set(training.flatMap((row) => row.names[lang] ?? [])).size
  const frequent = bestConstant(training.map((row) => namesOf(row, lang)))
  const replies = await report.each(`name-picture ${split} ${lang}`, rows, {
    parallel,
    work: (row) => askName(setting, corpus.pixels(row), lang),
  })
  const blind = await askName(setting, GREY, lang)
  const uniform = 1 / classes
  const constant =
    rows.filter((row) => named(namesOf(row, lang), frequent).errors === 0).length / Math.max(1, rows.length)
  const measured = {
    metric: 'accuracy' as const,
    items: rows.map((row, i) => named(namesOf(row, lang), replies[i]!)),
    chance: Math.max(uniform, constant),
    ablated: rows.map((row) => named(namesOf(row, lang), blind)),
    note: note ?? lang,
    more: {
      lang,
      classes,
      chance_uniform: Number(uniform.toFixed(4)),
      chance_frequent: Number(constant.toFixed(4)),
      // A thing's name in another language: seen rightly, said wrongly.
      any_language:
        rows.filter((row, i) => named([...Object.values(row.names), row.thing], replies[i]!).errors === 0).length /
        Math.max(1, rows.length),
    },
  }
  if (note === undefined) report.task('name-picture', split, measured)
  else report.detail('name-picture', split, measured)
}

export async function measureReading(setting: Setting): Promise<void> {
  const { report, subject, parallel } = setting
  const corpus = readPictures(`${setting.data}/rendered-text`)
  const ask = async (pixels: Uint8Array): Promise<string> =>
    (await subject.ask([picture(pixels), text(prompts.read)])).text
  const trained = new Set(corpus.rows.flatMap((row) => (row.split === 'train' ? [row.thing] : [])))
  const words = new Set(corpus.rows.map((row) => row.thing)).size
  const blind = await ask(GREY)
  for (const split of ['held-out', 'unseen-style'] as const) {
    const rows = pickSome(
      makeRng(2026),
      corpus.rows.filter((row) => row.split === split),
      setting.n,
    )
    const replies = await report.each(`read-word ${split}`, rows, { parallel, work: (row) => ask(corpus.pixels(row)) })
    const items = rows.map((row, i) => named([row.thing], replies[i]!))
    report.task('read-word', split, {
      metric: 'accuracy',
      items,
      chance: 1 / words,
      ablated: rows.map((row) => named([row.thing], blind)),
      note: split === 'held-out' ? 'words never trained, fonts of training' : 'a font never trained',
    })
    const some = rows.slice(0, Math.ceil(setting.n / 2))
    await measureWays(setting, {
      ...{ task: 'read-word', split, question: 'read', first: prompts.read },
      shown: some.map((row) => picture(corpus.pixels(row))),
      right: some.map((row) => [row.thing]),
    })
    if (split === 'unseen-style')
      report.detail('read-word', split, {
        metric: 'accuracy',
        items: items.filter((_, i) => !trained.has(rows[i]!.thing)),
        note: 'of these, words never trained',
      })
  }
}

export async function measureMotion(setting: Setting): Promise<void> {
  const { report, subject, n, parallel } = setting
  const rng = makeRng(2026)
  const corpus = readPictures(`${setting.data}/pictures`)
  const actors = corpus.rows
    .filter((row) => row.split === 'unseen-style' && row.style === 'noto-emoji')
    .map((row) => ({
      thing: row.thing,
      style: row.style,
      pixels: augmentPicture(rng, corpus.pixels(row), { background: false }),
    }))
  const film = (frames: readonly Uint8Array[], samples?: Float32Array): Part => ({
    type: 'video',
    video: {
      frames: frames.map((data) => ({ width: 64, height: 64, data })),
      times: frames.map((_, i) => i / sceneRate),
      ...(samples === undefined ? {} : { sound: { samples, sampleRate: 16_000 } }),
    },
  })
  const ask = async (frames: readonly Uint8Array[]): Promise<string> =>
    (await subject.ask([film(frames), text(prompts.motion)])).text
  const scenes = Array.from({ length: n }, () => makeScene(rng, actors))
  const replies = await report.each('motion', scenes, {
    parallel,
    // One frame eight times: nothing moves.
    work: async ({ frames }) => [await ask(frames), await ask(frames.map(() => frames[0]!))] as const,
  })
  report.task('motion', 'unseen-style', {
    metric: 'accuracy',
    items: scenes.map(({ motion }, i) => named([motion], replies[i]![0])),
    chance: 1 / motions.length,
    ablated: scenes.map(({ motion }, i) => named([motion], replies[i]![1])),
  })
  const some = scenes.slice(0, Math.ceil(n / 2))
  const asked = { task: 'motion', split: 'unseen-style', right: some.map(({ motion }) => [motion]) }
  await measureWays(setting, {
    ...{ ...asked, question: 'motion', first: prompts.motion },
    shown: some.map(({ frames }) => film(frames)),
  })
  await measureMessages(setting, {
    ...{ ...asked, note: 'films with sound in which nobody speaks' },
    messages: some.map(({ frames }) => [film(frames, ambience(rng, 3)), text(prompts.motion)]),
  })
  const unseen = askedAloud(setting, 'motion')
  if (unseen.length === 0) return
  await measureMessages(setting, {
    ...{ ...asked, note: 'asked within the film by a voice never trained' },
    messages: some.map(({ frames }, i) => [film(frames, unseen[i % unseen.length]!.samples)]),
  })
}
