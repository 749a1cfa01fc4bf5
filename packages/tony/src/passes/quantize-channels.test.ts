import { describe, expect, test } from 'vitest'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { encodeModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { type HostTensor, hostFloat, hostInt } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { channelCodes, quantizeChannels } from './quantize-channels.ts'

const rng = makeRng(5)
const random = (shape: number[]): HostTensor<'float32'> =>
  hostFloat(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal()),
  )

/** The weight that 8 bits per channel stand for. */
function rounded(weight: HostTensor<'float32'>): HostTensor<'float32'> {
  const { codes, scales } = channelCodes(weight)
  return hostFloat(
    weight.shape,
    Array.from(codes, (code, i) => code * scales[i % scales.length]!),
  )
}

async function run(
  outputs: Parameters<typeof program>[1],
  weights: Record<string, HostTensor<'float32'>>,
  { quantized, feeds }: { quantized: boolean; feeds: Record<string, HostTensor> },
): Promise<Record<string, HostTensor>> {
  const source = program('p', outputs)
  const made = quantized ? quantizeChannels(source, weights) : { program: source, weights }
  const session = await nodeRuntime.createSession(encodeModel(toOnnx(made.program, { weights: made.weights })), {
    threads: 1,
  })
  const out = await session.run(feeds)
  await session.dispose()
  return out
}

describe('codes of channels', () => {
  test('are those of the published file: rounding what came from 8 bits changes nothing', () => {
    const weight = random([96, 48])
    const once = channelCodes(weight)
    const again = channelCodes(rounded(weight))
    expect(again.codes).toEqual(once.codes)
    again.scales.forEach((scale, i) => expect(Math.abs(scale / once.scales[i]! - 1)).toBeLessThan(2e-7))
    expect(Math.max(...once.codes)).toBe(127)
  })
  test('of a column of zeros are zeros', () => {
    const { codes, scales } = channelCodes(hostFloat([2, 2], [0, 1, 0, -3]))
    expect([...codes]).toEqual([0, 42, 0, -127])
    expect(scales[0]).toBe(0)
  })
})

describe('a program on 8-bit weights', () => {
  const w = random([128, 48])
  const table = random([80, 64])
  const heads = random([3, 64, 40])
  const weights = { w, table, heads }
  const x = t.input('x', 'float32', ['n', 128])
  const y = t.input('y', 'float32', ['n', 64])
  const of = (name: keyof typeof weights) => t.input(name, 'float32', weights[name].shape)
  const inTable = of('table')
  const inHeads = of('heads')
  const outputs = {
    product: t.matmul(x, of('w')),
    head: t.matmul(y, t.reshape(t.slice(inHeads, 0, 1, 2), [64, 40])),
    logits: t.matmul(y, inTable, { transB: true }),
    rows: t.gather(inTable, t.input('ids', 'int32', ['n', 2])),
  }
  const feeds = { x: random([5, 128]), y: random([5, 64]), ids: hostInt([5, 2], [0, 79, 3, 3, 40, 1, 2, 78, 5, 6]) }

  test('computes products and rows of the rounded weights', async () => {
    const eight = await run(outputs, weights, { quantized: true, feeds })
    const back = { w: rounded(w), table: rounded(table), heads: rounded(heads) }
    const exact = await run(outputs, back, { quantized: false, feeds })
    const worst = (name: string): number => {
      const [a, b] = [eight[name]!.data as Float32Array, exact[name]!.data as Float32Array]
      expect(eight[name]!.shape).toEqual(exact[name]!.shape)
      return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
    }
    expect(worst('rows')).toBeLessThan(1e-6)
    // The other factor is rounded to 8 bits in blocks of 64: half a step of about 3 / 127, times √k weights of one.
    for (const [name, k] of [
      ['product', 128],
      ['head', 64],
      ['logits', 64],
    ] as const)
      expect(worst(name)).toBeLessThan(0.012 * Math.sqrt(k) * 4)
  })

  test('takes the tied table once and no float32 copy of what it has in 8 bits', () => {
    const made = quantizeChannels(program('p', outputs), weights)
    const names = Object.keys(made.weights).filter((name) => !name.startsWith('ones'))
    expect(names.sort()).toEqual([
      'heads/2560/packed',
      'heads/40/scales',
      'table/columns',
      'table/rows',
      'w/0/packed',
      'w/96/scales',
    ])
    const bytes = Object.values(made.weights).reduce((sum, { data }) => sum + data.byteLength, 0)
    expect(bytes).toBeLessThan(128 * 48 + 80 * 64 + 64 * 40 + 2000)
  })

  test('gives a row the same values alone and among others', async () => {
    const all = await run(outputs, weights, { quantized: true, feeds })
    const one = await run(outputs, weights, {
      quantized: true,
      feeds: {
        x: hostFloat([1, 128], feeds.x.data.slice(3 * 128, 4 * 128)),
        y: hostFloat([1, 64], feeds.y.data.slice(3 * 64, 4 * 64)),
        ids: hostInt([1, 2], [2, 78]),
      },
    })
    for (const name of Object.keys(outputs)) {
      const size = one[name]!.data.length
      expect(one[name]!.data).toEqual(all[name]!.data.slice(3 * size, 4 * size))
    }
  })

  test('leaves alone what the checkpoint keeps in float32, and what does not fit', () => {
    const little = { w: random([32, 4]), odd: random([250, 33]), scaled: random([64, 64]) }
    const a = t.matmul(t.input('a', 'float32', [2, 32]), t.input('w', 'float32', [32, 4]))
    const b = t.matmul(t.input('b', 'float32', [2, 250]), t.input('odd', 'float32', [250, 33]))
    const c = t.matmul(t.input('c', 'float32', [2, 64]), t.input('scaled', 'float32', [64, 64]), { alpha: 2 })
    expect(Object.keys(quantizeChannels(program('p', { a_: a, b_: b, c_: c }), little).weights).sort()).toEqual([
      'odd',
      'scaled',
      'w',
    ])
  })
})
