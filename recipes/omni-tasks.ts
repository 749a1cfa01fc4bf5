/** @file What the omni model is trained to do: each task makes chats from the corpora, none of them twice the same. */
import { existsSync, readFileSync } from 'node:fs'
import { ambience } from '../packages/tony/src/data/ambience.ts'
import { augmentPicture, mayFlip } from '../packages/tony/src/data/augment.ts'
import { misspoken } from '../packages/tony/src/data/misspoken.ts'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { SPEAKING_VOICE } from '../packages/tony/src/data/node/speech-corpus-codec.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { namePrompts, prompts, wordings } from '../packages/tony/src/data/prompts.ts'
import { makeScene } from '../packages/tony/src/data/scenes.ts'
import { plainShape } from '../packages/tony/src/data/shapes.ts'
import type { PictureRow, SpeechRow } from '../packages/tony/src/data/types.ts'
import { wordTurns } from '../packages/tony/src/data/word-turns.ts'
import type { WorldSample } from '../packages/tony/src/data/world/kind.ts'
import { normalise, wordsOf } from '../packages/tony/src/data/world/normalise.ts'
import { type Outside, sampleUnknown, UNKNOWN_ANSWER } from '../packages/tony/src/data/world/unknown.ts'
import { sampleWorldItem } from '../packages/tony/src/data/world/world.ts'
import type { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import type { RgbImage } from '../packages/tony/src/media/types.ts'
import { type OmniConfig, turnStates } from '../packages/tony/src/models/omni/config.ts'
import type { Element, SequenceBuilder, SpokenAnswer } from '../packages/tony/src/models/omni/sequence.ts'
import { melPatches } from '../packages/tony/src/models/omni/windows.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { groupBy } from '../packages/tony/src/util/group.ts'
import { makeRng, type Rng, shareAt } from '../packages/tony/src/util/rng.ts'
import { Chats, type Exchange } from './chats.ts'
import { IN_PART, isWord, openHeard, tellable, testedIn, worldFolders } from './clips.ts'
import { encodeAnswers, encodePictures, SpokenAnswers } from './omni-codes.ts'
import { openOutside } from './outside.ts'

export interface Task {
  readonly name: string
  /** Share of all positions. */
  readonly share: number
  /** Whether it predicts text: its loss is reported by name. */
  readonly text: boolean
  make(rng: Rng): Element[]
}

/** Plain shapes outnumber drawings: each of the two kinds is shown as often. */
export const isDrawing = ({ style }: PictureRow): boolean => style !== 'shape'

/** The style in which the model draws, besides plain shapes. */
const DRAWN_STYLES: readonly string[] = ['twemoji', 'shape']
/** Share of drawings that are shapes; there is one picture of each of a hundred, and of 698 things. */
const SHAPES_DRAWN = 0.2

export interface TaskOptions {
  readonly config: OmniConfig
  readonly tokenizer: Tokenizer
  /** Folder of the corpora. */
  readonly data: string
  /** Checkpoints of the codec and of the image tokenizer; what needs one that is missing is left out. */
  readonly codec: string
  readonly image: string
  /** Folder of the run, where codes are kept. */
  readonly out: string
  /** Names of tasks; all by default. */
  readonly wanted?: readonly string[] | undefined
}

/** What tasks are made with: their corpora, the beginnings of chats, what is said about pictures, and what the world does not know. */
interface Making extends TaskOptions {
  readonly chats: Chats
  readonly talk: () => Promise<Talk>
  readonly outside: () => Outside
}

/** Tasks that are made of the same corpora: their names, the folders they need, and what opens them. */
const groups: readonly {
  readonly names: readonly string[]
  readonly corpora: readonly string[]
  readonly open: (making: Making) => Promise<Task[]>
}[] = [
  { names: ['answer-text'], corpora: [], open: async (making) => writtenTasks(making) },
  { names: ['unknown'], corpora: ['text'], open: async (making) => unknownTasks(making) },
  { names: ['spoken-unknown'], corpora: ['text', 'speech-outside'], open: spokenUnknownTasks },
  {
    names: ['transcribe', 'no-speech', 'say', 'repeat', 'spoken-text', 'spoken-speech', 'text-speech'],
    corpora: ['speech-world'],
    open: spokenTasks,
  },
  {
    names: ['name', 'read', 'motion'],
    corpora: ['pictures', 'rendered-text'],
    open: async (making) => pictureTasks(making, await making.talk()),
  },
  {
    names: ['draw', 'drawn'],
    corpora: ['pictures'],
    open: async (making) => drawingTasks(making, await making.talk()),
  },
]

/** All tasks that the files at hand allow, or those that are wanted. */
export async function openTasks(options: TaskOptions): Promise<readonly Task[]> {
  const { wanted } = options
  const wants = (name: string): boolean => wanted?.includes(name) ?? true
  let opened: Promise<Talk> | undefined
  let outside: Outside | undefined
  const making: Making = {
    ...options,
    chats: new Chats(options),
    talk: () => (opened ??= openTalk(options)),
    outside: () => (outside ??= openOutside(`${options.data}/text`, 'train')),
  }
  const tasks: Task[] = []
  for (const { names, open } of groups) if (names.some(wants)) tasks.push(...(await open(making)))
  return tasks.filter((task) => wants(task.name))
}

/** Names of the tasks whose corpora are in the folder `data`, and the folders that the others would need. */
export function tasksAtHand(data: string): { readonly names: readonly string[]; readonly missing: readonly string[] } {
  const lacking = ({ corpora }: (typeof groups)[number]): string[] =>
    corpora.filter((folder) => !['index', 'train'].some((name) => existsSync(`${data}/${folder}/${name}.jsonl`)))
  return {
    names: groups.filter((group) => lacking(group).length === 0).flatMap(({ names }) => names),
    missing: [...new Set(groups.flatMap(lacking))],
  }
}

/** Draws one of `tasks` such that each gets its share of the positions: a drawing is four times as long as an answer. */
export function drawByShare(tasks: readonly Task[]): (rng: Rng) => Task {
  const counting = makeRng(77)
  const chances = tasks.map((task) => {
    let positions = 0
    for (let i = 0; i < 40; i++) positions += task.make(counting).length
    return { task, share: (task.share * 40) / positions }
  })
  const all = chances.reduce((sum, { share }) => sum + share, 0)
  return (rng) => {
    const chosen = shareAt(chances, rng.next() * all) ?? chances[0]
    if (chosen !== undefined) return chosen.task
    throw new TonyError('invalid', 'omni: no task to train on; see recipes/omni-tasks.ts for names')
  }
}

/** What the user has asked, and the answer to it. */
interface Asked {
  readonly asked: SequenceBuilder
  readonly answer: string
  /** Letter by letter, as what is read is. */
  readonly spelled?: boolean
  readonly weight?: number
}

type Asking = (rng: Rng, builder: SequenceBuilder) => Asked

function write({ asked, answer, spelled = false, weight = 1 }: Asked): SequenceBuilder {
  const builder = asked.control('<|assistant|>').control('<|text|>', { weight: 0.2 })
  return (spelled ? builder.spelled(answer, { weight }) : builder.text(answer, { weight })).end(true)
}

/** An answer aloud, read with slips: what follows is said right all the same. */
function say(rng: Rng, asked: SequenceBuilder, answer: SpokenAnswer): Element[] {
  const builder = asked.control('<|assistant|>').control('<|speech|>', { weight: 0.2 })
  const entering = misspoken(rng, answer.codes, builder.config.audioLevels)
  return builder.speech({ ...answer, entering }, true).end(true).elements
}

/** A question that `ask` asks, answered in writing. */
const written =
  (ask: Asking): Exchange =>
  (rng, builder) =>
    write(ask(rng, builder))

/** An answer of the assistant as it re-enters: its words, however they were given. */
function reenter(builder: SequenceBuilder, answer: string): SequenceBuilder {
  return builder.control('<|assistant|>').control('<|text|>').text(answer).end()
}

/** A task that is answered in writing, or aloud where `aloud` finds how. Other chats begin with it as often as `before` says. */
function textTask(
  { chats }: Making,
  {
    ask,
    before,
    aloud = () => undefined,
    ...task
  }: {
    readonly name: string
    readonly share: number
    readonly before: number
    readonly ask: Asking
    readonly aloud?: (rng: Rng, answer: string) => SpokenAnswer | undefined
  },
): Task {
  const exchange = written(ask)
  chats.add(before, exchange)
  return {
    ...task,
    text: true,
    make(rng) {
      const asked = ask(rng, chats.begin(rng, { like: exchange }))
      const spoken = aloud(rng, asked.answer)
      if (spoken === undefined) return write(asked).elements
      return say(rng, asked.asked, asked.spelled === true ? { ...spoken, spelled: true } : spoken)
    },
  }
}

/** Answer what is asked in writing, some of it about what was said before. */
function writtenTasks(making: Making): Task[] {
  return [
    textTask(making, {
      name: 'answer-text',
      share: 0.12,
      before: 0.4,
      ask(rng, builder) {
        const { question, answer, history } = sampleWorldItem(rng, { split: 'train' })
        for (const turn of history)
          write({ asked: builder.control('<|user|>').text(turn.question), answer: turn.answer })
        return { asked: builder.control('<|user|>').text(typed(rng, question)), answer }
      },
    }),
  ]
}

/** Say so where there is no answer in the world. */
function unknownTasks(making: Making): Task[] {
  const outside = making.outside()
  return [
    textTask(making, {
      name: 'unknown',
      share: 0.03,
      before: 0.05,
      ask: (rng, builder) => ({
        asked: builder.control('<|user|>').text(typed(rng, sampleUnknown(rng, outside))),
        answer: UNKNOWN_ANSWER,
      }),
    }),
  ]
}

/** The same asked aloud, and answered aloud half of the time. */
async function spokenUnknownTasks(making: Making): Promise<Task[]> {
  const { data, tokenizer, codec, out, config } = making
  const { rows, samples, heard, told } = openHeard([`${data}/speech-outside`], tokenizer)
  const { words } = making.outside()
  const questions = rows.filter((row) => row.id.startsWith('o-'))
  const spoken = existsSync(codec)
    ? await encodeAnswers(
        rows.filter((row) => row.id.startsWith('t-')),
        { path: `${out}/codes-outside.json`, codec, count: config.audioCodes, samples },
      )
    : new SpokenAnswers()
  return [
    textTask(making, {
      name: 'spoken-unknown',
      share: 0.03,
      before: 0.03,
      aloud: (rng) => (rng.next() < 0.5 ? spoken.get(UNKNOWN_ANSWER) : undefined),
      ask(rng, builder) {
        const started = builder.control('<|user|>')
        const asked =
          builder.tells && rng.next() < NEVER_SAID
            ? told(rng, started, sampleUnknown(rng, { words, sentences: [] }))
            : heard(rng, started, rng.pick(questions))
        return { asked, answer: UNKNOWN_ANSWER }
      },
    }),
  ]
}

/**
 * Share of questions aloud that no corpus has, of which the transformer is told the words alone. Without them it takes every
 * question that is not among the some 20,000 recorded ones for one that it cannot answer (docs/log.md).
 */
const NEVER_SAID = 0.35

/** One of several ways to ask: the first half of the time, so that what endpoints ask is known best. */
const worded = <T>(rng: Rng, first: T, others: readonly T[]): T => (rng.next() < 0.5 ? first : rng.pick(others))

/** A question as people type it: some without the large letter and the mark at its end. */
function typed(rng: Rng, text: string): string {
  const share = rng.next()
  if (share < 0.75) return text
  const bare = text.replace(/[.?!]$/, '')
  return share < 0.85 ? bare : bare.charAt(0).toLowerCase() + bare.slice(1)
}

/** Items of training of the corpora in some folders. */
function itemsOf(folders: readonly string[]): WorldSample[] {
  return folders
    .map((folder) => `${folder}/items.jsonl`)
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as WorldSample)
    .filter((item) => item.split === 'train')
}

/** Everything that is heard or said. */
async function spokenTasks(making: Making): Promise<Task[]> {
  const { tokenizer, data, codec, out, config, chats } = making
  const folders = worldFolders(data)
  const { all: kept, rows, others: othersHeard, samples, heard, heardInPart, told } = openHeard(folders, tokenizer)
  // Bare words in a row teach hearing, and made transcripts of sentences worse (docs/log.md).
  const all = [...rows, ...othersHeard].filter(({ id, text }) => !id.startsWith('w-') || !text.includes(' '))
  const own = all.filter((row) => row.voice === SPEAKING_VOICE)
  const others = all.filter((row) => row.voice !== SPEAKING_VOICE)
  const people = all.filter((row) => row.voice.startsWith('people/'))
  const questions = groupBy(
    all.filter((row) => row.id.startsWith('q-')),
    (row) => row.text,
  )
  // What people's voices say, other folders have the items of.
  const items = itemsOf(folders)
    .filter((item) => questions.has(item.question))
    .filter((item) => item.history.every((turn) => questions.has(turn.question)))
  const tells = config.heardTokens.length > 0
  /** By a recording; where there is none, in words alone. */
  const asked = (rng: Rng, builder: SequenceBuilder, text: string): SequenceBuilder => {
    const started = builder.control('<|user|>')
    const recorded = questions.get(text)
    return recorded === undefined ? told(rng, started, text) : heard(rng, started, rng.pick(recorded))
  }
  /** One of `some`, or one that nobody has recorded, which `allowed` lets through. */
  const draw = (
    rng: Rng,
    some: readonly WorldSample[],
    allowed: (item: WorldSample) => boolean = () => true,
  ): WorldSample => {
    if (tells && rng.next() < NEVER_SAID) {
      for (let i = 0; i < 10; i++) {
        const item = sampleWorldItem(rng, { split: 'train', spoken: true })
        if (allowed(item)) return item
      }
    }
    return rng.pick(some)
  }

  const answering: Asking = (rng, builder) => {
    const { history, question, answer } = draw(rng, items)
    for (const turn of history) write({ asked: asked(rng, builder, turn.question), answer: turn.answer })
    return { asked: asked(rng, builder, question), answer }
  }
  const tasks: Task[] = [
    textTask(making, {
      // Write what is heard.
      name: 'transcribe',
      share: 0.13,
      before: 0.04,
      ask(rng, builder) {
        const who = rng.next()
        const row = rng.pick(who < 0.2 ? own : who < 0.45 && people.length > 0 ? people : others)
        const asked = builder.control('<|user|>').text(worded(rng, prompts.transcribe, wordings.transcribe))
        if (rng.next() >= IN_PART || row.words.length === 0) return { asked: heard(rng, asked, row), answer: row.text }
        const { builder: part, text } = heardInPart(rng, asked, row)
        return { asked: part, answer: text }
      },
    }),
    {
      // Wait while something sounds.
      name: 'no-speech',
      share: 0.01,
      text: false,
      make: (rng) => nobodySpeaks(rng, chats.begin(rng).control('<|user|>')).elements,
    },
    // Answer in writing what is asked aloud.
    textTask(making, { name: 'spoken-text', share: 0.07, before: 0.25, ask: answering }),
  ]
  if (!existsSync(codec)) return tasks

  const spoken = await encodeAnswers(
    rows.filter((row) => /^[as]-/.test(row.id) && row.voice === SPEAKING_VOICE),
    { path: `${out}/codes.json`, codec, count: config.audioCodes, samples },
  )
  const more = ['said', 'answers', 'sentences'].filter((name) => existsSync(`${data}/speech-${name}/index.jsonl`))
  const tested = testedIn(kept)
  for (const name of more) {
    const speech = openSpeech(`${data}/speech-${name}`)
    await encodeAnswers(
      speech.rows.filter((row) => !tested.has(normalise(row.text))),
      { path: `${out}/codes-${name}.json`, codec, count: config.audioCodes, samples: speech.samples, into: spoken },
    )
  }
  const said = spoken.texts
  const inWords = said.filter((text) => tellable(wordsOf(text)))
  const saying = wordTurns(said, (text) => wordsOf(text).filter(isWord))
  const repeatable = others.filter((row) => row.id.startsWith('p-') && spoken.has(row.text))
  const canAnswer = ({ answer, history }: WorldSample): boolean =>
    spoken.has(answer) && history.every((turn) => spoken.has(turn.answer))
  const answerable = items.filter(canAnswer)
  const answeredInWriting = [...answerable, ...itemsOf(more.map((name) => `${data}/speech-${name}`)).filter(canAnswer)]
  // What was said re-enters as its words.
  chats.add(0.03, (rng, builder) => {
    const text = rng.pick(said)
    return reenter(builder.control('<|user|>').text(worded(rng, prompts.say, wordings.say)(text)), text)
  })
  const start = (rng: Rng): SequenceBuilder => chats.begin(rng, { oneMore: SELDOM_MORE }).control('<|user|>')
  const conversation = written(answering)
  /** A chat whose last question is answered aloud; `like` is what it is about. */
  const answeredAloud = (
    rng: Rng,
    { history, question, answer }: WorldSample,
    ask: (builder: SequenceBuilder, text: string) => SequenceBuilder,
    like?: Exchange,
  ): Element[] => {
    const builder = chats.begin(rng, like === undefined ? {} : { like })
    for (const turn of history) reenter(ask(builder, turn.question), turn.answer)
    return say(rng, ask(builder, question), spoken.get(answer)!)
  }
  return [
    ...tasks,
    {
      // Say what is written.
      name: 'say',
      share: 0.14,
      text: true,
      make(rng) {
        const text = saying(rng)
        return say(rng, start(rng).text(worded(rng, prompts.say, wordings.say)(text)), spoken.get(text)!)
      },
    },
    {
      // Repeat what is heard.
      name: 'repeat',
      share: 0.06,
      text: true,
      make(rng) {
        const asked = start(rng).text(worded(rng, prompts.repeat, wordings.repeat))
        if (tells && rng.next() < NEVER_SAID) {
          const text = rng.pick(inWords)
          return say(rng, told(rng, asked, text), spoken.get(text)!)
        }
        const row = rng.pick(repeatable)
        return say(rng, heard(rng, asked, row), spoken.get(row.text)!)
      },
    },
    {
      // Answer aloud what is asked aloud: a conversation.
      name: 'spoken-speech',
      share: 0.16,
      text: true,
      make: (rng) =>
        answeredAloud(
          rng,
          draw(rng, answerable, canAnswer),
          (builder, text) => asked(rng, builder, text),
          conversation,
        ),
    },
    {
      // Answer aloud what is asked in writing.
      name: 'text-speech',
      share: 0.04,
      text: true,
      make: (rng) =>
        answeredAloud(rng, rng.pick(answeredInWriting), (builder, text) => builder.control('<|user|>').text(text)),
    },
  ]
}

/** Chance of one more exchange before long answers that have little to do with it: read out, repeated, drawn. */
const SELDOM_MORE = 0.25

/** A picture takes 16 positions and is answered in one or two: those would drown in the sentences of the other tasks. */
const SELDOM_ANSWERED = 3

/** What is asked about a picture. */
type Question = 'name' | 'read' | 'motion'
const QUESTIONS = {
  name: { first: namePrompts['en']!, others: wordings.name },
  read: { first: prompts.read, others: wordings.read },
  motion: { first: prompts.motion, others: wordings.motion },
} as const

/** Shares of questions about pictures that are asked aloud, and of those that can be answered aloud and are. Which way a thing moves is hard to learn: it is asked in writing more often. */
const ALOUD = { name: 0.3, read: 0.3, motion: 0.12, draw: 0.4 } as const
/** Share of films with sound in which nobody speaks. */
const LOUD_FILMS = 0.3
/** Share of chats in which the question comes before the picture. */
const QUESTION_FIRST = 0.15
/** Share of the others in which the picture is a message of its own, as in a live conversation. */
const ONE_BY_ONE = 0.25

type Ask = (builder: SequenceBuilder) => SequenceBuilder

/** What is said about pictures. */
interface Talk {
  /** A question or a request for a drawing that is asked aloud; nothing where it is to be asked in writing. */
  readonly ask: (rng: Rng, question: Question) => Ask | undefined
  readonly askFor: (rng: Rng, thing: string) => Ask | undefined
  /** An answer in the speaking voice, where it has said it. */
  readonly said: (text: string) => SpokenAnswer | undefined
}

/** The corpus `speech-pictures`; where it is missing nothing is said. */
async function openTalk({ tokenizer, data, codec, out, config }: TaskOptions): Promise<Talk> {
  const folder = `${data}/speech-pictures`
  if (!existsSync(folder)) return { ask: () => undefined, askFor: () => undefined, said: () => undefined }
  const { rows, samples, heard, told } = openHeard([folder], tokenizer)
  const of = (kind: string): SpeechRow[] => rows.filter((row) => row.id.startsWith(`${kind}-`))
  const questions = { name: of('name'), read: of('read'), motion: of('motion') }
  const requests = groupBy(of('draw'), (row) => row.text)
  const spoken = existsSync(codec)
    ? await encodeAnswers(of('t'), { path: `${out}/codes-pictures.json`, codec, count: config.audioCodes, samples })
    : new SpokenAnswers()
  const pick = (rng: Rng, share: number, some: readonly SpeechRow[]): Ask | undefined => {
    if (rng.next() >= share || some.length === 0) return undefined
    const row = rng.pick(some)
    return (builder) => heard(rng, builder, row)
  }
  return {
    ask: (rng, question) => pick(rng, ALOUD[question], questions[question]),
    askFor(rng, thing) {
      const request = rng.pick(wordings.draw)(thing)
      if (config.heardTokens.length > 0 && tellable(wordsOf(request)) && rng.next() < ALOUD.draw * NEVER_SAID)
        return (builder) => told(rng, builder, request)
      return pick(
        rng,
        ALOUD.draw,
        wordings.draw.flatMap((recorded) => requests.get(recorded(thing)) ?? []),
      )
    },
    said: (text) => spoken.get(text),
  }
}

/** Everything that is seen. */
function pictureTasks(making: Making, talk: Talk): Task[] {
  const pictures = readPictures(`${making.data}/pictures`)
  const things = pictures.rows.filter((row) => row.split === 'train')
  const drawings = things.filter(isDrawing)
  const shapes = things.filter((row) => !isDrawing(row))
  const words = readPictures(`${making.data}/rendered-text`)
  const printed = words.rows.filter((row) => row.split === 'train')
  const real = printed.filter((row) => talk.said(row.thing) !== undefined)
  const actors = things
    .filter((row) => row.style === 'twemoji')
    .map((row) => ({ thing: row.thing, style: row.style, pixels: pictures.pixels(row) }))
  /** The user shows something and asks about it, in writing or aloud, before or after. */
  const shown = (rng: Rng, builder: SequenceBuilder, question: Question, show: Ask): SequenceBuilder => {
    const { first, others } = QUESTIONS[question]
    const ask = talk.ask(rng, question) ?? ((asked) => asked.text(typed(rng, worded<string>(rng, first, others))))
    const started = builder.control('<|user|>')
    if (rng.next() < QUESTION_FIRST) return show(ask(started))
    const seen = show(started)
    return ask(rng.next() < ONE_BY_ONE ? seen.control('<|user|>') : seen)
  }
  /** Aloud now and then, where the voice has said it. */
  const aloud = (question: Question) => (rng: Rng, answer: string) =>
    rng.next() < ALOUD[question] ? talk.said(answer) : undefined
  return [
    textTask(making, {
      name: 'name',
      share: 0.12,
      before: 0.12,
      aloud: aloud('name'),
      ask(rng, builder) {
        const row = rng.pick(rng.next() < 0.15 ? shapes : drawings)
        const image = changed(rng, row, pictures)
        const lang = rng.next() < 0.5 ? 'en' : rng.pick(Object.keys(namePrompts))
        const name = row.names[lang]
        if (lang !== 'en' && name !== undefined) {
          const asked = builder.control('<|user|>').image(image).text(namePrompts[lang]!)
          return { asked, answer: name, weight: SELDOM_ANSWERED }
        }
        return {
          asked: shown(rng, builder, 'name', (started) => started.image(image)),
          answer: row.names['en'] ?? row.thing,
          weight: SELDOM_ANSWERED,
        }
      },
    }),
    textTask(making, {
      name: 'read',
      share: 0.06,
      before: 0.06,
      aloud: aloud('read'),
      ask(rng, builder) {
        const row = rng.pick(real.length > 0 && rng.next() < 0.2 ? real : printed)
        return {
          asked: shown(rng, builder, 'read', (started) => started.image(changed(rng, row, words))),
          answer: row.thing,
          spelled: true,
          weight: SELDOM_ANSWERED,
        }
      },
    }),
    textTask(making, {
      name: 'motion',
      share: 0.06,
      before: 0.04,
      aloud: aloud('motion'),
      ask(rng, builder) {
        const scene = makeScene(rng, actors)
        const frames = scene.frames.map((data) => ({ width: 64, height: 64, data }))
        const loud = rng.next() < LOUD_FILMS
        const show: Ask = (started) => {
          const seen = started.video(frames)
          return loud ? nobodySpeaks(rng, seen) : seen
        }
        return { asked: shown(rng, builder, 'motion', show), answer: scene.motion }
      },
    }),
  ]
}

/** Sound in which nobody speaks. */
function nobodySpeaks(rng: Rng, builder: SequenceBuilder): SequenceBuilder {
  const patches = melPatches(ambience(rng, 0.4 + 4 * rng.next()))
  const turn = turnStates.indexOf('before-speech')
  return builder.audio(
    patches,
    patches.map(() => ({ turn, phones: [] })),
  )
}

/** A picture of the corpus as it is shown: moved, turned, in other colours. */
const changed = (rng: Rng, row: PictureRow, from: ReturnType<typeof readPictures>): RgbImage => ({
  width: 64,
  height: 64,
  data: augmentPicture(rng, from.pixels(row), { flip: mayFlip(row) }),
})

/** Draw what is named. */
async function drawingTasks(making: Making, talk: Talk): Promise<Task[]> {
  const { image, data, chats } = making
  if (!existsSync(image)) return []
  const pictures = readPictures(`${data}/pictures`)
  const rows = pictures.rows.filter((row) => row.split === 'train' && DRAWN_STYLES.includes(row.style))
  const drawings = rows.filter(isDrawing)
  // One picture of each shape, as there is one of each thing: of many places and sizes the likeliest codes make none.
  const shapes = [...groupBy(rows, ({ thing }) => thing).values()].flatMap(([first]) =>
    first === undefined || isDrawing(first) ? [] : [first],
  )
  const codes = await encodePictures([...drawings, ...shapes], {
    image,
    pixels: (row) => (isDrawing(row) ? pictures.pixels(row) : plainShape(row.thing)),
  })
  const asking = (
    rng: Rng,
    builder: SequenceBuilder,
  ): { readonly asked: SequenceBuilder; readonly row: PictureRow } => {
    const row = rng.pick(rng.next() < SHAPES_DRAWN ? shapes : drawings)
    const thing = row.names['en'] ?? row.thing
    const ask =
      talk.askFor(rng, thing) ??
      ((started) => started.text(typed(rng, worded(rng, prompts.draw, wordings.draw)(thing))))
    return { asked: ask(builder.control('<|user|>')), row }
  }
  // What was drawn re-enters as a picture that is seen.
  const drawn = (rng: Rng, builder: SequenceBuilder): ReturnType<typeof asking> => {
    const { asked, row } = asking(rng, builder)
    const answered = asked
      .control('<|assistant|>')
      .control('<|text|>')
      .image(changed(rng, row, pictures))
    return { asked: answered.end(), row }
  }
  chats.add(0.06, (rng, builder) => drawn(rng, builder).asked)
  return [
    textTask(making, {
      // Tell what was drawn.
      name: 'drawn',
      share: 0.02,
      before: 0.02,
      ask(rng, builder) {
        const { asked, row } = drawn(rng, builder)
        return {
          asked: asked.control('<|user|>').text(typed(rng, rng.pick(wordings.drawn))),
          answer: row.names['en'] ?? row.thing,
          weight: SELDOM_ANSWERED,
        }
      },
    }),
    {
      name: 'draw',
      share: 0.12,
      text: false,
      make(rng) {
        const { asked, row } = asking(rng, chats.begin(rng, { oneMore: SELDOM_MORE }))
        return asked.control('<|assistant|>').control('<|draw|>', { weight: 0.2 }).drawing(codes.get(row)!, true)
          .elements
      },
    },
  ]
}
