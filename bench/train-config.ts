/** @file What `bench/train` measures: configurations, data, and the arithmetic of one step. */
import { type BlockConfig, blockConfig } from '../packages/tony/src/nn/block.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'

export interface TrainCase {
  readonly name: string
  readonly vocab: number
  readonly time: number
  readonly width: number
  readonly heads: number
  readonly layers: number
  readonly batch: number
}

export const trainCases: readonly TrainCase[] = [
  { name: 'gpt-v4096-d256', vocab: 4096, time: 256, width: 256, heads: 4, layers: 6, batch: 16 },
  { name: 'gpt-v65-d384', vocab: 65, time: 256, width: 384, heads: 6, layers: 6, batch: 32 },
]

export const optimizer = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, clip: 1, rate: 3e-4 }

export function blockOf({ width, layers, heads }: TrainCase): BlockConfig {
  return blockConfig({ width, layers, heads })
}

/**
 * Floating point operations of one step: 6 per matrix parameter and token (2 forward, 4 backward), and
 * 12 · layers · T · d per token for the two products of attention over all T keys, as both sides compute them.
 */
export function stepFlops(config: TrainCase): number {
  const { vocab, time, width, layers, batch } = config
  const matrices = layers * (4 * width * width + 3 * width * blockOf(config).hidden) + width * vocab
  return batch * time * (6 * matrices + 12 * layers * time * width)
}

/** `steps` batches of token rows [batch, time + 1]: four in five tokens follow a fixed rule, the others are noise. */
export function makeData({ vocab, time, batch }: TrainCase, steps: number, seed = 7): Int32Array {
  const rng = makeRng(seed)
  const row = time + 1
  const data = new Int32Array(steps * batch * row)
  for (let i = 0; i < data.length; i++) {
    data[i] = i % row === 0 || rng.next() < 0.2 ? rng.int(vocab) : (data[i - 1]! * 5 + 17) % vocab
  }
  return data
}
