/** @file Tensors on the host: a typed array with a shape. */
import { TonyError } from '../util/errors.ts'
import { allocate, type DType, type HostArrays } from './dtype.ts'
import { showShape, sizeOf } from './shape.ts'

/** A dense, row-major tensor in host memory. */
export interface HostTensor<D extends DType = DType> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: HostArrays[D]
}

/** Wraps `data` (no copy); throws `shape` if its length does not fit. */
export function hostTensor<D extends DType>(dtype: D, shape: readonly number[], data: HostArrays[D]): HostTensor<D> {
  if (data.length !== sizeOf(shape)) {
    throw new TonyError('shape', `hostTensor: ${showShape(shape)} needs ${sizeOf(shape)} elements, got ${data.length}`)
  }
  return { dtype, shape, data }
}

/** A zero-filled tensor. */
export function hostZeros<D extends DType>(dtype: D, shape: readonly number[]): HostTensor<D> {
  return { dtype, shape, data: allocate(dtype, sizeOf(shape)) }
}

/** A float32 tensor from numbers. */
export function hostFloat(shape: readonly number[], values: ArrayLike<number>): HostTensor<'float32'> {
  return hostTensor('float32', shape, Float32Array.from(values))
}

/** An int32 tensor from numbers. */
export function hostInt(shape: readonly number[], values: ArrayLike<number>): HostTensor<'int32'> {
  return hostTensor('int32', shape, Int32Array.from(values))
}

/** The numbers of `parts`, one after the other. */
export function concatFloats(parts: readonly ArrayLike<number>[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** A scalar of the given type. */
export function hostScalar(value: number, dtype: 'float32' | 'int32' = 'float32'): HostTensor {
  return dtype === 'float32' ? hostFloat([], [value]) : hostInt([], [value])
}
