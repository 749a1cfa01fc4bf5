/** @file The inputs and outputs that every program with a paged cache shares. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { type Dim, productOf } from '../tensor/shape.ts'
import { type AttentionConfig, rotaryTables, type SequenceContext } from './attention.ts'
import type { BlockCache } from './block.ts'
import { PAGE } from './paged-attention.ts'

/** Declares positions, mask, page index and caches of `time` new positions for each of `batch` sequences, none longer than `longest`. */
export function pagedInputs(
  { heads, kvHeads, headDim }: AttentionConfig,
  { batch, time, longest }: { batch: Dim; time: Dim; longest: number },
): { context: SequenceContext; cache: (layer: number) => { keys: Tensor; values: Tensor } } {
  const queries = productOf([heads / kvHeads, time])
  const context: SequenceContext = {
    batch,
    time,
    positions: t.input('positions', 'int64', [batch, time]),
    rotary: rotaryTables(longest, headDim),
    mask: t.input('mask', 'float32', [batch, 1, queries, `${time}+${productOf([PAGE, 'spans'])}`]),
    pages: {
      queryAt: t.input('queryAt', 'int32', ['pages', queries]),
      scoreAt: t.input('scoreAt', 'int32', [batch, kvHeads, queries, 'spans']),
      weightAt: t.input('weightAt', 'int32', ['pages', queries]),
      present: t.input('present', 'float32', [batch, 1, 1, 'spans', 1]),
    },
  }
  const cache = (layer: number): { keys: Tensor; values: Tensor } => ({
    keys: t.input(`cache/${layer}/keys`, 'float32', ['pages', PAGE, headDim]),
    values: t.input(`cache/${layer}/values`, 'float32', ['pages', PAGE, headDim]),
  })
  return { context, cache }
}

/** The rows that a run adds to the caches, [batch, kvHeads, time, headDim] each, as `new/<layer>/<keys|values>` or after another `prefix`. */
export function newRows(caches: readonly BlockCache[], prefix = 'new'): Record<string, Tensor> {
  const out: Record<string, Tensor> = {}
  caches.forEach(({ keys, values }, i) => {
    out[`${prefix}/${i}/keys`] = keys
    out[`${prefix}/${i}/values`] = values
  })
  return out
}
