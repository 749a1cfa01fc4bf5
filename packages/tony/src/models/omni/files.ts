/** @file The files of a published model: float weights at 8 bits per output channel in one safetensors file. */
import type { ParamValues } from '../../nn/params.ts'
import { fromBytes } from '../../tensor/dtype.ts'
import { TonyError } from '../../util/errors.ts'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../../util/safetensors.ts'

const SCALE = '.scale'

/**
 * Packs parameters: matrices [..., in, out] as int8 with one float scale for each output channel (last axis), everything
 * else as float32. Rounding is to nearest; the error of a weight is at most half a scale.
 */
export function packWeights(params: ParamValues, metadata: Readonly<Record<string, string>>): Uint8Array {
  const tensors: Record<string, SafeTensor> = {}
  for (const [name, { shape, data }] of Object.entries(params)) {
    if (shape.length < 2 || data.length < 4096) {
      tensors[name] = { type: 'F32', shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
      continue
    }
    const out = shape.at(-1)!
    const scales = new Float32Array(out)
    for (let i = 0; i < data.length; i++) scales[i % out] = Math.max(scales[i % out]!, Math.abs(data[i]!) / 127)
    const bytes = new Int8Array(data.length)
    for (let i = 0; i < data.length; i++) bytes[i] = scales[i % out] === 0 ? 0 : Math.round(data[i]! / scales[i % out]!)
    tensors[name] = { type: 'I8', shape, bytes: new Uint8Array(bytes.buffer) }
    tensors[name + SCALE] = { type: 'F32', shape: [out], bytes: new Uint8Array(scales.buffer) }
  }
  return encodeSafetensors({ tensors, metadata })
}

/** Reads what `packWeights` wrote, as float32; throws `invalid` where the file is truncated. */
export function unpackWeights(
  bytes: Uint8Array,
  name: string,
): { params: ParamValues; metadata: Readonly<Record<string, string>> } {
  const { tensors, metadata } = decodeSafetensors(bytes, name)
  const params: ParamValues = {}
  for (const [key, { type, shape, bytes: raw }] of Object.entries(tensors)) {
    if (key.endsWith(SCALE)) continue
    if (type === 'F32') {
      params[key] = { dtype: 'float32', shape, data: fromBytes('float32', raw) }
      continue
    }
    const scales = tensors[key + SCALE]
    if (type !== 'I8' || scales === undefined)
      throw new TonyError('invalid', `${name}: tensor '${key}' has no scales; restore the file`)
    const scale = fromBytes('float32', scales.bytes)
    const values = new Int8Array(raw.buffer, raw.byteOffset, raw.byteLength)
    params[key] = { dtype: 'float32', shape, data: Float32Array.from(values, (v, i) => v * scale[i % scale.length]!) }
  }
  return { params, metadata }
}
