/**
 * @file Supervised fine-tuning on demonstrations (Ouyang et al. 2022, section 3.5 and C.1); the prompt is only read.
 *
 *   npm run -s tony -- align sft --set from=runs/align/base-small --set data=demonstrations.jsonl
 */
import { sftLoss } from '../../packages/tony/src/align/losses.ts'
import { pretrainingInputs, withPretraining } from '../../packages/tony/src/align/pretraining.ts'
import { packSome } from '../../packages/tony/src/align/samples.ts'
import { cosine } from '../../packages/tony/src/optim/schedule.ts'
import type { TrainPlan } from '../../packages/tony/src/train/loop.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { readDemonstrations } from './labels.ts'
import { LabelMedia, type MediaOptions, usualMedia } from './media.ts'
import { nameAfter, openModel, usualPeak } from './model.ts'
import { openPretraining } from './pretraining.ts'
import { roomForSome } from './world.ts'

export async function plan({
  from = 'runs/align/base-small',
  data = 'runs/align/demonstrations.jsonl',
  name = nameAfter(from, { earlier: 'base', method: 'sft' }),
  epochs = 16,
  peak: given,
  pretraining = 0,
  corpora = 'runs/data',
  seed = 1,
  media = usualMedia.media,
  like = usualMedia.like,
  steps,
}: Partial<MediaOptions> & {
  from?: string
  data?: string
  name?: string
  epochs?: number
  /** By default 1e-3, a fifth of it for what comes from the shipped model. */
  peak?: number
  /** Weight of the pretraining mix, 0 for none: what the model was trained on before, so that long tuning does not make it forget. */
  pretraining?: number
  /** Folder of the corpora that the shipped model is trained on, for that mix. */
  corpora?: string
  seed?: number
  steps?: number
} = {}): Promise<TrainPlan> {
  const model = openModel(from)
  const { params, config, tokenizer, beside } = model
  const peak = given ?? usualPeak(params, 1e-3)
  const demonstrations = await readDemonstrations(data, { config, tokenizer }, new LabelMedia({ media, like }))
  const shape = roomForSome(8, demonstrations, config)
  const perBatch = 60
  const last = steps ?? Math.ceil((demonstrations.length * epochs) / perBatch)
  const mix = await openPretraining(model, {
    coefficient: pretraining,
    seed,
    corpora,
    like,
  })
  return {
    name: `align/${name}`,
    seed,
    steps: last,
    rate: cosine({ peak, warmup: 0, steps: last, floor: 0.1 }),
    optimizer: { weightDecay: 0.01 },
    positionsPerStep: shape.batch * shape.time,
    initial: params,
    beside,
    metadata: { model: 'omni', config: JSON.stringify(config) },
    model: (p) => withPretraining(p, sftLoss(p, { config, shape, words: tokenizer.vocabSize, temperature: 1 }), mix),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      const samples = Array.from({ length: perBatch }, () => rng.pick(demonstrations))
      return { ...packSome(samples, { config, shape }).inputs, ...pretrainingInputs(mix, step) }
    },
  }
}
