import { describe, expect, test } from 'vitest'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { rmsNorm } from '../nn/layers.ts'
import { ParamScope } from '../nn/params.ts'
import { encodeModel, type OnnxModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { hostFloat } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { fuseNorms } from './fuse-norms.ts'
import { simplify } from './simplify.ts'

const rng = makeRng(1)
const x = hostFloat(
  [3, 2, 64],
  Array.from({ length: 384 }, (_, i) => rng.normal() * (i < 64 ? 1e-4 : 3)),
)
const gain = hostFloat(
  [64],
  Array.from({ length: 64 }, () => rng.normal()),
)
const model = (outputs: Record<string, Tensor>): OnnxModel =>
  toOnnx(simplify(program('p', outputs)), { weights: { weight: gain } })
const input = (): Tensor => t.input('x', 'float32', ['n', 2, 64])
const kinds = ({ nodes }: OnnxModel): string[] => nodes.map(({ opType }) => opType)

async function outputsOf(source: OnnxModel): Promise<Record<string, Float32Array>> {
  const session = await nodeRuntime.createSession(encodeModel(source), { threads: 1 })
  const out = await session.run({ x })
  await session.dispose()
  return Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data as Float32Array]))
}

describe('fused normalisation', () => {
  test('is one node with and without a gain, and gives the same values', async () => {
    const y = input()
    const source = model({ plain: rmsNorm(y), gained: t.add(rmsNorm(t.mul(y, 2), new ParamScope()), 1) })
    const fused = fuseNorms(source)
    expect(kinds(fused).sort()).toEqual(['Add', 'Mul', 'SimplifiedLayerNormalization', 'SimplifiedLayerNormalization'])
    const [a, b] = [await outputsOf(source), await outputsOf(fused)]
    for (const name of ['plain', 'gained'])
      b[name]!.forEach((value, i) => {
        // Sums of 64 squares in another order.
        expect(Math.abs(value - a[name]![i]!)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)))
      })
  })

  test('keeps a norm whose inner values are used, and one whose product is an output', async () => {
    const y = input()
    const normal = rmsNorm(y)
    const both = model({ normal, scaled: t.mul(normal, t.input('weight', 'float32', [64])) })
    expect(kinds(fuseNorms(both)).sort()).toEqual(['Mul', 'SimplifiedLayerNormalization'])
    const sum = model({ normal })
    const last = sum.nodes.find(({ opType }) => opType === 'Sqrt')!
    const watched = {
      ...sum,
      outputs: [...sum.outputs, { name: last.outputs[0]!, dtype: 'float32' as const, shape: ['n', 2, 1] }],
    }
    expect(kinds(fuseNorms(watched))).toEqual(kinds(watched))
  })

  test('leaves everything else as it is', () => {
    const source = model({ y: t.exp(input()) })
    expect(fuseNorms(source).nodes).toEqual(source.nodes)
  })
})
