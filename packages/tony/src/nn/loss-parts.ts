/** @file Losses of several parts. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'

/** One part of a loss, and what is told of it. */
export interface LossPart {
  readonly loss: Tensor
  readonly metrics: Readonly<Record<string, Tensor>>
}

/** The sum of at least one part, with all their metrics. */
export function sumOfParts(parts: readonly LossPart[]): { loss: Tensor; metrics: Record<string, Tensor> } {
  return {
    loss: parts.map(({ loss }) => loss).reduce((a, b) => t.add(a, b)),
    metrics: Object.fromEntries(parts.flatMap(({ metrics }) => Object.entries(metrics))),
  }
}
