/** @file Arithmetic on constants of one element, done once while compiling. */
import type { BinaryName, OpName, Tensor, UnaryName } from '../graph/node.ts'
import type { HostTensor } from '../tensor/host.ts'

const unary: { readonly [K in UnaryName]?: (x: number) => number } = {
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  reciprocal: (x) => 1 / x,
  abs: Math.abs,
  sign: Math.sign,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  sin: Math.sin,
  cos: Math.cos,
  relu: (x) => Math.max(x, 0),
  floor: Math.floor,
}

const binary: { readonly [K in BinaryName]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  max: Math.max,
  min: Math.min,
}

/** The number in a float32 constant of one element. */
export function scalarValue(x: Tensor): number | undefined {
  const value = constantOf(x)
  return value?.dtype === 'float32' && value.data.length === 1 ? Number(value.data[0]) : undefined
}

/** The constant that `op` gives for float32 constants of one element, `undefined` if it is not that simple. */
export function foldScalars(op: OpName, inputs: readonly Tensor[]): HostTensor | undefined {
  const values = inputs.map(scalarValue)
  if (values.length === 0 || values.some((value) => value === undefined)) return undefined
  const [a, b] = values as [number, number]
  const result = op in unary ? unary[op as UnaryName]?.(a) : op in binary ? binary[op as BinaryName](a, b) : undefined
  // What is not finite stays in the program, where its origin can be seen.
  if (result === undefined || !Number.isFinite(Math.fround(result))) return undefined
  const rank = Math.max(...inputs.map((x) => x.rank))
  return { dtype: 'float32', shape: new Array<number>(rank).fill(1), data: Float32Array.of(result) }
}

function constantOf(x: Tensor): HostTensor | undefined {
  return x.node.op === 'constant' ? (x.node.attributes as { value: HostTensor }).value : undefined
}
