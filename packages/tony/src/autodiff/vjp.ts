/** @file Vector-Jacobian products: one rule for every operation, total over `OpName`. */
import type { Node, OpAttributes, OpName, Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import type { Dim, Shape } from '../tensor/shape.ts'
import { TonyError } from '../util/errors.ts'

/** What a rule sees: the node's inputs and outputs, and the gradients of its outputs (the first is always there). */
export interface VjpContext<K extends OpName> {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly attributes: OpAttributes[K]
  readonly node: Node<K>
}

/** The gradient of each input, `undefined` where there is none. */
export type VjpRule<K extends OpName> = (gradient: Tensor, context: VjpContext<K>) => readonly (Tensor | undefined)[]

/** Sums a gradient down to the shape that was broadcast. */
export function unbroadcast(gradient: Tensor, shape: Shape): Tensor {
  const extra = gradient.rank - shape.length
  const axes: number[] = []
  for (let i = 0; i < gradient.rank; i++) {
    if (i < extra || (shape[i - extra] === 1 && gradient.shape[i] !== 1)) axes.push(i)
  }
  if (axes.length === 0) return gradient
  return t.reshape(t.reduceSum(gradient, { axes, keepdims: true }), shape)
}

const noGradient: VjpRule<OpName> = (_, { inputs }) => inputs.map(() => undefined)

const pointwise =
  (derivative: (x: Tensor, y: Tensor) => Tensor): VjpRule<OpName> =>
  (g, { inputs, outputs }) => [t.mul(g, derivative(inputs[0]!, outputs[0]!))]

const keptShape = (shape: Shape, axes: readonly number[]): Dim[] => shape.map((dim, i) => (axes.includes(i) ? 1 : dim))

export const vjpRules: { readonly [K in OpName]: VjpRule<K> } = {
  input: noGradient,
  constant: noGradient,
  stopGradient: noGradient,
  checkpoint: () => {
    throw new TonyError('internal', 'checkpoint: its gradient is the recomputation in autodiff/checkpoint.ts')
  },
  barrier: (g) => [g, undefined],

  neg: (g) => [t.neg(g)],
  exp: pointwise((_, y) => y), // (e^x)' = e^x
  log: (g, { inputs }) => [t.div(g, inputs[0]!)],
  sqrt: (g, { outputs }) => [t.div(t.mul(g, 0.5), outputs[0]!)],
  reciprocal: pointwise((_, y) => t.neg(t.mul(y, y))), // (1/x)' = -1/x²
  abs: pointwise((x) => t.sign(x)),
  sign: noGradient,
  tanh: pointwise((_, y) => t.sub(1, t.mul(y, y))),
  sigmoid: pointwise((_, y) => t.mul(y, t.sub(1, y))),
  sin: pointwise((x) => t.cos(x)),
  cos: pointwise((x) => t.neg(t.sin(x))),
  erf: pointwise((x) => t.mul(t.exp(t.neg(t.mul(x, x))), 2 / Math.sqrt(Math.PI))),
  relu: (g, { outputs }) => [t.mul(g, t.sign(outputs[0]!))],
  floor: noGradient,
  round: noGradient,
  // (x s(x))' = s + y (1 - s) with y = x s
  silu: pointwise((x, y) => {
    const s = t.sigmoid(x)
    return t.add(s, t.sub(y, t.mul(y, s)))
  }),

  add: (g, { inputs }) => inputs.map((x) => unbroadcast(g, x.shape)),
  sub: (g, { inputs: [a, b] }) => [unbroadcast(g, a!.shape), t.neg(unbroadcast(g, b!.shape))],
  // (xy)' = xy' + x'y
  mul: (g, { inputs: [a, b] }) => [unbroadcast(t.mul(g, b!), a!.shape), unbroadcast(t.mul(g, a!), b!.shape)],
  div: (g, { inputs: [a, b], outputs: [y] }) => {
    const scaled = t.div(g, b!)
    return [unbroadcast(scaled, a!.shape), t.neg(unbroadcast(t.mul(scaled, y!), b!.shape))]
  },
  // (x^p)' = p x^(p-1); the exponent's own gradient is x^p log x
  pow: (g, { inputs: [a, b], outputs: [y] }) => [
    unbroadcast(t.mul(g, t.mul(b!, t.pow(a!, t.sub(b!, 1)))), a!.shape),
    b!.node.op === 'constant' ? undefined : unbroadcast(t.mul(g, t.mul(y!, t.log(a!))), b!.shape),
  ],
  // Ties give the whole gradient to the first argument.
  max: (g, { inputs: [a, b] }) => [
    unbroadcast(t.where(t.less(a!, b!), 0, g), a!.shape),
    unbroadcast(t.where(t.less(a!, b!), g, 0), b!.shape),
  ],
  min: (g, { inputs: [a, b] }) => [
    unbroadcast(t.where(t.greater(a!, b!), 0, g), a!.shape),
    unbroadcast(t.where(t.greater(a!, b!), g, 0), b!.shape),
  ],
  equal: noGradient,
  less: noGradient,
  greater: noGradient,
  not: noGradient,
  and: noGradient,
  or: noGradient,
  where: (g, { inputs: [condition, a, b] }) => [
    undefined,
    unbroadcast(t.where(condition!, g, 0), a!.shape),
    unbroadcast(t.where(condition!, 0, g), b!.shape),
  ],
  cast: (g, { inputs: [x] }) => [t.cast(g, x!.dtype)],

  // Y = α op(A) op(B)
  matmul: (g, { inputs: [a, b], attributes: { transA, transB, alpha } }) => {
    const da = transA
      ? t.matmul(b!, g, { transA: transB, transB: true, alpha })
      : t.matmul(g, b!, { transB: !transB, alpha })
    // One matrix applied to a stack of rows: its gradient is one product over all rows, not a sum of many.
    const flat = (y: Tensor): Tensor =>
      b!.rank === 2 && y.rank > 2 && !transA ? t.reshape(y, [-1, y.shape.at(-1)!]) : y
    const [rows, gradient] = [flat(a!), flat(g)]
    const db = transB
      ? t.matmul(gradient, rows, { transA: true, transB: transA, alpha })
      : t.matmul(rows, gradient, { transA: !transA, alpha })
    return [unbroadcast(da, a!.shape), unbroadcast(db, b!.shape)]
  },
  matmulNBits: () => {
    throw new TonyError(
      'unsupported',
      'matmulNBits: quantized weights have no gradient; train in float32 and quantize afterwards',
    )
  },

  reduceSum: (g, { inputs: [x], attributes: { axes } }) => [
    t.broadcastTo(t.reshape(g, keptShape(x!.shape, axes)), x!.shape),
  ],
  reduceMean: (g, { inputs: [x], attributes: { axes } }) => {
    const count = axes.reduce((p, axis) => p * (x!.shape[axis] as number), 1)
    return [t.broadcastTo(t.reshape(t.mul(g, 1 / count), keptShape(x!.shape, axes)), x!.shape)]
  },
  // Ties share: each largest element gets the whole gradient divided by their number.
  reduceMax: (g, { inputs: [x], outputs: [y], attributes: { axes } }) => {
    const kept = keptShape(x!.shape, axes)
    const hit = t.cast(t.equal(x!, t.reshape(y!, kept)), 'float32')
    return [t.mul(t.div(hit, t.reduceSum(hit, { axes, keepdims: true })), t.reshape(g, kept))]
  },
  argmax: noGradient,
  cumsum: (g, { attributes: { axis, reverse } }) => [t.cumsum(g, axis, { reverse: !reverse })],
  topK: (g, { inputs: [x], outputs: [, indices] }) => [
    t.scatterAddAlong(t.full(x!.shape, 0), { indices: indices!, updates: g }),
  ],

  reshape: (g, { inputs: [x] }) => [t.reshape(g, x!.shape)],
  transpose: (g, { attributes: { perm } }) => [
    t.transpose(
      g,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  broadcastTo: (g, { inputs: [x] }) => [unbroadcast(g, x!.shape)],
  concat: (g, { inputs, attributes: { axis } }) =>
    t.split(
      g,
      axis,
      inputs.map((x) => x.shape[axis] as number),
    ),
  slice: (g, { inputs: [x], attributes: { axis, start, end } }) => [
    t.pad(g, axis, start, (x!.shape[axis] as number) - end),
  ],
  sliceLike: () => {
    throw new TonyError('unsupported', 'splitLike: it has no gradient; use split with fixed lengths in training')
  },
  pad: (g, { inputs: [x], attributes: { axis, before } }) => [
    t.slice(g, axis, before, before + (x!.shape[axis] as number)),
  ],

  gather: (g, { inputs: [x, indices], attributes: { axis } }) => {
    if (axis !== 0 || x!.rank !== 2)
      throw new TonyError(
        'unsupported',
        'gather: gradients are defined for rows of a matrix (axis 0, rank 2); reshape the table to [rows, width]',
      )
    const flat = t.reshape(indices!, [-1])
    return [t.scatterAddRows(flat, t.reshape(g, [flat.shape[0]!, x!.shape[1]!]), x!.shape[0]!), undefined]
  },
  scatterAddRows: (g, { inputs: [indices] }) => [undefined, t.gather(g, indices!)],
  takeAlong: (g, { inputs: [x, indices], attributes: { axis } }) => [
    t.scatterAddAlong(t.full(x!.shape, 0), { indices: indices!, updates: g }, axis),
    undefined,
  ],
  scatterAddAlong: (g, { inputs: [, indices], attributes: { axis } }) => [g, undefined, t.takeAlong(g, indices!, axis)],

  // dx = y (g - Σ g y)
  softmax: (g, { outputs: [y] }) => {
    const gy = t.mul(g, y!)
    return [t.sub(gy, t.mul(y!, t.reduceSum(gy, { axes: [-1], keepdims: true })))]
  },
  // dx = g - softmax(x) Σ g
  logSoftmax: (g, { outputs: [y] }) => [t.sub(g, t.mul(t.exp(y!), t.reduceSum(g, { axes: [-1], keepdims: true })))],
  // d logits = (softmax(logits) - onehot(target)) g
  softmaxCrossEntropy: (g, { inputs: [, targets], outputs: [, probabilities] }) => {
    const column = t.reshape(g, [g.shape[0]!, 1])
    const indices = t.reshape(targets!, [g.shape[0]!, 1])
    return [t.scatterAddAlong(t.mul(probabilities!, column), { indices, updates: t.neg(column) }, 1), undefined]
  },
  // With P = softmax(S) and Y = P V: dS = P (dP - Σ dP P) where dP = dY Vᵀ, and Σ dP P over keys is Σ dY Y over the
  // much shorter last axis of Y (Dao et al. 2022).
  softmaxMatmul: (g, { inputs: [scores, values], outputs: [y, p] }) => {
    const dp = t.matmul(g, values!, { transB: true })
    const inner = t.reduceSum(t.mul(g, y!), { axes: [-1], keepdims: true })
    return [
      unbroadcast(t.mul(p!, t.sub(dp, inner)), scores!.shape),
      unbroadcast(t.matmul(p!, g, { transA: true }), values!.shape),
    ]
  },
  // With y = x r: dx = r (g - y mean(g y))
  rmsNorm: (g, { outputs: [y, r] }) => {
    const along = t.reduceMean(t.mul(g, y!), { axes: [-1], keepdims: true })
    return [t.mul(t.sub(g, t.mul(y!, along)), r!)]
  },
  // A rotation's transpose turns the other way.
  rotary: (g, { inputs: [, positions, cos, sin], attributes }) => [
    t.rotary(g, { positions: positions!, cos: cos!, sin: t.neg(sin!) }, attributes),
    undefined,
    undefined,
    undefined,
  ],
}
