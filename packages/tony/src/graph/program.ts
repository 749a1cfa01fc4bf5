/** @file A program: named outputs over a graph, in an order that can be run, and as an ONNX model. */
import type { OnnxModel, OnnxNode } from '../onnx/model.ts'
import { bytesOf } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'
import { type Node, Tensor, type ValueType } from './node.ts'
import { opsets, type Rule, rules } from './rules.ts'

/** A traced program. */
export interface Program {
  readonly name: string
  readonly inputs: readonly Tensor[]
  readonly outputs: Readonly<Record<string, Tensor>>
}

/** All nodes that `outputs` need, each after its inputs. Behind the nodes of `stop` it does not look. */
export function topological(outputs: readonly Tensor[], stop?: ReadonlySet<Node>): Node[] {
  const seen = new Set<Node>()
  const order: Node[] = []
  // An explicit stack: graphs are deeper than the call stack allows.
  const stack: { node: Node; next: number }[] = []
  const push = (node: Node): void => {
    if (seen.has(node)) return
    seen.add(node)
    stack.push({ node, next: 0 })
  }
  for (const output of outputs) {
    push(output.node)
    while (stack.length > 0) {
      const top = stack.at(-1)!
      const child = stop?.has(top.node) ? undefined : top.node.inputs[top.next++]
      if (child !== undefined) push(child.node)
      else {
        order.push(top.node)
        stack.pop()
      }
    }
  }
  return order
}

/** Makes a program of named outputs; its inputs are found by walking backwards. */
export function program(name: string, outputs: Readonly<Record<string, Tensor>>): Program {
  const inputs = topological(Object.values(outputs)).filter((node) => node.op === 'input')
  const names = new Set<string>()
  for (const node of inputs as Node<'input'>[]) {
    if (names.has(node.attributes.name))
      throw new TonyError(
        'invalid',
        `program ${name}: two inputs are named '${node.attributes.name}'; give each its own name`,
      )
    names.add(node.attributes.name)
    if (Object.hasOwn(outputs, node.attributes.name))
      throw new TonyError(
        'invalid',
        `program ${name}: an input and an output are both named '${node.attributes.name}'; give each its own name`,
      )
  }
  return { name, inputs: inputs.map((node) => new Tensor(node, 0)), outputs }
}

/** Renames `input` nodes listed in `weights` into constants that ONNX Runtime can pack ahead of time. */
export interface CompileOptions {
  readonly weights?: Readonly<Record<string, HostTensor>>
  readonly metadata?: Readonly<Record<string, string>>
}

/** The program as an ONNX model (opset 17 and, for fused kernels, com.microsoft 1). */
export function toOnnx(source: Program, { weights = {}, metadata }: CompileOptions = {}): OnnxModel {
  const nodes: OnnxNode[] = []
  const initializers = new Map<string, HostTensor>()
  const constants = new Map<string, string>()
  const names = new Map<Node, string[]>()
  let counter = 0
  const taken = new Set([
    ...Object.keys(source.outputs),
    ...source.inputs.map((x) => (x.node as Node<'input'>).attributes.name),
  ])
  const unused = (letter: string): string => {
    let name = `${letter}${counter++}`
    while (taken.has(name)) name = `${letter}${counter++}`
    return name
  }
  const fresh = (): string => unused('v')
  const addConstant = (value: HostTensor): string => {
    const small = value.data.length <= 64
    const key = small ? `${value.dtype}[${value.shape.join(',')}]${Array.from(bytesOf(value.data)).join(',')}` : ''
    const known = small ? constants.get(key) : undefined
    if (known !== undefined) return known
    const name = unused('c')
    initializers.set(name, value)
    if (small) constants.set(key, name)
    return name
  }
  const context = {
    node(opType: string, inputs: readonly string[], outputs: readonly string[], attributes = {}, domain = ''): void {
      nodes.push({ opType, domain, name: `${opType}_${nodes.length}`, inputs, outputs, attributes })
    },
    constant: addConstant,
    fresh,
  }
  const outputNames = new Map<string, string>()
  for (const [name, tensor] of Object.entries(source.outputs)) {
    const key = `${tensor.node.id}:${tensor.index}`
    if (!outputNames.has(key) && tensor.node.op !== 'input' && tensor.node.op !== 'constant') outputNames.set(key, name)
  }
  const inputs: { name: string; dtype: ValueType['dtype']; shape: ValueType['shape'] }[] = []
  for (const node of topological(Object.values(source.outputs))) {
    if (node.op === 'input') {
      const { name, dtype, shape } = (node as Node<'input'>).attributes
      const weight = weights[name]
      if (weight !== undefined) initializers.set(name, weight)
      else inputs.push({ name, dtype, shape })
      names.set(node, [name])
    } else if (node.op === 'constant') {
      names.set(node, [addConstant((node as Node<'constant'>).attributes.value)])
    } else {
      const outputs = node.outputs.map((_, i) => outputNames.get(`${node.id}:${i}`) ?? fresh())
      names.set(node, outputs)
      const rule = rules[node.op] as unknown as Rule<'add'>
      rule.emit(context, { inputs: node.inputs.map((x) => names.get(x.node)![x.index]!), outputs }, node.attributes, {
        inputs: node.inputs.map((x) => x.node.outputs[x.index]!),
        outputs: node.outputs,
      })
    }
  }
  for (const [name, tensor] of Object.entries(source.outputs)) {
    const made = names.get(tensor.node)![tensor.index]!
    if (made !== name) context.node('Identity', [made], [name])
  }
  const outputs = Object.entries(source.outputs).map(([name, x]) => ({ name, dtype: x.dtype, shape: x.shape }))
  return {
    name: source.name,
    nodes,
    inputs,
    outputs,
    initializers,
    opsets,
    ...(metadata === undefined ? {} : { metadata }),
  }
}
