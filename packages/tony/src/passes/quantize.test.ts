import { describe, expect, test } from 'vitest'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { encodeModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { type HostTensor, hostFloat } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { quantizeProgram, quantizeWeight } from './quantize.ts'

const [m, k, n] = [3, 64, 24]
const rng = makeRng(5)
const x = hostFloat([m, k], { length: m * k }) as HostTensor<'float32'>
const w = hostFloat([k, n], { length: k * n }) as HostTensor<'float32'>
for (const { data } of [x, w]) data.forEach((_, i) => (data[i] = rng.normal()))

/** What the packed codes stand for, read back by the definition of the format. */
function dequantized({ packed, scales }: ReturnType<typeof quantizeWeight>, bits: 4 | 8): Float32Array {
  const out = new Float32Array(k * n)
  for (let column = 0; column < n; column++) {
    for (let row = 0; row < k; row++) {
      const at = column * k + row
      const code = bits === 8 ? packed.data[at]! - 128 : ((packed.data[at >> 1]! >> (4 * (at % 2))) & 15) - 8
      out[row * n + column] = code * scales.data[column * (k / 32) + (row >> 5)]!
    }
  }
  return out
}

describe.each([4, 8] as const)('%i-bit weights', (bits) => {
  test('stay within one step of the scale', () => {
    const packed = quantizeWeight(w, { bits })
    const back = dequantized(packed, bits)
    for (let i = 0; i < back.length; i++) {
      const scale = Math.abs(packed.scales.data[(i % n) * (k / 32) + (Math.floor(i / n) >> 5)]!)
      expect(Math.abs(back[i]! - w.data[i]!)).toBeLessThanOrEqual(scale * (bits === 4 ? 1.001 : 0.501))
    }
  })

  test('give the product of the quantized matrix in ONNX Runtime', async () => {
    const source = program('p', { y: t.matmul(t.input('x', 'float32', [m, k]), t.input('w', 'float32', [k, n])) })
    const made = quantizeProgram(source, { w }, { bits })
    expect(Object.keys(made.weights).sort()).toEqual(['w/packed', 'w/scales'])
    const session = await nodeRuntime.createSession(encodeModel(toOnnx(made.program, { weights: made.weights })), {
      threads: 1,
    })
    const { y } = await session.run({ x })
    await session.dispose()
    const back = dequantized(quantizeWeight(w, { bits }), bits)
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let at = 0; at < k; at++) sum += x.data[i * k + at]! * back[at * n + j]!
        // Accuracy level 4 rounds the 64 activations to 8 bits: about 64^(1/2) * 0.01 of error.
        expect(Math.abs((y!.data[i * n + j] as number) - sum)).toBeLessThan(0.4)
      }
    }
  })
})

test('keeps weights that do not fit or are not selected', () => {
  const source = program('p', { y: t.matmul(t.input('x', 'float32', [m, k]), t.input('w', 'float32', [k, n])) })
  expect(Object.keys(quantizeProgram(source, { w }, { bits: 8, select: () => false }).weights)).toEqual(['w'])
  expect(() => quantizeWeight(hostFloat([33, 2], { length: 66 }), { bits: 4 })).toThrow(/multiple of 32, got \[33, 2\]/)
})
