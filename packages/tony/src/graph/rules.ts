/** @file The operator table: shape rule and ONNX emission of every operation, total over `OpName`. */
import type { OnnxAttribute } from '../onnx/model.ts'
import { type DType, dtypes } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host.ts'
import { broadcast, type Dim, normalizeAxis, productOf, type Shape, sameShape, showShape } from '../tensor/shape.ts'
import type { BinaryName, CompareName, OpAttributes, OpName, UnaryName, ValueType } from './node.ts'

/** Thrown by shape rules; the tracer adds the op, its inputs and the caller's line. */
export class RuleError extends Error {}

/** What an emission rule writes to. */
export interface EmitContext {
  /** Adds one ONNX node. `domain` defaults to ONNX itself. */
  node(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    domain?: string,
  ): void
  /** The name of a constant; equal constants share one. */
  constant(value: HostTensor): string
  /** A fresh name for an intermediate value. */
  fresh(): string
}

export interface Rule<K extends OpName> {
  /** The types of the outputs; throws `RuleError` if the inputs do not fit. */
  infer(inputs: readonly ValueType[], attributes: OpAttributes[K]): readonly ValueType[]
  /** Writes the ONNX nodes that compute `outputs` from `inputs`. */
  emit(
    context: EmitContext,
    names: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
    attributes: OpAttributes[K],
    types: { readonly inputs: readonly ValueType[]; readonly outputs: readonly ValueType[] },
  ): void
}

/** Operator set versions of what is emitted here. */
export const opsets: Readonly<Record<string, number>> = { '': 17, 'com.microsoft': 1 }

const fail = (message: string): never => {
  throw new RuleError(message)
}

const one = (inputs: readonly ValueType[], index = 0): ValueType =>
  inputs[index] ?? fail(`input ${index + 1} is missing`)

function requireFloat(type: ValueType, what = 'the input'): void {
  if (!dtypes[type.dtype].float) fail(`${what} must be floating point, got ${type.dtype}`)
}

function requireNumbers(type: ValueType): void {
  if (type.dtype === 'bool') fail('the input must hold numbers, got bool; cast it')
}

/** Of operations that are written with constants in float32. */
function requireFloat32(type: ValueType, what = 'the input'): void {
  if (type.dtype !== 'float32') fail(`${what} must be float32, got ${type.dtype}; cast it`)
}

function requireSameDtype(a: ValueType, b: ValueType): void {
  if (a.dtype !== b.dtype) fail(`both inputs must have one dtype, got ${a.dtype} and ${b.dtype}; cast one of them`)
}

function requireIndex(type: ValueType): void {
  if (type.dtype !== 'int32' && type.dtype !== 'int64') fail(`indices must be int32 or int64, got ${type.dtype}`)
}

function axisOf(axis: number, shape: Shape): number {
  return normalizeAxis(axis, shape.length) ?? fail(`axis ${axis} is out of range for ${showShape(shape)}`)
}

function joint(a: ValueType, b: ValueType): Shape {
  return broadcast(a.shape, b.shape) ?? fail(`shapes do not broadcast: ${showShape(a.shape)} and ${showShape(b.shape)}`)
}

const int64 = (values: readonly number[], shape: readonly number[] = [values.length]): HostTensor => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(values.map(BigInt)),
})

/** A float operation of one argument that ONNX has under `opType`. */
function unary(opType: string): Rule<UnaryName> {
  return {
    infer(inputs) {
      const x = one(inputs)
      if (opType !== 'Neg' && opType !== 'Abs' && opType !== 'Sign') requireFloat(x)
      else requireNumbers(x)
      return [x]
    },
    emit: (context, { inputs, outputs }) => context.node(opType, inputs, outputs),
  }
}

function binary(opType: string): Rule<BinaryName> {
  return {
    infer(inputs) {
      const [a, b] = [one(inputs), one(inputs, 1)]
      requireSameDtype(a, b)
      requireNumbers(a)
      return [{ dtype: a.dtype, shape: joint(a, b) }]
    },
    emit: (context, { inputs, outputs }) => context.node(opType, inputs, outputs),
  }
}

function compare(opType: string): Rule<CompareName> {
  return {
    infer(inputs) {
      const [a, b] = [one(inputs), one(inputs, 1)]
      requireSameDtype(a, b)
      if (opType !== 'Equal') requireNumbers(a)
      return [{ dtype: 'bool', shape: joint(a, b) }]
    },
    emit: (context, { inputs, outputs }) => context.node(opType, inputs, outputs),
  }
}

function logical(opType: string): Rule<'and' | 'or'> {
  return {
    infer(inputs) {
      const [a, b] = [one(inputs), one(inputs, 1)]
      if (a.dtype !== 'bool' || b.dtype !== 'bool') fail(`both inputs must be bool, got ${a.dtype} and ${b.dtype}`)
      return [{ dtype: 'bool', shape: joint(a, b) }]
    },
    emit: (context, { inputs, outputs }) => context.node(opType, inputs, outputs),
  }
}

function reduced(shape: Shape, axes: readonly number[], keepdims: boolean): Shape {
  const drop = new Set(axes.map((axis) => axisOf(axis, shape)))
  return keepdims ? shape.map((dim, i) => (drop.has(i) ? 1 : dim)) : shape.filter((_, i) => !drop.has(i))
}

/** ReduceSum takes its axes as an input (opset 13), the others as an attribute until opset 18. */
function reduce(opType: string, axesAsInput: boolean): Rule<'reduceSum' | 'reduceMean' | 'reduceMax'> {
  return {
    infer(inputs, { axes, keepdims }) {
      const x = one(inputs)
      requireNumbers(x)
      return [{ dtype: x.dtype, shape: reduced(x.shape, axes, keepdims) }]
    },
    emit(context, { inputs, outputs }, { axes, keepdims }) {
      const keep = { keepdims: { int: keepdims ? 1 : 0 } }
      // To ONNX an empty list of axes means all of them; here it means none.
      if (axes.length === 0) context.node('Identity', inputs, outputs)
      else if (axesAsInput) context.node(opType, [inputs[0]!, context.constant(int64(axes))], outputs, keep)
      else context.node(opType, inputs, outputs, { ...keep, axes: { ints: axes } })
    },
  }
}

function lastAxis(opType: string): Rule<'softmax' | 'logSoftmax'> {
  return {
    infer(inputs) {
      requireFloat(one(inputs))
      if (one(inputs).shape.length === 0) fail('the input must have at least one axis')
      return [one(inputs)]
    },
    emit: (context, { inputs, outputs }) => context.node(opType, inputs, outputs, { axis: { int: -1 } }),
  }
}

/** The shape tensor of a reshape or expand: numbers as they are, at most one unknown length by inference. */
function shapeTensor(
  context: EmitContext,
  target: Shape,
  source: Shape,
  source_name: string,
  allowInference: boolean,
): string {
  if (target.every((dim) => typeof dim === 'number')) return context.constant(int64(target as readonly number[]))
  const values = target.map((dim, i) => (typeof dim === 'number' ? dim : source[i] === dim ? 0 : -1))
  if (allowInference && values.filter((v) => v === -1).length <= 1) return context.constant(int64(values))
  // The lengths are assembled at run time from the source's own.
  const all = context.fresh()
  context.node('Shape', [source_name], [all])
  const parts = target.map((dim) => {
    if (typeof dim === 'number') return context.constant(int64([dim]))
    const axis = source.indexOf(dim)
    if (axis < 0) fail(`dimension '${dim}' of ${showShape(target)} does not occur in ${showShape(source)}`)
    const part = context.fresh()
    context.node('Slice', [all, context.constant(int64([axis])), context.constant(int64([axis + 1]))], [part])
    return part
  })
  const name = context.fresh()
  context.node('Concat', parts, [name], { axis: { int: 0 } })
  return name
}

/** Every operation's rule. */
export const rules: { readonly [K in OpName]: Rule<K> } = {
  // Sources
  input: { infer: (_, { dtype, shape }) => [{ dtype, shape }], emit: () => undefined },
  constant: { infer: (_, { value }) => [{ dtype: value.dtype, shape: value.shape }], emit: () => undefined },

  // Elementwise
  neg: unary('Neg'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  reciprocal: unary('Reciprocal'),
  abs: unary('Abs'),
  sign: unary('Sign'),
  tanh: unary('Tanh'),
  sigmoid: unary('Sigmoid'),
  sin: unary('Sin'),
  cos: unary('Cos'),
  erf: unary('Erf'),
  relu: unary('Relu'),
  floor: unary('Floor'),
  round: unary('Round'),
  silu: {
    infer: unary('Silu').infer,
    emit: (context, { inputs, outputs }) =>
      context.node('QuickGelu', inputs, outputs, { alpha: { float: 1 } }, 'com.microsoft'),
  },
  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),
  pow: binary('Pow'),
  max: binary('Max'),
  min: binary('Min'),
  equal: compare('Equal'),
  less: compare('Less'),
  greater: compare('Greater'),
  and: logical('And'),
  or: logical('Or'),
  not: {
    infer: (inputs) =>
      one(inputs).dtype === 'bool' ? [one(inputs)] : fail(`the input must be bool, got ${one(inputs).dtype}`),
    emit: (context, { inputs, outputs }) => context.node('Not', inputs, outputs),
  },
  where: {
    infer(inputs) {
      const [condition, a, b] = [one(inputs), one(inputs, 1), one(inputs, 2)]
      if (condition.dtype !== 'bool') fail(`the condition must be bool, got ${condition.dtype}`)
      requireSameDtype(a, b)
      return [{ dtype: a.dtype, shape: joint({ dtype: a.dtype, shape: joint(a, b) }, condition) }]
    },
    emit: (context, { inputs, outputs }) => context.node('Where', inputs, outputs),
  },
  stopGradient: {
    infer: (inputs) => [one(inputs)],
    emit: (context, { inputs, outputs }) => context.node('Identity', inputs, outputs),
  },
  checkpoint: {
    infer: (inputs) => [one(inputs)],
    emit: (context, { inputs, outputs }) => context.node('Identity', [inputs[0]!], outputs),
  },
  barrier: {
    infer(inputs) {
      requireFloat(one(inputs, 1), 'what is waited for')
      return [one(inputs)]
    },
    // where(a < a, x, x) for one element a of the second input: always x (a NaN is not less than itself either), but no
    // runtime can know it before `a` is there.
    emit(context, { inputs, outputs }) {
      const [flat, first, scalar, never] = Array.from({ length: 4 }, context.fresh) as [string, string, string, string]
      context.node('Reshape', [inputs[1]!, context.constant(int64([-1]))], [flat])
      context.node(
        'Slice',
        [flat, context.constant(int64([0])), context.constant(int64([1])), context.constant(int64([0]))],
        [first],
      )
      context.node('Reshape', [first, context.constant(int64([]))], [scalar])
      context.node('Less', [scalar, scalar], [never])
      context.node('Where', [never, inputs[0]!, inputs[0]!], outputs)
    },
  },
  cast: {
    infer: (inputs, { to }) => [{ dtype: to, shape: one(inputs).shape }],
    emit: (context, { inputs, outputs }, { to }) =>
      context.node('Cast', inputs, outputs, { to: { int: dtypes[to].onnx } }),
  },

  // Linear algebra
  matmul: {
    infer(inputs, { transA, transB }) {
      const [a, b] = [one(inputs), one(inputs, 1)]
      requireSameDtype(a, b)
      requireFloat(a)
      if (a.shape.length < 2 || b.shape.length < 2)
        fail(`both inputs need at least two axes, got ${showShape(a.shape)} and ${showShape(b.shape)}`)
      const [m, ka] = lastTwo(a.shape, transA)
      const [kb, n] = lastTwo(b.shape, transB)
      if (ka !== kb)
        fail(
          `inner lengths differ: ${ka} and ${kb} (of ${showShape(a.shape)}${transA ? ' transposed' : ''} and ${showShape(b.shape)}${transB ? ' transposed' : ''})`,
        )
      const batch =
        broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)) ??
        fail(`batch axes do not broadcast: ${showShape(a.shape)} and ${showShape(b.shape)}`)
      return [{ dtype: a.dtype, shape: [...batch, m, n] }]
    },
    emit(context, { inputs, outputs }, { transA, transB, alpha }) {
      if (!transA && !transB && alpha === 1) context.node('MatMul', inputs, outputs)
      else
        context.node(
          'FusedMatMul',
          inputs,
          outputs,
          { transA: { int: transA ? 1 : 0 }, transB: { int: transB ? 1 : 0 }, alpha: { float: alpha } },
          'com.microsoft',
        )
    },
  },
  matmulNBits: {
    infer(inputs, { bits, blockSize, k, n }) {
      const [x, packed, scales] = [one(inputs), one(inputs, 1), one(inputs, 2)]
      requireFloat32(x)
      requireFloat32(scales, 'scales')
      if (x.shape.at(-1) !== k) fail(`the last axis must be ${k}, got ${showShape(x.shape)}`)
      const blocks = Math.ceil(k / blockSize)
      const bytes = [n, blocks, (blockSize * bits) / 8]
      if (packed.dtype !== 'uint8' || !sameShape(packed.shape, bytes))
        fail(`packed weights must be uint8${showShape(bytes)}, got ${packed.dtype}${showShape(packed.shape)}`)
      if (productOf(scales.shape) !== productOf([n, blocks]))
        fail(`needs ${n * blocks} scales, got ${showShape(scales.shape)}`)
      return [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), n] }]
    },
    emit(context, { inputs, outputs }, { bits, blockSize, k, n }) {
      const attributes = {
        bits: { int: bits },
        block_size: { int: blockSize },
        K: { int: k },
        N: { int: n },
        accuracy_level: { int: 4 },
      }
      context.node('MatMulNBits', inputs, outputs, attributes, 'com.microsoft')
    },
  },

  // Reductions
  reduceSum: reduce('ReduceSum', true),
  reduceMean: reduce('ReduceMean', false),
  reduceMax: reduce('ReduceMax', false),
  argmax: {
    infer: (inputs, { axis }) => [{ dtype: 'int64', shape: reduced(one(inputs).shape, [axis], false) }],
    emit: (context, { inputs, outputs }, { axis }) =>
      context.node('ArgMax', inputs, outputs, { axis: { int: axis }, keepdims: { int: 0 } }),
  },
  cumsum: {
    infer(inputs, { axis }) {
      axisOf(axis, one(inputs).shape)
      return [one(inputs)]
    },
    emit: (context, { inputs, outputs }, { axis, reverse }) =>
      context.node('CumSum', [inputs[0]!, context.constant(int64([axis], []))], outputs, {
        reverse: { int: reverse ? 1 : 0 },
      }),
  },
  topK: {
    infer(inputs, { k }) {
      const x = one(inputs)
      requireNumbers(x)
      if (x.shape.length === 0) fail('the input must have at least one axis')
      const last = x.shape.at(-1)
      if (typeof last === 'number' && k > last) fail(`k = ${k} is more than the last axis of ${showShape(x.shape)}`)
      const shape = [...x.shape.slice(0, -1), k]
      return [
        { dtype: x.dtype, shape },
        { dtype: 'int64', shape },
      ]
    },
    emit: (context, { inputs, outputs }, { k }) =>
      context.node('TopK', [inputs[0]!, context.constant(int64([k]))], outputs),
  },

  // Layout
  reshape: {
    infer(inputs, { shape }) {
      const x = one(inputs)
      if (productOf(x.shape) !== productOf(shape))
        fail(`${showShape(x.shape)} has ${productOf(x.shape)} elements, ${showShape(shape)} has ${productOf(shape)}`)
      return [{ dtype: x.dtype, shape }]
    },
    emit: (context, { inputs, outputs }, { shape }, types) =>
      context.node(
        'Reshape',
        [inputs[0]!, shapeTensor(context, shape, types.inputs[0]!.shape, inputs[0]!, true)],
        outputs,
      ),
  },
  transpose: {
    infer(inputs, { perm }) {
      const x = one(inputs)
      if (perm.length !== x.shape.length || new Set(perm.map((axis) => axisOf(axis, x.shape))).size !== perm.length) {
        fail(`[${perm.join(', ')}] is not a permutation of the axes of ${showShape(x.shape)}`)
      }
      return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]!) }]
    },
    emit: (context, { inputs, outputs }, { perm }) =>
      context.node('Transpose', inputs, outputs, { perm: { ints: perm } }),
  },
  broadcastTo: {
    infer(inputs, { shape }) {
      const x = one(inputs)
      if (!sameShape(broadcast(x.shape, shape) ?? [], shape))
        fail(`${showShape(x.shape)} does not broadcast to ${showShape(shape)}`)
      return [{ dtype: x.dtype, shape }]
    },
    emit: (context, { inputs, outputs }, { shape }, types) =>
      context.node(
        'Expand',
        [inputs[0]!, shapeTensor(context, shape, types.inputs[0]!.shape, inputs[0]!, false)],
        outputs,
      ),
  },
  concat: {
    infer(inputs, { axis }) {
      const first = one(inputs)
      const at = axisOf(axis, first.shape)
      for (const other of inputs) {
        requireSameDtype(first, other)
        if (
          other.shape.length !== first.shape.length ||
          other.shape.some((dim, i) => i !== at && dim !== first.shape[i])
        ) {
          fail(`shapes differ outside axis ${axis}: ${showShape(first.shape)} and ${showShape(other.shape)}`)
        }
      }
      const lengths = inputs.map((x) => x.shape[at]!)
      const total: Dim = lengths.every((dim) => typeof dim === 'number')
        ? lengths.reduce<number>((sum, dim) => sum + (dim as number), 0)
        : lengths.join('+')
      return [{ dtype: first.dtype, shape: first.shape.map((dim, i) => (i === at ? total : dim)) }]
    },
    emit: (context, { inputs, outputs }, { axis }) => context.node('Concat', inputs, outputs, { axis: { int: axis } }),
  },
  slice: {
    infer(inputs, { axis, start, end }) {
      const x = one(inputs)
      const at = axisOf(axis, x.shape)
      const length = x.shape[at]!
      if (typeof length === 'number' && (start < 0 || end > length || start > end))
        fail(`[${start}, ${end}) is out of range for axis ${axis} of ${showShape(x.shape)}`)
      return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i === at ? end - start : dim)) }]
    },
    emit: (context, { inputs, outputs }, { axis, start, end }) =>
      context.node(
        'Slice',
        [inputs[0]!, context.constant(int64([start])), context.constant(int64([end])), context.constant(int64([axis]))],
        outputs,
      ),
  },
  sliceLike: {
    infer(inputs, { axis, rest }) {
      const [x, like] = [one(inputs), one(inputs, 1)]
      const at = axisOf(axis, x.shape)
      return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i !== at ? dim : (rest ?? like.shape[2]!))) }]
    },
    emit(context, { inputs, outputs }, { axis, rest }) {
      const shape = context.fresh()
      const length = context.fresh()
      context.node('Shape', [inputs[1]!], [shape])
      context.node('Slice', [shape, context.constant(int64([2])), context.constant(int64([3]))], [length])
      const axes = context.constant(int64([axis]))
      if (rest === undefined) context.node('Slice', [inputs[0]!, context.constant(int64([0])), length, axes], outputs)
      else context.node('Slice', [inputs[0]!, length, context.constant(int64([2 ** 31])), axes], outputs)
    },
  },
  pad: {
    infer(inputs, { axis, before, after }) {
      const x = one(inputs)
      const at = axisOf(axis, x.shape)
      const length = x.shape[at]!
      if (typeof length !== 'number') return fail(`axis ${axis} of ${showShape(x.shape)} must have a fixed length`)
      if (before < 0 || after < 0) fail(`cannot add ${before} and ${after} zeros; both must be at least 0`)
      return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i === at ? length + before + after : dim)) }]
    },
    emit(context, { inputs, outputs }, { axis, before, after }, types) {
      const rank = types.inputs[0]!.shape.length
      const pads = new Array<number>(2 * rank).fill(0)
      pads[axis] = before
      pads[rank + axis] = after
      context.node('Pad', [inputs[0]!, context.constant(int64(pads))], outputs)
    },
  },

  // Indexing
  gather: {
    infer(inputs, { axis }) {
      const [x, indices] = [one(inputs), one(inputs, 1)]
      requireIndex(indices)
      const at = axisOf(axis, x.shape)
      return [{ dtype: x.dtype, shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)] }]
    },
    emit: (context, { inputs, outputs }, { axis }) => context.node('Gather', inputs, outputs, { axis: { int: axis } }),
  },
  scatterAddRows: {
    infer(inputs, { rows }) {
      const [indices, updates] = [one(inputs), one(inputs, 1)]
      requireIndex(indices)
      requireFloat32(updates, 'updates')
      if (indices.shape.length !== 1 || updates.shape.length !== 2 || indices.shape[0] !== updates.shape[0]) {
        fail(
          `needs indices [n] and updates [n, width], got ${showShape(indices.shape)} and ${showShape(updates.shape)}`,
        )
      }
      return [{ dtype: updates.dtype, shape: [rows, updates.shape[1]!] }]
    },
    emit(context, { inputs, outputs }, { rows }, types) {
      const [indices, updates] = types.inputs
      const width = updates!.shape[1]
      if (typeof rows !== 'number' || typeof width !== 'number') fail('scatterAddRows needs fixed lengths')
      let index = inputs[0]!
      if (indices!.dtype !== 'int64') {
        index = context.fresh()
        context.node('Cast', [inputs[0]!], [index], { to: { int: dtypes.int64.onnx } })
      }
      const column = context.fresh()
      context.node('Unsqueeze', [index, context.constant(int64([1]))], [column])
      const zeros = context.fresh()
      context.node('ConstantOfShape', [context.constant(int64([rows as number, width as number]))], [zeros], {
        value: { tensor: { dtype: 'float32', shape: [1], data: new Float32Array(1) } },
      })
      context.node('ScatterND', [zeros, column, inputs[1]!], outputs, { reduction: { string: 'add' } })
    },
  },
  takeAlong: {
    infer(inputs, { axis }) {
      const [x, indices] = [one(inputs), one(inputs, 1)]
      requireIndex(indices)
      const at = axisOf(axis, x.shape)
      if (indices.shape.length !== x.shape.length || indices.shape.some((dim, i) => i !== at && dim !== x.shape[i])) {
        fail(`indices ${showShape(indices.shape)} must match ${showShape(x.shape)} outside axis ${axis}`)
      }
      return [{ dtype: x.dtype, shape: indices.shape }]
    },
    emit: (context, { inputs, outputs }, { axis }) =>
      context.node('GatherElements', inputs, outputs, { axis: { int: axis } }),
  },
  scatterAddAlong: {
    infer(inputs, { axis }) {
      const [base, indices, updates] = [one(inputs), one(inputs, 1), one(inputs, 2)]
      requireIndex(indices)
      requireSameDtype(base, updates)
      const at = axisOf(axis, base.shape)
      if (
        !sameShape(indices.shape, updates.shape) ||
        indices.shape.some((dim, i) => i !== at && dim !== base.shape[i])
      ) {
        fail(
          `indices and updates must match ${showShape(base.shape)} outside axis ${axis}, got ${showShape(indices.shape)} and ${showShape(updates.shape)}`,
        )
      }
      return [base]
    },
    emit: (context, { inputs, outputs }, { axis }) =>
      context.node('ScatterElements', inputs, outputs, { axis: { int: axis }, reduction: { string: 'add' } }),
  },

  // Normalisation and position
  softmax: lastAxis('Softmax'),
  logSoftmax: lastAxis('LogSoftmax'),
  softmaxCrossEntropy: {
    infer(inputs) {
      const [logits, targets] = [one(inputs), one(inputs, 1)]
      requireFloat32(logits, 'logits')
      requireIndex(targets)
      if (logits.shape.length !== 2 || targets.shape.length !== 1 || targets.shape[0] !== logits.shape[0]) {
        fail(
          `needs logits [rows, classes] and targets [rows], got ${showShape(logits.shape)} and ${showShape(targets.shape)}`,
        )
      }
      return [{ dtype: logits.dtype, shape: targets.shape }, logits]
    },
    emit(context, { inputs, outputs }) {
      const [column, picked, column1, kept, logs] = Array.from({ length: 5 }, context.fresh) as [
        string,
        string,
        string,
        string,
        string,
      ]
      context.node('Softmax', [inputs[0]!], [outputs[1]!], { axis: { int: -1 } })
      context.node('Unsqueeze', [inputs[1]!, context.constant(int64([1]))], [column])
      context.node('GatherElements', [outputs[1]!, column], [picked], { axis: { int: 1 } })
      context.node('Squeeze', [picked, context.constant(int64([1]))], [column1])
      // A probability that underflows to zero would give an infinite loss; 1e-30 bounds it at 69 nats.
      context.node(
        'Max',
        [column1, context.constant({ dtype: 'float32', shape: [], data: Float32Array.of(1e-30) })],
        [kept],
      )
      context.node('Log', [kept], [logs])
      context.node('Neg', [logs], [outputs[0]!])
    },
  },
  softmaxMatmul: {
    infer(inputs) {
      const [scores, values] = [one(inputs), one(inputs, 1)]
      requireFloat(scores)
      return [rules.matmul.infer([scores, values], { transA: false, transB: false, alpha: 1 })[0]!, scores]
    },
    emit(context, { inputs, outputs }) {
      context.node('Softmax', [inputs[0]!], [outputs[1]!], { axis: { int: -1 } })
      context.node('MatMul', [outputs[1]!, inputs[1]!], [outputs[0]!])
    },
  },
  rmsNorm: {
    infer(inputs) {
      const x = one(inputs)
      requireFloat32(x)
      if (typeof x.shape.at(-1) !== 'number') fail(`the last axis needs a fixed length, got ${showShape(x.shape)}`)
      return [x, { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] }]
    },
    // ORT's SimplifiedLayerNormalization sums element by element; reductions and products are vectorized.
    emit(context, { inputs, outputs }, { eps }, types) {
      const [sum, mean, kept, root] = Array.from({ length: 4 }, context.fresh) as [string, string, string, string]
      const number = (value: number): string =>
        context.constant({ dtype: 'float32', shape: [], data: Float32Array.of(value) })
      context.node('ReduceSumSquare', [inputs[0]!], [sum], { axes: { ints: [-1] }, keepdims: { int: 1 } })
      context.node('Mul', [sum, number(1 / (types.inputs[0]!.shape.at(-1) as number))], [mean])
      context.node('Add', [mean, number(eps)], [kept])
      context.node('Sqrt', [kept], [root])
      context.node('Reciprocal', [root], [outputs[1]!])
      context.node('Mul', [inputs[0]!, outputs[1]!], [outputs[0]!])
    },
  },
  rotary: {
    infer(inputs, { heads }) {
      const [x, positions, cos, sin] = [one(inputs), one(inputs, 1), one(inputs, 2), one(inputs, 3)]
      requireFloat(x)
      if (positions.dtype !== 'int64') fail(`positions must be int64, got ${positions.dtype}`)
      const width = x.shape[2]
      if (x.shape.length !== 3 || !sameShape(positions.shape, x.shape.slice(0, 2))) {
        fail(
          `needs x [batch, time, heads * width] and positions [batch, time], got ${showShape(x.shape)} and ${showShape(positions.shape)}`,
        )
      }
      if (typeof width !== 'number' || cos.shape[1] !== width / heads / 2 || !sameShape(cos.shape, sin.shape)) {
        fail(
          `cos and sin must be [longest, ${typeof width === 'number' ? width / heads / 2 : '?'}], got ${showShape(cos.shape)} and ${showShape(sin.shape)}`,
        )
      }
      return [x]
    },
    emit: (context, { inputs, outputs }, { heads, interleaved }) =>
      context.node(
        'RotaryEmbedding',
        inputs,
        outputs,
        { num_heads: { int: heads }, interleaved: { int: interleaved ? 1 : 0 }, rotary_embedding_dim: { int: 0 } },
        'com.microsoft',
      ),
  },
}

function lastTwo(shape: Shape, transposed: boolean): [Dim, Dim] {
  const [a, b] = [shape.at(-2)!, shape.at(-1)!]
  return transposed ? [b, a] : [a, b]
}

/** Whether values of this type carry gradients. */
export function isDifferentiable(dtype: DType): boolean {
  return dtypes[dtype].float
}
