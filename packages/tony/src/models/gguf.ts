/** @file The GPT of models/gpt.ts as a GGUF file (version 3), which llama.cpp and its relatives run. */
import type { ParamValues } from '../nn/params.ts'
import { quantizeBlocks, transposed } from '../tensor/blockwise.ts'
import { bytesOf } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'
import type { GptConfig } from './gpt.ts'

declare const TextEncoder: new () => { encode(text: string): Uint8Array }

/** Element types of matrices; gains and tables that llama.cpp reads row by row follow the same choice where they fit. */
export type GgufType = 'F32' | 'Q8_0' | 'Q4_0'

export interface GgufOptions {
  readonly type: GgufType
  /** Longest context that the file promises. */
  readonly contextLength: number
  /** A byte-level BPE vocabulary of `config.vocab` tokens and its merges; default: numbered placeholders. */
  readonly tokenizer?: { readonly tokens: readonly string[]; readonly merges: readonly string[] }
}

const types: Readonly<Record<GgufType, number>> = { F32: 0, Q4_0: 2, Q8_0: 8 }
const BLOCK = 32
const ALIGNMENT = 32

type MetadataValue =
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly i32s: readonly number[] }

/** Bytes of the file. Query and key normalisation makes it `qwen3`, their absence `llama`. */
export function encodeGguf(
  config: GptConfig,
  params: ParamValues,
  { type, contextLength, tokenizer }: GgufOptions,
): Uint8Array {
  const architecture = config.qkNorm ? 'qwen3' : 'llama'
  const tokens = tokenizer?.tokens ?? Array.from({ length: config.vocab }, (_, i) => `<|${i}|>`)
  if (tokens.length !== config.vocab)
    throw new TonyError(
      'shape',
      `gguf: the tokenizer has ${tokens.length} tokens, the model ${config.vocab}; give the tokenizer that the model was trained with`,
    )
  const key = (name: string): string => `${architecture}.${name}`
  const metadata: Record<string, MetadataValue> = {
    'general.architecture': { string: architecture },
    'general.alignment': { u32: ALIGNMENT },
    'general.file_type': { u32: { F32: 0, Q4_0: 2, Q8_0: 7 }[type] },
    [key('context_length')]: { u32: contextLength },
    [key('embedding_length')]: { u32: config.width },
    [key('block_count')]: { u32: config.layers },
    [key('feed_forward_length')]: { u32: config.hidden },
    [key('attention.head_count')]: { u32: config.heads },
    [key('attention.head_count_kv')]: { u32: config.kvHeads },
    [key('attention.key_length')]: { u32: config.headDim },
    [key('attention.value_length')]: { u32: config.headDim },
    [key('attention.layer_norm_rms_epsilon')]: { f32: 1e-6 },
    [key('rope.dimension_count')]: { u32: config.headDim },
    [key('rope.freq_base')]: { f32: 10_000 },
    [key('vocab_size')]: { u32: config.vocab },
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: 'default' },
    'tokenizer.ggml.tokens': { strings: tokens },
    'tokenizer.ggml.token_type': { i32s: tokens.map(() => 1) },
    'tokenizer.ggml.merges': { strings: tokenizer?.merges ?? [`${tokens[0]} ${tokens[1]}`] },
    'tokenizer.ggml.bos_token_id': { u32: 0 },
    'tokenizer.ggml.eos_token_id': { u32: 0 },
  }
  const tensors = tensorsOf(config, params, type)

  const head = new ByteWriter()
  head.u32(0x46554747).u32(3).u64(tensors.length).u64(Object.keys(metadata).length)
  for (const [name, value] of Object.entries(metadata)) writeMetadata(head.string(name), value)
  let offset = 0
  for (const { name, dims, kind, bytes } of tensors) {
    head.string(name).u32(dims.length)
    for (const dim of dims) head.u64(dim)
    head.u32(types[kind]).u64(offset)
    offset += aligned(bytes.byteLength)
  }
  const start = aligned(head.length)
  const out = new Uint8Array(start + offset)
  out.set(head.finish())
  let at = start
  for (const { bytes } of tensors) {
    out.set(bytes, at)
    at += aligned(bytes.byteLength)
  }
  return out
}

interface GgufTensor {
  readonly name: string
  /** Fastest axis first. */
  readonly dims: readonly number[]
  readonly kind: GgufType
  readonly bytes: Uint8Array
}

function tensorsOf(config: GptConfig, params: ParamValues, type: GgufType): GgufTensor[] {
  const find = (name: string): HostTensor<'float32'> => {
    const value = params[name]
    if (value === undefined)
      throw new TonyError('invalid', `gguf: there is no parameter '${name}'; the weights belong to another model`)
    return value
  }
  const rows = (name: string, data: Float32Array, [n, k]: readonly [number, number]): GgufTensor => {
    const kind = k % BLOCK === 0 ? type : 'F32'
    return { name, dims: [k, n], kind, bytes: encodeRows(data, kind) }
  }
  const gain = (name: string, data: Float32Array): GgufTensor => ({
    name,
    dims: [data.length],
    kind: 'F32',
    bytes: bytesOf(data),
  })
  /** GGUF keeps matrices as [out, in], Tony as [in, out]. */
  const matrix = (
    name: string,
    from: string,
    arrange = (data: Float32Array, _k: number): Float32Array => data,
  ): GgufTensor => {
    const { shape, data } = find(from)
    const [k, n] = shape as [number, number]
    return rows(name, arrange(transposed(data, k, n), k), [n, k])
  }
  // The llama architecture turns neighbouring pairs, Tony and qwen3 turn halves: outputs of each head are reordered.
  const paired = (data: Float32Array, k: number): Float32Array => {
    if (config.qkNorm) return data
    const half = config.headDim / 2
    const out = new Float32Array(data.length)
    for (let row = 0; row < data.length / k; row++) {
      const within = row % config.headDim
      const to = row - within + (within < half ? 2 * within : 2 * (within - half) + 1)
      out.set(data.subarray(row * k, (row + 1) * k), to * k)
    }
    return out
  }
  const table = find('embed_tokens.weight')
  const out = [
    rows('token_embd.weight', table.data, table.shape as [number, number]),
    gain('output_norm.weight', find('norm.weight').data),
    matrix('output.weight', 'lm_head.weight'),
  ]
  for (let i = 0; i < config.layers; i++) {
    const [from, to] = [`layers.${i}`, `blk.${i}`]
    out.push(
      gain(`${to}.attn_norm.weight`, find(`${from}.input_layernorm.weight`).data),
      matrix(`${to}.attn_q.weight`, `${from}.self_attn.q_proj.weight`, paired),
      matrix(`${to}.attn_k.weight`, `${from}.self_attn.k_proj.weight`, paired),
      matrix(`${to}.attn_v.weight`, `${from}.self_attn.v_proj.weight`),
      matrix(`${to}.attn_output.weight`, `${from}.self_attn.o_proj.weight`),
      gain(`${to}.ffn_norm.weight`, find(`${from}.post_attention_layernorm.weight`).data),
      matrix(`${to}.ffn_gate.weight`, `${from}.mlp.gate_proj.weight`),
      matrix(`${to}.ffn_up.weight`, `${from}.mlp.up_proj.weight`),
      matrix(`${to}.ffn_down.weight`, `${from}.mlp.down_proj.weight`),
    )
    if (config.qkNorm) {
      const ones = new Float32Array(config.headDim).fill(1)
      out.push(gain(`${to}.attn_q_norm.weight`, ones), gain(`${to}.attn_k_norm.weight`, ones))
    }
  }
  return out
}

/** Rows of numbers in GGUF's layout: Q8_0 is a float16 scale and 32 int8, Q4_0 a float16 scale and 16 bytes whose low halves come first. */
function encodeRows(data: Float32Array, kind: GgufType): Uint8Array {
  if (kind === 'F32') return bytesOf(data)
  const bits = kind === 'Q4_0' ? 4 : 8
  const { codes, scales } = quantizeBlocks(data, bits, BLOCK)
  const payload = (BLOCK * bits) / 8
  const out = new Uint8Array(scales.length * (2 + payload))
  const view = new DataView(out.buffer)
  scales.forEach((scale, block) => {
    const at = block * (2 + payload)
    view.setUint16(at, toHalf(scale), true)
    for (let i = 0; i < payload; i++) {
      const code = codes[block * BLOCK + i]!
      out[at + 2 + i] = bits === 8 ? code - 128 : code | (codes[block * BLOCK + i + 16]! << 4)
    }
  })
  return out
}

const single = new Float32Array(1)
const pattern = new Uint32Array(single.buffer)

/** The nearest float16 as its bit pattern (ties to even). */
function toHalf(value: number): number {
  single[0] = value
  const bits = pattern[0]!
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00)
  if (magnitude < 0x38800000) {
    // Below the smallest normal number: steps of 2^-24.
    const steps = Math.abs(value) * 2 ** 24
    const floor = Math.floor(steps)
    const up = steps - floor > 0.5 || (steps - floor === 0.5 && floor % 2 === 1)
    return sign | (floor + (up ? 1 : 0))
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
  return sign | ((rounded - 0x38000000) >>> 13)
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

function writeMetadata(writer: ByteWriter, value: MetadataValue): void {
  if ('u32' in value) writer.u32(4).u32(value.u32)
  else if ('f32' in value) writer.u32(6).f32(value.f32)
  else if ('string' in value) writer.u32(8).string(value.string)
  else if ('strings' in value) {
    writer.u32(9).u32(8).u64(value.strings.length)
    for (const text of value.strings) writer.string(text)
  } else {
    writer.u32(9).u32(5).u64(value.i32s.length)
    for (const number of value.i32s) writer.u32(number >>> 0)
  }
}

/** Little-endian bytes that grow. */
class ByteWriter {
  private bytes = new Uint8Array(1 << 16)
  private view = new DataView(this.bytes.buffer)
  length = 0

  private room(size: number): number {
    const at = this.length
    this.length += size
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(2 ** Math.ceil(Math.log2(this.length)))
      larger.set(this.bytes)
      this.bytes = larger
      this.view = new DataView(larger.buffer)
    }
    return at
  }

  u32(value: number): this {
    const at = this.room(4)
    this.view.setUint32(at, value, true)
    return this
  }
  u64(value: number): this {
    const at = this.room(8)
    this.view.setBigUint64(at, BigInt(value), true)
    return this
  }
  f32(value: number): this {
    const at = this.room(4)
    this.view.setFloat32(at, value, true)
    return this
  }
  string(text: string): this {
    const bytes = new TextEncoder().encode(text)
    this.u64(bytes.length)
    const at = this.room(bytes.length)
    this.bytes.set(bytes, at)
    return this
  }
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }
}
