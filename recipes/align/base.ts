/**
 * @file Trains a base model of the instruction world: it goes on with texts as a web has them, good and bad, and has never
 * been told what people want.
 *
 *   npm run -s tony -- train recipes/align/base.ts --set size=small --out runs/align/base-small
 */
import { sftLoss } from '../../packages/tony/src/align/losses.ts'
import { packSome } from '../../packages/tony/src/align/samples.ts'
import { wsd } from '../../packages/tony/src/optim/schedule.ts'
import type { TrainPlan } from '../../packages/tony/src/train/loop.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { configOf, documentSamples, SIZES, type Size, textShape, worldTokenizer } from './world.ts'

/** Peak learning rates: the wider, the lower. */
const PEAK: Readonly<Record<Size, number>> = { small: 6e-3, medium: 3e-3, large: 1.2e-3 }

export function plan({
  size = 'small',
  steps = 2500,
  seed = 1,
}: {
  size?: Size
  steps?: number
  seed?: number
} = {}): TrainPlan {
  const config = configOf(size)
  const tokenizer = worldTokenizer()
  const shape = textShape(8)
  return {
    name: `align/base-${size}`,
    seed,
    steps,
    rate: wsd({ peak: PEAK[size], warmup: 100, steps, cooldown: 0.4, floor: 0.05 }),
    optimizer: { weightDecay: 0.05 },
    positionsPerStep: shape.batch * shape.time,
    metadata: { model: 'omni', config: JSON.stringify(config), size: JSON.stringify(SIZES[size]) },
    model: (p) => sftLoss(p, { config, shape, words: tokenizer.vocabSize, temperature: 1 }),
    batch(step) {
      const rng = makeRng(seed * 1e6 + step)
      return packSome(documentSamples(tokenizer, config, rng), { config, shape }).inputs
    },
  }
}
