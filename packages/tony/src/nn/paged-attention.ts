/**
 * @file Attention over a cache in pages: sequences of different lengths share one run without padding to the longest.
 *
 * Each key head of a sequence keeps its past in pages of 64 positions (PagedAttention, Kwon et al. 2023). A run reads one
 * contiguous stretch of pages in place, multiplies every page with the queries of its owner, and brings only the small
 * scores into the order of the sequence. Where a sequence has fewer pages than another its sums run on over zeros, so that
 * a row's result does not depend on who else is in the run.
 */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { type Dim, productOf } from '../tensor/shape.ts'

/** Positions in one page. Its products are one block of ONNX Runtime's kernels, so no sum is cut at another place. */
export const PAGE = 64

/**
 * Where things are, as rows (int32). A query is a pair of a position and a query head of one key head: `groups · time` of
 * them, groups first. A span is 64 positions of a sequence: one page for each of its key heads.
 */
export interface PageIndex {
  /** [pages, queries]: the queries of each page's owner, rows of [batch · time · heads]. */
  readonly queryAt: Tensor
  /** [batch, kvHeads, queries, spans]: the products of each span, rows of [pages · queries]; an absent span names any page of its sequence. */
  readonly scoreAt: Tensor
  /** [pages, queries]: the weights of each page, rows of [batch · kvHeads · queries · spans]. */
  readonly weightAt: Tensor
  /** [batch, 1, 1, spans, 1]: 1 for a span that the sequence has, 0 for an absent one. */
  readonly present: Tensor
}

/** What one call brings: scaled queries in both orders, and its own keys and values. */
export interface NewPositions {
  /** [batch, time, heads · headDim]. */
  readonly flat: Tensor
  /** [batch, kvHeads, queries, headDim]. */
  readonly query: Tensor
  /** [batch, kvHeads, time, headDim]. */
  readonly keys: Tensor
  readonly values: Tensor
}

/**
 * The mixed values [batch, kvHeads, queries, headDim] of `own` positions and of `past` pages [pages, PAGE, headDim].
 * `mask` is additive, [batch, 1, queries, time + spans · PAGE]: own positions stand first.
 */
export function pagedAttention(
  own: NewPositions,
  past: { readonly keys: Tensor; readonly values: Tensor },
  { mask, pages }: { mask: Tensor; pages: PageIndex },
): Tensor {
  const [batch, kvHeads, queries, headDim] = own.query.shape as [Dim, number, Dim, number]
  const spans = pages.scoreAt.shape[3]!
  const rows = (x: Tensor): Tensor => t.reshape(x, [productOf(x.shape.slice(0, -1)), x.shape.at(-1)!])
  const heads = (own.flat.shape[2] as number) / headDim
  const units = t.reshape(own.flat, [productOf([...own.flat.shape.slice(0, 2), heads]), headDim])
  // Every page against the queries of its owner, read where it lies.
  const products = t.matmul(t.gather(units, pages.queryAt), past.keys, { transB: true }) // [pages, queries, PAGE]
  const before = t.reshape(t.gather(rows(products), pages.scoreAt), [batch, kvHeads, queries, productOf([PAGE, spans])])
  const here = t.matmul(own.query, own.keys, { transB: true }) // [batch, kvHeads, queries, time]
  const weights = t.softmax(t.add(t.concat([here, before], -1), mask))
  const [onOwn, onPast] = t.splitLike(weights, own.keys, { axis: -1, rest: before.shape[3]! })
  const byPage = t.gather(rows(t.reshape(onPast, [batch, kvHeads, queries, spans, PAGE])), pages.weightAt)
  const mixed = t.gather(rows(t.matmul(byPage, past.values)), pages.scoreAt) // [batch, kvHeads, queries, spans, headDim]
  return t.add(t.reduceSum(t.mul(mixed, pages.present), { axes: [3] }), t.matmul(onOwn, own.values))
}
