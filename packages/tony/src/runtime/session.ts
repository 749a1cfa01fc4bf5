/** @file What the sessions of every platform share: tensors to and from ONNX Runtime, and the sentences of its errors. */
import type { DType, HostArrays } from '../tensor/dtype.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'
import type { SessionOptions } from './types.ts'

/** The part of ONNX Runtime's tensors that both packages have. */
interface EngineTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
}

/** How ONNX Runtime's package of a platform makes its tensors. */
export type TensorConstructor<T> = new (type: 'float32', data: Float32Array, dims: readonly number[]) => T

/** ONNX Runtime's view of a host tensor; no copy. */
export function toEngine<T>(make: TensorConstructor<T>, { dtype, data, shape }: HostTensor): T {
  // The constructor has one overload for each element type; which one this is, is known at run time only.
  return new make(dtype as 'float32', data as Float32Array, shape)
}

/** The host's view of a tensor that ONNX Runtime made; no copy. */
export function fromEngine({ type, dims, data }: EngineTensor): HostTensor {
  // Where the platform has Float16Array, ONNX Runtime uses it; here float16 travels as its 16-bit pattern.
  if (type === 'float16' && !(data instanceof Uint16Array)) {
    const { buffer, byteOffset, length } = data as Uint16Array
    return hostTensor('float16', dims, new Uint16Array(buffer, byteOffset, length))
  }
  return { dtype: type as DType, shape: dims, data: data as HostArrays[DType] }
}

/** The inputs of one run in the order of `names`. Throws `invalid` for one that `feeds` lacks. */
export function inputsOf<T>(
  make: TensorConstructor<T>,
  names: readonly string[],
  feeds: Readonly<Record<string, HostTensor>>,
): Record<string, T> {
  const inputs: Record<string, T> = {}
  for (const name of names) {
    const tensor = feeds[name]
    if (tensor === undefined)
      throw new TonyError('invalid', `runtime: input '${name}' is missing; the program takes ${names.join(', ')}`)
    inputs[name] = toEngine(make, tensor)
  }
  return inputs
}

/** Why a model was refused. */
export function loadError(cause: unknown): TonyError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new TonyError('invalid', `runtime: ONNX Runtime cannot load the model: ${message}`, { cause })
}

/** Options of ONNX Runtime's sessions that are the same on every platform. */
export function commonOptions({ withoutOptimizers = [] }: SessionOptions): {
  executionMode: 'sequential'
  graphOptimizationLevel: 'all'
  logSeverityLevel: 3
  extra?: Record<string, unknown>
} {
  return {
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(withoutOptimizers.length === 0
      ? {}
      : { extra: { optimization: { disable_specified_optimizers: withoutOptimizers.join(';') } } }),
  }
}
