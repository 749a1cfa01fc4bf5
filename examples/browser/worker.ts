/** @file Trains a GPT on the letters of a text and, every 25 steps, lets it write. A worker, so that the page stays awake. */
import { runFeeds } from '../../packages/tony/src/generate/kv-feeds.ts'
import { KvPool, KvSequence } from '../../packages/tony/src/generate/kv-pool.ts'
import { program, toOnnx } from '../../packages/tony/src/graph/program.ts'
import { type GptConfig, gptLoss, gptStep } from '../../packages/tony/src/models/gpt.ts'
import { blockConfig } from '../../packages/tony/src/nn/block.ts'
import { ParamScope } from '../../packages/tony/src/nn/params.ts'
import { encodeModel } from '../../packages/tony/src/onnx/model.ts'
import { webRuntime } from '../../packages/tony/src/runtime/web/index.ts'
import { type HostTensor, hostFloat, hostInt } from '../../packages/tony/src/tensor/host.ts'
import { Trainer } from '../../packages/tony/src/train/step.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'

/** What the page asks for. */
export interface Job {
  readonly text: string
  readonly device: 'cpu' | 'webgpu'
}

export type Progress =
  | { readonly loss: number; readonly milliseconds: number }
  | { readonly sample: string }
  | { readonly error: string }

const [batch, time, length] = [8, 48, 120]
const say = (progress: Progress): void => postMessage(progress)

addEventListener('message', ({ data }: MessageEvent<Job>) => {
  train(data).catch((error: Error) => say({ error: error.message }))
})

async function train({ text, device }: Job): Promise<void> {
  const letters = [...new Set(text)].sort()
  const codes = Array.from(text, (letter) => letters.indexOf(letter))
  if (codes.length <= time) throw new Error(`The text has ${codes.length} letters; give it more than ${time}.`)
  const config: GptConfig = { ...blockConfig({ width: 64, layers: 2, heads: 2 }), vocab: letters.length }
  // One thread: more of them need a server that isolates the page.
  const runtime = webRuntime({ device, threads: 1 })
  const trainer = await Trainer.create(runtime, (p) => ({ loss: gptLoss(p, config, { batch, time }) }), { seed: 1 })
  // Without weights of its own: it takes those of the trainer as inputs and need not be compiled again.
  const decoder = await runtime.createSession(
    encodeModel(toOnnx(program('decode', gptStep(new ParamScope(), config, { batch: 'batch', longest: length })))),
  )
  for (let step = 1; ; step++) {
    const started = performance.now()
    const { loss } = await trainer.run(excerpts(codes, step), 0.005)
    say({ loss, milliseconds: performance.now() - started })
    if (step % 25 !== 0) continue
    const rng = makeRng(step)
    const { params } = trainer.state()
    const pool = new KvPool(config, length)
    const sequence = new KvSequence()
    let code = codes[0]!
    let sample = letters[code]!
    while (sequence.length < length) {
      pool.reserve(sequence, 1)
      const out = await decoder.run({ ...params, tokens: hostInt([1], [code]), ...runFeeds(pool, [sequence], 1) })
      pool.append([sequence], out, 1)
      code = draw(out['logits']!.data as Float32Array, rng.next())
      sample += letters[code]!
    }
    say({ sample })
  }
}

/** `batch` excerpts from the text; the same step gives the same ones. */
function excerpts(codes: readonly number[], step: number): Record<string, HostTensor> {
  const rng = makeRng(step)
  const starts = Array.from({ length: batch }, () => rng.int(codes.length - time))
  const grid = (value: (row: number, i: number) => number): HostTensor =>
    hostInt(
      [batch, time],
      starts.flatMap((_, row) => Array.from({ length: time }, (_, i) => value(row, i))),
    )
  return {
    tokens: grid((row, i) => codes[starts[row]! + i]!),
    targets: grid((row, i) => codes[starts[row]! + i + 1]!),
    segments: grid(() => 0),
    positions: grid((_, i) => i),
    weights: hostFloat([batch, time], new Array(batch * time).fill(1)),
  }
}

/** A letter drawn from softmax(2 · logits); `u` is in [0, 1). */
function draw(logits: Float32Array, u: number): number {
  const top = Math.max(...logits)
  const weights = Array.from(logits, (value) => Math.exp(2 * (value - top)))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  let passed = 0
  for (const [code, weight] of weights.entries()) {
    passed += weight
    if (passed > u * sum) return code
  }
  return weights.length - 1
}
