/**
 * @file The reward model (Ouyang et al. 2022, section 3.5 and C.2): one epoch over rankings, all pairs of a prompt together.
 *
 *   npm run -s tony -- align rm --set from=runs/align/sft-medium --set data=comparisons.jsonl
 */
import { packRanked, type RankedAnswers, rewardLoss } from '../../packages/tony/src/align/reward-model.ts'
import { cosine } from '../../packages/tony/src/optim/schedule.ts'
import type { TrainPlan } from '../../packages/tony/src/train/loop.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { readComparisons } from './labels.ts'
import { LabelMedia, type MediaOptions, usualMedia } from './media.ts'
import { openModel, usualPeak } from './model.ts'
import { shapeFor } from './world.ts'

export async function plan({
  from = 'runs/align/sft-medium',
  data = 'runs/align/comparisons.jsonl',
  name = 'rm',
  prompts = 16,
  peak: given,
  seed = 1,
  media = usualMedia.media,
  like = usualMedia.like,
  likelihood = 1,
  steps,
}: Partial<MediaOptions> & {
  from?: string
  data?: string
  name?: string
  prompts?: number
  /** By default 1.5e-3, a fifth of it for what comes from the shipped model. */
  peak?: number
  seed?: number
  /** 1: rewards also weigh how likely the network finds the answer; 0: as in the paper, they do not. */
  likelihood?: number
  steps?: number
} = {}): Promise<TrainPlan> {
  const { params, config, tokenizer, beside } = openModel(from)
  const peak = given ?? usualPeak(params, 1.5e-3)
  const rankings = await readComparisons(data, { config, tokenizer }, new LabelMedia({ media, like }))
  const batches = Math.floor(rankings.length / prompts)
  if (batches === 0)
    throw new TonyError(
      'invalid',
      `rm: ${data} has ${rankings.length} rankings, fewer than one batch of ${prompts}; lower it with --set prompts=`,
    )
  const rng = makeRng(seed)
  const order = rankings.map((ranking) => ({ ranking, key: rng.next() })).sort((a, b) => a.key - b.key)
  const batchAt = (at: number): RankedAnswers[] =>
    order.slice(at * prompts, (at + 1) * prompts).map(({ ranking }) => ranking)
  const shape = shapeFor(
    Array.from({ length: batches }, (_, i) => batchAt(i).flatMap(({ answers }) => answers)),
    config,
  )
  const how = {
    config,
    shape,
    answers: prompts * 9,
    pairs: prompts * 36,
    ...(likelihood === 0 ? {} : { words: tokenizer.vocabSize }),
  }
  const last = steps ?? batches
  return {
    name: `align/${name}`,
    seed,
    steps: last,
    rate: cosine({ peak, warmup: 10, steps: last, floor: 0.1 }),
    optimizer: { weightDecay: 0.01 },
    positionsPerStep: shape.batch * shape.time,
    initial: params,
    beside,
    metadata: { model: 'reward', config: JSON.stringify(config), likelihood: String(likelihood) },
    model: (p) => rewardLoss(p, how),
    batch: (step) => packRanked(batchAt(step % batches), how),
  }
}
