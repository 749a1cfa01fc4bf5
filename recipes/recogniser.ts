/**
 * @file Trains the phone recogniser whose hearing teaches the audio codec (models/phone-recogniser.ts).
 *
 *   npm run -s tony -- train recogniser --data runs/data/speech-codec
 *
 * Five minutes on two cores. It is a teacher only: nothing of it is in a shipped model.
 */
import { recogniserDefaults, recogniserLoss } from '../packages/tony/src/models/phone-recogniser.ts'
import { wsd } from '../packages/tony/src/optim/schedule.ts'
import type { TrainPlan } from '../packages/tony/src/train/loop.ts'
import { openWindows } from './codec-data.ts'

const shape = { batch: 32, time: 64 } // 64 positions of 80 ms: 5.1 s

export function plan({
  data = 'runs/data/speech-codec',
  steps = 1500,
  seed = 1,
}: {
  data?: string
  steps?: number
  seed?: number
} = {}): TrainPlan {
  const windows = openWindows(data)
  return {
    name: 'recogniser',
    seed,
    steps,
    rate: wsd({ peak: 2e-3, warmup: 100, steps, cooldown: 0.4, floor: 0.05 }),
    optimizer: { weightDecay: 0.05 },
    positionsPerStep: shape.batch * shape.time,
    metadata: { model: 'recogniser', config: JSON.stringify(recogniserDefaults) },
    model: (p) => recogniserLoss(p, recogniserDefaults, shape),
    batch(step) {
      const { magnitudes, phoneIds, frameWeights } = windows(seed * 1e6 + step, shape)
      return { magnitudes: magnitudes!, phoneIds: phoneIds!, phoneWeights: frameWeights! }
    },
  }
}
