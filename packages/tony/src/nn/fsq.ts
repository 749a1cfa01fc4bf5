/** @file Finite scalar quantization (Mentzer et al. 2023): a code is a point on a small grid, without a learned codebook. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { constant } from '../graph/trace.ts'

const row = (values: readonly number[]): Tensor =>
  constant({ dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) })

/** Grid steps [n, dims] (whole numbers from 0 to levels - 1) for z [n, dims], with straight-through gradients. */
export function fsqSteps(z: Tensor, levels: readonly number[]): Tensor {
  const bounded = t.mul(t.sigmoid(z), row(levels.map((l) => l - 1)))
  return t.add(bounded, t.stopGradient(t.sub(t.round(bounded), bounded)))
}

/** Grid steps as coordinates in [-1, 1]. */
export function fsqCoordinates(steps: Tensor, levels: readonly number[]): Tensor {
  return t.sub(t.mul(steps, row(levels.map((l) => 2 / (l - 1)))), 1)
}

/** The code of each group of grid steps: [n, groups] int32, first dimension least significant. */
export function fsqCodes(steps: Tensor, levels: readonly number[], groups: number): Tensor {
  const per = levels.length / groups
  const weights = levels.map((_, i) => levels.slice(i - (i % per), i).reduce((p, l) => p * l, 1))
  const weighted = t.mul(steps, row(weights))
  const rows = steps.shape[0]!
  return t.cast(t.reduceSum(t.reshape(weighted, [rows, groups, per]), { axes: [2] }), 'int32')
}

/** Coordinates in [-1, 1] of a code, on the host: the inverse of `fsqCodes`. `levels` are those of one group. */
export function fsqCodeCoordinates(code: number, levels: readonly number[]): number[] {
  let rest = code
  return levels.map((l) => {
    const step = rest % l
    rest = Math.floor(rest / l)
    return (2 * step) / (l - 1) - 1
  })
}
