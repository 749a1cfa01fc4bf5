import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx, topological } from '../graph/program.ts'
import { encodeModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { type HostTensor, hostFloat } from '../tensor/host.ts'
import { broadcast } from '../tensor/shape.ts'
import { grad } from './grad.ts'
import { unbroadcast } from './vjp.ts'

async function evaluate(
  outputs: Record<string, Tensor>,
  feeds: Record<string, HostTensor>,
): Promise<Record<string, number[]>> {
  const session = await nodeRuntime.createSession(encodeModel(toOnnx(program('grad', outputs))), { threads: 1 })
  const out = await session.run(feeds)
  await session.dispose()
  return Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, Array.from(data as Float32Array)]))
}

describe('grad', () => {
  it('adds up over shared subexpressions and visits each of them once', async () => {
    const x = t.input('x', 'float32', [2])
    let y = x
    // Doubling 24 times: a walk over paths instead of nodes would take 2^24 steps.
    for (let i = 0; i < 24; i++) y = t.add(y, y)
    const [g] = grad(t.reduceSum(y), [x])
    expect(topological([g!]).length).toBeLessThan(100)
    expect((await evaluate({ g: g! }, {}))['g']).toEqual([2 ** 24, 2 ** 24])
  })

  it('gives x² the gradient 2x however the square is written', async () => {
    const x = t.input('x', 'float32', [3])
    const ways = [t.mul(x, x), t.pow(x, 2), t.mul(t.abs(x), t.abs(x)), t.checkpoint((y) => t.mul(y, y), [x])]
    const outputs = Object.fromEntries(ways.map((y, i) => [`g${i}`, grad(t.reduceSum(y), [x])[0]!]))
    for (const g of Object.values(await evaluate(outputs, { x: hostFloat([3], [1, -2, 3]) })))
      expect(g).toEqual([2, -4, 6])
  })

  it('lets nothing through stopGradient', async () => {
    const x = t.input('x', 'float32', [2])
    const [half] = grad(t.reduceSum(t.mul(x, t.stopGradient(x))), [x])
    const [none] = grad(t.reduceSum(t.stopGradient(t.mul(x, x))), [x])
    expect(await evaluate({ half: half!, none: none! }, { x: hostFloat([2], [3, 5]) })).toEqual({
      half: [3, 5],
      none: [0, 0],
    })
  })

  it('gives zeros of the right shape for what the loss does not depend on', async () => {
    const [x, unused] = [t.input('x', 'float32', [2]), t.input('unused', 'float32', [2, 3])]
    const [g, zero] = grad(t.reduceSum(x), [x, unused])
    expect(zero!.shape).toEqual([2, 3])
    expect(await evaluate({ g: g!, zero: zero! }, {})).toEqual({ g: [1, 1], zero: [0, 0, 0, 0, 0, 0] })
  })

  it('differentiates with respect to an inner value and to the loss itself', async () => {
    const x = t.input('x', 'float32', [])
    const y = t.mul(x, x)
    const loss = t.mul(y, 3)
    const [gy, gx, gl] = grad(loss, [y, x, loss])
    expect(await evaluate({ gy: gy!, gx: gx!, gl: gl! }, { x: hostFloat([], [2]) })).toEqual({
      gy: [3],
      gx: [12],
      gl: [1],
    })
  })

  it('starts from a given seed', async () => {
    const x = t.input('x', 'float32', [])
    const [g] = grad(t.mul(x, x), [x], t.scalar(10))
    expect(await evaluate({ g: g! }, { x: hostFloat([], [3]) })).toEqual({ g: [60] })
  })

  it('rejects a loss that is no scalar or no float', () => {
    const x = t.input('x', 'float32', [2, 3])
    expect(() => grad(x, [x])).toThrow('grad: the loss must be a scalar, got [2, 3]; reduce it first')
    expect(() => grad(t.cast(t.reduceSum(x), 'int32'), [x])).toThrow('grad: the loss must be floating point, got int32')
  })

  it('says which operations have no gradient', () => {
    const [x, like] = [t.input('x', 'float32', [2, 5]), t.input('like', 'float32', [1, 1, 3, 1])]
    expect(() => grad(t.reduceSum(t.splitLike(x, like, { axis: 1, rest: 2 })[0]), [x])).toThrow(
      'splitLike: it has no gradient',
    )
    expect(() => grad(t.reduceSum(t.gather(x, t.input('i', 'int32', [1]), 1)), [x])).toThrow(
      'gather: gradients are defined for rows of a matrix',
    )
  })
})

describe('unbroadcast', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 })

  it('undoes the shape of any broadcast', () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const joint = broadcast(a, b)
        fc.pre(joint !== undefined)
        const g = t.input('g', 'float32', joint)
        expect(unbroadcast(g, a).shape).toEqual(a)
        expect(unbroadcast(g, b).shape).toEqual(b)
      }),
    )
  })

  it('sums as often as the value was repeated', async () => {
    await fc.assert(
      fc.asyncProperty(shape, shape, async (a, b) => {
        const joint = broadcast(a, b) as number[] | undefined
        fc.pre(joint !== undefined)
        const size = (s: readonly number[]): number => s.reduce((n, d) => n * d, 1)
        const { y } = await evaluate(
          { y: unbroadcast(t.input('g', 'float32', joint), a) },
          { g: hostFloat(joint, new Array(size(joint)).fill(1)) },
        )
        expect(y).toEqual(new Array(size(a)).fill(size(joint) / size(a)))
      }),
      { numRuns: 40 },
    )
  })
})
