/** @file Shapes: a dimension is a number or, where it is known only when the program runs, a name. */
import { TonyError } from '../util/errors.ts'

/** A length, or the name of a length that the inputs decide (`'batch'`). */
export type Dim = number | string
export type Shape = readonly Dim[]

/** `[2, 'time', 64]` as a person writes it. */
export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** Number of elements; throws if a dimension is only known by name. */
export function sizeOf(shape: Shape): number {
  let size = 1
  for (const dim of shape) {
    if (typeof dim === 'string')
      throw new TonyError(
        'shape',
        `sizeOf: dimension '${dim}' of ${showShape(shape)} is not a number; give this input a fixed length`,
      )
    size *= dim
  }
  return size
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i])
}

/** NumPy broadcasting; `undefined` if the shapes do not fit. */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const out: Dim[] = []
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1
    const y = b[i - rank + b.length] ?? 1
    if (x !== y && x !== 1 && y !== 1) return undefined
    out.push(x === 1 ? y : x)
  }
  return out
}

/** Turns an axis in [-rank, rank) into [0, rank); `undefined` if it is out of range. */
export function normalizeAxis(axis: number, rank: number): number | undefined {
  const out = axis < 0 ? axis + rank : axis
  return Number.isInteger(axis) && out >= 0 && out < rank ? out : undefined
}

/** The product of dimensions, numbers multiplied out, names in order: `2*batch`. */
export function productOf(dims: Shape): Dim {
  let size = 1
  const names: string[] = []
  for (const dim of dims) {
    if (typeof dim === 'number') size *= dim
    else {
      for (const part of dim.split('*')) {
        const value = Number(part)
        if (Number.isFinite(value)) size *= value
        else names.push(part)
      }
    }
  }
  if (names.length === 0) return size
  names.sort()
  return size === 1 ? names.join('*') : [size, ...names].join('*')
}
