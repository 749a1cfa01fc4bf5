/** @file What a run over a pool of caches is fed: which sequences go together, and where each finds its own. */
import { PAGE } from '../nn/paged-attention.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { type KvPool, type KvSequence, spansOf } from './kv-pool.ts'

const MASKED = -1e9

/** Spans that hold something; a new sequence reads its first, all of it masked. */
const pastSpans = (sequence: KvSequence): number => Math.max(1, spansOf(sequence.length))

/**
 * Divides sequences into runs. A run reads the whole stretch from its first sequence to its last, so two runs are cheaper
 * than one where the gap between costs more than `runCost`: the weights read once more, measured in spans.
 */
export function planRuns<T extends { readonly sequence: KvSequence }>(items: readonly T[], runCost: number): T[][] {
  const order = [...items].sort((a, b) => a.sequence.start - b.sequence.start)
  const end = ({ sequence }: T): number => sequence.start + pastSpans(sequence)
  // cost[i]: the cheapest division of the first i.
  const cost = [0]
  const from: number[] = [0]
  for (let i = 1; i <= order.length; i++) {
    cost[i] = Number.POSITIVE_INFINITY
    for (let j = 0; j < i; j++) {
      const all = cost[j]! + runCost + end(order[i - 1]!) - order[j]!.sequence.start
      if (all < cost[i]!) {
        cost[i] = all
        from[i] = j
      }
    }
  }
  const runs: T[][] = []
  for (let i = order.length; i > 0; i = from[i]!) runs.unshift(order.slice(from[i], i))
  return runs
}

/** The inputs of `pagedInputs` (nn/pages.ts) for `time` new positions of each of `sequences`, for which room is reserved. */
export function runFeeds(pool: KvPool, sequences: readonly KvSequence[], time: number): Record<string, HostTensor> {
  const { heads, kvHeads } = pool.config
  const batch = sequences.length
  const groups = heads / kvHeads
  const queries = groups * time
  const first = Math.min(...sequences.map(({ start }) => start))
  const end = Math.max(...sequences.map((s) => s.start + pastSpans(s)))
  const spans = Math.max(...sequences.map(pastSpans))
  const pages = (end - first) * kvHeads
  const keys = time + spans * PAGE
  const queryAt = new Int32Array(pages * queries)
  const weightAt = new Int32Array(pages * queries)
  const scoreAt = new Int32Array(batch * kvHeads * queries * spans)
  const present = new Float32Array(batch * spans)
  const mask = new Float32Array(batch * queries * keys).fill(MASKED)
  const positions = new BigInt64Array(batch * time)
  sequences.forEach((sequence, b) => {
    const own = pastSpans(sequence)
    present.fill(1, b * spans, b * spans + own)
    for (let t = 0; t < time; t++) positions[b * time + t] = BigInt(sequence.length + t)
    for (let q = 0; q < queries; q++) {
      const row = (b * queries + q) * keys
      mask.fill(0, row, row + (q % time) + 1)
      mask.fill(0, row + time, row + time + sequence.length)
    }
    for (let h = 0; h < kvHeads; h++) {
      for (let s = 0; s < spans; s++) {
        const page = (sequence.start - first + (s < own ? s : 0)) * kvHeads + h
        for (let q = 0; q < queries; q++) {
          const at = ((b * kvHeads + h) * queries + q) * spans + s
          scoreAt[at] = page * queries + q
          if (s >= own) continue
          queryAt[page * queries + q] = (b * time + (q % time)) * heads + h * groups + Math.floor(q / time)
          weightAt[page * queries + q] = at
        }
      }
    }
  })
  return {
    ...pool.views(first, end),
    positions: hostTensor('int64', [batch, time], positions),
    mask: hostTensor('float32', [batch, 1, queries, keys], mask),
    queryAt: hostTensor('int32', [pages, queries], queryAt),
    scoreAt: hostTensor('int32', [batch, kvHeads, queries, spans], scoreAt),
    weightAt: hostTensor('int32', [pages, queries], weightAt),
    present: hostTensor('float32', [batch, 1, 1, spans, 1], present),
  }
}
