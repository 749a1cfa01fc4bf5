/** @file Products without `FusedMatMul` are the same products. */
import { describe, expect, it } from 'vitest'
import { grad } from '../autodiff/grad.ts'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { gptLoss, gptStep } from '../models/gpt.ts'
import { blockConfig } from '../nn/block.ts'
import { ParamScope } from '../nn/params.ts'
import { decodeModel, encodeModel } from '../onnx/model.ts'
import { type HostTensor, hostFloat } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { nodeRuntime } from './node/index.ts'
import { unfuseMatMul } from './unfuse.ts'

const operators = (bytes: Uint8Array): string[] => decodeModel(bytes).nodes.map(({ opType }) => opType)

describe('unfuseMatMul', () => {
  it('keeps every product: matrices and batches, either side transposed, scaled', async () => {
    const rng = makeRng(3)
    const feeds: Record<string, HostTensor> = {}
    const outputs: Record<string, Tensor> = {}
    for (const batch of [[], [2], [2, 3]]) {
      for (const transA of [false, true]) {
        for (const transB of [false, true]) {
          for (const alpha of [1, 0.5]) {
            const name = [batch.length, transA, transB, alpha].join()
            const make = (side: string, shape: number[]): Tensor => {
              const size = shape.reduce((product, length) => product * length, 1)
              feeds[name + side] = hostFloat(
                shape,
                Array.from({ length: size }, () => rng.normal()),
              )
              return t.input(name + side, 'float32', shape)
            }
            const a = make('a', [...batch, ...(transA ? [5, 4] : [4, 5])])
            // One factor without the batch: its own number of axes counts.
            const b = make('b', [...batch.slice(1), ...(transB ? [7, 5] : [5, 7])])
            outputs[name] = t.matmul(a, b, { transA, transB, alpha })
          }
        }
      }
    }
    const fused = encodeModel(toOnnx(program('products', outputs)))
    const plain = unfuseMatMul(fused)
    expect(operators(fused)).toContain('FusedMatMul')
    expect(new Set(operators(plain))).toEqual(new Set(['MatMul', 'Gemm', 'Transpose', 'Mul']))
    const results = await Promise.all(
      [fused, plain].map(async (model) => {
        const session = await nodeRuntime.createSession(model, { threads: 1 })
        const out = await session.run(feeds)
        await session.dispose()
        return out
      }),
    )
    for (const name of Object.keys(outputs)) {
      const [a, b] = results.map((out) => out[name]!.data as Float32Array) as [Float32Array, Float32Array]
      expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-5)
    }
  })

  it('leaves none in a training step and in a decoding step', () => {
    const config = { ...blockConfig({ width: 16, layers: 2, heads: 2, kvHeads: 1 }), vocab: 7 }
    const scope = new ParamScope()
    const loss = gptLoss(scope, config, { batch: 2, time: 6 })
    const gradients = grad(
      loss,
      scope.entries.map(({ tensor }) => tensor),
    )
    const training = program('train', { loss, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) })
    const decoding = program('decode', gptStep(new ParamScope(), config, { batch: 'batch', longest: 64 }))
    for (const source of [training, decoding]) {
      const model = encodeModel(toOnnx(source))
      expect(operators(model)).toContain('FusedMatMul')
      expect(operators(unfuseMatMul(model))).not.toContain('FusedMatMul')
    }
  })

  it('leaves a product whose factors nobody knows', () => {
    const x = t.input('x', 'float32', [2, 3])
    const model = toOnnx(program('odd', { y: t.matmul(t.exp(x), t.exp(x), { transB: true }) }))
    const odd = { ...model, nodes: model.nodes.map((n) => (n.opType === 'Exp' ? { ...n, opType: 'Celu' } : n)) }
    expect(operators(unfuseMatMul(encodeModel(odd)))).toContain('FusedMatMul')
    const plain = encodeModel(toOnnx(program('plain', { y: t.exp(x) })))
    expect(unfuseMatMul(plain)).toBe(plain)
  })
})
