/** @file Makes a program smaller without changing what it computes. Nodes that no output needs vanish by themselves. */
import { type Node, type OpAttributes, type OpName, Tensor } from '../graph/node.ts'
import { type Program, topological } from '../graph/program.ts'
import { applyOpAll, constant } from '../graph/trace.ts'
import { bytesOf, fromBytes } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host.ts'
import { broadcast, type Shape, sameShape, sizeOf } from '../tensor/shape.ts'
import { invariant } from '../util/errors.ts'
import { foldScalars, scalarValue } from './scalars.ts'

/** The same program with fewer nodes; run until nothing changes any more, at most five times. */
export function simplify(source: Program): Program {
  // Equal values are merged first, so that the rewrites know how often each one is read.
  let current = simplifyOnce(source, false)
  let size = countNodes(current)
  for (let i = 0; i < 5; i++) {
    const next = simplifyOnce(current, true)
    const nextSize = countNodes(next)
    current = next
    if (nextSize === size) break
    size = nextSize
  }
  return current
}

/** Number of operations in a program. */
export function countNodes(source: Program): number {
  return topological(Object.values(source.outputs)).length
}

interface Builder {
  /** Makes a node, unless a rewrite applies or an equal node exists already. */
  make<K extends OpName>(op: K, inputs: readonly Tensor[], attributes: OpAttributes[K]): Tensor
  /** Whether the node being rewritten is the only one that reads this value. */
  onlyHere(x: Tensor): boolean
}

/** An equal value that is cheaper, or `undefined`. */
type Rewrite<K extends OpName> = (
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
  builder: Builder,
) => Tensor | undefined

function simplifyOnce(source: Program, rewriting: boolean): Program {
  const order = topological(Object.values(source.outputs))
  const readers = new Map<string, number>()
  for (const x of [...order.flatMap((node) => node.inputs), ...Object.values(source.outputs)])
    readers.set(keyOf(x), (readers.get(keyOf(x)) ?? 0) + 1)
  const known = new Map<string, readonly Tensor[]>()
  const images = new Map<Node, readonly Tensor[]>()
  // How often the old program reads the values that a new one stands for.
  const reads = new Map<string, number>()
  const large = new Map<HostTensor['data'], number>()

  const unique = <K extends OpName>(
    op: K,
    inputs: readonly Tensor[],
    attributes: OpAttributes[K],
  ): readonly Tensor[] => {
    const ids = inputs.map(keyOf)
    if (commutative.has(op)) ids.sort()
    const detail =
      op === 'constant'
        ? constantKey((attributes as OpAttributes['constant']).value, large)
        : JSON.stringify(attributes)
    const key = `${op}(${ids.join()})${detail}`
    let made = known.get(key)
    if (made === undefined) {
      made = applyOpAll(op, inputs, attributes)
      known.set(key, made)
    }
    return made
  }
  const builder: Builder = {
    make: (op, inputs, attributes) => rewrite(op, inputs, attributes) ?? unique(op, inputs, attributes)[0]!,
    onlyHere: (x) => reads.get(keyOf(x)) === 1,
  }
  const rewrite = <K extends OpName>(
    op: K,
    inputs: readonly Tensor[],
    attributes: OpAttributes[K],
  ): Tensor | undefined => {
    if (!rewriting) return undefined
    const folded = foldScalars(op, inputs)
    if (folded !== undefined) return unique('constant', [], { value: folded })[0]!
    const rule = rewrites[op] as Rewrite<K> | undefined
    return rule?.(inputs, attributes, builder)
  }

  for (const node of order) {
    if (node.op === 'input') {
      images.set(node, [new Tensor(node, 0)])
      continue
    }
    const inputs = node.inputs.map((x) => images.get(x.node)![x.index]!)
    const replaced = rewrite(node.op, inputs, node.attributes)
    const made = replaced === undefined ? unique(node.op, inputs, node.attributes) : [replaced]
    invariant(
      node.outputs.length === made.length &&
        node.outputs.every(({ dtype, shape }, i) => made[i]!.dtype === dtype && sameShape(made[i]!.shape, shape)),
      `simplify: ${node.op} changed its type`,
    )
    images.set(node, made)
    made.forEach((x, i) => {
      reads.set(keyOf(x), (reads.get(keyOf(x)) ?? 0) + (readers.get(`${node.id}:${i}`) ?? 0))
    })
  }
  const outputs = Object.fromEntries(
    Object.entries(source.outputs).map(([name, x]) => [name, images.get(x.node)![x.index]!]),
  )
  return { ...source, outputs }
}

const keyOf = (x: Tensor): string => `${x.node.id}:${x.index}`

const commutative: ReadonlySet<OpName> = new Set<OpName>(['add', 'mul', 'equal', 'and', 'or'])

/** Small constants are equal if their bytes are, large ones if they are the same array. */
function constantKey({ dtype, shape, data }: HostTensor, large: Map<HostTensor['data'], number>): string {
  if (data.length <= 64) return `${dtype}[${shape.join()}]${bytesOf(data).join()}`
  if (!large.has(data)) large.set(data, large.size)
  return `${dtype}[${shape.join()}]#${large.get(data)}`
}

const identity: Rewrite<OpName> = ([x]) => x

/** The node that made `x`, if it is an `op`. */
function madeBy<K extends OpName>(x: Tensor | undefined, op: K): Node<K> | undefined {
  return x?.node.op === op ? (x.node as unknown as Node<K>) : undefined
}

const fixed = (shape: Shape): boolean => shape.every((dim) => typeof dim === 'number')

/** Elementwise operations broadcast by themselves: an operand need not be expanded first. */
function withoutExpansion<
  K extends 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'where' | 'equal' | 'less' | 'greater',
>(op: K): Rewrite<K> {
  return (inputs, attributes, builder) => {
    const full = inputs.reduce<Shape>((shape, x) => broadcast(shape, x.shape)!, [])
    const at = inputs.findIndex((x, i) => {
      const source = madeBy(x, 'broadcastTo')?.inputs[0]
      if (source === undefined) return false
      const shapes = inputs.map((y, k) => (k === i ? source.shape : y.shape))
      return sameShape(
        shapes.reduce<Shape>((shape, other) => broadcast(shape, other)!, []),
        full,
      )
    })
    return at < 0
      ? undefined
      : builder.make(
          op,
          inputs.map((x, i) => (i === at ? x.node.inputs[0]! : x)),
          attributes,
        )
  }
}

/** `x` itself, if `other` is a constant that changes neither its value nor its shape. */
function neutral(x: Tensor, other: Tensor, value: number): Tensor | undefined {
  return scalarValue(other) === value && x.rank >= other.rank ? x : undefined
}

const either =
  <K extends OpName>(...rules: readonly Rewrite<K>[]): Rewrite<K> =>
  (inputs, attributes, builder) => {
    for (const rule of rules) {
      const out = rule(inputs, attributes, builder)
      if (out !== undefined) return out
    }
    return undefined
  }

/** c · (α a b) = (c α) a b */
function scaledProduct(x: Tensor, factor: number, builder: Builder): Tensor | undefined {
  const product = madeBy(x, 'matmul')
  if (product === undefined || !builder.onlyHere(x)) return undefined
  return builder.make('matmul', product.inputs, { ...product.attributes, alpha: product.attributes.alpha * factor })
}

const multiply: Rewrite<'mul'> = (inputs, _, builder) => {
  for (const [x, other] of [inputs, [...inputs].reverse()] as [Tensor, Tensor][]) {
    const one = neutral(x, other, 1)
    if (one !== undefined) return one
    const factor = scalarValue(other)
    if (factor !== undefined && x.rank >= other.rank && x.dtype === 'float32') {
      const scaled = scaledProduct(x, factor, builder)
      if (scaled !== undefined) return scaled
    }
    // x · sigmoid(x) = silu(x)
    if (madeBy(other, 'sigmoid')?.inputs[0] === x && builder.onlyHere(other)) return builder.make('silu', [x], {})
  }
  return undefined
}

/** (c a) b = c (a b), on either side. */
const scaledOperand: Rewrite<'matmul'> = (inputs, attributes, builder) => {
  for (const [i, x] of inputs.entries()) {
    const product = madeBy(x, 'mul')
    if (product === undefined || x.dtype !== 'float32') continue
    for (const [y, other] of [product.inputs, [...product.inputs].reverse()] as [Tensor, Tensor][]) {
      const factor = scalarValue(other)
      if (factor === undefined || !sameShape(y.shape, x.shape)) continue
      return builder.make(
        'matmul',
        inputs.map((z, k) => (k === i ? y : z)),
        { ...attributes, alpha: attributes.alpha * factor },
      )
    }
  }
  return undefined
}

const rewrites: { readonly [K in OpName]?: Rewrite<K> } = {
  // Once gradients are taken these two mark nothing any more. A `barrier` stays: it keeps a recomputation apart.
  stopGradient: identity,
  checkpoint: identity,
  cast: ([x], { to }) => (x!.dtype === to ? x : undefined),
  neg: ([x], _, builder) => madeBy(x, 'neg')?.inputs[0] ?? scaledProduct(x!, -1, builder),
  not: ([x]) => madeBy(x, 'not')?.inputs[0],
  add: either(
    withoutExpansion('add'),
    ([a, b]) => neutral(a!, b!, 0) ?? neutral(b!, a!, 0),
    // a + (-b) = a - b
    ([a, b], _, builder) => {
      const [right, left] = [madeBy(b, 'neg'), madeBy(a, 'neg')]
      if (right !== undefined) return builder.make('sub', [a!, right.inputs[0]!], {})
      return left === undefined ? undefined : builder.make('sub', [b!, left.inputs[0]!], {})
    },
  ),
  sub: either(
    withoutExpansion('sub'),
    ([a, b]) => neutral(a!, b!, 0),
    ([a, b], _, builder) => {
      const right = madeBy(b, 'neg')
      return right === undefined ? undefined : builder.make('add', [a!, right.inputs[0]!], {})
    },
  ),
  mul: either(withoutExpansion('mul'), multiply),
  div: either(withoutExpansion('div'), ([a, b]) => neutral(a!, b!, 1)),
  pow: either(withoutExpansion('pow'), ([a, b]) => neutral(a!, b!, 1)),
  max: withoutExpansion('max'),
  min: withoutExpansion('min'),
  equal: withoutExpansion('equal'),
  less: withoutExpansion('less'),
  greater: withoutExpansion('greater'),
  where: withoutExpansion('where'),
  matmul: scaledOperand,
  reshape: ([x], { shape }, builder) => {
    if (sameShape(x!.shape, shape)) return x
    const inner = madeBy(x, 'reshape')?.inputs[0]
    if (inner !== undefined && fixed(inner.shape) && fixed(shape)) return builder.make('reshape', [inner], { shape })
    const value = madeBy(x, 'constant')?.attributes.value
    if (value === undefined || !fixed(shape) || sizeOf(shape) !== 1) return undefined
    return constant({
      dtype: value.dtype,
      shape: shape as number[],
      data: fromBytes(value.dtype, bytesOf(value.data)),
    } as HostTensor)
  },
  transpose: ([x], { perm }, builder) => {
    if (perm.every((axis, i) => axis === i)) return x
    const inner = madeBy(x, 'transpose')
    if (inner !== undefined)
      return builder.make('transpose', inner.inputs, { perm: perm.map((axis) => inner.attributes.perm[axis]!) })
    // Moving only axes of length 1 moves no data.
    const long = perm.filter((axis) => x!.shape[axis] !== 1)
    if (fixed(x!.shape) && long.every((axis, i) => i === 0 || long[i - 1]! < axis))
      return builder.make('reshape', [x!], { shape: perm.map((axis) => x!.shape[axis]!) })
    return undefined
  },
  broadcastTo: ([x], { shape }, builder) => {
    if (sameShape(x!.shape, shape)) return x
    const inner = madeBy(x, 'broadcastTo')
    return inner === undefined ? undefined : builder.make('broadcastTo', inner.inputs, { shape })
  },
}
