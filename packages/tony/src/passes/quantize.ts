/** @file Replaces products with known weight matrices by products with blockwise quantized ones (ORT's MatMulNBits). */
import type { Node, Tensor } from '../graph/node.ts'
import { input, matmulNBits } from '../graph/ops.ts'
import type { Program } from '../graph/program.ts'
import { type BlockBits, packNibbles, quantizeBlocks, transposed } from '../tensor/blockwise.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'
import { rewriteProgram } from './rewrite.ts'

export interface QuantizeOptions {
  readonly bits: BlockBits
  /** Neighbouring inputs that share one scale: a power of two from 16. */
  readonly blockSize?: number
  /** Which weights may be quantized; default: all that fit. */
  readonly select?: (name: string) => boolean
}

/** A weight [k, n] in the layout of MatMulNBits: `packed` [n, k / blockSize, bytes] and `scales` [n · k / blockSize]. */
export function quantizeWeight(
  weight: HostTensor<'float32'>,
  { bits, blockSize = 32 }: QuantizeOptions,
): { packed: HostTensor<'uint8'>; scales: HostTensor<'float32'> } {
  const [k, n] = weight.shape as [number, number]
  if (weight.shape.length !== 2 || k % blockSize !== 0) {
    throw new TonyError(
      'shape',
      `quantizeWeight: needs [k, n] with k a multiple of ${blockSize}, got [${weight.shape.join(', ')}]; choose another block size`,
    )
  }
  const { codes, scales } = quantizeBlocks(transposed(weight.data, k, n), bits, blockSize)
  const bytes = (blockSize * bits) / 8
  const packed = bits === 8 ? codes : packNibbles((n * k) / 2, codes, (i) => [2 * i, 2 * i + 1])
  return {
    packed: hostTensor('uint8', [n, k / blockSize, bytes], packed),
    scales: hostTensor('float32', [(n * k) / blockSize], scales),
  }
}

/** `source` with every `x · W` quantized whose W is an input named in `weights`; the weights that the new program takes. */
export function quantizeProgram(
  source: Program,
  weights: Readonly<Record<string, HostTensor>>,
  options: QuantizeOptions,
): { program: Program; weights: Record<string, HostTensor> } {
  const { bits, blockSize = 32, select = () => true } = options
  const quantized = new Map<string, { packed: Tensor; scales: Tensor }>()
  const out: Record<string, HostTensor> = {}

  const matrixOf = (node: Node): { name: string; weight: HostTensor<'float32'> } | undefined => {
    if (node.op !== 'matmul') return undefined
    const { transA, transB, alpha } = (node as Node<'matmul'>).attributes
    const b = node.inputs[1]!.node
    if (transA || transB || alpha !== 1 || b.op !== 'input') return undefined
    const { name } = (b as Node<'input'>).attributes
    const weight = weights[name]
    const fits = weight?.dtype === 'float32' && weight.shape.length === 2 && weight.shape[0]! % blockSize === 0
    return fits && select(name) ? { name, weight: weight as HostTensor<'float32'> } : undefined
  }

  const result = rewriteProgram(source, (node, inputs) => {
    const matrix = matrixOf(node)
    if (matrix === undefined) return undefined
    const { name, weight } = matrix
    let known = quantized.get(name)
    if (known === undefined) {
      const { packed, scales } = quantizeWeight(weight, options)
      known = {
        packed: input(`${name}/packed`, 'uint8', packed.shape),
        scales: input(`${name}/scales`, 'float32', scales.shape),
      }
      out[`${name}/packed`] = packed
      out[`${name}/scales`] = scales
      quantized.set(name, known)
    }
    const [k, n] = weight.shape as [number, number]
    return [matmulNBits(inputs[0]!, known, { bits, blockSize, k, n })]
  })
  for (const { node } of result.inputs) {
    const { name } = (node as Node<'input'>).attributes
    if (weights[name] !== undefined) out[name] = weights[name]
  }
  return { program: result, weights: out }
}
