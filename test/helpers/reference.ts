/** @file A slow, obvious implementation of tensor functions in double precision: what the operations are checked against. */
import type { HostTensor } from '../../packages/tony/src/tensor/host.ts'
import { sizeOf } from '../../packages/tony/src/tensor/shape.ts'

/** A tensor of doubles with a look-up by index. */
export interface Reference {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** The value of each index, in row-major order. */
export function tabulate(shape: readonly number[], value: (...at: number[]) => number): Reference {
  const values: number[] = []
  for (let flat = 0; flat < sizeOf(shape); flat++) values.push(value(...unravel(flat, shape)))
  return { shape, values }
}

/** The element of `x` at an index, which may have more axes and longer ones than `x` does (broadcasting). */
export function look(x: Reference, at: readonly number[]): number {
  const extra = at.length - x.shape.length
  const flat = x.shape.reduce((sum, length, i) => sum * length + (length === 1 ? 0 : at[extra + i]!), 0)
  return x.values[flat]!
}

/** `f` of corresponding elements; the output has the given shape. */
export function mapped(shape: readonly number[], f: (...values: number[]) => number, ...xs: Reference[]): Reference {
  return tabulate(shape, (...at) => f(...xs.map((x) => look(x, at))))
}

/** Folds `x` over some axes. */
export function reduced(
  x: Reference,
  { axes, keepdims }: { axes: readonly number[]; keepdims: boolean },
  fold: (values: number[]) => number,
): Reference {
  const groups = new Map<string, number[]>()
  x.values.forEach((value, flat) => {
    const key = unravel(flat, x.shape)
      .filter((_, i) => !axes.includes(i))
      .join()
    groups.set(key, [...(groups.get(key) ?? []), value])
  })
  const shape = keepdims
    ? x.shape.map((length, i) => (axes.includes(i) ? 1 : length))
    : x.shape.filter((_, i) => !axes.includes(i))
  return { shape, values: [...groups.values()].map(fold) }
}

/** The elements of a host tensor as doubles. */
export function toReference(x: HostTensor): Reference {
  return { shape: x.shape as number[], values: Array.from(x.data as Float32Array, Number) }
}

function unravel(flat: number, shape: readonly number[]): number[] {
  const at: number[] = []
  for (let i = shape.length - 1; i >= 0; i--) {
    at.unshift(flat % shape[i]!)
    flat = Math.floor(flat / shape[i]!)
  }
  return at
}
