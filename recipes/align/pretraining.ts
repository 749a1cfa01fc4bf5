/** @file What a model was trained on before its labels, as the mix that keeps it from forgetting (Ouyang et al. 2022, sections 3.5 and C.3). */
import { mkdirSync } from 'node:fs'
import { mixOfSamples, type PretrainingMix } from '../../packages/tony/src/align/pretraining.ts'
import { rowsNeeded, type Sample } from '../../packages/tony/src/align/samples.ts'
import { EAR } from '../../packages/tony/src/models/omni/hearing.ts'
import { type BatchShape, omniLoss } from '../../packages/tony/src/models/omni/model.ts'
import { packBatch } from '../../packages/tony/src/models/omni/pack.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { drawByShare, openTasks, tasksAtHand } from '../omni-tasks.ts'
import { isOmni, type LoadedModel } from './model.ts'
import { documentSample, textShape } from './world.ts'

export interface PretrainingOptions {
  /** Weight of the mix, 0 for none. */
  readonly coefficient: number
  readonly seed: number
  /** Folder of the corpora that the omni model is trained on. */
  readonly corpora: string
  /** A published model: its codec and its picture codes. */
  readonly like: string
}

/** The mix of a model: the tasks of the omni model as far as their corpora are at hand, or documents of the simulated world; none where it weighs nothing. */
export async function openPretraining(
  model: LoadedModel,
  options: PretrainingOptions,
): Promise<PretrainingMix | undefined> {
  if (!(options.coefficient >= 0))
    throw new TonyError('invalid', `align: pretraining must be a number from 0, got ${options.coefficient}`)
  if (options.coefficient === 0) return undefined
  return isOmni(model.params) ? tasks(model, options) : documents(model, options)
}

function documents({ config, tokenizer }: LoadedModel, { coefficient, seed }: PretrainingOptions): PretrainingMix {
  const shape = textShape(8)
  return mixOfSamples({
    coefficient,
    config,
    shape,
    words: tokenizer.vocabSize,
    samples(update) {
      const rng = makeRng(seed * 1e6 + 500_000 + update)
      const documents: Sample[] = []
      for (;;) {
        const document = documentSample(tokenizer, config, rng)
        if (rowsNeeded([...documents, document], shape.time) > shape.batch) return documents
        documents.push(document)
      }
    },
  })
}

async function tasks(
  { config, tokenizer }: LoadedModel,
  { coefficient, seed, corpora, like }: PretrainingOptions,
): Promise<PretrainingMix> {
  const { names, missing } = tasksAtHand(corpora)
  if (missing.length > 0)
    console.log(
      `align: keeps ${names.join(', ')} alive and may forget the rest, for want of ${missing.map((folder) => `${corpora}/${folder}`).join(', ')} (README, "Train it again")`,
    )
  const out = `${corpora}/codes`
  if (names.includes('say')) mkdirSync(out, { recursive: true })
  const draw = drawByShare(
    await openTasks({
      config,
      tokenizer,
      data: corpora,
      codec: `${like}/codec.safetensors`,
      image: `${like}/image.safetensors`,
      out,
      wanted: names,
    }),
  )
  const shape: BatchShape = {
    batch: 3,
    time: 512,
    audio: names.includes('transcribe') ? 4 * EAR : EAR,
    image: names.includes('name') ? 256 : 0,
    frames: names.includes('say') ? 384 : 64,
    targets: 640,
  }
  return {
    coefficient,
    loss: (p, prefix) => omniLoss(p, config, shape, prefix).loss,
    batch(update) {
      const rng = makeRng(seed * 1e6 + 500_000 + update)
      return packBatch(() => ({ elements: draw(rng).make(rng) }), config, shape).inputs
    },
  }
}
