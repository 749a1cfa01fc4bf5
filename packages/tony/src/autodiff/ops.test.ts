/** @file Every operation: its value against a reference, its gradient against finite differences, both through ONNX Runtime. */
import { describe, expect, it } from 'vitest'
import { type OpCase, opTests } from '../../../../test/helpers/op-cases.ts'
import { toReference } from '../../../../test/helpers/reference.ts'
import type { OpName, Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { encodeModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import type { Session } from '../runtime/types.ts'
import { dtypes } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host.ts'
import { grad } from './grad.ts'

const STEP = 2 ** -7

const compile = (outputs: Record<string, Tensor>): Promise<Session> =>
  nodeRuntime.createSession(encodeModel(toOnnx(program('op', outputs))), { threads: 1 })

const feedsOf = (values: readonly HostTensor[]): Record<string, HostTensor> =>
  Object.fromEntries(values.map((value, i) => [`x${i}`, value]))

const inputsOf = (test: OpCase): Tensor[] => test.inputs.map(({ dtype, shape }, i) => t.input(`x${i}`, dtype, shape))

const isFloat = ({ dtype }: HostTensor): boolean => dtypes[dtype].float

function expectClose(got: readonly number[], want: readonly number[], tolerance: number): void {
  expect(got.length).toBe(want.length)
  got.forEach((value, i) => {
    const difference = Math.abs(value - Math.fround(want[i]!)) / Math.max(1, Math.abs(want[i]!))
    if (!(difference <= tolerance)) expect.fail(`element ${i}: got ${value}, want ${want[i]} (tolerance ${tolerance})`)
  })
}

/** Loss Σ weight · y with weights that differ from element to element; taken in double precision outside the program. */
const weightOf = (i: number): number => Math.fround(Math.cos(1 + 2.3 * i))

for (const op of Object.keys(opTests) as OpName[]) {
  const { tolerance, gradient, tables = [], cases } = opTests[op]
  describe(op, () => {
    it.each(cases)('$name: gives the reference values', async (test) => {
      const y = test.build(...inputsOf(test))
      const session = await compile({ y })
      const got = (await session.run(feedsOf(test.inputs)))['y']!
      const want = test.expected(...test.inputs.map(toReference))
      expect(got.shape).toEqual(want.shape)
      expect(y.shape).toEqual(want.shape)
      expect(got.dtype).toBe(y.dtype)
      expectClose(toReference(got).values, want.values, tolerance)
      await session.dispose()
    })
    if (typeof gradient !== 'number') return
    it.each(cases)('$name: has the gradient of finite differences', async (test) => {
      const xs = inputsOf(test)
      const y = test.build(...xs)
      const size = y.shape.reduce<number>((n, dim) => n * (dim as number), 1)
      const weights = t.reshape(
        t.concat(
          Array.from({ length: size }, (_, i) => t.reshape(t.scalar(weightOf(i)), [1])),
          0,
        ),
        y.shape,
      )
      const wanted = test.inputs.flatMap((value, i) => (isFloat(value) && !tables.includes(i) ? [i] : []))
      expect(wanted.length).toBeGreaterThan(0)
      const gradients = grad(
        t.reduceSum(t.mul(y, weights)),
        wanted.map((i) => xs[i]!),
      )
      const session = await compile({ y, ...Object.fromEntries(wanted.map((i, k) => [`g${i}`, gradients[k]!])) })
      const result = await session.run(feedsOf(test.inputs))
      const lossAt = async (values: readonly HostTensor[]): Promise<number> => {
        const out = (await session.run(feedsOf(values), { want: ['y'] }))['y']!
        return Array.from(out.data as Float32Array).reduce((sum, v, i) => sum + v * weightOf(i), 0)
      }
      for (const i of wanted) {
        const value = test.inputs[i] as HostTensor<'float32'>
        const differences: number[] = []
        for (let e = 0; e < value.data.length; e++) {
          const moved = (by: number): HostTensor<'float32'> => ({
            ...value,
            data: value.data.map((v, k) => (k === e ? v + by : v)),
          })
          const [up, down] = [moved(STEP), moved(-STEP)]
          const losses = [await lossAt(test.inputs.with(i, up)), await lossAt(test.inputs.with(i, down))] as const
          differences.push((losses[0] - losses[1]) / (up.data[e]! - down.data[e]!))
        }
        expect(result[`g${i}`]!.shape).toEqual(value.shape)
        expectClose(toReference(result[`g${i}`]!).values, differences, gradient)
      }
      await session.dispose()
    })
  })
}
