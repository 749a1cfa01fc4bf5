import { expect, test } from 'vitest'
import { blockConfig } from '../nn/block.ts'
import { initParams, ParamScope } from '../nn/params.ts'
import { encodeGguf } from './gguf.ts'
import { gptStep } from './gpt.ts'

const config = { ...blockConfig({ width: 64, layers: 2, heads: 2, hidden: 96 }), vocab: 64 }
const scope = new ParamScope()
gptStep(scope, config, { batch: 1, longest: 8 })
const params = initParams(
  scope.entries.map(({ spec }) => spec),
  3,
)

/** Names, sizes and offsets of the tensors, read by the format's definition. */
function readTensors(file: Uint8Array): {
  tensors: Map<string, { dims: number[]; kind: number; at: number }>
  architecture: string
} {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  let at = 0
  const u32 = (): number => {
    at += 4
    return view.getUint32(at - 4, true)
  }
  const u64 = (): number => {
    at += 8
    return Number(view.getBigUint64(at - 8, true))
  }
  const text = (): string => {
    const length = u64()
    at += length
    return new TextDecoder().decode(file.subarray(at - length, at))
  }
  const value = (type: number): unknown => {
    if (type === 8) return text()
    if (type !== 9) return u32()
    const inner = u32()
    return Array.from({ length: u64() }, () => value(inner))
  }
  expect(u32()).toBe(0x46554747)
  expect(u32()).toBe(3)
  const [count, keys] = [u64(), u64()]
  let architecture = ''
  for (let i = 0; i < keys; i++) {
    const name = text()
    const read = value(u32())
    if (name === 'general.architecture') architecture = read as string
  }
  const tensors = new Map<string, { dims: number[]; kind: number; at: number }>()
  for (let i = 0; i < count; i++) {
    const name = text()
    const dims = Array.from({ length: u32() }, u64)
    tensors.set(name, { dims, kind: u32(), at: u64() })
  }
  const start = Math.ceil(at / 32) * 32
  for (const entry of tensors.values()) entry.at += start
  return { tensors, architecture }
}

test('writes every tensor at an aligned place, matrices as [in, out] with the fastest axis first', () => {
  const file = encodeGguf(config, params, { type: 'F32', contextLength: 8 })
  const { tensors, architecture } = readTensors(file)
  expect(architecture).toBe('qwen3')
  expect(tensors.size).toBe(3 + 11 * config.layers)
  const down = tensors.get('blk.1.ffn_down.weight')!
  expect(down.dims).toEqual([96, 64])
  expect(down.at % 32).toBe(0)
  const data = new Float32Array(file.slice(down.at, down.at + 96 * 64 * 4).buffer)
  const own = params['layers.1.mlp.down_proj.weight']!.data
  expect(data[5 * 96 + 7]).toBe(own[7 * 64 + 5])
})

test('quantizes rows to Q8_0 within half a step, with a float16 scale', () => {
  const file = encodeGguf(config, params, { type: 'Q8_0', contextLength: 8 })
  const { at, kind } = readTensors(file).tensors.get('output.weight')!
  expect(kind).toBe(8)
  const view = new DataView(file.buffer, file.byteOffset)
  const bits = view.getUint16(at, true)
  const scale = 2 ** ((bits >> 10) - 15) * (1 + (bits & 1023) / 1024)
  const own = params['lm_head.weight']!.data
  for (let i = 0; i < 32; i++)
    expect(Math.abs(view.getInt8(at + 2 + i) * scale - own[i * 64]!)).toBeLessThan(scale * 0.6)
})

test('reorders the halves of each head to pairs for the llama architecture', () => {
  const file = encodeGguf({ ...config, qkNorm: false }, params, { type: 'F32', contextLength: 8 })
  const { tensors, architecture } = readTensors(file)
  expect(architecture).toBe('llama')
  const { at } = tensors.get('blk.0.attn_q.weight')!
  const data = new Float32Array(file.slice(at, at + 64 * 64 * 4).buffer)
  const own = params['layers.0.self_attn.q_proj.weight']!.data
  expect(data[1 * 64]).toBe(own[16]) // pair 0 is outputs 0 and 16 of a head of 32
})

test('names a missing parameter', () => {
  expect(() => encodeGguf(config, {}, { type: 'F32', contextLength: 8 })).toThrow(/no parameter 'embed_tokens.weight'/)
})
