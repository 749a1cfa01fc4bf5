/** @file What the algorithms ask of a network without learning, and small host helpers. */
import { compileProgram } from '../generate/program.ts'
import type { ParamValues } from '../nn/params.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { actionLogprobs, type PolicyShape, sampleInputs } from './policy.ts'
import { bySample, packSamples, type Sample } from './samples.ts'

/** A program that gives `logprobs` [targets] of a batch of samples under `weights`, which it reads anew at each run. */
export function compileLogprobs(
  runtime: Runtime,
  policy: PolicyShape,
  how: { readonly weights: () => ParamValues; readonly threads?: number },
): Promise<Session> {
  const threads = how.threads === undefined ? {} : { threads: how.threads }
  return compileProgram(runtime, { name: 'align', params: how.weights, ...threads }, (p) => ({
    logprobs: actionLogprobs(p, sampleInputs(policy.config, policy.shape), policy).logprobs,
  }))
}

/** What each of `sessions` gives of each of `samples`: one list of rows by name of output, for outputs [targets]. */
export async function rowsOf(
  samples: readonly Sample[],
  { config, shape }: Pick<PolicyShape, 'config' | 'shape'>,
  sessions: readonly Session[],
): Promise<Readonly<Record<string, readonly Float32Array[]>>[]> {
  const found = sessions.map((): Record<string, Float32Array[]> => ({}))
  for (const batch of packSamples(samples, config, shape)) {
    for (const [i, session] of sessions.entries()) {
      for (const [name, { data }] of Object.entries(await session.run(batch.inputs))) {
        found[i]![name] ??= new Array<Float32Array>(samples.length)
        for (const [index, row] of bySample(batch, data as Float32Array)) found[i]![name]![index] = row
      }
    }
  }
  return found
}

/** How much likelier each action of each answer is under the policy than under the reference, in nats. */
export function divergenceOf(
  logprobs: readonly Float32Array[],
  reference: readonly Float32Array[],
): Float32Array<ArrayBuffer>[] {
  return logprobs.map((row, i) => Float32Array.from(row, (value, k) => value - reference[i]![k]!))
}

/** `values` in rows as long as those of `like`: the inverse of `concatFloats`. */
export function unflatten(values: Float32Array, like: readonly ArrayLike<number>[]): Float32Array[] {
  let at = 0
  return like.map(({ length }) => {
    const row = values.slice(at, at + length)
    at += length
    return row
  })
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
