/** @file ONNX models as plain data, and their file format (onnx.proto, IR version 8). */
import type { DType } from '../tensor/dtype.ts'
import { allocate, bytesOf, dtypes, fromBytes } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host.ts'
import type { Dim } from '../tensor/shape.ts'
import { TonyError } from '../util/errors.ts'
import { fieldText, readFields, Writer } from './wire.ts'

/** Attribute values: integers are `bigint` or wrapped in `ints`, plain numbers are floats. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: HostTensor }

export interface OnnxNode {
  readonly opType: string
  readonly domain: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxValue {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly Dim[]
}

export interface OnnxModel {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly initializers: ReadonlyMap<string, HostTensor>
  /** Operator set versions by domain; `''` is ONNX itself. */
  readonly opsets: Readonly<Record<string, number>>
  readonly metadata?: Readonly<Record<string, string>>
}

const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const

function writeTensor(writer: Writer, name: string, tensor: HostTensor): void {
  for (const dim of tensor.shape) writer.int(1, dim)
  writer.int(2, dtypes[tensor.dtype].onnx)
  writer.string(8, name)
  writer.bytes(9, bytesOf(tensor.data))
}

function writeAttribute(writer: Writer, name: string, attribute: OnnxAttribute): void {
  writer.string(1, name)
  if ('int' in attribute) writer.int(3, attribute.int).int(20, attributeTypes.int)
  else if ('float' in attribute) writer.float(2, attribute.float).int(20, attributeTypes.float)
  else if ('string' in attribute) writer.string(4, attribute.string).int(20, attributeTypes.string)
  else if ('ints' in attribute) {
    for (const value of attribute.ints) writer.int(8, value)
    writer.int(20, attributeTypes.ints)
  } else if ('floats' in attribute) {
    for (const value of attribute.floats) writer.float(7, value)
    writer.int(20, attributeTypes.floats)
  } else {
    writer.message(5, (w) => writeTensor(w, '', attribute.tensor)).int(20, attributeTypes.tensor)
  }
}

function writeValue(writer: Writer, value: OnnxValue): void {
  writer.string(1, value.name)
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, dtypes[value.dtype].onnx)
      tensor.message(2, (shape) => {
        for (const dim of value.shape) {
          shape.message(1, (d) => (typeof dim === 'number' ? d.int(1, dim) : d.string(2, dim)))
        }
      })
    }),
  )
}

/** The bytes of a `.onnx` file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new Writer().int(1, 8).string(2, 'tony')
  writer.message(7, (graph) => {
    for (const node of model.nodes) {
      graph.message(1, (w) => {
        for (const input of node.inputs) w.string(1, input)
        for (const output of node.outputs) w.string(2, output)
        w.string(3, node.name).string(4, node.opType)
        for (const [name, attribute] of Object.entries(node.attributes)) {
          w.message(5, (a) => writeAttribute(a, name, attribute))
        }
        if (node.domain !== '') w.string(7, node.domain)
      })
    }
    graph.string(2, model.name)
    for (const [name, tensor] of model.initializers) graph.message(5, (w) => writeTensor(w, name, tensor))
    for (const input of model.inputs) graph.message(11, (w) => writeValue(w, input))
    for (const output of model.outputs) graph.message(12, (w) => writeValue(w, output))
  })
  for (const [domain, version] of Object.entries(model.opsets)) {
    writer.message(8, (w) => w.string(1, domain).int(2, version))
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    writer.message(14, (w) => w.string(1, key).string(2, value))
  }
  return writer.finish()
}

const dtypeByNumber = new Map<number, DType>(Object.entries(dtypes).map(([name, row]) => [row.onnx, name as DType]))

function dtypeOf(number: number): DType {
  const dtype = dtypeByNumber.get(number)
  if (dtype === undefined)
    throw new TonyError(
      'unsupported',
      `onnx: element type ${number} is not supported (${Object.keys(dtypes).join(', ')}); convert the model first`,
    )
  return dtype
}

function readTensor(bytes: Uint8Array): { name: string; tensor: HostTensor } {
  const shape: number[] = []
  let dtype: DType = 'float32'
  let name = ''
  let raw: Uint8Array | undefined
  const listed: (number | bigint)[] = []
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) {
      if (typeof value === 'bigint') shape.push(Number(value))
      else for (const inner of packed(value)) shape.push(Number(inner))
    } else if (number === 2) dtype = dtypeOf(Number(value))
    else if (number === 4) listed.push(...floats(value))
    else if (number === 5 || number === 7) listed.push(...(typeof value === 'bigint' ? [value] : packed(value)))
    else if (number === 8) name = fieldText(value)
    else if (number === 9) raw = value as Uint8Array
    else if (number === 13 || number === 14)
      throw new TonyError(
        'unsupported',
        `onnx: tensor '${name}' keeps its data in another file; save the model as one file`,
      )
  }
  const data =
    raw === undefined
      ? fromList(dtype, listed)
      : raw.byteLength % dtypes[dtype].bytes === 0
        ? fromBytes(dtype, raw)
        : undefined
  const size = shape.reduce((product, dim) => product * dim, 1)
  if (data?.length !== size)
    throw new TonyError(
      'invalid',
      `onnx: tensor '${name}' of shape [${shape}] needs ${size} elements of ${dtype}, its data are ${raw?.byteLength ?? 0} bytes; the file is broken`,
    )
  return { name, tensor: { dtype, shape, data } as HostTensor }
}

function packed(bytes: Uint8Array): bigint[] {
  const out: bigint[] = []
  let value = 0n
  let shift = 0n
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift
    shift += 7n
    if (byte < 128) {
      out.push(value)
      value = 0n
      shift = 0n
    }
  }
  return out
}

/** The elements that other tools list one by one: `float_data`, `int32_data`, `int64_data`. */
function fromList(dtype: DType, values: readonly (number | bigint)[]): HostTensor['data'] {
  const out = allocate(dtype, values.length)
  if (out instanceof BigInt64Array) out.set(values.map((value) => BigInt.asIntN(64, BigInt(value))))
  else out.set(values.map((value) => (typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : value)))
  return out
}

/** One float, or a packed list of them. */
function floats(value: bigint | Uint8Array): number[] {
  const bytes = value as Uint8Array
  return Array.from({ length: bytes.byteLength / 4 }, (_, i) => float32(bytes.subarray(i * 4, i * 4 + 4)))
}

const float32 = (value: bigint | Uint8Array): number => {
  const bytes = value as Uint8Array
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true)
}

function readNode(bytes: Uint8Array): OnnxNode {
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes: Record<string, OnnxAttribute> = {}
  let opType = ''
  let name = ''
  let domain = ''
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) inputs.push(fieldText(value))
    else if (number === 2) outputs.push(fieldText(value))
    else if (number === 3) name = fieldText(value)
    else if (number === 4) opType = fieldText(value)
    else if (number === 7) domain = fieldText(value)
    else if (number === 5) {
      let key = ''
      let type = 0
      let scalar: OnnxAttribute | undefined
      const ints: number[] = []
      const floatList: number[] = []
      for (const field of readFields(value as Uint8Array)) {
        if (field.number === 1) key = fieldText(field.value)
        else if (field.number === 2) scalar = { float: float32(field.value) }
        else if (field.number === 3) scalar = { int: Number(BigInt.asIntN(64, field.value as bigint)) }
        else if (field.number === 4) scalar = { string: fieldText(field.value) }
        else if (field.number === 5) scalar = { tensor: readTensor(field.value as Uint8Array).tensor }
        else if (field.number === 7) floatList.push(...floats(field.value))
        else if (field.number === 8)
          ints.push(
            ...(typeof field.value === 'bigint' ? [field.value] : packed(field.value)).map((v) =>
              Number(BigInt.asIntN(64, v)),
            ),
          )
        else if (field.number === 20) type = Number(field.value)
      }
      attributes[key] =
        type === attributeTypes.ints
          ? { ints }
          : type === attributeTypes.floats
            ? { floats: floatList }
            : (scalar ?? { ints })
    }
  }
  return { opType, domain, name, inputs, outputs, attributes }
}

function readValue(bytes: Uint8Array): OnnxValue {
  let name = ''
  let dtype: DType = 'float32'
  const shape: Dim[] = []
  for (const field of readFields(bytes)) {
    if (field.number === 1) name = fieldText(field.value)
    if (field.number !== 2) continue
    for (const type of readFields(field.value as Uint8Array)) {
      if (type.number !== 1) continue
      for (const tensor of readFields(type.value as Uint8Array)) {
        if (tensor.number === 1) dtype = dtypeOf(Number(tensor.value))
        else if (tensor.number === 2) {
          for (const dim of readFields(tensor.value as Uint8Array)) {
            // A dimension with neither a length nor a name is unknown.
            let length: Dim = '?'
            for (const part of readFields(dim.value as Uint8Array)) {
              if (part.number === 1) length = Number(part.value)
              else if (part.number === 2) length = fieldText(part.value)
            }
            shape.push(length)
          }
        }
      }
    }
  }
  return { name, dtype, shape }
}

/** Reads a `.onnx` file; throws `invalid` if it is broken and `unsupported` for element types that Tony does not use. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  try {
    return readModel(bytes)
  } catch (cause) {
    if (cause instanceof TonyError) throw cause
    // A field of the wrong kind: a number where bytes should be, or the other way round.
    throw new TonyError(
      'invalid',
      'onnx: the file does not have the layout of an ONNX model; it is broken or not an ONNX file',
      { cause },
    )
  }
}

function readModel(bytes: Uint8Array): OnnxModel {
  const nodes: OnnxNode[] = []
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  const initializers = new Map<string, HostTensor>()
  const opsets: Record<string, number> = {}
  const metadata: Record<string, string> = {}
  let name = ''
  let seenGraph = false
  for (const { number, value } of readFields(bytes)) {
    if (number === 7) {
      seenGraph = true
      for (const field of readFields(value as Uint8Array)) {
        if (field.number === 1) nodes.push(readNode(field.value as Uint8Array))
        else if (field.number === 2) name = fieldText(field.value)
        else if (field.number === 5) {
          const { name: key, tensor } = readTensor(field.value as Uint8Array)
          initializers.set(key, tensor)
        } else if (field.number === 11) inputs.push(readValue(field.value as Uint8Array))
        else if (field.number === 12) outputs.push(readValue(field.value as Uint8Array))
      }
    } else if (number === 8) {
      let domain = ''
      let version = 0
      for (const field of readFields(value as Uint8Array)) {
        if (field.number === 1) domain = fieldText(field.value)
        else version = Number(field.value)
      }
      opsets[domain === 'ai.onnx' ? '' : domain] = version
    } else if (number === 14) {
      let key = ''
      let text = ''
      for (const field of readFields(value as Uint8Array)) {
        if (field.number === 1) key = fieldText(field.value)
        else text = fieldText(field.value)
      }
      metadata[key] = text
    }
  }
  if (!seenGraph)
    throw new TonyError('invalid', 'onnx: the file holds no graph; it is empty, truncated or not an ONNX file')
  const undeclared =
    nodes.find(({ domain }) => !Object.hasOwn(opsets, domain === 'ai.onnx' ? '' : domain)) ??
    (Object.keys(opsets).length === 0 ? { domain: '' } : undefined)
  if (undeclared !== undefined)
    throw new TonyError(
      'invalid',
      `onnx: the file names no version of operator set '${undeclared.domain || 'ai.onnx'}'; it is truncated`,
    )
  return { name, nodes, inputs, outputs, initializers, opsets, metadata }
}
