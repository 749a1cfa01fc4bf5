/** @file AdamW and schedules against their definitions, in double precision. */
import { expect, it } from 'vitest'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { encodeModel } from '../onnx/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { hostFloat, hostScalar } from '../tensor/host.ts'
import { makeRng } from '../util/rng.ts'
import { type AdamWConfig, adamW } from './adamw.ts'
import { cosine, wsd } from './schedule.ts'

const CONFIG: AdamWConfig = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, clip: 1 }

interface State {
  param: number[]
  moment1: number[]
  moment2: number[]
}

/** One step of AdamW (Loshchilov & Hutter 2019, algorithm 2) on gradients that were scaled to a global norm of at most `clip`. */
function reference(
  states: readonly State[],
  gradients: readonly (readonly number[])[],
  { step, rate, decays }: { step: number; rate: number; decays: readonly boolean[] },
): number {
  const norm = Math.sqrt(gradients.flat().reduce((sum, g) => sum + g * g, 0))
  const scale = Math.min(1, CONFIG.clip / (norm + 1e-6))
  states.forEach((state, k) => {
    gradients[k]!.forEach((raw, i) => {
      const g = raw * scale
      state.moment1[i] = CONFIG.beta1 * state.moment1[i]! + (1 - CONFIG.beta1) * g
      state.moment2[i] = CONFIG.beta2 * state.moment2[i]! + (1 - CONFIG.beta2) * g * g
      const m = state.moment1[i]! / (1 - CONFIG.beta1 ** step)
      const v = state.moment2[i]! / (1 - CONFIG.beta2 ** step)
      const decayed = state.param[i]! * (decays[k] ? 1 - rate * CONFIG.weightDecay : 1)
      state.param[i] = decayed - (rate * m) / (Math.sqrt(v) + CONFIG.eps)
    })
  })
  return norm
}

it('takes the steps of AdamW, clips the global norm and lets only matrices decay', async () => {
  const specs = [
    { name: 'matrix', shape: [2, 3], init: { kind: 'zeros' }, decay: true },
    { name: 'vector', shape: [4], init: { kind: 'zeros' }, decay: false },
  ] as const
  const gradients = specs.map(({ name, shape }) => t.input(`g/${name}`, 'float32', shape))
  const scalar = (name: string): Tensor => t.input(name, 'float32', [])
  const { updates, norm } = adamW(
    specs.map((spec) => ({ spec, tensor: t.input(spec.name, 'float32', spec.shape) })),
    gradients,
    { rate: scalar('rate'), correction1: scalar('correction1'), correction2: scalar('correction2') },
    CONFIG,
  )
  const outputs = Object.fromEntries(
    updates.flatMap(({ name, param, moment1, moment2 }) => [
      [`next/${name}`, param],
      [`next/m/${name}`, moment1],
      [`next/v/${name}`, moment2],
    ]),
  )
  const session = await nodeRuntime.createSession(encodeModel(toOnnx(program('adamw', { ...outputs, norm }))), {
    threads: 1,
  })
  const rng = makeRng(3)
  const states = specs.map(({ shape }): State => {
    const size = (shape as readonly number[]).reduce((a, b) => a * b, 1)
    const zeros = (): number[] => new Array<number>(size).fill(0)
    return { param: zeros().map(() => rng.normal()), moment1: zeros(), moment2: zeros() }
  })
  // Gradients below and above the norm at which they are clipped.
  for (const [i, loud] of [0.05, 0.3, 2, 40, 0.01].entries()) {
    const rate = 0.01 * (i + 1)
    const given = states.map(({ param }) => param.map(() => rng.normal() * loud))
    const feeds = Object.fromEntries(
      specs.flatMap(({ name, shape }, k) => [
        [name, hostFloat(shape, states[k]!.param)],
        [`m/${name}`, hostFloat(shape, states[k]!.moment1)],
        [`v/${name}`, hostFloat(shape, states[k]!.moment2)],
        [`g/${name}`, hostFloat(shape, given[k]!)],
      ]),
    )
    const out = await session.run({
      ...feeds,
      rate: hostScalar(rate),
      correction1: hostScalar(1 - CONFIG.beta1 ** (i + 1)),
      correction2: hostScalar(1 - CONFIG.beta2 ** (i + 1)),
    })
    const expected = reference(states, given, { step: i + 1, rate, decays: specs.map(({ decay }) => decay) })
    expect(Number(out['norm']!.data[0]) / expected).toBeCloseTo(1, 5)
    specs.forEach(({ name }, k) => {
      const far = (key: string, want: readonly number[]): number =>
        Math.max(...[...(out[key]!.data as Float32Array)].map((value, at) => Math.abs(value - want[at]!)))
      expect(far(`next/${name}`, states[k]!.param)).toBeLessThan(2e-6)
      expect(far(`next/m/${name}`, states[k]!.moment1)).toBeLessThan(1e-6)
      expect(far(`next/v/${name}`, states[k]!.moment2)).toBeLessThan(1e-6)
    })
  }
  await session.dispose()
})

it('warms up, stays and cools down', () => {
  const rate = wsd({ peak: 2, warmup: 4, steps: 100, cooldown: 0.5, floor: 0.1 })
  expect([0, 1, 3, 4, 49, 50].map(rate)).toEqual([0.5, 1, 2, 2, 2, 2])
  expect(rate(75)).toBeCloseTo(2 * 0.55, 10)
  expect(rate(100)).toBeCloseTo(0.2, 10)
  expect(rate(500)).toBeCloseTo(0.2, 10)
})

it('falls along half a cosine', () => {
  const rate = cosine({ peak: 2, warmup: 4, steps: 104, floor: 0.1 })
  expect([0, 3, 4].map(rate)).toEqual([0.5, 2, 2])
  expect(rate(54)).toBeCloseTo(2 * 0.55, 10)
  expect(rate(104)).toBeCloseTo(0.2, 10)
})
