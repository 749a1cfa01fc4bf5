/** @file The intermediate representation: an immutable graph of operations over typed, shaped values. */
import type { DType } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host.ts'
import type { Dim, Shape } from '../tensor/shape.ts'

/** Names of the elementwise functions of one argument. */
export type UnaryName =
  | 'neg'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'abs'
  | 'sign'
  | 'tanh'
  | 'sigmoid'
  | 'sin'
  | 'cos'
  | 'erf'
  | 'relu'
  | 'floor'
  | 'round'
  | 'silu'

/** Names of the elementwise functions of two arguments that give numbers. */
export type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min'

/** Names of the comparisons; they give `bool`. */
export type CompareName = 'equal' | 'less' | 'greater'

type None = Readonly<Record<never, never>>

/** The attributes of every operation. Adding one here makes the compiler list each rule that is still missing. */
export interface OpAttributes extends Record<UnaryName, None>, Record<BinaryName, None>, Record<CompareName, None> {
  input: { readonly name: string; readonly dtype: DType; readonly shape: Shape }
  constant: { readonly value: HostTensor }
  stopGradient: None
  checkpoint: None
  barrier: None
  not: None
  and: None
  or: None
  where: None
  cast: { readonly to: DType }
  matmul: { readonly transA: boolean; readonly transB: boolean; readonly alpha: number }
  reduceSum: { readonly axes: readonly number[]; readonly keepdims: boolean }
  reduceMean: { readonly axes: readonly number[]; readonly keepdims: boolean }
  reduceMax: { readonly axes: readonly number[]; readonly keepdims: boolean }
  argmax: { readonly axis: number }
  cumsum: { readonly axis: number; readonly reverse: boolean }
  reshape: { readonly shape: Shape }
  transpose: { readonly perm: readonly number[] }
  broadcastTo: { readonly shape: Shape }
  concat: { readonly axis: number }
  slice: { readonly axis: number; readonly start: number; readonly end: number }
  sliceLike: { readonly axis: number; readonly rest?: Dim }
  pad: { readonly axis: number; readonly before: number; readonly after: number }
  gather: { readonly axis: number }
  scatterAddRows: { readonly rows: Dim }
  takeAlong: { readonly axis: number }
  scatterAddAlong: { readonly axis: number }
  softmax: None
  logSoftmax: None
  softmaxCrossEntropy: None
  softmaxMatmul: None
  rmsNorm: { readonly eps: number }
  rotary: { readonly heads: number; readonly interleaved: boolean }
  matmulNBits: { readonly bits: 4 | 8; readonly blockSize: number; readonly k: number; readonly n: number }
  topK: { readonly k: number }
}

export type OpName = keyof OpAttributes

/** The type and shape of one output. */
export interface ValueType {
  readonly dtype: DType
  readonly shape: Shape
}

/** One operation. `inputs` point backwards, so the graph has no cycles by construction. */
export interface Node<K extends OpName = OpName> {
  readonly id: number
  readonly op: K
  readonly attributes: OpAttributes[K]
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly ValueType[]
}

/** A handle on one output of a node: what traced functions take and give. */
export class Tensor {
  readonly node: Node
  readonly index: number
  constructor(node: Node, index: number) {
    this.node = node
    this.index = index
  }
  get dtype(): DType {
    return this.node.outputs[this.index]!.dtype
  }
  get shape(): Shape {
    return this.node.outputs[this.index]!.shape
  }
  get rank(): number {
    return this.shape.length
  }
}
