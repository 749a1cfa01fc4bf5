/** @file Forward programs of alignment, and small host helpers around them. */
import type { Tensor } from '../graph/node.ts'
import { program, toOnnx } from '../graph/program.ts'
import { ParamScope, type ParamValues } from '../nn/params.ts'
import { encodeModel } from '../onnx/model.ts'
import { simplify } from '../passes/simplify.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import type { Rng } from '../util/rng.ts'

/** Compiles a forward program that reads its parameters from `weights` at each run: those of a model in training, or fixed ones. */
export async function compileForward(
  runtime: Runtime,
  build: (p: ParamScope) => Readonly<Record<string, Tensor>>,
  { weights, threads }: { readonly weights: () => ParamValues; readonly threads?: number | undefined },
): Promise<Session> {
  const source = simplify(program('align', build(new ParamScope())))
  const session = await runtime.createSession(encodeModel(toOnnx(source)), threads === undefined ? {} : { threads })
  return { ...session, run: (feeds, options) => session.run({ ...weights(), ...feeds }, options) }
}

/** All numbers of some rows, one after the other. */
export function flatten(rows: readonly ArrayLike<number>[]): Float32Array {
  const out = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0))
  let at = 0
  for (const row of rows) {
    out.set(row, at)
    at += row.length
  }
  return out
}

/** `values` in rows as long as those of `like`: the inverse of `flatten`. */
export function unflatten(values: Float32Array, like: readonly ArrayLike<number>[]): Float32Array[] {
  let at = 0
  return like.map(({ length }) => {
    const row = values.slice(at, at + length)
    at += length
    return row
  })
}

/** 0 … n - 1 in a random order. */
export function shuffled(n: number, rng: Rng): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = rng.int(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

export function sum(row: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < row.length; i++) total += row[i]!
  return total
}

/** 0 where there is nothing. */
export function mean(row: ArrayLike<number>): number {
  return sum(row) / Math.max(1, row.length)
}
