/** @file Programs that give every runtime the same work: a tiny GPT trained and decoded, and tensors of every type. */

import { runFeeds } from '../../packages/tony/src/generate/kv-feeds.ts'
import { KvPool, KvSequence } from '../../packages/tony/src/generate/kv-pool.ts'
import { compileProgram } from '../../packages/tony/src/generate/program.ts'
import * as t from '../../packages/tony/src/graph/ops.ts'
import { program, toOnnx } from '../../packages/tony/src/graph/program.ts'
import { gptLoss, gptStep } from '../../packages/tony/src/models/gpt.ts'
import { blockConfig } from '../../packages/tony/src/nn/block.ts'
import { encodeModel } from '../../packages/tony/src/onnx/model.ts'
import type { Runtime } from '../../packages/tony/src/runtime/types.ts'
import { type HostTensor, hostFloat, hostInt, hostTensor, hostZeros } from '../../packages/tony/src/tensor/host.ts'
import { Trainer } from '../../packages/tony/src/train/step.ts'

const config = { ...blockConfig({ width: 32, layers: 2, heads: 2 }), vocab: 11 }
const [batch, time] = [4, 16]

/** What came of training and decoding; plain data, so that it travels from a page. */
export interface TinyRun {
  readonly losses: readonly number[]
  readonly norms: readonly number[]
  /** The likeliest continuation of one token. */
  readonly tokens: readonly number[]
  /** Logits of each decoded position, one after the other. */
  readonly logits: readonly number[]
}

/** Each row counts upwards in steps of its own, modulo the vocabulary. */
function countingBatch(step: number): Record<string, HostTensor> {
  const at = (row: number, i: number): number => (step + row + i * (1 + (row % 3))) % config.vocab
  const grid = (value: (row: number, i: number) => number): HostTensor =>
    hostInt(
      [batch, time],
      Array.from({ length: batch * time }, (_, k) => value(Math.floor(k / time), k % time)),
    )
  return {
    tokens: grid((row, i) => at(row, i)),
    targets: grid((row, i) => at(row, i + 1)),
    segments: grid(() => 0),
    positions: grid((_, i) => i),
    weights: hostFloat([batch, time], new Array(batch * time).fill(1)),
  }
}

/** Traces, differentiates and compiles a GPT, trains it for some steps and decodes with what it learnt. */
export async function trainAndDecode(
  runtime: Runtime,
  { steps, decode }: { steps: number; decode: number },
): Promise<TinyRun> {
  const trainer = await Trainer.create(runtime, (p) => ({ loss: gptLoss(p, config, { batch, time }) }), {
    seed: 7,
  })
  const losses: number[] = []
  const norms: number[] = []
  for (let step = 0; step < steps; step++) {
    const { loss, norm } = await trainer.run(countingBatch(step), 0.01)
    losses.push(loss)
    norms.push(norm)
  }
  const { params } = trainer.state()
  const session = await compileProgram(runtime, { name: 'gpt', params }, (p) =>
    gptStep(p, config, { batch: 'batch', longest: decode }),
  )
  const pool = new KvPool(config, decode)
  const sequence = new KvSequence()
  const tokens = [1]
  const logits: number[] = []
  while (tokens.length <= decode) {
    pool.reserve(sequence, 1)
    const out = await session.run({ tokens: hostInt([1], [tokens.at(-1)!]), ...runFeeds(pool, [sequence], 1) })
    pool.append([sequence], out, 1)
    tokens.push(Number(out['next']!.data[0]))
    logits.push(...(out['logits']!.data as Float32Array))
  }
  await session.dispose()
  await trainer.dispose()
  return { losses, norms, tokens, logits }
}

/** What one program over tensors of every type gives, and what becomes of `into`, of wrong feeds and of a broken model. */
export async function probe(runtime: Runtime): Promise<Record<string, unknown>> {
  const x = t.input('x', 'float32', [3])
  const i = t.input('i', 'int32', [3])
  const l = t.input('l', 'int64', [3])
  const b = t.input('b', 'bool', [3])
  const u = t.input('u', 'uint8', [3])
  const model = encodeModel(
    toOnnx(
      program('probe', {
        float32: t.where(b, x, 0),
        int32: t.add(i, i),
        int64: t.add(l, t.cast(i, 'int64')),
        bool: t.not(b),
        uint8: t.cast(t.add(t.cast(u, 'float32'), x), 'uint8'),
      }),
    ),
  )
  const session = await runtime.createSession(model)
  const feeds = {
    x: hostFloat([3], [1.5, 2.5, 3.5]),
    i: hostInt([3], [1, -2, 3]),
    l: hostTensor('int64', [3], BigInt64Array.of(2n ** 40n, -5n, 0n)),
    b: hostTensor('bool', [3], Uint8Array.of(1, 0, 1)),
    u: hostTensor('uint8', [3], Uint8Array.of(250, 0, 9)),
  }
  const all = await session.run(feeds)
  const target = hostZeros('float32', [3])
  const data = target.data
  const some = await session.run(feeds, { into: { float32: target }, want: ['bool'] })
  const failure = async (act: () => Promise<unknown>): Promise<string> =>
    act().then(
      () => 'no error',
      (error: Error) => `${error.name}: ${error.message}`,
    )
  const { x: _, ...without } = feeds
  const result = {
    outputs: Object.fromEntries(
      Object.entries(all).map(([name, tensor]) => [
        name,
        [tensor.dtype, [...tensor.shape], Array.from(tensor.data, String)],
      ]),
    ),
    into: [Object.keys(some).sort(), some['float32'] === target, target.data === data, [...data].map(Number)],
    together: (await Promise.all([session.run(feeds), session.run(feeds)])).map(({ int32 }) =>
      [...int32!.data].map(Number),
    ),
    missing: await failure(() => session.run(without)),
    broken: (await failure(() => runtime.createSession(Uint8Array.of(1, 2, 3)))).slice(0, 54),
  }
  await session.dispose()
  return result
}
