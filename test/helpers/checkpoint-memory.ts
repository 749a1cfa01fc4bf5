/** @file Trains a deep model for three steps with or without activation checkpointing and prints its peak memory. */
import { gptLoss } from '../../packages/tony/src/models/gpt.ts'
import { blockConfig } from '../../packages/tony/src/nn/block.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { hostFloat, hostInt } from '../../packages/tony/src/tensor/host.ts'
import { Trainer } from '../../packages/tony/src/train/step.ts'

const [checkpoint, layers] = [process.argv[2] === 'checkpoint', Number(process.argv[3] ?? 16)]
const [batch, time, vocab] = [4, 256, 16]
const trainer = await Trainer.create(
  nodeRuntime,
  (p) => ({
    loss: gptLoss(p, { ...blockConfig({ width: 64, layers, heads: 2 }), vocab }, { batch, time, checkpoint }),
  }),
  { seed: 1, threads: 1 },
)
const before = process.memoryUsage().rss
const count = batch * time
const integers = (f: (i: number) => number): ReturnType<typeof hostInt> =>
  hostInt(
    [batch, time],
    Array.from({ length: count }, (_, i) => f(i)),
  )
const losses: number[] = []
const start = performance.now()
for (let i = 0; i < 3; i++) {
  const { loss } = await trainer.run(
    {
      tokens: integers((k) => (k * 7) % vocab),
      targets: integers((k) => (k * 11) % vocab),
      segments: integers(() => 0),
      positions: integers((k) => k % time),
      weights: hostFloat([batch, time], new Array(count).fill(1)),
    },
    0.001,
  )
  losses.push(loss)
}
const seconds = (performance.now() - start) / 1000
console.log(
  JSON.stringify({ losses, seconds, megabytes: process.resourceUsage().maxRSS / 1024, before: before / 2 ** 20 }),
)
