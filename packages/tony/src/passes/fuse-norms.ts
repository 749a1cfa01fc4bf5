/**
 * @file Replaces the nodes of root-mean-square normalisation by the one kernel that ONNX Runtime has for it. For serving: at
 * a few rows the launch of six kernels costs more than they compute. The kernel is no ONNX operator, so files keep the nodes.
 */
import type { OnnxModel, OnnxNode } from '../onnx/model.ts'
import type { HostTensor } from '../tensor/host.ts'

/** x / sqrt(mean(x²) + eps), as `rmsNorm` (graph/rules.ts) writes it, and what multiplies it by a gain. */
interface Found {
  readonly inner: readonly OnnxNode[]
  readonly last: OnnxNode
  readonly input: string
  readonly eps: number
  /** Initializer [width]. */
  readonly gain?: string
}

/** `model` with `SimplifiedLayerNormalization` wherever a normalisation's inner values are not used elsewhere. */
export function fuseNorms(model: OnnxModel): OnnxModel {
  const readers = new Map<string, OnnxNode[]>()
  for (const node of model.nodes)
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node])
  const kept = new Set(model.outputs.map(({ name }) => name))
  /** The only reader of a node's only output, if it is an `opType` and nobody outside sees the value. */
  const next = (node: OnnxNode | undefined, opType: string): OnnxNode | undefined => {
    const [name] = node?.outputs ?? []
    if (name === undefined || kept.has(name)) return undefined
    const [reader, ...others] = readers.get(name) ?? []
    return others.length === 0 && reader?.opType === opType ? reader : undefined
  }
  const scalar = (node: OnnxNode): number | undefined => {
    const value = model.initializers.get(node.inputs[1] ?? '')
    return value?.data.length === 1 ? Number(value.data[0]) : undefined
  }
  const find = (square: OnnxNode): Found | undefined => {
    const mean = next(square, 'Mul')
    const sum = next(mean, 'Add')
    const root = next(sum, 'Sqrt')
    const inverse = next(root, 'Reciprocal')
    const scaled = next(inverse, 'Mul')
    if (mean === undefined || sum === undefined || root === undefined || inverse === undefined || scaled === undefined)
      return undefined
    const [input] = square.inputs
    const eps = scalar(sum)
    if (input === undefined || eps === undefined || !scaled.inputs.includes(input)) return undefined
    const inner = [square, mean, sum, root, inverse]
    const product = next(scaled, 'Mul')
    const gain = product?.inputs.find((name) => name !== scaled.outputs[0])
    return product !== undefined && gain !== undefined && model.initializers.get(gain)?.shape.length === 1
      ? { inner: [...inner, scaled], last: product, input, eps, gain }
      : { inner, last: scaled, input, eps }
  }

  const widths = widthsOf(model)
  const initializers = new Map(model.initializers)
  const gone = new Set<OnnxNode>()
  const fused = new Map<OnnxNode, OnnxNode>()
  for (const node of model.nodes) {
    const found = node.opType === 'ReduceSumSquare' ? find(node) : undefined
    const width = widths.get(node)
    if (found === undefined || width === undefined) continue
    const scale = found.gain ?? `ones/${width}`
    if (found.gain === undefined)
      initializers.set(scale, { dtype: 'float32', shape: [width], data: new Float32Array(width).fill(1) })
    for (const inner of found.inner) gone.add(inner)
    fused.set(found.last, {
      opType: 'SimplifiedLayerNormalization',
      domain: '',
      name: found.last.name,
      inputs: [found.input, scale],
      outputs: found.last.outputs,
      attributes: { axis: { int: -1 }, epsilon: { float: found.eps }, stash_type: { int: 1 } },
    })
  }
  const nodes = model.nodes.filter((node) => !gone.has(node)).map((node) => fused.get(node) ?? node)
  return { ...model, nodes, initializers }
}

/** Length of the last axis under each sum of squares, read off the factor 1 / width behind it. */
function widthsOf({ nodes, initializers }: OnnxModel): Map<OnnxNode, number> {
  const squares = new Map(
    nodes.flatMap((node) => (node.opType === 'ReduceSumSquare' ? [[node.outputs[0]!, node]] : [])),
  )
  const out = new Map<OnnxNode, number>()
  for (const node of nodes) {
    const square = node.opType === 'Mul' ? squares.get(node.inputs[0]!) : undefined
    const factor: HostTensor | undefined = initializers.get(node.inputs[1] ?? '')
    if (square !== undefined && factor?.data.length === 1) out.set(square, Math.round(1 / Number(factor.data[0])))
  }
  return out
}
