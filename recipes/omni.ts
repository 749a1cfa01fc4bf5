/**
 * @file Trains the omni model: speaking, hearing, repeating, answering by word and by voice, naming pictures, reading
 * printed words, telling motion, drawing.
 *
 *   npm run -s tony -- train omni --data runs/data
 *
 * Needs recipes/build-speech.ts --corpus speech-world, recipes/build-pictures.ts and the recipes codec, image-tokenizer and
 * senses to have run. Batches depend on the step alone; a killed run goes on from its checkpoint. `--set from=models/tony-nano`
 * goes on from the published model without any earlier run's folder, `--set from=FOLDER` from another run; `--set tasks=answer-text` trains on one task only,
 * which makes the text-only twin that the model card compares with.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { VOCABULARY } from '../packages/tony/src/data/world/vocabulary.ts'
import { sampleWorldItem } from '../packages/tony/src/data/world/world.ts'
import { BpeTrainer } from '../packages/tony/src/media/text/bpe.ts'
import { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import { controlTokens, type OmniConfig, readOmniConfig } from '../packages/tony/src/models/omni/config.ts'
import { EAR } from '../packages/tony/src/models/omni/hearing.ts'
import { type BatchShape, omniLoss } from '../packages/tony/src/models/omni/model.ts'
import { packBatch, type TrainingSequence } from '../packages/tony/src/models/omni/pack.ts'
import { SHEET } from '../packages/tony/src/models/omni/sight.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { openModel } from './align/model.ts'
import { wordTokens } from './clips.ts'
import { isSense, nano, senseOf } from './omni-config.ts'
import { drawByShare, openTasks, type Task } from './omni-tasks.ts'
import { frozenBy } from './params.ts'

/** Room of a batch: rows that hold a chat of several turns, and as much for each sense as they mostly have, with a fourth to spare. */
const room: BatchShape = { batch: 7, time: 512, audio: 1280, image: 512, frames: 576, targets: 1472 }

export async function plan({
  data = 'runs/data',
  codec,
  image,
  out = 'runs/omni',
  steps = 6000,
  peak = 2e-3,
  seed = 1,
  cooldown = 0.25,
  warmup = 200,
  tasks: wanted,
  shares = '',
  from,
  frozen = '',
  senses,
  accumulate = 1,
  recompute = false,
}: {
  data?: string
  codec?: string
  image?: string
  out?: string
  steps?: number
  peak?: number
  seed?: number
  cooldown?: number
  warmup?: number
  /** Names of tasks, joined by commas; all by default. */
  tasks?: string
  /** Shares of positions in place of the recipe's own, as in `motion:0.25,read:0.1`. */
  shares?: string
  /** A published model or a run to start from, weights and tokenizer: `models/tony-nano` goes on where the shipped one ended. */
  from?: string
  /** Beginnings of the names of parameters that stay as they are, joined by commas: `see.` leaves sight as it was trained alone. */
  frozen?: string
  /** Checkpoints of recipes/senses.ts, joined by commas; by default the one in `runs/senses`, where nothing else brings senses with it. */
  senses?: string
  /** Batches of one step: a larger batch in the same memory. */
  accumulate?: number
  /** The inner values of each layer are computed a second time for the gradient: less memory, more time. */
  recompute?: boolean
} = {}): Promise<TrainPlan> {
  mkdirSync(out, { recursive: true })
  if (from !== undefined && !existsSync(`${out}/tokenizer.json`))
    copyFileSync(`${from}/tokenizer.json`, `${out}/tokenizer.json`)
  const tokenizer = tokenizerFor(`${out}/tokenizer.json`, data)
  const { initial, config } = startFrom({ from, senses, tokenizer })
  const opened = await openTasks({
    config,
    tokenizer,
    data,
    codec: codec ?? trainedOrPublished('codec', from, 'codec'),
    image: image ?? trainedOrPublished('image-tokenizer', from, 'image'),
    out,
    wanted: wanted?.split(','),
  })
  const all = withShares(opened, shares)
  const shape: BatchShape = {
    ...roomOf(all),
    tasks: all.filter((task) => task.text).map((task) => task.name),
    checkpoint: recompute,
  }
  const draw = drawByShare(all)

  return {
    name: 'omni',
    seed,
    steps,
    rate: wsd({ peak, warmup, steps, cooldown, floor: 0.03 }),
    optimizer: { weightDecay: 0.05 },
    accumulate,
    positionsPerStep: shape.batch * shape.time * accumulate,
    initial,
    ...frozenBy(frozen),
    metadata: { model: 'omni', config: JSON.stringify(config) },
    model: (p) => omniLoss(p, config, shape),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      const sequence = (): TrainingSequence => {
        const task = draw(rng)
        return { elements: task.make(rng), ...(task.text ? { task: shape.tasks!.indexOf(task.name) } : {}) }
      }
      return packBatch(sequence, config, shape).inputs
    },
  }
}

/** Where nothing is heard, seen or said, as little room for it as a batch can have. */
function roomOf(tasks: readonly Task[]): BatchShape {
  return tasks.every(({ name }) => name === 'answer-text') ? { ...room, audio: EAR, image: SHEET, frames: 64 } : room
}

/** Weights of an earlier model, with the senses that were trained alone; the model is `nano` with hearing as deep as the one that is brought. */
function startFrom({
  from,
  senses,
  tokenizer,
}: {
  readonly from: string | undefined
  readonly senses: string | undefined
  readonly tokenizer: Tokenizer
}): { readonly initial: ParamValues; readonly config: OmniConfig } {
  const model = from === undefined ? undefined : openModel(from)
  const earlier = model?.params ?? {}
  const config =
    model === undefined ? nano : { ...nano, hearing: model.config.hearing, heardTokens: model.config.heardTokens }
  const alone = (senses ?? 'runs/senses/checkpoint.safetensors').split(',')
  const has = Object.keys(earlier).some(isSense)
  if (senses === undefined && (has || !alone.every(existsSync))) return { initial: earlier, config }
  const missing = alone.find((path) => !existsSync(path))
  if (missing !== undefined)
    throw new TonyError(
      'not_found',
      `omni: there is no ${missing}; --set senses= names checkpoints of recipes/senses.ts`,
    )
  const checkpoints = alone.map((path) => decodeCheckpoint(readFileSync(path), path))
  const trained = checkpoints.flatMap(({ state }) => Object.entries(state.params).filter(([name]) => isSense(name)))
  // One sense as a whole: it may have been trained without the other, and be of another make than the earlier model's.
  const brought = new Set(trained.map(([name]) => senseOf(name)))
  // What its rows mean has changed, not where they stand.
  const kept = Object.entries(earlier).filter(([name]) => name === 'see.place.weight' || !brought.has(senseOf(name)))
  const initial = Object.fromEntries([...kept, ...trained])
  const ear = checkpoints.find(({ state }) => Object.keys(state.params).some((name) => senseOf(name) === 'hear'))
  const made = ear?.metadata['config']
  if (made === undefined) return { initial, config }
  const words = JSON.parse(ear?.metadata['words'] ?? '[]') as string[]
  return {
    initial,
    config: {
      ...nano,
      hearing: readOmniConfig(JSON.parse(made)).hearing,
      heardTokens: words.map((word) => wordTokens(tokenizer, word)),
    },
  }
}

/** A model speaks in the codes of its own tokenizers: the published ones, where it goes on from a published model. */
function trainedOrPublished(recipe: string, from: string | undefined, name: string): string {
  const published = `${from}/${name}.safetensors`
  return from !== undefined && existsSync(published) ? published : `runs/${recipe}/checkpoint.safetensors`
}

function withShares(tasks: readonly Task[], shares: string): Task[] {
  const given = new Map(
    shares
      .split(',')
      .filter((part) => part !== '')
      .map((part): [string, number] => {
        const [name = '', share] = part.split(':')
        return [name, Number(share)]
      }),
  )
  for (const [name, share] of given) {
    if (!tasks.some((task) => task.name === name) || !(share >= 0))
      throw new TonyError(
        'invalid',
        `omni: '${name}:${share}' is no share of a task (expected names of ${tasks.map((task) => task.name).join(', ')} with a number from 0)`,
      )
  }
  return tasks.map((task) => ({ ...task, share: given.get(task.name) ?? task.share }))
}

/**
 * Trains the tokenizer on what the model will read and write, or reads the one that was trained before. Every word of the
 * world counts often enough to become a token of its own: one word, one position, while it is heard and while it is said.
 */
function tokenizerFor(path: string, data: string): Tokenizer {
  if (existsSync(path)) return Tokenizer.fromJson(readFileSync(path, 'utf8'))
  const trainer = new BpeTrainer()
  const rng = makeRng(1)
  for (let i = 0; i < 60_000; i++) {
    const { question, answer } = sampleWorldItem(rng, { split: 'train' })
    trainer.add(question)
    trainer.add(answer)
  }
  for (const word of VOCABULARY) trainer.add(` ${word}`, 60)
  for (const row of readPictures(`${data}/pictures`).rows) {
    if (row.split === 'train' && row.style === 'twemoji')
      for (const name of Object.values(row.names)) trainer.add(name, 8)
  }
  const tokenizer = Tokenizer.fromMerges(trainer.train({ vocabSize: nano.textVocab }), controlTokens)
  writeFileSync(path, tokenizer.toJson())
  return tokenizer
}
