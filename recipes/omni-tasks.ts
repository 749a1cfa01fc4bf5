/** @file What the omni model is trained to do: each task makes chats from the corpora, none of them twice the same. */
import { existsSync, readFileSync } from 'node:fs'
import { augmentPicture, mayFlip } from '../packages/tony/src/data/augment.ts'
import { type Heard, type HearingOptions, hear, type MelClip } from '../packages/tony/src/data/hearing.ts'
import { openMels } from '../packages/tony/src/data/node/mel-files.ts'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { SPEAKING_VOICE } from '../packages/tony/src/data/node/speech-corpus-codec.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { PHONES } from '../packages/tony/src/data/node/synth-phones.ts'
import { namePrompts, prompts } from '../packages/tony/src/data/prompts.ts'
import { makeScene } from '../packages/tony/src/data/scenes.ts'
import type { PictureRow, SpeechRow } from '../packages/tony/src/data/types.ts'
import type { WorldSample } from '../packages/tony/src/data/world/kind.ts'
import { sampleWorldItem } from '../packages/tony/src/data/world/world.ts'
import type { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import type { OmniConfig } from '../packages/tony/src/models/omni/config.ts'
import {
  type Element,
  type HeardLabel,
  SequenceBuilder,
  type SpokenAnswer,
} from '../packages/tony/src/models/omni/sequence.ts'
import type { Rng } from '../packages/tony/src/util/rng.ts'
import { encodeAnswers, encodePictures } from './omni-codes.ts'

export interface Task {
  readonly name: string
  /** Share of all positions. */
  readonly share: number
  /** Whether it predicts text: its loss is reported by name. */
  readonly text: boolean
  make(rng: Rng): Element[]
}

/** A few voices become many: most clips are spoken by another vocal tract, up to one seventh longer or shorter. */
export const widely: HearingOptions = { warped: 0.75, tract: 0.14 }

/** Plain shapes outnumber drawings: each of the two kinds is shown as often. */
export const isDrawing = ({ style }: PictureRow): boolean => style !== 'shape'

/** The style in which the model draws, besides plain shapes. */
const DRAWN_STYLES: readonly string[] = ['twemoji', 'shape']

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

/** All tasks that the files at hand allow, or those that are wanted. */
export async function openTasks(options: TaskOptions): Promise<readonly Task[]> {
  const { wanted } = options
  const wants = (name: string): boolean => wanted?.includes(name) ?? true
  const groups = [
    { names: ['answer-text'], open: async () => writtenTasks(options) },
    {
      names: ['transcribe', 'say', 'repeat', 'spoken-text', 'spoken-speech', 'text-speech'],
      open: () => spokenTasks(options),
    },
    { names: ['name', 'read', 'motion'], open: async () => pictureTasks(options) },
    { names: ['draw'], open: () => drawingTasks(options) },
  ]
  const tasks: Task[] = []
  for (const { names, open } of groups) if (names.some(wants)) tasks.push(...(await open()))
  return tasks.filter((task) => wants(task.name))
}

type Start = () => SequenceBuilder

function writers({ config, tokenizer }: TaskOptions): {
  begin: Start
  start: Start
  answerText: (builder: SequenceBuilder, text: string, predict?: true | { readonly weight: number }) => Element[]
  answerSpeech: (builder: SequenceBuilder, answer: SpokenAnswer) => Element[]
} {
  const begin: Start = () => new SequenceBuilder(config, tokenizer)
  return {
    begin,
    start: () => begin().control('<|user|>'),
    answerText: (builder, text, predict = true) =>
      builder.control('<|assistant|>').control('<|text|>', { weight: 0.2 }).text(text, predict).end(true).elements,
    answerSpeech: (builder, answer) =>
      builder.control('<|assistant|>').control('<|speech|>', { weight: 0.2 }).speech(answer, true).end(true).elements,
  }
}

/** Answer what is asked in writing, some of it about what was said before. */
function writtenTasks(options: TaskOptions): Task[] {
  const { begin, answerText } = writers(options)
  return [
    {
      name: 'answer-text',
      share: 0.13,
      text: true,
      make(rng) {
        const { question, answer, history } = sampleWorldItem(rng, { split: 'train' })
        const builder = begin()
        for (const turn of history) {
          builder
            .control('<|user|>')
            .text(turn.question)
            .control('<|assistant|>')
            .control('<|text|>')
            .text(turn.answer, true)
            .end(true)
        }
        return answerText(builder.control('<|user|>').text(question), answer)
      },
    },
  ]
}

/** Everything that is heard or said. */
async function spokenTasks(options: TaskOptions): Promise<Task[]> {
  const { tokenizer, data, codec, out } = options
  const { begin, start, answerText, answerSpeech } = writers(options)
  const folder = `${data}/speech-world`
  const speech = openSpeech(folder)
  const rows = speech.rows.filter((row) => row.split === 'train')
  const mels = openMels(folder, speech, console.log)
  const clips = new Map(rows.map((row) => [row, hearable(row, mels(row))]))
  const own = rows.filter((row) => row.voice === SPEAKING_VOICE)
  const others = rows.filter((row) => row.voice !== SPEAKING_VOICE)
  const words = new Map(rows.map((row) => [row, row.words.map(({ text }) => wordToken(tokenizer, text))]))
  const heard = (rng: Rng, builder: SequenceBuilder, row: SpeechRow): SequenceBuilder => {
    const sound = hear(rng, clips.get(row)!, widely)
    return builder.audio(sound.patches, labelsOf(sound, words.get(row)!))
  }
  const byText = (prefix: string): Map<string, SpeechRow[]> => {
    const found = new Map<string, SpeechRow[]>()
    for (const row of rows) if (row.id.startsWith(prefix)) found.set(row.text, [...(found.get(row.text) ?? []), row])
    return found
  }
  const questions = byText('q-')
  const items = readFileSync(`${folder}/items.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as WorldSample)
    .filter((item) => item.split === 'train' && questions.has(item.question))
    .filter((item) => item.history.every((turn) => questions.has(turn.question)))
  const asked = (rng: Rng, builder: SequenceBuilder, text: string): SequenceBuilder =>
    heard(rng, builder.control('<|user|>'), rng.pick(questions.get(text)!))

  const tasks: Task[] = [
    {
      // Write what is heard.
      name: 'transcribe',
      share: 0.17,
      text: true,
      make(rng) {
        const row = rng.pick(rng.next() < 0.2 ? own : others)
        return answerText(heard(rng, start().text(prompts.transcribe), row), row.text)
      },
    },
    {
      // Answer in writing what is asked aloud.
      name: 'spoken-text',
      share: 0.05,
      text: true,
      make(rng) {
        const item = rng.pick(items)
        const builder = begin()
        for (const turn of item.history) {
          asked(rng, builder, turn.question)
            .control('<|assistant|>')
            .control('<|text|>')
            .text(turn.answer, true)
            .end(true)
        }
        return answerText(asked(rng, builder, item.question), item.answer)
      },
    },
  ]
  if (!existsSync(codec)) return tasks

  const spoken = await encodeAnswers(
    rows.filter((row) => /^[as]-/.test(row.id) && row.voice === SPEAKING_VOICE && row.words.length > 0),
    { path: `${out}/codes.json`, codec, count: options.config.audioCodes, samples: speech.samples },
  )
  const said = [...spoken.keys()]
  const saying = new Map(said.map((row) => [row.text, spoken.get(row)!]))
  const repeatable = others.filter((row) => row.id.startsWith('p-') && saying.has(row.text))
  const answerable = items.filter(
    (item) => saying.has(item.answer) && item.history.every((turn) => saying.has(turn.answer)),
  )
  return [
    ...tasks,
    {
      // Say what is written.
      name: 'say',
      share: 0.15,
      text: true,
      make(rng) {
        const row = rng.pick(said)
        return answerSpeech(start().text(prompts.say(row.text)), spoken.get(row)!)
      },
    },
    {
      // Repeat what is heard.
      name: 'repeat',
      share: 0.06,
      text: true,
      make(rng) {
        const row = rng.pick(repeatable)
        return answerSpeech(heard(rng, start().text(prompts.repeat), row), saying.get(row.text)!)
      },
    },
    {
      // Answer aloud what is asked aloud: a conversation.
      name: 'spoken-speech',
      share: 0.11,
      text: true,
      make(rng) {
        const item = rng.pick(answerable)
        const builder = begin()
        for (const turn of item.history) {
          // What was said before re-enters as its words, as the assistant's server gives it back.
          asked(rng, builder, turn.question).control('<|assistant|>').control('<|text|>').text(turn.answer).end()
        }
        return answerSpeech(asked(rng, builder, item.question), saying.get(item.answer)!)
      },
    },
    {
      // Answer aloud what is asked in writing.
      name: 'text-speech',
      share: 0.04,
      text: true,
      make(rng) {
        const item = rng.pick(answerable)
        const builder = begin()
        for (const turn of item.history) {
          builder
            .control('<|user|>')
            .text(turn.question)
            .control('<|assistant|>')
            .control('<|text|>')
            .text(turn.answer)
            .end()
        }
        return answerSpeech(builder.control('<|user|>').text(item.question), saying.get(item.answer)!)
      },
    },
  ]
}

/** A clip of the corpus as `hear` takes it. */
export function hearable(row: SpeechRow, frames: Int16Array): MelClip {
  return {
    frames,
    ends: row.words.map(({ end }) => end),
    phones: (row.phones ?? []).map(({ text, start, end }) => ({ id: PHONES.indexOf(text), start, end })),
  }
}

/** The first token of a word as it stands inside a sentence: what the network should know when the word has ended. */
function wordToken(tokenizer: Tokenizer, text: string): number | undefined {
  const plain = text.replace(/[.,!?;:]+$/, '').toLowerCase()
  return plain === '' ? undefined : tokenizer.encode(` ${plain}`)[0]
}

function labelsOf(sound: Heard, words: readonly (number | undefined)[]): HeardLabel[] {
  return sound.turns.map((turn, i) => {
    const word = words[sound.words[i]!]
    return { turn, phones: sound.phones[i]!, ...(word === undefined ? {} : { word }) }
  })
}

/** A picture takes 16 positions and is answered in one or two: those would drown in the sentences of the other tasks. */
const seldom = { weight: 3 }

/** Everything that is seen. */
function pictureTasks(options: TaskOptions): Task[] {
  const { start, answerText } = writers(options)
  const pictures = readPictures(`${options.data}/pictures`)
  const things = pictures.rows.filter((row) => row.split === 'train')
  const drawings = things.filter(isDrawing)
  const shapes = things.filter((row) => !isDrawing(row))
  const words = readPictures(`${options.data}/rendered-text`)
  const printed = words.rows.filter((row) => row.split === 'train')
  const actors = things
    .filter((row) => row.style === 'twemoji')
    .map((row) => ({ thing: row.thing, style: row.style, pixels: pictures.pixels(row) }))
  const shown = (rng: Rng, row: PictureRow, from: typeof pictures): SequenceBuilder =>
    start().image({
      width: 64,
      height: 64,
      data: augmentPicture(rng, from.pixels(row), { flip: mayFlip(row) }),
    })
  return [
    {
      name: 'name',
      share: 0.14,
      text: true,
      make(rng) {
        const row = rng.pick(rng.next() < 0.15 ? shapes : drawings)
        const lang = rng.next() < 0.5 ? 'en' : rng.pick(Object.keys(namePrompts))
        const known = row.names[lang] !== undefined
        return answerText(
          shown(rng, row, pictures).text(namePrompts[known ? lang : 'en']!),
          row.names[known ? lang : 'en'] ?? row.thing,
          seldom,
        )
      },
    },
    {
      name: 'read',
      share: 0.06,
      text: true,
      make(rng) {
        const row = rng.pick(printed)
        return shown(rng, row, words)
          .text(prompts.read)
          .control('<|assistant|>')
          .control('<|text|>', { weight: 0.2 })
          .spelled(row.thing, seldom)
          .end(true).elements
      },
    },
    {
      name: 'motion',
      share: 0.04,
      text: true,
      make(rng) {
        const scene = makeScene(rng, actors)
        return answerText(
          start()
            .video(scene.frames.map((data) => ({ width: 64, height: 64, data })))
            .text(prompts.motion),
          scene.motion,
        )
      },
    },
  ]
}

/** Draw what is named. */
async function drawingTasks(options: TaskOptions): Promise<Task[]> {
  if (!existsSync(options.image)) return []
  const { start } = writers(options)
  const pictures = readPictures(`${options.data}/pictures`)
  const rows = pictures.rows.filter((row) => row.split === 'train' && DRAWN_STYLES.includes(row.style))
  const codes = await encodePictures(rows, { image: options.image, pixels: pictures.pixels })
  const drawings = rows.filter(isDrawing)
  const shapes = rows.filter((row) => !isDrawing(row))
  return [
    {
      name: 'draw',
      share: 0.07,
      text: false,
      make(rng) {
        const row = rng.pick(rng.next() < 0.3 ? shapes : drawings)
        return start()
          .text(prompts.draw(row.names['en'] ?? row.thing))
          .control('<|assistant|>')
          .control('<|draw|>', { weight: 0.2 })
          .drawing(codes.get(row)!, true).elements
      },
    },
  ]
}
