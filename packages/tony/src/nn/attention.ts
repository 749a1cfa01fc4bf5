/** @file Causal attention with rotary positions, grouped queries and normalised queries and keys. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { constant } from '../graph/trace.ts'
import { type Dim, productOf } from '../tensor/shape.ts'
import { linear, rmsNorm } from './layers.ts'
import { type PageIndex, pagedAttention } from './paged-attention.ts'
import type { ParamScope } from './params.ts'

export interface AttentionConfig {
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly qkNorm: boolean
}

/** cos and sin of the rotary angles: [longest, headDim / 2] each. */
export interface RotaryTables {
  readonly cos: Tensor
  readonly sin: Tensor
}

/** Tables for positions 0 … longest - 1 (Su et al. 2021). */
export function rotaryTables(longest: number, headDim: number, theta = 10_000): RotaryTables {
  const half = headDim / 2
  const cos = new Float32Array(longest * half)
  const sin = new Float32Array(longest * half)
  for (let at = 0; at < longest; at++) {
    for (let i = 0; i < half; i++) {
      const angle = at / theta ** (i / half)
      cos[at * half + i] = Math.cos(angle)
      sin[at * half + i] = Math.sin(angle)
    }
  }
  const shape = [longest, half]
  return {
    cos: constant({ dtype: 'float32', shape, data: cos }),
    sin: constant({ dtype: 'float32', shape, data: sin }),
  }
}

const MASKED = -1e9

/** Additive mask [batch, 1, time, time]: 0 where the key is not later than the query and in the same segment. */
export function packedMask(segments: Tensor): Tensor {
  const [batch, time] = segments.shape as [number, number]
  const causal = new Uint8Array(time * time)
  for (let i = 0; i < time; i++) causal.fill(1, i * time, i * time + i + 1)
  const order = constant({ dtype: 'bool', shape: [1, 1, time, time], data: causal })
  const same = t.equal(t.reshape(segments, [batch, 1, time, 1]), t.reshape(segments, [batch, 1, 1, time]))
  return t.where(t.and(same, order), 0, t.full([], MASKED))
}

/** What one block needs to know about its sequence. */
export interface SequenceContext {
  readonly batch: Dim
  readonly time: Dim
  /** [batch, time], int64. */
  readonly positions: Tensor
  readonly rotary: RotaryTables
  /** Additive, broadcastable to [batch, heads, time, time]; with pages see `pagedAttention`. */
  readonly mask: Tensor
  /** Training with less memory: the inner values of each block are computed a second time for the gradient. */
  readonly checkpoint?: boolean
  /** Keys and values of earlier positions: in pages, [pages, PAGE, headDim] each, or without, [batch, kvHeads, past, headDim], all of which each position sees. */
  readonly cache?: { readonly keys: Tensor; readonly values: Tensor }
  readonly pages?: PageIndex
}

export interface AttentionResult {
  readonly out: Tensor
  /** This call's own keys and values, [batch, kvHeads, time, headDim], for the caller's cache. */
  readonly keys: Tensor
  readonly values: Tensor
}

/** Self-attention of x [batch · time, width] or [batch, time, width]. The cache is read in place: only the new rows are outputs. */
export function attention(
  p: ParamScope,
  x: Tensor,
  config: AttentionConfig,
  context: SequenceContext,
  scale = 1,
): AttentionResult {
  const { heads, kvHeads, headDim, qkNorm } = config
  const { batch, time, positions, rotary, mask, cache, pages } = context
  const rows = x.shape.slice(0, -1)
  const width = x.shape.at(-1) as number
  const project = (name: string, count: number): Tensor => linear(p.at(name), x, { out: count * headDim })
  const turned = (flat: Tensor, count: number, tables: RotaryTables): Tensor => {
    const normal = qkNorm
      ? t.reshape(rmsNorm(t.reshape(flat, [...rows, count, headDim])), [batch, time, count * headDim])
      : t.reshape(flat, [batch, time, count * headDim])
    return t.rotary(normal, { positions, ...tables }, { heads: count })
  }
  const byHead = (flat: Tensor, count: number): Tensor =>
    t.transpose(t.reshape(flat, [batch, time, count, headDim]), [0, 2, 1, 3])
  const groups = heads / kvHeads
  const alpha = 1 / Math.sqrt(headDim)
  const paged = cache !== undefined && pages !== undefined
  // There the scale goes into the rotary tables: ONNX Runtime multiplies one row fast only where nothing scales the product.
  const tables = paged ? { cos: t.mul(rotary.cos, alpha), sin: t.mul(rotary.sin, alpha) } : rotary
  const flat = turned(project('q_proj', heads), heads, tables)
  const q = byHead(flat, heads)
  const keys = byHead(turned(project('k_proj', kvHeads), kvHeads, rotary), kvHeads)
  const values = byHead(t.reshape(project('v_proj', kvHeads), [batch, time, kvHeads * headDim]), kvHeads)
  let mixed: Tensor // [batch, kvHeads, groups · time, headDim] or [batch, kvHeads, groups, time, headDim]
  if (paged) {
    const query = t.reshape(q, [batch, kvHeads, productOf([groups, time]), headDim])
    mixed = pagedAttention({ flat, query, keys, values }, cache, { mask, pages })
  } else {
    // Query heads that share one key head are split off, so that the products broadcast over them.
    const grouped = (y: Tensor): Tensor => {
      const [, count, length] = y.shape as [Dim, number, Dim, Dim]
      return groups === 1 ? y : t.reshape(y, [batch, kvHeads, count / kvHeads, length, headDim])
    }
    const wide = groups === 1 ? mask : t.reshape(mask, [...mask.shape.slice(0, 2), 1, ...mask.shape.slice(2)])
    const query = grouped(q)
    const products = (of: Tensor): Tensor => t.matmul(query, grouped(of), { transB: true, alpha })
    const own = t.add(products(keys), wide)
    mixed =
      cache === undefined
        ? t.softmaxMatmul(own, grouped(values))
        : t.softmaxMatmul(t.concat([products(cache.keys), own], -1), grouped(t.concat([cache.values, values], 2)))
  }
  const byPosition = t.transpose(t.reshape(mixed, [batch, heads, time, headDim]), [0, 2, 1, 3])
  const merged = t.reshape(byPosition, [...rows, heads * headDim])
  return {
    out: linear(p.at('o_proj'), merged, {
      out: width,
      init: { kind: 'normal', std: scale / Math.sqrt(heads * headDim) },
    }),
    keys,
    values,
  }
}
