/**
 * @file Runs a published checkpoint on its own 8-bit weights (models/omni/files.ts): one scale for each column, no second
 * rounding. Products become ORT's MatMulNBits, which also rounds its other factor to 8 bits in blocks.
 */
import type { Node, Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import type { Program } from '../graph/program.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { sizeOf } from '../tensor/shape.ts'
import { rewriteProgram } from './rewrite.ts'

/** Weights of fewer values stay float32, in the checkpoint and here. */
const SMALLEST = 4096
/** Values that share one scale in MatMulNBits. With longer blocks ORT's result for a row depends on the number of rows. */
const BLOCKS = [64, 32, 16] as const

/** Values as `code · scale` of their column (last axis). */
interface Channels {
  readonly codes: Int8Array
  readonly scales: Float32Array
}

/** Exact for values that came from 8 bits per channel: the largest of a column has code ±127. */
export function channelCodes(weight: HostTensor<'float32'>): Channels {
  const { data, shape } = weight
  const columns = shape.at(-1)!
  const scales = new Float32Array(columns)
  for (let i = 0; i < data.length; i++) scales[i % columns] = Math.max(scales[i % columns]!, Math.abs(data[i]!) / 127)
  const codes = Int8Array.from(data, (value, i) =>
    scales[i % columns] === 0 ? 0 : Math.round(value / scales[i % columns]!),
  )
  return { codes, scales }
}

/** Where the values of `x` lie in a weight, if `x` is one, or a slice or another shape of one. */
function placeOf(x: Tensor): { name: string; offset: number; shape: readonly number[] } | undefined {
  if (x.node.op === 'input')
    return { name: (x.node as Node<'input'>).attributes.name, offset: 0, shape: x.shape as number[] }
  const source = x.node.op === 'slice' || x.node.op === 'reshape' ? placeOf(x.node.inputs[0]!) : undefined
  if (source === undefined || source.shape.at(-1) !== x.shape.at(-1)) return undefined
  const shape = x.shape as readonly number[]
  if (x.node.op === 'reshape') return { ...source, shape }
  const { axis, start } = (x.node as Node<'slice'>).attributes
  return axis === 0 ? { ...source, shape, offset: source.offset + start * sizeOf(source.shape.slice(1)) } : undefined
}

const unsigned = (codes: Int8Array): Uint8Array => Uint8Array.from(codes, (code) => code + 128)

/** `source` with its products with, and rows of, the matrices in `weights` computed from 8 bits; the weights that the new program takes. */
export function quantizeChannels(
  source: Program,
  weights: Readonly<Record<string, HostTensor<'float32'>>>,
): { program: Program; weights: Record<string, HostTensor> } {
  const out: Record<string, HostTensor> = {}
  const inputs = new Map<string, Tensor>()
  const known = new Map<string, Channels>()
  const weightInput = (name: string, make: () => HostTensor): Tensor => {
    if (!inputs.has(name)) {
      const value = make()
      out[name] = value
      inputs.set(name, t.input(name, value.dtype, value.shape))
    }
    return inputs.get(name)!
  }
  const matrix = (x: Tensor): (ReturnType<typeof placeOf> & { readonly channels: Channels }) | undefined => {
    const place = placeOf(x)
    const weight = place === undefined ? undefined : weights[place.name]
    if (place === undefined || weight === undefined) return undefined
    if (place.shape.length !== 2 || weight.data.length < SMALLEST) return undefined
    const channels = known.get(place.name) ?? channelCodes(weight)
    known.set(place.name, channels)
    return { ...place, channels }
  }

  /** x [..., k] · W [k, n]: the scale of a column is the scale of all its blocks. */
  const product = (x: Tensor, w: Tensor): Tensor | undefined => {
    const found = matrix(w)
    const blockSize = BLOCKS.find((size) => (w.shape[0] as number) % size === 0)
    if (found === undefined || blockSize === undefined) return undefined
    const { name, offset, channels } = found
    const [k, n] = found.shape as [number, number]
    const blocks = k / blockSize
    const packed = weightInput(`${name}/${offset}/packed`, () => {
      const codes = new Uint8Array(n * k)
      for (let row = 0; row < k; row++)
        for (let column = 0; column < n; column++)
          codes[column * k + row] = channels.codes[offset + row * n + column]! + 128
      return hostTensor('uint8', [n, blocks, blockSize], codes)
    })
    const scales = weightInput(`${name}/${n * blocks}/scales`, () =>
      hostTensor(
        'float32',
        [n * blocks],
        Float32Array.from({ length: n * blocks }, (_, i) => channels.scales[Math.floor(i / blocks)]!),
      ),
    )
    return t.matmulNBits(x, { packed, scales }, { bits: 8, blockSize, k, n })
  }

  /** The codes of a table [n, k] row by row, and the scales of its columns. */
  const rows = (w: Tensor): { codes: Tensor; scales: Tensor; blockSize: number } | undefined => {
    const found = matrix(w)
    const blockSize = BLOCKS.find((size) => (w.shape[1] as number) % size === 0)
    if (found === undefined || blockSize === undefined || w.node.op !== 'input') return undefined
    const { name, channels } = found
    const [n, k] = found.shape as [number, number]
    return {
      blockSize,
      codes: weightInput(`${name}/rows`, () =>
        hostTensor('uint8', [n, k / blockSize, blockSize], unsigned(channels.codes)),
      ),
      scales: weightInput(`${name}/columns`, () => hostTensor('float32', [k], channels.scales)),
    }
  }

  const program = rewriteProgram(source, (node, [x, w]) => {
    if (node.op === 'matmul') {
      const { transA, transB, alpha } = (node as Node<'matmul'>).attributes
      if (transA || alpha !== 1) return undefined
      if (!transB) {
        const made = product(x!, node.inputs[1]!)
        return made === undefined ? undefined : [made]
      }
      // x · Wᵀ: here the scales belong to the summed axis and go to x.
      const table = rows(node.inputs[1]!)
      if (table === undefined) return undefined
      const [n, k] = w!.shape as [number, number]
      const ones = weightInput(`ones/${(n * k) / table.blockSize}`, () => {
        const data = new Float32Array((n * k) / table.blockSize).fill(1)
        return hostTensor('float32', [data.length], data)
      })
      const layout = { bits: 8, blockSize: table.blockSize, k, n } as const
      return [t.matmulNBits(t.mul(x!, table.scales), { packed: table.codes, scales: ones }, layout)]
    }
    if (node.op === 'gather' && (node as Node<'gather'>).attributes.axis === 0) {
      const table = rows(node.inputs[0]!)
      if (table === undefined) return undefined
      const codes = t.gather(table.codes, w!) // [..., k / blockSize, blockSize]
      const flat = t.reshape(t.cast(codes, 'float32'), node.outputs[0]!.shape)
      return [t.mul(t.sub(flat, 128), table.scales)]
    }
    return undefined
  })
  for (const { node } of program.inputs) {
    const { name } = (node as Node<'input'>).attributes
    if (weights[name] !== undefined) out[name] = weights[name]
  }
  return { program, weights: out }
}
