/** @file A recipe that trains in milliseconds: a line through noisy points. For tests of the training command. */
import * as t from '../../packages/tony/src/graph/ops.ts'
import { linearBias } from '../../packages/tony/src/nn/layers.ts'
import { hostFloat } from '../../packages/tony/src/tensor/host.ts'
import type { TrainPlan } from '../../packages/tony/src/train/loop.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'

const ROWS = 16

/** `pause` makes each batch wait, so that a test can interrupt the run. */
export function plan({
  steps = 40,
  seed = 1,
  pause = 0,
}: {
  steps?: number
  seed?: number
  pause?: number
}): TrainPlan {
  return {
    name: 'tiny',
    seed,
    steps,
    rate: () => 0.05,
    positionsPerStep: ROWS,
    model(p) {
      const x = t.input('x', 'float32', [ROWS, 2])
      const y = t.input('y', 'float32', [ROWS, 1])
      const error = t.sub(linearBias(p.at('line'), x, { out: 1 }), y)
      const squared = t.reduceMean(t.mul(error, error))
      return { loss: squared, metrics: { squared } }
    },
    async batch(step) {
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
      const rng = makeRng(seed * 1e6 + step)
      const x = Float32Array.from({ length: ROWS * 2 }, () => rng.normal())
      const y = Float32Array.from({ length: ROWS }, (_, i) => 3 * x[2 * i]! - x[2 * i + 1]! + 0.5 + 0.01 * rng.normal())
      return { x: hostFloat([ROWS, 2], x), y: hostFloat([ROWS, 1], y) }
    },
  }
}
