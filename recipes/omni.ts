/**
 * @file Trains the omni model: speaking, hearing, repeating, answering in writing, naming pictures, reading printed words,
 * telling motion.
 *
 *   npm run -s tony -- train omni --data runs/data
 *
 * Needs recipes/build-phrases.ts, recipes/build-pictures.ts and recipes/codec.ts to have run. Batches depend on the step
 * alone; a killed run goes on from its checkpoint. `--set from=models/tony-nano --set codec=models/tony-nano/codec.safetensors`
 * goes on from the published model without any earlier run's folder.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { augmentPicture, mayFlip } from '../packages/tony/src/data/augment.ts'
import { hear, melClip } from '../packages/tony/src/data/hearing.ts'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { makeScene } from '../packages/tony/src/data/scenes.ts'
import type { SpeechRow } from '../packages/tony/src/data/types.ts'
import { sampleWorldItem } from '../packages/tony/src/data/world/world.ts'
import { AudioCodec } from '../packages/tony/src/generate/codec.ts'
import { BpeTrainer } from '../packages/tony/src/media/text/bpe.ts'
import { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import { codecDefaults } from '../packages/tony/src/models/codec.ts'
import { controlTokens, omniConfig } from '../packages/tony/src/models/omni/config.ts'
import { unpackWeights } from '../packages/tony/src/models/omni/files.ts'
import { type BatchShape, omniLoss } from '../packages/tony/src/models/omni/model.ts'
import { packBatch } from '../packages/tony/src/models/omni/pack.ts'
import {
  type Element,
  PATCH_SECONDS,
  SequenceBuilder,
  type SpokenAnswer,
} from '../packages/tony/src/models/omni/sequence.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { makeRng, type Rng } from '../packages/tony/src/util/rng.ts'

const config = omniConfig({ width: 256, layers: 6, textVocab: 4096 })
const shape: BatchShape = { batch: 8, time: 384, audio: 1280, image: 512, frames: 1280, targets: 2048 }

/** How to ask what a picture shows, by language. */
const NAME_PROMPTS: Readonly<Record<string, string>> = {
  en: 'What is this?',
  fr: 'Qu’est-ce que c’est ?',
  es: '¿Qué es esto?',
  de: 'Was ist das?',
  it: 'Che cos’è?',
  ru: 'Что это?',
  sw: 'Hii ni nini?',
}

/** Trains the tokenizer on what the model will read and write, or reads the one that was trained before. */
function tokenizerFor(path: string, texts: () => Iterable<string>): Tokenizer {
  if (existsSync(path)) return Tokenizer.fromJson(readFileSync(path, 'utf8'))
  const trainer = new BpeTrainer()
  for (const text of texts()) trainer.add(text)
  const tokenizer = Tokenizer.fromMerges(trainer.train({ vocabSize: config.textVocab }), controlTokens)
  writeFileSync(path, tokenizer.toJson())
  return tokenizer
}

export async function plan({
  data = 'runs/data',
  codec = 'runs/codec/checkpoint.safetensors',
  out = 'runs/omni',
  steps = 6000,
  seed = 1,
  from,
}: {
  data?: string
  codec?: string
  out?: string
  steps?: number
  seed?: number
  /** A published model to start from, weights and tokenizer: `models/tony-nano` goes on where the shipped one ended. */
  from?: string
} = {}): Promise<TrainPlan> {
  mkdirSync(out, { recursive: true })
  if (from !== undefined && !existsSync(`${out}/tokenizer.json`))
    copyFileSync(`${from}/tokenizer.json`, `${out}/tokenizer.json`)
  const initial =
    from === undefined
      ? undefined
      : unpackWeights(readFileSync(`${from}/model.safetensors`), `${from}/model.safetensors`).params
  const speech = openSpeech(`${data}/phrases`)
  const rows = speech.rows.filter((row) => row.split === 'train')
  const pictures = readPictures(`${data}/pictures`)
  const things = pictures.rows.filter((row) => row.split === 'train')
  const words = readPictures(`${data}/rendered-text`)
  const printed = words.rows.filter((row) => row.split === 'train')
  const actors = things
    .filter((row) => row.style === 'twemoji')
    .map((row) => ({ thing: row.thing, style: row.style, pixels: pictures.pixels(row) }))

  const tokenizer = tokenizerFor(`${out}/tokenizer.json`, function* () {
    // Speech text three times: it is what the model says most.
    for (let i = 0; i < 3; i++) for (const row of speech.rows) yield ` ${row.text}`
    for (const row of things) yield* Object.values(row.names)
    for (const row of printed) yield row.thing
    const library = `${data}/text/train.jsonl`
    if (existsSync(library)) {
      for (const line of readFileSync(library, 'utf8').split('\n').slice(0, 20_000))
        if (line !== '') yield (JSON.parse(line) as { text: string }).text
    }
  })

  // What is heard: features of every clip. What is said: codes of the speaking voice, cut to where the words begin.
  const mels = new Map<SpeechRow, Float32Array>()
  for (const row of rows) mels.set(row, melClip(speech.samples(row)))
  const spoken = await encodeAnswers(
    rows.filter((row) => row.voice === 'flite/slt' && row.words.length > 0),
    { path: `${out}/codes.json`, codec, samples: speech.samples },
  )
  const said = [...spoken.keys()]
  const byText = new Map(said.map((row) => [row.text, row]))
  const repeatable = rows.filter((row) => byText.has(row.text))

  const start = (): SequenceBuilder => new SequenceBuilder(config, tokenizer).control('<|user|>')
  const answerText = (builder: SequenceBuilder, text: string): Element[] =>
    builder.control('<|assistant|>').control('<|text|>', { weight: 0.2 }).text(text, true).end(true).elements
  const answerSpeech = (builder: SequenceBuilder, answer: SpokenAnswer): Element[] =>
    builder.control('<|assistant|>').control('<|speech|>', { weight: 0.2 }).speech(answer, true).end(true).elements
  const picture = (
    rng: Rng,
    row: (typeof things)[number],
    from = pictures,
  ): { width: number; height: number; data: Uint8Array } => ({
    width: 64,
    height: 64,
    data: augmentPicture(rng, from.pixels(row), { flip: mayFlip(row) }),
  })
  const heard = (rng: Rng, builder: SequenceBuilder, row: SpeechRow): SequenceBuilder => {
    const { patches, turns } = hear(rng, mels.get(row)!)
    return builder.audio(patches, turns)
  }

  const tasks: readonly { readonly share: number; readonly make: (rng: Rng) => Element[] }[] = [
    // Say what is written.
    {
      share: 0.27,
      make(rng) {
        const row = rng.pick(said)
        return answerSpeech(start().text(`Say: ${row.text}`), spoken.get(row)!)
      },
    },
    // Write what is heard.
    {
      share: 0.3,
      make: (rng) => {
        const row = rng.pick(rows)
        return answerText(heard(rng, start().text('Transcribe:'), row), row.text)
      },
    },
    // Repeat what is heard.
    {
      share: 0.18,
      make(rng) {
        const row = rng.pick(repeatable)
        // Half of them without a word of instruction: what a live conversation sounds like.
        return answerSpeech(
          heard(rng, rng.next() < 0.5 ? start() : start().text('Repeat:'), row),
          spoken.get(byText.get(row.text)!)!,
        )
      },
    },
    // Answer what is asked in writing, some of it about what was said before.
    {
      share: 0.3,
      make(rng) {
        const { question, answer, history } = sampleWorldItem(rng, { split: 'train' })
        const builder = new SequenceBuilder(config, tokenizer)
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
    // Name what is pictured.
    {
      share: 0.12,
      make(rng) {
        const row = rng.pick(things)
        const lang = rng.next() < 0.5 ? 'en' : rng.pick(Object.keys(NAME_PROMPTS))
        const name = row.names[lang] ?? row.names['en'] ?? row.thing
        return answerText(
          start()
            .image(picture(rng, row))
            .text(row.names[lang] === undefined ? NAME_PROMPTS['en']! : NAME_PROMPTS[lang]!),
          name,
        )
      },
    },
    // Read a printed word.
    {
      share: 0.07,
      make: (rng) => {
        const row = rng.pick(printed)
        return answerText(
          start()
            .image(picture(rng, row, words))
            .text('Read the word.'),
          row.thing,
        )
      },
    },
    // Tell which way a thing moves.
    {
      share: 0.06,
      make(rng) {
        const scene = makeScene(rng, actors)
        return answerText(
          start()
            .video(scene.frames.map((data) => ({ width: 64, height: 64, data })))
            .text('How does it move?'),
          scene.motion,
        )
      },
    },
  ]

  const sample = (rng: Rng): Element[] => {
    let at = rng.next() * tasks.reduce((sum, task) => sum + task.share, 0)
    for (const task of tasks) {
      at -= task.share
      if (at < 0) return task.make(rng)
    }
    return tasks[0]!.make(rng)
  }

  return {
    name: 'omni',
    seed,
    steps,
    rate: wsd({ peak: 2e-3, warmup: 100, steps, cooldown: 0.25, floor: 0.03 }),
    optimizer: { weightDecay: 0.05 },
    positionsPerStep: shape.batch * shape.time,
    ...(initial === undefined ? {} : { initial }),
    metadata: { model: 'omni', config: JSON.stringify(config) },
    model: (p) => omniLoss(p, config, shape),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      return packBatch(() => sample(rng), config, shape).inputs
    },
  }
}

/** Codes of answers, cut to 40 ms before the first word and 100 ms after the last; kept in a file, because they cost minutes. */
async function encodeAnswers(
  rows: readonly SpeechRow[],
  { path, codec, samples }: { path: string; codec: string; samples: (row: SpeechRow) => Float32Array },
): Promise<Map<SpeechRow, SpokenAnswer>> {
  const known: Record<string, number[][]> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  const out = new Map<SpeechRow, SpokenAnswer>()
  let coder: AudioCodec | undefined
  for (const row of rows) {
    const from = Math.max(0, row.words[0]!.start - 0.04)
    const to = Math.min(row.length / 16_000, row.words.at(-1)!.end + 0.1)
    let codes = known[row.id]
    if (codes === undefined) {
      coder ??= await AudioCodec.load(nodeRuntime, { config: codecDefaults, params: codecParams(codec) })
      const rowsOfCodes = await coder.encode(samples(row).subarray(Math.round(from * 16_000), Math.round(to * 16_000)))
      codes = rowsOfCodes.map((r) => [...r])
      known[row.id] = codes
    }
    const words = row.words.map(({ text, start, end }) => ({ text, start: start - from, end: end - from }))
    out.set(row, { words, codes: codes.slice(0, Math.ceil((to - from) / PATCH_SECONDS)) })
  }
  if (coder !== undefined) writeFileSync(path, JSON.stringify(known))
  return out
}

/** Weights of a codec: of a training checkpoint, or of the codec that a model was published with. */
function codecParams(path: string): ParamValues {
  const bytes = readFileSync(path)
  return path.endsWith('codec.safetensors')
    ? unpackWeights(bytes, path).params
    : decodeCheckpoint(bytes, path).state.params
}
