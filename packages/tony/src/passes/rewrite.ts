/** @file Rebuilds a program node by node, replacing some. */
import { type Node, Tensor } from '../graph/node.ts'
import { type Program, program, topological } from '../graph/program.ts'
import { applyOpAll } from '../graph/trace.ts'

/** `source` with the nodes for which `replace` gives outputs replaced by those; it sees the new inputs. */
export function rewriteProgram(
  source: Program,
  replace: (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined,
): Program {
  const made = new Map<Node, readonly Tensor[]>()
  for (const node of topological(Object.values(source.outputs))) {
    const inputs = node.inputs.map((x) => made.get(x.node)![x.index]!)
    made.set(
      node,
      replace(node, inputs) ??
        // Inputs and constants keep their identity: sources have nothing to rewrite.
        (node.inputs.length === 0
          ? node.outputs.map((_, i) => new Tensor(node, i))
          : applyOpAll(node.op, inputs, node.attributes)),
    )
  }
  return program(
    source.name,
    Object.fromEntries(Object.entries(source.outputs).map(([name, x]) => [name, made.get(x.node)![x.index]!])),
  )
}
