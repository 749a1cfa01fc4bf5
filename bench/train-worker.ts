/** @file Tony's side of `bench/train`: trains on request and reports the time and the loss of each step. */
import { readFileSync } from 'node:fs'
import { gptLoss } from '../packages/tony/src/models/gpt.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { fromBytes } from '../packages/tony/src/tensor/dtype.ts'
import { type HostTensor, hostTensor } from '../packages/tony/src/tensor/host.ts'
import { Trainer } from '../packages/tony/src/train/step.ts'
import { decodeSafetensors } from '../packages/tony/src/util/safetensors.ts'
import { blockOf, optimizer, type TrainCase } from './train-config.ts'
import { peakMegabytes, serveRequests } from './worker-process.ts'

const job = JSON.parse(process.argv[2]!) as {
  case: TrainCase
  weights: string
  data: string
  threads: number
  profile?: string
}
const { time, batch, vocab } = job.case
const file = decodeSafetensors(readFileSync(job.weights))
const initial = Object.fromEntries(
  Object.entries(file.tensors).map(([name, { shape, bytes }]) => [
    name,
    hostTensor('float32', shape, fromBytes('float32', bytes)),
  ]),
)
const data = fromBytes('int32', readFileSync(job.data))
const trainer = await Trainer.create(
  nodeRuntime,
  (p) => ({ loss: gptLoss(p, { ...blockOf(job.case), vocab }, { batch, time }) }),
  {
    seed: 1,
    optimizer,
    initial,
    threads: job.threads,
    ...(job.profile === undefined ? {} : { profile: job.profile }),
  },
)

const size = batch * time
const positions = Int32Array.from({ length: size }, (_, i) => i % time)
const row = time + 1
function batchOf(step: number): Record<string, HostTensor> {
  const at = (step % (data.length / (batch * row))) * batch * row
  const pick = (offset: number): HostTensor =>
    hostTensor(
      'int32',
      [batch, time],
      Int32Array.from({ length: size }, (_, i) => data[at + Math.floor(i / time) * row + (i % time) + offset]!),
    )
  return {
    tokens: pick(0),
    targets: pick(1),
    segments: hostTensor('int32', [batch, time], new Int32Array(size)),
    positions: hostTensor('int32', [batch, time], positions),
    weights: hostTensor('float32', [batch, time], new Float32Array(size).fill(1)),
  }
}

await serveRequests(async ({ steps }: { steps: number }) => {
  const seconds: number[] = []
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const start = performance.now()
    const { loss } = await trainer.run(batchOf(trainer.step), optimizer.rate)
    seconds.push((performance.now() - start) / 1000)
    losses.push(loss)
  }
  return { seconds, losses, peak_mb: peakMegabytes() }
})
await trainer.dispose()
