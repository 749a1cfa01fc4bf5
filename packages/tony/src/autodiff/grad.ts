/** @file Reverse-mode differentiation: walks a graph backwards and adds the nodes that compute gradients. */
import { type Node, Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { topological } from '../graph/program.ts'
import { isDifferentiable } from '../graph/rules.ts'
import { showShape } from '../tensor/shape.ts'
import { TonyError } from '../util/errors.ts'
import { type VjpRule, vjpRules } from './vjp.ts'

/**
 * Gradients of a scalar with respect to `wrt`, in the same order; a zero tensor where `loss` does not depend on one.
 * `seed` is the gradient of `loss` itself (default 1).
 */
export function grad(loss: Tensor, wrt: readonly Tensor[], seed?: Tensor): Tensor[] {
  if (loss.rank !== 0) throw new TonyError('shape', `grad: the loss must be a scalar, got ${showShape(loss.shape)}; reduce it first`)
  const order = topological([loss])
  const targets = new Set(wrt.map((x) => x.node))
  const needed = new Set<Node>()
  for (const node of order) {
    if (targets.has(node) || (node.op !== 'stopGradient' && node.inputs.some((x) => needed.has(x.node)))) needed.add(node)
  }
  const gradients = new Map<Node, (Tensor | undefined)[]>()
  gradients.set(loss.node, [seed ?? t.scalar(1)])
  for (const node of order.reverse()) {
    const outputs = gradients.get(node)
    if (outputs === undefined || node.inputs.length === 0 || (targets.has(node) && !node.inputs.some((x) => needed.has(x.node)))) continue
    const g = outputs[0]
    if (g === undefined) continue
    const context = { inputs: node.inputs, outputs: node.outputs.map((_, i) => new Tensor(node, i)), attributes: node.attributes, node }
    const parts = (vjpRules[node.op] as unknown as VjpRule<'add'>)(g, context as never)
    node.inputs.forEach((x, i) => {
      const part = parts[i]
      if (part === undefined || !needed.has(x.node) || !isDifferentiable(x.dtype)) return
      const list = gradients.get(x.node) ?? []
      const before = list[x.index]
      list[x.index] = before === undefined ? part : t.add(before, part)
      gradients.set(x.node, list)
    })
  }
  return wrt.map((x) => gradients.get(x.node)?.[x.index] ?? t.full(x.shape, 0))
}
