/** @file For devices without a kernel for `FusedMatMul`: the same products from operators of ONNX itself. */
import { decodeModel, encodeModel, type OnnxModel, type OnnxNode } from '../onnx/model.ts'
import { type HostTensor, hostFloat } from '../tensor/host.ts'

/**
 * Writes each `FusedMatMul` as `Gemm` where both factors are matrices, else as `Transpose`, `MatMul` and `Mul`. To
 * transpose, the number of axes must be known; where an operator that Tony does not emit hides it, the node stays.
 */
export function unfuseMatMul(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes)
  if (!model.nodes.some(isFused)) return bytes
  const ranks = ranksOf(model)
  const initializers = new Map(model.initializers)
  const nodes = model.nodes.flatMap((node) => (isFused(node) ? plainNodes(node, ranks, initializers) : [node]))
  return encodeModel({ ...model, nodes, initializers })
}

const isFused = ({ opType, domain }: OnnxNode): boolean => opType === 'FusedMatMul' && domain === 'com.microsoft'

function plainNodes(
  node: OnnxNode,
  ranks: ReadonlyMap<string, number>,
  initializers: Map<string, HostTensor>,
): OnnxNode[] {
  const { name, inputs, outputs, attributes } = node
  const [a, b] = inputs.map((input) => ranks.get(input))
  const { transA, transB, alpha, ...others } = attributes
  const scale = alpha !== undefined && 'float' in alpha ? alpha.float : 1
  if (a === undefined || b === undefined || Object.values(others).some((value) => integer(value) !== 0)) return [node]
  const plain = { domain: '', attributes: {} }
  if (a === 2 && b === 2) {
    const kept = { ...(transA && { transA }), ...(transB && { transB }), alpha: { float: scale } }
    return [{ ...plain, opType: 'Gemm', name, inputs, outputs, attributes: kept }]
  }
  const made: OnnxNode[] = []
  const factors = [
    { input: inputs[0]!, rank: a, transposed: integer(transA) === 1, side: 'a' },
    { input: inputs[1]!, rank: b, transposed: integer(transB) === 1, side: 'b' },
  ].map(({ input, rank, transposed, side }) => {
    if (!transposed) return input
    const output = `${outputs[0]}/${side}`
    const perm = { ints: [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2] }
    made.push({
      ...plain,
      opType: 'Transpose',
      name: `${name}/${side}`,
      inputs: [input],
      outputs: [output],
      attributes: { perm },
    })
    return output
  })
  if (scale === 1) return [...made, { ...plain, opType: 'MatMul', name, inputs: factors, outputs }]
  const product = `${outputs[0]}/product`
  const factor = `${outputs[0]}/alpha`
  initializers.set(factor, hostFloat([], [scale]))
  return [
    ...made,
    { ...plain, opType: 'MatMul', name, inputs: factors, outputs: [product] },
    { ...plain, opType: 'Mul', name: `${name}/alpha`, inputs: [product, factor], outputs },
  ]
}

const integer = (attribute: OnnxNode['attributes'][string] | undefined): number =>
  attribute !== undefined && 'int' in attribute ? attribute.int : 0

/** Operators whose result has the axes of the first input. */
const likeFirst = new Set(
  (
    'Neg Exp Log Sqrt Reciprocal Abs Sign Tanh Sigmoid Sin Cos Erf Relu Floor Round QuickGelu Not Identity Cast Softmax ' +
    'LogSoftmax CumSum TopK Transpose Concat Slice Pad GatherElements ScatterElements ScatterND RotaryEmbedding MatMulNBits'
  ).split(' '),
)
/** Operators whose result has the axes of the longest input. */
const likeLongest = new Set('Add Sub Mul Div Pow Max Min Equal Less Greater And Or Where MatMul FusedMatMul'.split(' '))

/** The number of axes of each value, as far as it follows from the inputs. */
function ranksOf({ inputs, initializers, nodes }: OnnxModel): Map<string, number> {
  const ranks = new Map(inputs.map(({ name, shape }) => [name, shape.length]))
  for (const [name, { shape }] of initializers) ranks.set(name, shape.length)
  const lengthOf = (name: string | undefined): number =>
    (name === undefined ? undefined : initializers.get(name)?.data.length) ?? Number.NaN
  for (const node of nodes) {
    const known = node.inputs.map((input) => ranks.get(input) ?? Number.NaN)
    const rank = rankOf(node, known, lengthOf)
    if (!Number.isNaN(rank)) for (const output of node.outputs) ranks.set(output, rank)
  }
  return ranks
}

/** NaN is unknown, and what is made of it too. */
function rankOf(
  { opType, inputs, attributes }: OnnxNode,
  ranks: readonly number[],
  lengthOf: (name: string | undefined) => number,
): number {
  const first = ranks[0] ?? Number.NaN
  if (likeFirst.has(opType)) return first
  if (likeLongest.has(opType)) return Math.max(...ranks)
  if (opType === 'Reshape') return lengthOf(inputs[1])
  if (opType === 'Expand') return Math.max(first, lengthOf(inputs[1]))
  if (opType === 'ConstantOfShape') return lengthOf(inputs[0])
  if (opType === 'Gather') return first + ranks[1]! - 1
  if (opType === 'Unsqueeze') return first + lengthOf(inputs[1])
  if (opType === 'Squeeze') return first - lengthOf(inputs[1])
  if (opType === 'Shape') return 1
  if (/^(Reduce|ArgMax)/.test(opType)) {
    const { keepdims, axes } = attributes
    if (keepdims === undefined || integer(keepdims) === 1) return first
    if (opType === 'ArgMax') return first - 1
    return first - (axes !== undefined && 'ints' in axes ? axes.ints.length : lengthOf(inputs[1]))
  }
  return Number.NaN
}
