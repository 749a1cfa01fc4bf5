/** @file Protocol Buffers wire format: just what ONNX files need. */
import { TonyError } from '../util/errors.ts'

const utf8 = new (globalThis as unknown as { TextEncoder: new () => { encode(s: string): Uint8Array } }).TextEncoder()
const fromUtf8 = new (
  globalThis as unknown as { TextDecoder: new () => { decode(b: Uint8Array): string } }
).TextDecoder()

/** Appends fields to one message; every method takes the field's number first. */
export class Writer {
  private chunks: Uint8Array[] = []
  private small: number[] = []
  private length = 0

  private varint(value: number | bigint): void {
    let rest = typeof value === 'bigint' ? BigInt.asUintN(64, value) : value
    if (typeof rest === 'number' && (rest < 0 || rest > Number.MAX_SAFE_INTEGER))
      rest = BigInt.asUintN(64, BigInt(rest))
    if (typeof rest === 'bigint') {
      while (rest > 127n) {
        this.small.push(Number(rest & 127n) | 128)
        rest >>= 7n
      }
      this.small.push(Number(rest))
    } else {
      while (rest > 127) {
        this.small.push((rest % 128) | 128)
        rest = Math.floor(rest / 128)
      }
      this.small.push(rest)
    }
  }

  private flush(): void {
    if (this.small.length === 0) return
    this.length += this.small.length
    this.chunks.push(Uint8Array.from(this.small))
    this.small = []
  }

  int(field: number, value: number | bigint): this {
    this.varint(field * 8)
    this.varint(value)
    return this
  }

  float(field: number, value: number): this {
    this.varint(field * 8 + 5)
    this.small.push(...new Uint8Array(Float32Array.of(value).buffer))
    return this
  }

  bytes(field: number, value: Uint8Array): this {
    this.varint(field * 8 + 2)
    this.varint(value.length)
    this.flush()
    this.chunks.push(value)
    this.length += value.length
    return this
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value))
  }

  message(field: number, build: (writer: Writer) => void): this {
    const inner = new Writer()
    build(inner)
    this.bytes(field, inner.finish())
    return this
  }

  finish(): Uint8Array {
    this.flush()
    const out = new Uint8Array(this.length)
    let at = 0
    for (const chunk of this.chunks) {
      out.set(chunk, at)
      at += chunk.length
    }
    return out
  }
}

/** One field as it lies in a file. */
export interface Field {
  readonly number: number
  /** Varints as bigint; fixed and length-delimited fields as their bytes. */
  readonly value: bigint | Uint8Array
}

/** Reads the fields of one message; throws `invalid` where it is cut off. */
export function* readFields(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let out = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined)
        throw new TonyError('invalid', 'onnx: the file ends in the middle of a number; it is truncated')
      out |= BigInt(byte & 127) << shift
      if (byte < 128) return out
    }
    throw new TonyError('invalid', 'onnx: a number has more than 64 bits; this is not an ONNX file')
  }
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length)
      throw new TonyError('invalid', `onnx: a field of ${length} bytes passes the end of the file; it is truncated`)
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const number = Math.floor(key / 8)
    if (number === 0) throw new TonyError('invalid', 'onnx: a field has number 0; this is not an ONNX file')
    switch (key % 8) {
      case 0:
        yield { number, value: varint() }
        break
      case 1:
        yield { number, value: take(8) }
        break
      case 2:
        yield { number, value: take(Number(varint())) }
        break
      case 5:
        yield { number, value: take(4) }
        break
      default:
        throw new TonyError('invalid', `onnx: unknown wire type ${key % 8}; this is not an ONNX file`)
    }
  }
}

/** The text of a length-delimited field. */
export function fieldText(value: bigint | Uint8Array): string {
  if (typeof value === 'bigint')
    throw new TonyError('invalid', 'onnx: a number stands where a text should; this is not an ONNX file')
  return fromUtf8.decode(value as Uint8Array)
}
