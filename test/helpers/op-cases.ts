/**
 * @file How every operation is tested: values, a reference in double precision, and the tolerances. Total over `OpName`:
 * a new operation does not compile before it has its cases. `docs/ops.md` is made from this table.
 */
import type { BinaryName, CompareName, OpName, Tensor, UnaryName } from '../../packages/tony/src/graph/node.ts'
import * as t from '../../packages/tony/src/graph/ops.ts'
import { constant } from '../../packages/tony/src/graph/trace.ts'
import { type HostTensor, hostFloat, hostInt, hostTensor } from '../../packages/tony/src/tensor/host.ts'
import { sizeOf } from '../../packages/tony/src/tensor/shape.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { look, mapped, type Reference, reduced, tabulate } from './reference.ts'

/** One program of one operation. */
export interface OpCase {
  readonly name: string
  readonly inputs: readonly HostTensor[]
  readonly build: (...xs: Tensor[]) => Tensor
  readonly expected: (...xs: Reference[]) => Reference
}

export interface OpTest {
  /** Largest difference from the reference, relative to values above 1. */
  readonly tolerance: number
  /** Largest difference from central finite differences (step 2^-7, float32), relative to gradients above 1; or why there is none. */
  readonly gradient: number | { readonly none: string }
  /** Float inputs that are tables by definition and get no gradient. */
  readonly tables?: readonly number[]
  readonly cases: readonly OpCase[]
}

/** The operations by name. */
const library = { ...t }

const exact = 0
const rounding = 2e-6
const differences = 2e-3

// ---- values

/** Uniform in [low, high). */
function uniform(shape: readonly number[], low = -2, high = 2, seed = 1): HostTensor<'float32'> {
  const rng = makeRng(seed * 1000 + sizeOf(shape))
  return hostFloat(
    shape,
    Array.from({ length: sizeOf(shape) }, () => low + (high - low) * rng.next()),
  )
}

/** Shuffled, evenly spaced in (-2, 2): no two are equal, none is 0, so that kinks are out of reach of a difference step. */
function spread(shape: readonly number[], shift = 0, seed = 1): HostTensor<'float32'> {
  const n = sizeOf(shape)
  const rng = makeRng(seed + n)
  const values = Array.from({ length: n }, (_, i) => ((i + 0.3) / n) * 4 - 2 + shift)
  for (let i = n - 1; i > 0; i--) {
    const k = rng.int(i + 1)
    ;[values[i], values[k]] = [values[k]!, values[i]!]
  }
  return hostFloat(shape, values)
}

const flags = (shape: readonly number[], seed = 1): HostTensor<'bool'> =>
  hostTensor(
    'bool',
    shape,
    Uint8Array.from(uniform(shape, 0, 1, seed).data, (x) => (x < 0.5 ? 0 : 1)),
  )
const longs = (shape: readonly number[], values: readonly number[]): HostTensor<'int64'> =>
  hostTensor('int64', shape, BigInt64Array.from(values.map(BigInt)))

// ---- families of operations

const shapes: readonly (readonly number[])[] = [[], [1], [7], [3, 5], [1, 1, 1]]

function unaryTest(
  op: UnaryName,
  f: (x: number) => number,
  { low = -2, high = 2, tolerance = rounding, gradient = differences as OpTest['gradient'], kinks = false } = {},
): OpTest {
  const build = (x: Tensor): Tensor => (library[op] as (x: Tensor) => Tensor)(x)
  return {
    tolerance,
    gradient,
    cases: shapes.map((shape) => ({
      name: `[${shape}]`,
      inputs: [kinks ? spread(shape) : uniform(shape, low, high)],
      build,
      expected: (x) => mapped(x.shape, f, x),
    })),
  }
}

/** Pairs of shapes that broadcast, and what they give. */
const pairs: readonly (readonly [readonly number[], readonly number[], readonly number[]])[] = [
  [
    [3, 5],
    [3, 5],
    [3, 5],
  ],
  [[], [4], [4]],
  [[4], [], [4]],
  [
    [3, 1],
    [1, 5],
    [3, 5],
  ],
  [[2, 3, 1], [5], [2, 3, 5]],
  [[5], [2, 1, 5], [2, 1, 5]],
  [[1], [1, 1], [1, 1]],
  [
    [1, 3],
    [3, 3],
    [3, 3],
  ],
]

const names = { max: 'maximum', min: 'minimum' } as const
type Binary = (a: Tensor, b: Tensor) => Tensor

function binaryTest(
  op: BinaryName | CompareName,
  f: (a: number, b: number) => number,
  { low = -2, tolerance = rounding, gradient = differences as OpTest['gradient'], kinks = false } = {},
): OpTest {
  const build = library[
    op in names ? names[op as keyof typeof names] : (op as Exclude<typeof op, keyof typeof names>)
  ] as Binary
  return {
    tolerance,
    gradient,
    cases: pairs.map(([a, b, out]) => ({
      name: `[${a}] and [${b}]`,
      inputs: kinks ? [spread(a), spread(b, 0.05, 2)] : [uniform(a, low), uniform(b, low, 2, 2)],
      build,
      expected: (x, y) => mapped(out, f, x, y),
    })),
  }
}

const noneStep = { none: 'piecewise constant' }
const noneBool = { none: 'gives bool' }
const noneIndex = { none: 'gives indices' }

function compareTest(op: CompareName, f: (a: number, b: number) => boolean): OpTest {
  const floats = binaryTest(op, (a, b) => Number(f(a, b)), { gradient: noneBool, tolerance: exact })
  const ints = [hostInt([5], [1, 2, 3, -4, 0]), hostInt([1], [2])]
  return {
    ...floats,
    cases: [
      ...floats.cases,
      {
        name: 'int32',
        inputs: ints,
        build: library[op] as Binary,
        expected: (a, b) => mapped([5], (x, y) => Number(f(x, y)), a, b),
      },
    ],
  }
}

function logicalTest(op: 'and' | 'or', f: (a: number, b: number) => number): OpTest {
  return {
    tolerance: exact,
    gradient: noneBool,
    cases: pairs.map(([a, b, out]) => ({
      name: `[${a}] and [${b}]`,
      inputs: [flags(a), flags(b, 2)],
      build: library[op],
      expected: (x, y) => mapped(out, f, x, y),
    })),
  }
}

function reduceTest(op: 'reduceSum' | 'reduceMean' | 'reduceMax', fold: (values: number[]) => number): OpTest {
  const all: readonly [readonly number[], readonly number[], boolean][] = [
    [[3, 5], [0, 1], false],
    [[3, 5], [1], true],
    [[3, 5], [0], false],
    [[2, 3, 5], [0, 2], true],
    [[2, 3, 5], [1], false],
    [[1], [0], false],
    [[1, 7], [0], true],
    [[], [], false],
    [[3, 2], [], false],
  ]
  return {
    tolerance: rounding,
    gradient: differences,
    cases: all.map(([shape, axes, keepdims]) => ({
      name: `[${shape}] over [${axes}]${keepdims ? ' kept' : ''}`,
      inputs: [spread(shape)],
      build: (x) => library[op](x, { axes, keepdims }),
      expected: (x) => reduced(x, { axes, keepdims }, fold),
    })),
  }
}

function softmaxTest(op: 'softmax' | 'logSoftmax'): OpTest {
  const row = (x: Reference, at: readonly number[]): { exps: number; own: number } => {
    const lead = at.slice(0, -1)
    const values = Array.from({ length: x.shape.at(-1)! }, (_, i) => look(x, [...lead, i]))
    const most = Math.max(...values)
    return { exps: values.reduce((sum, v) => sum + Math.exp(v - most), 0), own: look(x, at) - most }
  }
  return {
    tolerance: rounding,
    gradient: differences,
    cases: [[3, 5], [7], [2, 1, 3], [4, 1]].map((shape) => ({
      name: `[${shape}]`,
      inputs: [uniform(shape, -4, 4)],
      build: library[op],
      expected: (x) =>
        tabulate(shape, (...at) => {
          const { exps, own } = row(x, at)
          return op === 'softmax' ? Math.exp(own) / exps : own - Math.log(exps)
        }),
    })),
  }
}

function matmulCase(
  a: readonly number[],
  b: readonly number[],
  { transA = false, transB = false, alpha = 1 } = {},
): OpCase {
  const flip = (shape: readonly number[], turned: boolean): number[] =>
    turned ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : [...shape]
  const [from, to] = [flip(a, transA), flip(b, transB)]
  const rank = Math.max(a.length, b.length)
  const batch = Array.from({ length: rank - 2 }, (_, i) => Math.max(from.at(i - rank) ?? 1, to.at(i - rank) ?? 1))
  const inner = from.at(-1)!
  return {
    name: `[${a}]${transA ? "'" : ''} by [${b}]${transB ? "'" : ''}${alpha === 1 ? '' : ` times ${alpha}`}`,
    inputs: [uniform(a), uniform(b, -2, 2, 2)],
    build: (x, y) => t.matmul(x, y, { transA, transB, alpha }),
    expected: (x, y) =>
      tabulate([...batch, from.at(-2)!, to.at(-1)!], (...at) => {
        const [lead, i, j] = [at.slice(0, -2), at.at(-2)!, at.at(-1)!]
        let sum = 0
        for (let k = 0; k < inner; k++)
          sum += look(x, [...lead, ...(transA ? [k, i] : [i, k])]) * look(y, [...lead, ...(transB ? [j, k] : [k, j])])
        return alpha * sum
      }),
  }
}

/** Weights packed as MatMulNBits wants them, with zero point 8 or 128, and the same as numbers. */
function quantizedCase(bits: 4 | 8, { k, n, rows }: { k: number; n: number; rows: number }): OpCase {
  const blockSize = 32
  const blocks = k / blockSize
  const rng = makeRng(bits + n)
  const zero = 2 ** (bits - 1)
  const codes = Array.from({ length: n * k }, () => rng.int(2 * zero))
  const packed = new Uint8Array((n * k * bits) / 8)
  codes.forEach((code, i) => {
    if (bits === 8) packed[i] = code
    else packed[i >> 1]! |= code << (4 * (i & 1))
  })
  const scales = uniform([n * blocks], 0.01, 0.05)
  return {
    name: `${bits} bits, [${rows}, ${k}] by [${k}, ${n}]`,
    inputs: [uniform([rows, k])],
    build: (x) =>
      t.matmulNBits(
        x,
        {
          packed: constant(hostTensor('uint8', [n, blocks, (blockSize * bits) / 8], packed)),
          scales: constant(scales),
        },
        { bits, blockSize, k, n },
      ),
    expected: (x) =>
      tabulate([rows, n], (i, j) => {
        let sum = 0
        for (let at = 0; at < k; at++)
          sum +=
            look(x, [i!, at]) * (codes[j! * k + at]! - zero) * scales.data[j! * blocks + Math.floor(at / blockSize)]!
        return sum
      }),
  }
}

function rotaryCase(
  heads: number,
  width: number,
  interleaved: boolean,
  [batch, time]: readonly [number, number] = [2, 3],
): OpCase {
  const half = width / 2
  const longest = 9
  const angle = (at: number, i: number): number => at / 10 ** (i / half)
  const positions = longs(
    [batch, time],
    Array.from({ length: batch * time }, (_, i) => (i * 4) % longest),
  )
  const table = (f: (x: number) => number): HostTensor =>
    hostFloat(
      [longest, half],
      Array.from({ length: longest * half }, (_, i) => f(angle(Math.floor(i / half), i % half))),
    )
  return {
    name: `${heads} heads of ${width}${interleaved ? ' interleaved' : ''}`,
    inputs: [uniform([batch, time, heads * width]), positions, table(Math.cos), table(Math.sin)],
    build: (x, at, cos, sin) => t.rotary(x, { positions: at, cos, sin }, { heads, interleaved }),
    expected: (x, at, cos, sin) =>
      tabulate([batch, time, heads * width], (b, s, c) => {
        const [head, i] = [Math.floor(c! / width) * width, c! % width]
        const pair = interleaved ? Math.floor(i / 2) : i % half
        const first = interleaved ? i % 2 === 0 : i < half
        const [lo, hi] = interleaved ? [head + 2 * pair, head + 2 * pair + 1] : [head + pair, head + pair + half]
        const row = look(at, [b!, s!])
        const [co, si] = [look(cos, [row, pair]), look(sin, [row, pair])]
        return first
          ? look(x, [b!, s!, lo]) * co - look(x, [b!, s!, hi]) * si
          : look(x, [b!, s!, hi]) * co + look(x, [b!, s!, lo]) * si
      }),
  }
}

/** `x` permuted, cut or otherwise looked up elsewhere: `from` gives the index in `x` of an output index. */
const moved =
  (shape: readonly number[], from: (at: number[]) => number[]) =>
  (x: Reference): Reference =>
    tabulate(shape, (...at) => look(x, from(at)))

const same = (x: Reference): Reference => x

const erf = (x: number): number => {
  // Maclaurin series; |x| ≤ 2 converges quickly.
  let [sum, term] = [0, x]
  for (let n = 0; n < 60; n++) {
    sum += term / (2 * n + 1)
    term *= (-x * x) / (n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const roundHalfEven = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0)

// ---- the table

export const opTests: { readonly [K in OpName]: OpTest } = {
  input: {
    tolerance: exact,
    gradient: differences,
    cases: shapes.map((shape) => ({ name: `[${shape}]`, inputs: [uniform(shape)], build: (x) => x, expected: same })),
  },
  constant: {
    tolerance: exact,
    gradient: { none: 'does not change' },
    cases: [
      {
        name: '[3]',
        inputs: [],
        build: () => constant(hostFloat([3], [1, 2, 4])),
        expected: () => ({ shape: [3], values: [1, 2, 4] }),
      },
    ],
  },
  stopGradient: {
    tolerance: exact,
    gradient: { none: 'stops the gradient' },
    cases: [{ name: '[3]', inputs: [uniform([3])], build: t.stopGradient, expected: same }],
  },
  checkpoint: {
    tolerance: rounding,
    gradient: differences,
    cases: [
      {
        name: 'one value',
        inputs: [uniform([3, 5])],
        build: (x) => t.checkpoint((y) => t.mul(t.tanh(y), y), [x]),
        expected: (x) => mapped([3, 5], (v) => Math.tanh(v) * v, x),
      },
      {
        name: 'two values',
        inputs: [uniform([3]), uniform([1], -2, 2, 2)],
        build: (x, z) => t.checkpoint((a, b) => t.mul(t.sin(a), t.exp(b)), [x, z]),
        expected: (x, z) => mapped([3], (a, b) => Math.sin(a) * Math.exp(b), x, z),
      },
      {
        name: 'a value from outside',
        inputs: [uniform([3]), uniform([3], -2, 2, 2)],
        build: (x, z) => t.checkpoint((a) => t.mul(t.sin(a), t.exp(z)), [x]),
        expected: (x, z) => mapped([3], (a, b) => Math.sin(a) * Math.exp(b), x, z),
      },
      {
        name: 'one in another',
        inputs: [uniform([5])],
        build: (x) =>
          t.checkpoint(
            (y) =>
              t.mul(
                t.checkpoint((z) => t.tanh(t.mul(z, z)), [y]),
                y,
              ),
            [x],
          ),
        expected: (x) => mapped([5], (v) => Math.tanh(v * v) * v, x),
      },
      { name: 'nothing inside', inputs: [uniform([5])], build: (x) => t.checkpoint((y) => y, [x]), expected: same },
    ],
  },
  barrier: {
    tolerance: exact,
    gradient: differences,
    cases: [
      [[3, 5], [2]],
      [[], []],
      [[1], [1, 2]],
    ].map(([x, after]) => ({
      name: `[${x}] after [${after}]`,
      inputs: [uniform(x!)],
      build: (y) => t.barrier(y, constant(uniform(after!))),
      expected: same,
    })),
  },

  neg: unaryTest('neg', (x) => -x, { tolerance: exact }),
  exp: unaryTest('exp', Math.exp),
  log: unaryTest('log', Math.log, { low: 0.3 }),
  sqrt: unaryTest('sqrt', Math.sqrt, { low: 0.3 }),
  reciprocal: unaryTest('reciprocal', (x) => 1 / x, { low: 0.5 }),
  abs: unaryTest('abs', Math.abs, { kinks: true, tolerance: exact }),
  sign: unaryTest('sign', Math.sign, { gradient: noneStep, tolerance: exact }),
  tanh: unaryTest('tanh', Math.tanh),
  sigmoid: unaryTest('sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  sin: unaryTest('sin', Math.sin),
  cos: unaryTest('cos', Math.cos),
  erf: unaryTest('erf', erf),
  relu: unaryTest('relu', (x) => Math.max(x, 0), { kinks: true, tolerance: exact }),
  floor: unaryTest('floor', Math.floor, { gradient: noneStep, tolerance: exact }),
  round: {
    tolerance: exact,
    gradient: noneStep,
    cases: [
      ...unaryTest('round', roundHalfEven).cases,
      {
        name: 'halves',
        inputs: [hostFloat([6], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])],
        build: t.round,
        expected: () => ({ shape: [6], values: [-2, -2, 0, 0, 2, 2] }),
      },
    ],
  },
  silu: unaryTest('silu', (x) => x / (1 + Math.exp(-x))),
  add: binaryTest('add', (a, b) => a + b),
  sub: binaryTest('sub', (a, b) => a - b),
  mul: binaryTest('mul', (a, b) => a * b),
  div: binaryTest('div', (a, b) => a / b, { low: 0.5 }),
  pow: binaryTest('pow', (a, b) => a ** b, { low: 0.5 }),
  max: binaryTest('max', Math.max, { kinks: true, tolerance: exact }),
  min: binaryTest('min', Math.min, { kinks: true, tolerance: exact }),
  equal: compareTest('equal', (a, b) => a === b),
  less: compareTest('less', (a, b) => a < b),
  greater: compareTest('greater', (a, b) => a > b),
  not: {
    tolerance: exact,
    gradient: noneBool,
    cases: shapes.map((shape) => ({
      name: `[${shape}]`,
      inputs: [flags(shape)],
      build: t.not,
      expected: (x) => mapped(shape, (v) => 1 - v, x),
    })),
  },
  and: logicalTest('and', (a, b) => a & b),
  or: logicalTest('or', (a, b) => a | b),
  where: {
    tolerance: exact,
    gradient: differences,
    cases: [
      ...pairs.map(([a, b, out]) => ({
        name: `[${out}] of [${a}] and [${b}]`,
        inputs: [flags(out), uniform(a), uniform(b, -2, 2, 2)],
        build: t.where,
        expected: (c: Reference, x: Reference, y: Reference) => mapped(out, (k, v, w) => (k ? v : w), c, x, y),
      })),
      {
        name: 'a wider condition',
        inputs: [flags([3, 1]), uniform([4]), uniform([], -2, 2, 2)],
        build: t.where,
        expected: (c, x, y) => mapped([3, 4], (k, v, w) => (k ? v : w), c, x, y),
      },
    ],
  },
  cast: {
    tolerance: exact,
    gradient: { none: 'between float32 and whole numbers, which carry none; between float types it is a cast' },
    cases: [
      {
        name: 'to int32',
        inputs: [hostFloat([4], [-1.7, 0.2, 2.9, 7])],
        build: (x) => t.cast(x, 'int32'),
        expected: (x) => mapped([4], Math.trunc, x),
      },
      { name: 'from bool', inputs: [flags([5])], build: (x) => t.cast(x, 'float32'), expected: same },
      { name: 'to int64', inputs: [hostInt([], [-3])], build: (x) => t.cast(x, 'int64'), expected: same },
      {
        name: 'to float16 and back',
        inputs: [hostFloat([2], [0.5, -3])],
        build: (x) => t.cast(t.cast(x, 'float16'), 'float32'),
        expected: same,
      },
    ],
  },

  matmul: {
    tolerance: 5e-6,
    gradient: differences,
    cases: [
      matmulCase([3, 5], [5, 4]),
      matmulCase([1, 1], [1, 1]),
      matmulCase([5, 3], [5, 4], { transA: true }),
      matmulCase([3, 5], [4, 5], { transB: true, alpha: 0.25 }),
      matmulCase([5, 3], [4, 5], { transA: true, transB: true, alpha: -2 }),
      matmulCase([2, 3, 5], [5, 4]),
      matmulCase([2, 3, 5], [2, 5, 1]),
      matmulCase([2, 1, 3, 5], [3, 5, 2]),
      matmulCase([2, 3, 3, 5], [2, 1, 5, 2]),
      matmulCase([2, 1, 3, 5], [2, 3, 2, 5], { transB: true }),
      matmulCase([3, 5, 3], [5, 2], { transA: true }),
      matmulCase([2, 5, 3], [2, 2, 5], { transA: true, transB: true }),
      matmulCase([3, 5], [4, 2, 5], { transB: true }),
      matmulCase([5, 3], [4, 5, 2], { transA: true }),
    ],
  },
  // Activations are rounded to 8 bits inside (accuracy_level 4).
  matmulNBits: {
    tolerance: 0.03,
    gradient: { none: 'quantized weights; train in float32' },
    cases: [
      quantizedCase(4, { k: 32, n: 3, rows: 1 }),
      quantizedCase(4, { k: 64, n: 5, rows: 3 }),
      quantizedCase(8, { k: 64, n: 4, rows: 2 }),
    ],
  },
  reduceSum: reduceTest('reduceSum', sum),
  reduceMean: reduceTest('reduceMean', (values) => sum(values) / values.length),
  reduceMax: reduceTest('reduceMax', (values) => Math.max(...values)),
  argmax: {
    tolerance: exact,
    gradient: noneIndex,
    cases: (
      [
        [[3, 5], 1],
        [[3, 5], 0],
        [[1], 0],
        [[7], -1],
      ] as const
    ).map(([shape, axis]) => {
      const at = (axis + shape.length) % shape.length
      return {
        name: `[${shape}] along ${axis}`,
        inputs: [spread(shape)],
        build: (x) => t.argmax(x, axis),
        expected: (x) => reduced(x, { axes: [at], keepdims: false }, (v) => v.indexOf(Math.max(...v))),
      }
    }),
  },
  cumsum: {
    tolerance: rounding,
    gradient: differences,
    cases: (
      [
        [[5], 0, false],
        [[5], 0, true],
        [[3, 4], 1, false],
        [[3, 4], 0, true],
        [[1, 1], 1, false],
      ] as const
    ).map(([shape, axis, reverse]) => ({
      name: `[${shape}] along ${axis}${reverse ? ' backwards' : ''}`,
      inputs: [uniform(shape)],
      build: (x) => t.cumsum(x, axis, { reverse }),
      expected: (x) =>
        tabulate(shape, (...at) => {
          let total = 0
          for (let i = reverse ? at[axis]! : 0; i <= (reverse ? shape[axis]! - 1 : at[axis]!); i++)
            total += look(
              x,
              at.map((v, k) => (k === axis ? i : v)),
            )
          return total
        }),
    })),
  },
  topK: {
    tolerance: exact,
    gradient: differences,
    cases: (
      [
        [[7], 3],
        [[3, 5], 2],
        [[2, 1], 1],
        [[4], 4],
      ] as const
    ).map(([shape, k]) => ({
      name: `${k} of [${shape}]`,
      inputs: [spread(shape)],
      build: (x) => t.topK(x, k).values,
      expected: (x) =>
        tabulate(
          [...shape.slice(0, -1), k],
          (...at) =>
            Array.from({ length: shape.at(-1)! }, (_, i) => look(x, [...at.slice(0, -1), i])).sort((a, b) => b - a)[
              at.at(-1)!
            ]!,
        ),
    })),
  },

  reshape: {
    tolerance: exact,
    gradient: differences,
    cases: (
      [
        [
          [3, 4],
          [2, 6],
        ],
        [[1], []],
        [[], [1, 1]],
        [[6], [3, -1]],
      ] as const
    ).map(([from, to]) => ({
      name: `[${from}] to [${to}]`,
      inputs: [uniform(from)],
      build: (x) => t.reshape(x, to),
      expected: (x) => ({ shape: to.map((n: number) => (n === -1 ? 2 : n)), values: x.values }),
    })),
  },
  transpose: {
    tolerance: exact,
    gradient: differences,
    cases: (
      [
        [
          [3, 5],
          [1, 0],
        ],
        [
          [2, 3, 4],
          [2, 0, 1],
        ],
        [
          [2, 1, 3],
          [1, 2, 0],
        ],
        [
          [1, 1],
          [1, 0],
        ],
        [
          [2, 3, 1, 4],
          [0, 2, 1, 3],
        ],
      ] as const
    ).map(([shape, perm]) => ({
      name: `[${shape}] by [${perm}]`,
      inputs: [uniform(shape)],
      build: (x) => t.transpose(x, perm),
      expected: moved(
        perm.map((axis) => shape[axis]!),
        (at) => shape.map((_, axis) => at[(perm as readonly number[]).indexOf(axis)]!),
      ),
    })),
  },
  broadcastTo: {
    tolerance: exact,
    gradient: differences,
    cases: (
      [
        [[], [3]],
        [[1], [4]],
        [
          [3, 1],
          [3, 5],
        ],
        [[5], [2, 3, 5]],
        [
          [2, 1, 1],
          [2, 3, 1],
        ],
      ] as const
    ).map(([from, to]) => ({
      name: `[${from}] to [${to}]`,
      inputs: [uniform(from)],
      build: (x) => t.broadcastTo(x, to),
      expected: (x) => mapped(to, (v) => v, x),
    })),
  },
  concat: {
    tolerance: exact,
    gradient: differences,
    cases: [
      {
        name: '[2, 3] and [2, 1] along 1',
        inputs: [uniform([2, 3]), uniform([2, 1], -2, 2, 2)],
        build: (a, b) => t.concat([a, b], 1),
        expected: (a, b) => tabulate([2, 4], (i, j) => (j! < 3 ? look(a, [i!, j!]) : look(b, [i!, 0]))),
      },
      {
        name: '[1] three times',
        inputs: [uniform([1])],
        build: (a) => t.concat([a, a, a], 0),
        expected: (a) => mapped([3], (v) => v, a),
      },
      {
        name: '[1, 2] and [3, 2] along -2',
        inputs: [uniform([1, 2]), uniform([3, 2], -2, 2, 2)],
        build: (a, b) => t.concat([a, b], -2),
        expected: (a, b) => ({ shape: [4, 2], values: [...a.values, ...b.values] }),
      },
    ],
  },
  slice: {
    tolerance: exact,
    gradient: differences,
    cases: (
      [
        [[7], 0, 2, 5],
        [[3, 5], 1, 0, 1],
        [[3, 5], 0, 2, 3],
        [[3, 5], -1, 0, 5],
        [[1], 0, 0, 1],
      ] as const
    ).map(([shape, axis, start, end]) => {
      const at = (axis + shape.length) % shape.length
      return {
        name: `[${shape}] axis ${axis}, ${start} to ${end}`,
        inputs: [uniform(shape)],
        build: (x) => t.slice(x, axis, start, end),
        expected: moved(
          shape.map((n, i) => (i === at ? end - start : n)),
          (index) => index.map((v, i) => (i === at ? v + start : v)),
        ),
      }
    }),
  },
  sliceLike: {
    tolerance: exact,
    gradient: { none: 'inference only' },
    cases: [
      {
        name: 'head',
        inputs: [uniform([2, 5]), uniform([1, 1, 3, 2])],
        build: (x, like) => t.splitLike(x, like, { axis: -1, rest: 2 })[0],
        expected: moved([2, 3], (at) => at),
      },
      {
        name: 'rest',
        inputs: [uniform([2, 5]), uniform([1, 1, 3, 2])],
        build: (x, like) => t.splitLike(x, like, { axis: -1, rest: 2 })[1],
        expected: moved([2, 2], ([i, j]) => [i!, j! + 3]),
      },
    ],
  },
  pad: {
    tolerance: exact,
    gradient: differences,
    cases: (
      [
        [[3], 0, 1, 2],
        [[2, 3], 1, 0, 3],
        [[2, 3], 0, 2, 0],
        [[1], 0, 0, 0],
      ] as const
    ).map(([shape, axis, before, after]) => ({
      name: `[${shape}] axis ${axis} by ${before} and ${after}`,
      inputs: [uniform(shape)],
      build: (x) => t.pad(x, axis, before, after),
      expected: (x) =>
        tabulate(
          shape.map((n, i) => (i === axis ? n + before + after : n)),
          (...at) => {
            const i = at[axis]! - before
            return i < 0 || i >= shape[axis]!
              ? 0
              : look(
                  x,
                  at.map((v, k) => (k === axis ? i : v)),
                )
          },
        ),
    })),
  },
  gather: {
    tolerance: exact,
    gradient: differences,
    cases: [
      {
        name: 'rows, some twice',
        inputs: [uniform([5, 3]), hostInt([4], [4, 0, 4, 2])],
        build: (x, i) => t.gather(x, i),
        expected: (x, i) => tabulate([4, 3], (r, c) => look(x, [look(i, [r!]), c!])),
      },
      {
        name: 'a matrix of rows',
        inputs: [uniform([5, 1]), longs([2, 2], [4, 0, 4, 2])],
        build: (x, i) => t.gather(x, i),
        expected: (x, i) => tabulate([2, 2, 1], (r, s) => look(x, [look(i, [r!, s!]), 0])),
      },
      {
        name: 'one row of one',
        inputs: [uniform([1, 1]), hostInt([1], [0])],
        build: (x, i) => t.gather(x, i),
        expected: same,
      },
    ],
  },
  scatterAddRows: {
    tolerance: rounding,
    gradient: differences,
    cases: [
      {
        name: 'some twice',
        inputs: [hostInt([4], [4, 0, 4, 2]), uniform([4, 3])],
        build: (i, x) => t.scatterAddRows(i, x, 5),
        expected: (i, x) =>
          tabulate([5, 3], (r, c) => sum([0, 1, 2, 3].filter((k) => look(i, [k]) === r).map((k) => look(x, [k, c!])))),
      },
      {
        name: 'one',
        inputs: [longs([1], [0]), uniform([1, 1])],
        build: (i, x) => t.scatterAddRows(i, x, 1),
        expected: (_, x) => x,
      },
    ],
  },
  takeAlong: {
    tolerance: exact,
    gradient: differences,
    cases: [
      {
        name: 'last axis, some twice',
        inputs: [uniform([3, 5]), longs([3, 2], [4, 0, 1, 1, 2, 3])],
        build: (x, i) => t.takeAlong(x, i),
        expected: (x, i) => tabulate([3, 2], (r, c) => look(x, [r!, look(i, [r!, c!])])),
      },
      {
        name: 'first axis',
        inputs: [uniform([4, 2]), hostInt([1, 2], [3, 0])],
        build: (x, i) => t.takeAlong(x, i, 0),
        expected: (x, i) => tabulate([1, 2], (r, c) => look(x, [look(i, [r!, c!]), c!])),
      },
    ],
  },
  scatterAddAlong: {
    tolerance: rounding,
    gradient: differences,
    cases: [
      {
        name: 'last axis, some twice',
        inputs: [uniform([3, 5]), longs([3, 2], [4, 0, 1, 1, 2, 3]), uniform([3, 2], -2, 2, 2)],
        build: (x, indices, updates) => t.scatterAddAlong(x, { indices, updates }),
        expected: (x, i, u) =>
          tabulate(
            [3, 5],
            (r, c) =>
              look(x, [r!, c!]) + sum([0, 1].filter((k) => look(i, [r!, k]) === c).map((k) => look(u, [r!, k]))),
          ),
      },
    ],
  },
  rmsNorm: {
    tolerance: rounding,
    gradient: differences,
    cases: [[3, 5], [7], [2, 1, 4], [3, 1]].map((shape) => ({
      name: `[${shape}]`,
      inputs: [uniform(shape)],
      build: (x) => t.rmsNorm(x, 0.1),
      expected: (x) =>
        tabulate(shape, (...at) => {
          const power =
            sum(Array.from({ length: shape.at(-1)! }, (_, i) => look(x, [...at.slice(0, -1), i]) ** 2)) / shape.at(-1)!
          return look(x, at) / Math.sqrt(power + 0.1)
        }),
    })),
  },
  softmaxMatmul: {
    tolerance: rounding,
    gradient: differences,
    cases: (
      [
        [
          [3, 5],
          [5, 2],
        ],
        [
          [2, 1, 3],
          [2, 3, 4],
        ],
        [
          [2, 3, 1, 4],
          [2, 1, 4, 1],
        ],
        [
          [1, 1],
          [1, 1],
        ],
      ] as const
    ).map(([a, b]) => ({
      name: `[${a}] by [${b}]`,
      inputs: [uniform(a, -4, 4), uniform(b)],
      build: t.softmaxMatmul,
      expected: (x, y) =>
        tabulate([...a.slice(0, -1), b.at(-1)!], (...at) => {
          const exps = Array.from({ length: a.at(-1)! }, (_, k) => Math.exp(look(x, [...at.slice(0, -1), k])))
          return sum(exps.map((e, k) => e * look(y, [...at.slice(0, -2), k, at.at(-1)!]))) / sum(exps)
        }),
    })),
  },
  softmax: softmaxTest('softmax'),
  logSoftmax: softmaxTest('logSoftmax'),
  softmaxCrossEntropy: {
    tolerance: rounding,
    gradient: differences,
    cases: (
      [
        [3, 5],
        [1, 2],
        [4, 1],
      ] as const
    ).map(([rows, classes]) => ({
      name: `[${rows}, ${classes}]`,
      inputs: [
        uniform([rows, classes], -4, 4),
        hostInt(
          [rows],
          Array.from({ length: rows }, (_, i) => (i * 2) % classes),
        ),
      ],
      build: t.softmaxCrossEntropy,
      expected: (x, targets) =>
        tabulate([rows], (r) => {
          const values = Array.from({ length: classes }, (_, c) => look(x, [r!, c]))
          return Math.log(sum(values.map(Math.exp))) - values[look(targets, [r!])]!
        }),
    })),
  },
  rotary: {
    tolerance: rounding,
    gradient: differences,
    tables: [2, 3],
    cases: [rotaryCase(1, 4, false), rotaryCase(3, 6, false), rotaryCase(2, 4, true), rotaryCase(1, 2, false, [1, 1])],
  },
}
