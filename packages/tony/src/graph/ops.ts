/** @file The operations as functions: what traced programs are written with. Names follow NumPy, JAX and ONNX. */
import type { DType } from '../tensor/dtype.ts'
import { allocate } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host.ts'
import { type Dim, normalizeAxis, type Shape, sameShape } from '../tensor/shape.ts'
import type { BinaryName, CompareName, Tensor, UnaryName } from './node.ts'
import { applyOp, applyOpAll, constant, traceError } from './trace.ts'

/** A tensor, or a number that takes the other argument's dtype. */
export type Operand = Tensor | number

/** A scalar constant of the given dtype. */
export function scalar(value: number, dtype: DType = 'float32'): Tensor {
  const data = allocate(dtype, 1)
  if (data instanceof BigInt64Array) data[0] = BigInt(value)
  else data[0] = value
  return constant({ dtype, shape: [], data } as HostTensor)
}

/** Declares an input of the program. `shape` may name lengths that are only known when it runs. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  return applyOp('input', [], { name, dtype, shape })
}

/** A tensor of one repeated value. */
export function full(shape: Shape, value: number, dtype: DType = 'float32'): Tensor {
  return broadcastTo(scalar(value, dtype), shape)
}

const unary =
  (op: UnaryName) =>
  (x: Tensor): Tensor =>
    applyOp(op, [x], {})

export const neg: (x: Tensor) => Tensor = unary('neg')
export const exp: (x: Tensor) => Tensor = unary('exp')
export const log: (x: Tensor) => Tensor = unary('log')
export const sqrt: (x: Tensor) => Tensor = unary('sqrt')
export const reciprocal: (x: Tensor) => Tensor = unary('reciprocal')
export const abs: (x: Tensor) => Tensor = unary('abs')
export const sign: (x: Tensor) => Tensor = unary('sign')
export const tanh: (x: Tensor) => Tensor = unary('tanh')
export const sigmoid: (x: Tensor) => Tensor = unary('sigmoid')
export const sin: (x: Tensor) => Tensor = unary('sin')
export const cos: (x: Tensor) => Tensor = unary('cos')
export const erf: (x: Tensor) => Tensor = unary('erf')
export const relu: (x: Tensor) => Tensor = unary('relu')
export const floor: (x: Tensor) => Tensor = unary('floor')
/** Rounds half to even, as ONNX does. Its gradient is zero. */
export const round: (x: Tensor) => Tensor = unary('round')
/** x · sigmoid(x) (Elfwing et al. 2017). */
export const silu: (x: Tensor) => Tensor = unary('silu')

function operands(a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === 'number') return [scalar(a, (b as Tensor).dtype), b as Tensor]
  return [a, typeof b === 'number' ? scalar(b, a.dtype) : b]
}

const binary =
  (op: BinaryName | CompareName) =>
  (a: Operand, b: Operand): Tensor =>
    applyOp(op, operands(a, b), {})

type Binary = (a: Operand, b: Operand) => Tensor
export const add: Binary = binary('add')
export const sub: Binary = binary('sub')
export const mul: Binary = binary('mul')
export const div: Binary = binary('div')
export const pow: Binary = binary('pow')
export const maximum: Binary = binary('max')
export const minimum: Binary = binary('min')
export const equal: Binary = binary('equal')
export const less: Binary = binary('less')
export const greater: Binary = binary('greater')

export function not(x: Tensor): Tensor {
  return applyOp('not', [x], {})
}
export function and(a: Tensor, b: Tensor): Tensor {
  return applyOp('and', [a, b], {})
}
export function or(a: Tensor, b: Tensor): Tensor {
  return applyOp('or', [a, b], {})
}

/** `condition ? a : b`, elementwise with broadcasting. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b)
  return applyOp('where', [condition, x, y], {})
}

/** The same value, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return applyOp('stopGradient', [x], {})
}

/**
 * `build(...inputs)`, whose inner values are not kept for the gradient but computed a second time there (Chen et al.
 * 2016): less memory for about a third more time. Parameters that `build` closes over get their gradients as usual.
 */
export function checkpoint(build: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  return applyOp('checkpoint', [build(...inputs), ...inputs], {})
}

/** The same value, but not before `after` has been computed; keeps a second computation of `x` apart from the first. */
export function barrier(x: Tensor, after: Tensor): Tensor {
  return applyOp('barrier', [x, after], {})
}

export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : applyOp('cast', [x], { to })
}

/** Matrix product over the last two axes with broadcasting batch axes: `alpha · op(a) · op(b)`. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transA = false, transB = false, alpha = 1 }: { transA?: boolean; transB?: boolean; alpha?: number } = {},
): Tensor {
  return applyOp('matmul', [a, b], { transA, transB, alpha })
}

/** `x · W` with blockwise quantized weights (ORT's MatMulNBits): packed [n, k/block, bytes], scales [n · k/block], and x [..., k]. */
export function matmulNBits(
  x: Tensor,
  weights: { packed: Tensor; scales: Tensor },
  layout: { bits: 4 | 8; blockSize: number; k: number; n: number },
): Tensor {
  return applyOp('matmulNBits', [x, weights.packed, weights.scales], layout)
}

interface ReduceOptions {
  /** Default: all. */
  readonly axes?: readonly number[]
  readonly keepdims?: boolean
}

const reduction =
  (op: 'reduceSum' | 'reduceMean' | 'reduceMax') =>
  (x: Tensor, { axes, keepdims = false }: ReduceOptions = {}): Tensor =>
    applyOp(op, [x], {
      axes: (axes ?? x.shape.map((_, i) => i)).map((axis) => normalizeAxis(axis, x.rank) ?? axis),
      keepdims,
    })

type Reduction = (x: Tensor, options?: ReduceOptions) => Tensor
export const reduceSum: Reduction = reduction('reduceSum')
export const reduceMean: Reduction = reduction('reduceMean')
export const reduceMax: Reduction = reduction('reduceMax')

/** Index of the largest element along `axis` (int64). */
export function argmax(x: Tensor, axis = -1): Tensor {
  return applyOp('argmax', [x], { axis: normalizeAxis(axis, x.rank) ?? axis })
}

export function cumsum(x: Tensor, axis: number, { reverse = false }: { reverse?: boolean } = {}): Tensor {
  return applyOp('cumsum', [x], { axis: normalizeAxis(axis, x.rank) ?? axis, reverse })
}

/** The k largest values of the last axis, sorted, and their indices (int64). */
export function topK(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const [values, indices] = applyOpAll('topK', [x], { k })
  return { values: values!, indices: indices! }
}

/** The same elements in another shape; one length may be -1 where all others are numbers. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const at = shape.indexOf(-1)
  let target = shape
  if (at >= 0) {
    const rest = shape.reduce<number>((p, dim, i) => (i === at ? p : p * (dim as number)), 1)
    const total = x.shape.reduce<number>((p, dim) => p * (dim as number), 1)
    target = shape.map((dim, i) => (i === at ? total / rest : dim))
  }
  return sameShape(x.shape, target) ? x : applyOp('reshape', [x], { shape: target })
}

export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  return applyOp('transpose', [x], { perm })
}

export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : applyOp('broadcastTo', [x], { shape })
}

export function concat(xs: readonly Tensor[], axis: number): Tensor {
  return xs.length === 1 ? xs[0]! : applyOp('concat', xs, { axis: normalizeAxis(axis, xs[0]?.rank ?? 0) ?? axis })
}

/** Elements [start, end) along `axis`. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  return applyOp('slice', [x], { axis: normalizeAxis(axis, x.rank) ?? axis, start, end })
}

/**
 * Cuts `x` along `axis` into parts of the given lengths, which make up all of it.
 *
 * @throws TonyError `shape` if they do not.
 */
export function split(x: Tensor, axis: number, lengths: readonly number[]): Tensor[] {
  const whole = x.shape[normalizeAxis(axis, x.rank) ?? axis]
  const sum = lengths.reduce((total, length) => total + length, 0)
  if (typeof whole === 'number' && sum < whole)
    throw traceError('split', `lengths ${lengths.join(', ')} leave ${whole - sum} of axis ${axis} over`, [x])
  let at = 0
  return lengths.map((length) => {
    at += length
    return slice(x, axis, at - length, at)
  })
}

/** Cuts `x` along `axis` where axis 2 of `like` ends: the head, and the `rest` of that (possibly named) length. Inference only. */
export function splitLike(x: Tensor, like: Tensor, { axis, rest }: { axis: number; rest: Dim }): [Tensor, Tensor] {
  const at = normalizeAxis(axis, x.rank) ?? axis
  return [applyOp('sliceLike', [x, like], { axis: at }), applyOp('sliceLike', [x, like], { axis: at, rest })]
}

/** Adds zeros before and after along `axis`. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  return applyOp('pad', [x], { axis: normalizeAxis(axis, x.rank) ?? axis, before, after })
}

/** Rows of `x` along `axis` by index: ONNX Gather, PyTorch's embedding for axis 0. */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return applyOp('gather', [x, indices], { axis: normalizeAxis(axis, x.rank) ?? axis })
}

/** A matrix of zeros with `updates[i]` added to row `indices[i]`: [rows, width]. */
export function scatterAddRows(indices: Tensor, updates: Tensor, rows: Dim): Tensor {
  return applyOp('scatterAddRows', [indices, updates], { rows })
}

/** One element per index along `axis` (ONNX GatherElements, `torch.gather`). */
export function takeAlong(x: Tensor, indices: Tensor, axis = -1): Tensor {
  return applyOp('takeAlong', [x, indices], { axis: normalizeAxis(axis, x.rank) ?? axis })
}

/** `base` with `updates` added at `indices` along `axis` (ONNX ScatterElements, `torch.scatter_add`). */
export function scatterAddAlong(base: Tensor, at: { indices: Tensor; updates: Tensor }, axis = -1): Tensor {
  return applyOp('scatterAddAlong', [base, at.indices, at.updates], { axis: normalizeAxis(axis, base.rank) ?? axis })
}

/** Over the last axis. */
export function softmax(x: Tensor): Tensor {
  return applyOp('softmax', [x], {})
}

/** Over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  return applyOp('logSoftmax', [x], {})
}

/**
 * Rotary position embedding (Su et al. 2021) of x [batch, time, heads · width] at positions [batch, time] (int64), with
 * tables cos and sin [longest, width / 2]. Halves are rotated against each other (GPT-NeoX order) unless `interleaved`.
 */
export function rotary(
  x: Tensor,
  at: { positions: Tensor; cos: Tensor; sin: Tensor },
  { heads, interleaved = false }: { heads: number; interleaved?: boolean },
): Tensor {
  return applyOp('rotary', [x, at.positions, at.cos, at.sin], { heads, interleaved })
}

/** softmax(`scores` [..., q, k]) · `values` [..., k, d]: the second half of attention, with one gradient rule for both. */
export function softmaxMatmul(scores: Tensor, values: Tensor): Tensor {
  return applyOpAll('softmaxMatmul', [scores, values], {})[0]!
}

/** x / sqrt(mean(x²) + eps) over the last axis (Zhang & Sennrich 2019). */
export function rmsNorm(x: Tensor, eps = 1e-6): Tensor {
  return applyOpAll('rmsNorm', [x], { eps })[0]!
}

/** Negative log-likelihood [rows] of `targets` [rows] under softmax(`logits` [rows, classes]), in nats, at most 69. */
export function softmaxCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return applyOpAll('softmaxCrossEntropy', [logits, targets], {})[0]!
}
