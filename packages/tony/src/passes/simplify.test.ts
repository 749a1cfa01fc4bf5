import { describe, expect, it } from 'vitest'
import { opTests } from '../../../../test/helpers/op-cases.ts'
import { toReference } from '../../../../test/helpers/reference.ts'
import { grad } from '../autodiff/grad.ts'
import { runFeeds } from '../generate/kv-feeds.ts'
import { KvPool, KvSequence } from '../generate/kv-pool.ts'
import type { OpName, Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { type Program, program, toOnnx, topological } from '../graph/program.ts'
import { constant } from '../graph/trace.ts'
import { gptLoss } from '../models/gpt.ts'
import { omniConfig } from '../models/omni/config.ts'
import { omniDecode } from '../models/omni/model.ts'
import { blockConfig } from '../nn/block.ts'
import { initParams, ParamScope } from '../nn/params.ts'
import { encodeModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { type HostTensor, hostFloat, hostInt } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { countNodes, simplify } from './simplify.ts'

async function evaluate(source: Program, feeds: Record<string, HostTensor>): Promise<Record<string, HostTensor>> {
  const session = await nodeRuntime.createSession(encodeModel(toOnnx(source)), { threads: 1 })
  const out = await session.run(feeds)
  await session.dispose()
  return out
}

async function expectEqualOutputs(
  source: Program,
  feeds: Record<string, HostTensor>,
  tolerance = 1e-6,
): Promise<Program> {
  const smaller = simplify(source)
  const [before, after] = [await evaluate(source, feeds), await evaluate(smaller, feeds)]
  for (const [name, { shape, dtype, data }] of Object.entries(before)) {
    expect(after[name]!.shape).toEqual(shape)
    expect(after[name]!.dtype).toBe(dtype)
    data.forEach((value: number | bigint, i: number) => {
      expect(Math.abs(Number(value) - Number(after[name]!.data[i]))).toBeLessThanOrEqual(
        tolerance * Math.max(1, Math.abs(Number(value))),
      )
    })
  }
  return smaller
}

const opsOf = (source: Program): OpName[] => topological(Object.values(source.outputs)).map((node) => node.op)
const x = t.input('x', 'float32', [2, 3])
const w = t.input('w', 'float32', [3, 3])
const feeds = { x: hostFloat([2, 3], [1, -2, 3, 0.5, -0.25, 4]), w: hostFloat([3, 3], [1, 2, 3, -1, 0, 1, 0.5, 2, -3]) }
const used = (outputs: Record<string, Tensor>): Record<string, HostTensor> =>
  Object.fromEntries(
    program('p', outputs)
      .inputs.map(({ node }) => (node.attributes as { name: string }).name)
      .map((name) => [name, feeds[name as 'x']]),
  )

/** What is written, and the operations that should be left besides inputs and constants. */
const rewrites: [string, () => Tensor, OpName[]][] = [
  ['x + 0', () => t.add(x, 0), []],
  ['0 + x', () => t.add(0, x), []],
  ['x - 0', () => t.sub(x, 0), []],
  ['1 x', () => t.mul(1, x), []],
  ['x / 1', () => t.div(x, 1), []],
  ['--x', () => t.neg(t.neg(x)), []],
  ['x + -y', () => t.add(x, t.neg(t.exp(x))), ['exp', 'sub']],
  ['-y + x', () => t.add(t.neg(t.exp(x)), x), ['exp', 'sub']],
  ['x - -y', () => t.sub(x, t.neg(t.exp(x))), ['exp', 'add']],
  ['stopGradient', () => t.exp(t.stopGradient(x)), ['exp']],
  ['two transposes that cancel', () => t.transpose(t.transpose(x, [1, 0]), [1, 0]), []],
  [
    'two transposes',
    () => t.transpose(t.transpose(t.reshape(x, [1, 2, 3]), [1, 2, 0]), [1, 2, 0]),
    ['reshape', 'transpose'],
  ],
  ['a transpose of an axis of length 1', () => t.transpose(t.reshape(x, [2, 1, 3]), [1, 0, 2]), ['reshape']],
  ['two reshapes', () => t.reshape(t.reshape(x, [6]), [3, 2]), ['reshape']],
  ['two reshapes that cancel', () => t.reshape(t.reshape(x, [6]), [2, 3]), []],
  ['arithmetic on constants', () => t.mul(x, t.sqrt(t.add(t.mul(t.scalar(2), 3), 10))), ['mul']],
  [
    'an expanded operand',
    () => t.mul(x, t.broadcastTo(t.reduceSum(x, { axes: [1], keepdims: true }), [2, 3])),
    ['reduceSum', 'mul'],
  ],
  ['a full tensor', () => t.div(x, t.full([2, 3], 7)), ['div']],
  ['a factor behind a product', () => t.mul(t.matmul(x, w), 0.5), ['matmul']],
  ['a factor before a product', () => t.matmul(t.mul(0.5, x), t.mul(w, 3)), ['matmul']],
  ['minus a product', () => t.neg(t.matmul(x, w)), ['matmul']],
  ['x sigmoid(x)', () => t.mul(x, t.sigmoid(x)), ['silu']],
  ['sigmoid(x) x', () => t.mul(t.sigmoid(x), x), ['silu']],
  ['a double not', () => t.cast(t.not(t.not(t.less(x, 0))), 'float32'), ['less', 'cast']],
  ['a checkpoint', () => t.checkpoint((y) => t.tanh(y), [x]), ['tanh']],
]

describe('simplify', () => {
  it.each(rewrites)('rewrites %s', async (_, build, left) => {
    const y = build()
    const smaller = await expectEqualOutputs(program('p', { y }), used({ y }))
    expect(opsOf(smaller).filter((op) => op !== 'input' && op !== 'constant')).toEqual(left)
  })

  it('merges equal values, also those whose operands are swapped', async () => {
    const y = t.add(t.mul(t.exp(x), w2()), t.mul(w2(), t.exp(x)))
    const smaller = await expectEqualOutputs(program('p', { y }), used({ y }))
    expect(opsOf(smaller).filter((op) => op === 'exp' || op === 'mul')).toHaveLength(2)
  })
  const w2 = (): Tensor => constant(hostFloat([3], [2, 3, 4]))

  it('keeps a product that is read twice as it is', () => {
    const product = t.matmul(x, w)
    expect(
      opsOf(simplify(program('p', { a: t.mul(product, 2), b: t.exp(product) }))).filter((op) => op === 'matmul'),
    ).toHaveLength(1)
    const [once, again] = [t.matmul(x, w), t.matmul(x, w)]
    expect(
      opsOf(simplify(program('p', { a: t.mul(once, 2), b: t.exp(again) }))).filter((op) => op === 'matmul'),
    ).toHaveLength(1)
  })

  it('does not divide by zero or hide a NaN while folding', () => {
    expect(opsOf(simplify(program('p', { y: t.log(t.scalar(0)) })))).toEqual(['constant', 'log'])
  })

  it('never merges a recomputation with its original', async () => {
    const z = t.input('x', 'float32', [2, 3])
    const loss = t.reduceSum(t.checkpoint((y) => t.tanh(t.mul(t.sin(y), y)), [z]))
    const smaller = await expectEqualOutputs(program('p', { loss, g: grad(loss, [z])[0]! }), { x: feeds.x })
    expect(opsOf(smaller).filter((op) => op === 'sin')).toHaveLength(2)
    expect(opsOf(smaller)).toContain('barrier')
  })

  it.each(Object.keys(opTests) as OpName[])('keeps every case of %s', async (op) => {
    for (const { inputs, build, expected } of opTests[op].cases) {
      const y = build(...inputs.map(({ dtype, shape }, i) => t.input(`x${i}`, dtype, shape)))
      const out = (
        await evaluate(simplify(program('p', { y })), Object.fromEntries(inputs.map((value, i) => [`x${i}`, value])))
      )['y']!
      const want = expected(...inputs.map(toReference))
      expect(out.shape).toEqual(want.shape)
      toReference(out).values.forEach((value, i) => {
        expect(Math.abs(value - want.values[i]!)).toBeLessThanOrEqual(
          Math.max(opTests[op].tolerance, 1e-6) * Math.max(1, Math.abs(want.values[i]!)),
        )
      })
    }
  })

  it('shrinks a training step and keeps its loss and gradients', async () => {
    const scope = new ParamScope()
    const loss = gptLoss(
      scope,
      { ...blockConfig({ width: 32, layers: 2, heads: 2, kvHeads: 1 }), vocab: 11 },
      { batch: 2, time: 8 },
    )
    const params = scope.entries
    const gradients = grad(
      loss,
      params.map(({ tensor }) => tensor),
    )
    const source = program('step', {
      loss,
      ...Object.fromEntries(params.map(({ spec }, i) => [`g/${spec.name}`, gradients[i]!])),
    })
    const rng = makeRng(1)
    const row = (max: number): HostTensor =>
      hostInt(
        [2, 8],
        Array.from({ length: 16 }, () => rng.int(max)),
      )
    const batch = {
      tokens: row(11),
      targets: row(11),
      segments: row(1),
      positions: hostInt(
        [2, 8],
        Array.from({ length: 16 }, (_, i) => i % 8),
      ),
      weights: hostFloat([2, 8], new Array(16).fill(1)),
    }
    const smaller = await expectEqualOutputs(
      source,
      {
        ...batch,
        ...initParams(
          params.map(({ spec }) => spec),
          1,
        ),
      },
      2e-5,
    )
    expect(countNodes(smaller)).toBeLessThan(0.95 * countNodes(source))
  })

  it('keeps named lengths in a decoding step', async () => {
    const config = omniConfig({ width: 64, layers: 1, textVocab: 20 })
    const scope = new ParamScope()
    const source = program('decode', omniDecode(scope, config))
    const { kvHeads, headDim } = config.block
    const rng = makeRng(2)
    const random = (shape: number[]): HostTensor =>
      hostFloat(
        shape,
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
      )
    const pool = new KvPool(config.block, 64)
    const sequence = new KvSequence()
    pool.reserve(sequence, 7)
    const cache = random([1, kvHeads, 4, headDim])
    pool.append([sequence], { 'new/0/keys': cache, 'new/0/values': cache }, 4)
    await expectEqualOutputs(
      source,
      {
        tokens: hostInt([1, 3], [1, 2, 3]),
        signals: random([1, 3, 64]),
        asked: hostInt([1], [2]),
        ...runFeeds(pool, [sequence], 3),
        ...initParams(
          scope.entries.map(({ spec }) => spec),
          3,
        ),
      },
      2e-5,
    )
    expect(countNodes(simplify(source))).toBeLessThanOrEqual(countNodes(source))
  })
})
