/** @file Activation checkpointing (Chen et al. 2016): a second copy of a `checkpoint`'s inner nodes for its gradient. */
import type { Node, Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { topological } from '../graph/program.ts'
import { isDifferentiable } from '../graph/rules.ts'
import { applyOpAll } from '../graph/trace.ts'

/** A value that enters the recomputed part: as the first computation saw it, and as the second one does. */
interface Boundary {
  readonly from: Tensor
  readonly to: Tensor
}

/**
 * Copies the nodes between a `checkpoint`'s inputs and its value. The copy reads the inputs behind a barrier on the
 * incoming `gradient`, so it is not the same expression as the original to any common-subexpression elimination, and
 * cannot run before the backward pass has arrived: by then the original's values have been freed. What does not
 * depend on the checkpoint's inputs (parameters, masks) is shared and not copied.
 */
export function recompute(node: Node, gradient: Tensor): { out: Tensor; boundary: Boundary[] } {
  const [value, ...inputs] = node.inputs as readonly [Tensor, ...Tensor[]]
  const key = (x: Tensor): string => `${x.node.id}:${x.index}`
  const boundary = new Map<string, Boundary>()
  for (const from of inputs) {
    // Whole numbers (tokens, positions) carry no gradient and keep nothing large alive.
    if (!boundary.has(key(from)))
      boundary.set(key(from), { from, to: isDifferentiable(from.dtype) ? t.barrier(from, gradient) : from })
  }
  const stop = new Set(inputs.map((x) => x.node))
  const copies = new Map<Node, readonly Tensor[]>()
  const find = (x: Tensor): Tensor => boundary.get(key(x))?.to ?? copies.get(x.node)?.[x.index] ?? x
  for (const inner of topological([value], stop)) {
    const next = inner.inputs.map(find)
    if (!stop.has(inner) && next.some((x, i) => x !== inner.inputs[i]))
      copies.set(inner, applyOpAll(inner.op, next, inner.attributes))
  }
  for (const x of [value, ...[...copies.keys()].flatMap((inner) => inner.inputs)]) {
    if (find(x) === x) boundary.set(key(x), { from: x, to: x })
  }
  return { out: find(value), boundary: [...boundary.values()] }
}
