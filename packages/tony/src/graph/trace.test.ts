import { describe, expect, it } from 'vitest'
import { block, blockConfig } from '../nn/block.ts'
import { rmsNorm } from '../nn/layers.ts'
import { ParamScope } from '../nn/params.ts'
import { TonyError } from '../util/errors.ts'
import type { Tensor } from './node.ts'
import * as t from './ops.ts'
import { program, toOnnx } from './program.ts'

/** The error that `make` throws, and the line of this file where `make` stands. */
function failure(make: () => unknown): { error: TonyError; line: number } {
  const line = Number(/trace\.test\.ts:(\d+)/.exec((new Error().stack ?? '').split('\n')[2] ?? '')?.[1])
  try {
    make()
  } catch (error) {
    if (error instanceof TonyError) return { error, line }
    throw error
  }
  throw new Error('nothing was thrown')
}

const x = t.input('x', 'float32', [2, 3])
const wide = t.input('wide', 'float32', [4, 5])
const whole = t.input('whole', 'int32', [2, 3])
const truths = t.input('truths', 'bool', [2, 3])
const half = t.input('half', 'float16', [2, 3])

const mistakes: [string, () => Tensor, string][] = [
  ['add', () => t.add(x, wide), 'shapes do not broadcast: [2, 3] and [4, 5]; inputs float32[2, 3], float32[4, 5]'],
  [
    'mul',
    () => t.mul(x, whole),
    'both inputs must have one dtype, got float32 and int32; cast one of them; inputs float32[2, 3], int32[2, 3]',
  ],
  ['matmul', () => t.matmul(x, wide), 'inner lengths differ: 3 and 4 (of [2, 3] and [4, 5])'],
  [
    'matmul',
    () => t.matmul(x, wide, { transB: true }),
    'inner lengths differ: 3 and 5 (of [2, 3] and [4, 5] transposed)',
  ],
  ['exp', () => t.exp(whole), 'the input must be floating point, got int32'],
  ['reshape', () => t.reshape(x, [7]), '[2, 3] has 6 elements, [7] has 7'],
  ['transpose', () => t.transpose(x, [0, 0]), '[0, 0] is not a permutation of the axes of [2, 3]'],
  ['concat', () => t.concat([x, wide], 0), 'shapes differ outside axis 0: [2, 3] and [4, 5]'],
  ['slice', () => t.slice(x, 1, 2, 9), '[2, 9) is out of range for axis 1 of [2, 3]'],
  ['pad', () => t.pad(t.input('named', 'float32', ['time']), 0, 1, 1), 'axis 0 of [time] must have a fixed length'],
  ['pad', () => t.pad(x, 0, -1, 1), 'cannot add -1 and 1 zeros'],
  ['reduceSum', () => t.reduceSum(x, { axes: [2] }), 'axis 2 is out of range for [2, 3]'],
  ['gather', () => t.gather(x, wide), 'indices must be int32 or int64, got float32'],
  ['takeAlong', () => t.takeAlong(x, t.input('i', 'int64', [3, 1])), 'indices [3, 1] must match [2, 3] outside axis 1'],
  ['where', () => t.where(x, 0, x), 'the condition must be bool, got float32'],
  ['and', () => t.and(x, x), 'both inputs must be bool'],
  ['broadcastTo', () => t.broadcastTo(x, [2, 4]), '[2, 3] does not broadcast to [2, 4]'],
  [
    'softmaxCrossEntropy',
    () => t.softmaxCrossEntropy(x, whole),
    'needs logits [rows, classes] and targets [rows], got [2, 3] and [2, 3]',
  ],
  ['topK', () => t.topK(x, 4).values, 'k = 4 is more than the last axis of [2, 3]'],
  [
    'scatterAddRows',
    () => t.scatterAddRows(t.input('rows', 'int32', [3]), x, 5),
    'needs indices [n] and updates [n, width], got [3] and [2, 3]',
  ],
  ['neg', () => t.neg(truths), 'the input must hold numbers, got bool; cast it'],
  ['add', () => t.add(truths, truths), 'the input must hold numbers, got bool; cast it'],
  ['less', () => t.less(truths, truths), 'the input must hold numbers, got bool; cast it'],
  ['reduceMean', () => t.reduceMean(truths), 'the input must hold numbers, got bool; cast it'],
  ['topK', () => t.topK(t.input('scalar', 'float32', []), 1).values, 'the input must have at least one axis'],
  [
    'scatterAddRows',
    () => t.scatterAddRows(t.input('row', 'int32', [2]), whole, 5),
    'updates must be float32, got int32',
  ],
  ['rmsNorm', () => t.rmsNorm(half), 'the input must be float32, got float16; cast it'],
  [
    'softmaxCrossEntropy',
    () => t.softmaxCrossEntropy(half, t.input('classes', 'int32', [2])),
    'logits must be float32, got float16; cast it',
  ],
  [
    'matmulNBits',
    () => t.matmulNBits(x, { packed: wide, scales: wide }, { bits: 8, blockSize: 32, k: 3, n: 4 }),
    'packed weights must be uint8[4, 1, 32], got float32[4, 5]',
  ],
  [
    'matmulNBits',
    () =>
      t.matmulNBits(
        x,
        { packed: t.input('packed', 'uint8', [4, 1, 32]), scales: wide },
        { bits: 8, blockSize: 32, k: 3, n: 4 },
      ),
    'needs 4 scales, got [4, 5]',
  ],
]

describe('mistakes while tracing', () => {
  it.each(mistakes)('%s: %# names the op, what is wrong and the inputs', (op, make, message) => {
    const { error } = failure(make)
    expect(error.code).toBe('shape')
    expect(error.message).toContain(`${op}: ${message}`)
    expect(error.message).toContain('; inputs ')
    expect(error.message).toMatch(/; at .*trace\.test\.ts:\d+:\d+\)?$/)
  })

  it("names the caller's own line", () => {
    const { error, line } = failure(() => t.add(x, wide))
    expect(error.message).toMatch(new RegExp(`trace\\.test\\.ts:${line}:\\d+`))
  })

  it("names the caller's own line through layers and callbacks", () => {
    const { error, line } = failure(() => [wide].map((y) => rmsNorm(y, new ParamScope()))[0] && t.split(x, 0, [1, 2]))
    expect(error.message).toMatch(new RegExp(`trace\\.test\\.ts:${line}:\\d+`))
    const context = { batch: 1, time: 2, positions: whole, rotary: { cos: x, sin: x }, mask: x }
    const config = blockConfig({ width: 64, layers: 1 })
    const deep = failure(() => block(new ParamScope(), x, config, context))
    expect(deep.error.message).toContain('rotary: ')
    expect(deep.error.message).toMatch(new RegExp(`trace\\.test\\.ts:${deep.line}:\\d+`))
  })
})

describe('split', () => {
  it('leaves nothing over', () => {
    expect(() => t.split(x, 1, [1, 1])).toThrow('split: lengths 1, 1 leave 1 of axis 1 over; inputs float32[2, 3]; at ')
    expect(t.split(x, 1, [1, 2]).map(({ shape }) => shape)).toEqual([
      [2, 1],
      [2, 2],
    ])
  })
})

describe('program', () => {
  it('rejects two inputs of one name, and an output named as an input', () => {
    const other = t.input('x', 'float32', [3])
    expect(() => program('p', { y: t.add(x, other) })).toThrow("two inputs are named 'x'")
    expect(() => program('p', { x: t.neg(x) })).toThrow("an input and an output are both named 'x'")
  })

  it('keeps its own names apart from those of inputs and outputs', () => {
    const [v0, c1] = [t.input('v0', 'float32', [2]), t.input('c1', 'float32', [2])]
    const model = toOnnx(program('p', { v3: t.exp(t.add(t.mul(v0, 3), t.add(c1, 2))), c0: t.neg(v0) }))
    const made = [
      ...model.inputs.map(({ name }) => name),
      ...model.initializers.keys(),
      ...model.nodes.flatMap(({ outputs }) => outputs),
    ]
    expect(new Set(made).size).toBe(made.length)
  })
})
