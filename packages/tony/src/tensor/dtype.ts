/** @file Element types: their ONNX numbers, sizes and host arrays. */

/** One row per element type; `onnx` is TensorProto.DataType. */
export const dtypes = {
  float32: { onnx: 1, bytes: 4, float: true },
  uint8: { onnx: 2, bytes: 1, float: false },
  int8: { onnx: 3, bytes: 1, float: false },
  int32: { onnx: 6, bytes: 4, float: false },
  int64: { onnx: 7, bytes: 8, float: false },
  bool: { onnx: 9, bytes: 1, float: false },
  float16: { onnx: 10, bytes: 2, float: true },
} as const

export type DType = keyof typeof dtypes

/** The host array of each element type; float16 travels as its 16-bit pattern, bool as 0 or 1. */
export interface HostArrays {
  float32: Float32Array
  uint8: Uint8Array
  int8: Int8Array
  int32: Int32Array
  int64: BigInt64Array
  bool: Uint8Array
  float16: Uint16Array
}

export type HostData = HostArrays[DType]

const constructors: { readonly [D in DType]: new (length: number) => HostArrays[D] } = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
}

/** A zero-filled host array of `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): HostArrays[D] {
  return new constructors[dtype](length)
}

/** The bytes of a host array, without a copy. */
export function bytesOf(data: HostData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** A host array over a copy of `bytes` (little-endian). */
export function fromBytes<D extends DType>(dtype: D, bytes: Uint8Array): HostArrays[D] {
  const out = allocate(dtype, bytes.byteLength / dtypes[dtype].bytes)
  bytesOf(out).set(bytes)
  return out
}
