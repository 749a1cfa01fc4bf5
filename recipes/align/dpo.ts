/**
 * @file Direct preference optimisation on the same rankings, without a reward model (Rafailov et al. 2023).
 *
 *   npm run -s tony -- align dpo --set from=runs/align/sft-small --set data=comparisons.jsonl
 */
import { dpoDraw, dpoPlan } from '../../packages/tony/src/align/dpo.ts'
import { preferencePairs } from '../../packages/tony/src/data/preferences.ts'
import { cosine } from '../../packages/tony/src/optim/schedule.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import type { TrainPlan } from '../../packages/tony/src/train/loop.ts'
import { readComparisons } from './labels.ts'
import { LabelMedia, type MediaOptions, usualMedia } from './media.ts'
import { nameAfter, openModel, usualPeak } from './model.ts'
import { shapeFor } from './world.ts'

export async function plan({
  from = 'runs/align/sft-small',
  data = 'runs/align/comparisons.jsonl',
  name = nameAfter(from, { earlier: 'sft', method: 'dpo' }),
  pairs = 32,
  peak: given,
  beta = 0.1,
  likelihood = 0,
  seed = 1,
  media = usualMedia.media,
  like = usualMedia.like,
  steps = 400,
}: Partial<MediaOptions> & {
  from?: string
  data?: string
  name?: string
  pairs?: number
  /** By default 3e-4, a fifth of it for what comes from the shipped model. */
  peak?: number
  beta?: number
  /** Weight of the likelihood of the chosen answer beside the preference (Pang et al. 2024). */
  likelihood?: number
  seed?: number
  steps?: number
} = {}): Promise<TrainPlan> {
  const { params, config, tokenizer, beside } = openModel(from)
  const peak = given ?? usualPeak(params, 3e-4)
  const rankings = await readComparisons(data, { config, tokenizer }, new LabelMedia({ media, like }))
  const rows = rankings.flatMap(({ answers, rank }) =>
    preferencePairs(rank).map(({ chosen, rejected }) => ({ chosen: answers[chosen]!, rejected: answers[rejected]! })),
  )
  const drawn = Array.from({ length: rows.length === 0 ? 0 : steps }, (_, step) =>
    dpoDraw(step, { seed, pairs, count: rows.length }).flatMap((i) => [rows[i]!.chosen, rows[i]!.rejected]),
  )
  const plan = await dpoPlan(nodeRuntime, rows, {
    ...{ name: `align/${name}`, seed, steps, config, words: tokenizer.vocabSize, policy: params },
    ...{ pairs, beta, likelihood },
    shape: shapeFor(drawn, config),
    rate: cosine({ peak, warmup: 20, steps, floor: 0.1 }),
  })
  return { ...plan, beside, metadata: { model: 'omni', config: JSON.stringify(config) } }
}
