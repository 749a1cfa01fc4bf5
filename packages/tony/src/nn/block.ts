/** @file The one transformer block: RMSNorm, rotary attention with QK-norm, SwiGLU, pre-norm residuals. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { type AttentionConfig, attention, type SequenceContext } from './attention.ts'
import { rmsNorm, swiglu } from './layers.ts'
import type { ParamScope } from './params.ts'

export interface BlockConfig extends AttentionConfig {
  readonly width: number
  /** Width of the feed-forward layer. */
  readonly hidden: number
  readonly layers: number
}

/** Defaults for a width: heads of 64, SwiGLU at 8/3 of the width rounded up to 32. */
export function blockConfig({
  width,
  layers,
  heads = Math.max(1, Math.round(width / 64)),
  kvHeads = heads,
  hidden = Math.ceil((width * 8) / 3 / 32) * 32,
  qkNorm = true,
}: {
  width: number
  layers: number
  heads?: number
  kvHeads?: number
  hidden?: number
  qkNorm?: boolean
}): BlockConfig {
  return { width, layers, heads, kvHeads, headDim: width / heads, hidden, qkNorm }
}

/** Keys and values that one block made, for the caller's cache. */
export interface BlockCache {
  readonly keys: Tensor
  readonly values: Tensor
}

/** One block over x [rows, width]. Output matrices start smaller with depth (GPT-2's 1 / sqrt(2 · layers)). */
export function block(
  p: ParamScope,
  x: Tensor,
  config: BlockConfig,
  context: SequenceContext,
): { out: Tensor } & BlockCache {
  const scale = 1 / Math.sqrt(2 * config.layers)
  const { out, keys, values } = attention(
    p.at('self_attn'),
    rmsNorm(x, p.at('input_layernorm')),
    config,
    context,
    scale,
  )
  const middle = t.add(x, out)
  const end = t.add(
    middle,
    swiglu(p.at('mlp'), rmsNorm(middle, p.at('post_attention_layernorm')), { hidden: config.hidden, scale }),
  )
  return { out: end, keys, values }
}

/** `layers` blocks; `cache(i)` gives block i's earlier keys and values; `layers[i]` is what block i gave. With `context.checkpoint` each block is recomputed in the gradient. */
export function blocks(
  p: ParamScope,
  x: Tensor,
  config: BlockConfig,
  context: SequenceContext,
  cache?: (layer: number) => { keys: Tensor; values: Tensor },
): { out: Tensor; caches: BlockCache[]; layers: Tensor[] } {
  let out = x
  const caches: BlockCache[] = []
  const layers: Tensor[] = []
  for (let i = 0; i < config.layers; i++) {
    const build = (y: Tensor): Tensor => {
      const result = block(p.at(i), y, config, cache === undefined ? context : { ...context, cache: cache(i) })
      caches.push({ keys: result.keys, values: result.values })
      return result.out
    }
    out = context.checkpoint ? t.checkpoint(build, [out]) : build(out)
    layers.push(out)
  }
  return { out, caches, layers }
}
