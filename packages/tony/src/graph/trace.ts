/** @file Makes nodes: checks types and shapes at once, and says where in the caller's code a mistake is. */
import type { HostTensor } from '../tensor/host.ts'
import { showShape } from '../tensor/shape.ts'
import { TonyError } from '../util/errors.ts'
import { type Node, type OpAttributes, type OpName, Tensor, type ValueType } from './node.ts'
import { RuleError, rules } from './rules.ts'

let nextId = 1

const ownCode =
  /[/\\]tony[/\\](src|dist)[/\\](graph|autodiff|passes|nn|optim)[/\\](?!.*\.test\.)|<anonymous>|node:internal/

/** The first line outside the library's own tracing code, for error messages. */
function callerLine(): string {
  // Layers nest deeper than the ten lines that V8 keeps by default.
  const limited = Error as unknown as { stackTraceLimit?: number }
  const before = limited.stackTraceLimit
  limited.stackTraceLimit = 50
  const lines = (new Error().stack ?? '').split('\n').slice(1)
  if (before !== undefined) limited.stackTraceLimit = before
  const line = lines.find((l) => !ownCode.test(l)) ?? lines.at(-1) ?? ''
  return line.replace(/^\s*at\s+/, '').replace('file://', '')
}

/** A mistake in what was given to `op`, with the inputs and the caller's line. */
export function traceError(op: string, message: string, inputs: readonly ValueType[], cause?: unknown): TonyError {
  const got = inputs.map(({ dtype, shape }) => `${dtype}${showShape(shape)}`).join(', ')
  return new TonyError('shape', `${op}: ${message}; inputs ${got || 'none'}; at ${callerLine()}`, { cause })
}

/** Makes a node and gives all of its outputs; throws `shape` naming the op, its input shapes and the caller's line. */
export function applyOpAll<K extends OpName>(op: K, inputs: readonly Tensor[], attributes: OpAttributes[K]): Tensor[] {
  const types = inputs.map((x) => ({ dtype: x.dtype, shape: x.shape }))
  try {
    const node: Node<K> = { id: nextId++, op, attributes, inputs, outputs: rules[op].infer(types, attributes) }
    return node.outputs.map((_, i) => new Tensor(node as unknown as Node, i))
  } catch (cause) {
    if (!(cause instanceof RuleError)) throw cause
    throw traceError(op, cause.message, types, cause)
  }
}

/** Makes a node with one output. */
export function applyOp<K extends OpName>(op: K, inputs: readonly Tensor[], attributes: OpAttributes[K]): Tensor {
  return applyOpAll(op, inputs, attributes)[0]!
}

/** A constant in the program. */
export function constant(value: HostTensor): Tensor {
  return applyOp('constant', [], { value })
}
