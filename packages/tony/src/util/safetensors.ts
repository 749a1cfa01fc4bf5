/** @file The safetensors file format: an 8-byte length, a JSON header, then raw little-endian tensors. */
import { TonyError } from './errors.ts'

const names = { F32: 4, F16: 2, I8: 1, U8: 1, I32: 4 } as const

export type SafeType = keyof typeof names

export interface SafeTensor {
  readonly type: SafeType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

export interface SafeFile {
  readonly tensors: Readonly<Record<string, SafeTensor>>
  readonly metadata: Readonly<Record<string, string>>
}

declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string }

/** The bytes of a `.safetensors` file. */
export function encodeSafetensors({ tensors, metadata }: SafeFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata }
  let at = 0
  for (const [name, { type, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype: type, shape, data_offsets: [at, at + bytes.byteLength] }
    at += bytes.byteLength
  }
  let text = JSON.stringify(header)
  text += ' '.repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8)
  const head = new TextEncoder().encode(text)
  const out = new Uint8Array(8 + head.length + at)
  new DataView(out.buffer).setBigUint64(0, BigInt(head.length), true)
  out.set(head, 8)
  let offset = 8 + head.length
  for (const { bytes } of Object.values(tensors)) {
    out.set(bytes, offset)
    offset += bytes.byteLength
  }
  return out
}

/** Reads a `.safetensors` file; throws `invalid` if it is truncated or not one. Tensor bytes are views into `bytes`. */
export function decodeSafetensors(bytes: Uint8Array, name = 'checkpoint'): SafeFile {
  const broken = (why: string, cause?: unknown): TonyError =>
    new TonyError(
      'invalid',
      `${name}: ${why}; the file is truncated or is no safetensors file, restore it and try again`,
      { cause },
    )
  if (bytes.length < 8) throw broken(`it has only ${bytes.length} bytes`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (!(length >= 2 && 8 + length <= bytes.length))
    throw broken(`its header says ${length} bytes, the file has ${bytes.length}`)
  let header: Record<string, { dtype: SafeType; shape: number[]; data_offsets: [number, number] }> & {
    __metadata__?: Record<string, string>
  }
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
  } catch (cause) {
    throw broken('its header is not JSON', cause)
  }
  const { __metadata__: metadata = {}, ...entries } = header
  const tensors: Record<string, SafeTensor> = {}
  for (const [key, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    const [from, to] = offsets ?? [0, -1]
    const size = (names[dtype] ?? Number.NaN) * (shape ?? []).reduce((p, n) => p * n, 1)
    if (!(to - from === size) || 8 + length + to > bytes.length) throw broken(`tensor '${key}' does not fit`)
    tensors[key] = { type: dtype, shape, bytes: bytes.slice(8 + length + from, 8 + length + to) }
  }
  return { tensors, metadata }
}
