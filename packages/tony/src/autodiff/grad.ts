/** @file Reverse-mode differentiation: walks a graph backwards and adds the nodes that compute gradients. */
import { type Node, Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { topological } from '../graph/program.ts'
import { isDifferentiable } from '../graph/rules.ts'
import { showShape } from '../tensor/shape.ts'
import { TonyError } from '../util/errors.ts'
import { recompute } from './checkpoint.ts'
import { type VjpRule, vjpRules } from './vjp.ts'

/**
 * Gradients of a scalar with respect to `wrt`, in the same order; a zero tensor where `loss` does not depend on one.
 * `seed` is the gradient of `loss` itself (default 1).
 */
export function grad(loss: Tensor, wrt: readonly Tensor[], seed?: Tensor): Tensor[] {
  if (loss.rank !== 0)
    throw new TonyError('shape', `grad: the loss must be a scalar, got ${showShape(loss.shape)}; reduce it first`)
  if (!isDifferentiable(loss.dtype))
    throw new TonyError('shape', `grad: the loss must be floating point, got ${loss.dtype}; cast it first`)
  const gradients = backward(loss, seed ?? t.scalar(1, loss.dtype), { wrt })
  return wrt.map((x, i) => gradients[i] ?? t.full(x.shape, 0, x.dtype))
}

/** Gradients of Σ seed · y with respect to `wrt`, `undefined` where `y` does not depend on one; nothing flows past `stop`. */
function backward(
  y: Tensor,
  seed: Tensor,
  { wrt, stop }: { wrt: readonly Tensor[]; stop?: ReadonlySet<Node> },
): (Tensor | undefined)[] {
  const order = topological([y], stop)
  const targets = new Set(wrt.map((x) => x.node))
  const needed = new Set<Node>()
  for (const node of order) {
    if (targets.has(node) || (node.op !== 'stopGradient' && node.inputs.some((x) => needed.has(x.node))))
      needed.add(node)
  }
  const gradients = new Map<Node, (Tensor | undefined)[]>()
  const accumulate = (x: Tensor, part: Tensor): void => {
    if (!needed.has(x.node) || !isDifferentiable(x.dtype)) return
    const list = gradients.get(x.node) ?? []
    const before = list[x.index]
    list[x.index] = before === undefined ? part : t.add(before, part)
    gradients.set(x.node, list)
  }
  accumulate(y, seed)
  for (const node of order.reverse()) {
    const g = gradients.get(node)?.[0]
    if (g === undefined || stop?.has(node) || !node.inputs.some((x) => needed.has(x.node))) continue
    if (node.op === 'checkpoint') {
      const { out, boundary } = recompute(node, g)
      const sources = boundary.filter(({ from }) => needed.has(from.node))
      const parts = backward(out, g, {
        wrt: sources.map(({ to }) => to),
        stop: new Set(boundary.map(({ to }) => to.node)),
      })
      sources.forEach(({ from }, i) => {
        const part = parts[i]
        if (part !== undefined) accumulate(from, part)
      })
      continue
    }
    const context = {
      inputs: node.inputs,
      outputs: node.outputs.map((_, i) => new Tensor(node, i)),
      attributes: node.attributes,
      node,
    }
    const parts = (vjpRules[node.op] as unknown as VjpRule<'add'>)(g, context as never)
    node.inputs.forEach((x, i) => {
      const part = parts[i]
      if (part !== undefined) accumulate(x, part)
    })
  }
  return wrt.map((x) => gradients.get(x.node)?.[x.index])
}
