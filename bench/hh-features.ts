/** @file What a frozen language model says of an answer, as features of a linear reward head. */
import { packSome, type Sample } from '../packages/tony/src/align/samples.ts'
import { compileProgram } from '../packages/tony/src/generate/program.ts'
import * as t from '../packages/tony/src/graph/ops.ts'
import { batchInputs, omniHidden } from '../packages/tony/src/models/omni/model.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { languageConfig as config } from './hh-language.ts'
import { rewardShape } from './hh-model.ts'

const { shape } = rewardShape
const { width, layers: depth } = config.block

/** Groups of features, by the columns that they take. */
const columns = {
  /** The last position, where reward models are usually read. */
  last: [0, width],
  /** Means over the answer's positions: of the last layer, and of the one half-way up. */
  mean: [width, 2 * width],
  middle: [2 * width, 3 * width],
  /** Log-likelihood of the answer, the same for each token, and the logarithm of the number of tokens. */
  likelihood: [3 * width, 3 * width + 3],
} as const
const COLUMNS = 3 * width + 3
/** Three numbers beside hundreds: their penalty is a ninth of that of the others. */
const LIKELIHOOD_GAIN = 3

/** Sets of features that a head may read; inner cross-validation chooses. */
export const featureSets: Readonly<Record<string, readonly (keyof typeof columns)[]>> = {
  last: ['last'],
  mean: ['mean'],
  'mean, middle, likelihood': ['mean', 'middle', 'likelihood'],
}

/** Features of each of `samples`, one row of `COLUMNS` each. */
export async function featuresOf(params: ParamValues, samples: readonly Sample[]): Promise<Float32Array[]> {
  const session = await compileProgram(nodeRuntime, { name: 'features', params: () => params, threads: 1 }, (p) => {
    const { hidden, layers, table } = omniHidden(p, config, { inputs: batchInputs(config, shape), shape })
    const logits = t.matmul(t.gather(hidden, t.input('targetAt', 'int32', [shape.targets])), table, { transB: true })
    const losses = t.softmaxCrossEntropy(logits, t.input('targets', 'int32', [shape.targets]))
    return { hidden, middle: layers[Math.ceil(depth / 2) - 1]!, losses }
  })
  const rows: Float32Array[] = []
  while (rows.length < samples.length) {
    const batch = packSome(samples, { from: rows.length, config, shape })
    const out = await session.run(batch.inputs)
    const [hidden, middle, losses] = [out['hidden'], out['middle'], out['losses']].map(
      (tensor) => tensor!.data as Float32Array,
    ) as [Float32Array, Float32Array, Float32Array]
    for (const { index, position, targets } of batch.placed) {
      const { prompt, answer } = samples[index]!
      const row = new Float32Array(COLUMNS)
      const begin = position + prompt.length
      const end = begin + answer.length
      row.set(hidden.subarray((end - 1) * width, end * width), columns.last[0])
      for (const [values, at] of [
        [hidden, columns.mean[0]],
        [middle, columns.middle[0]],
      ] as const)
        for (let i = begin; i < end; i++)
          for (let k = 0; k < width; k++) row[at + k]! += values[i * width + k]! / answer.length
      const loss = targets.reduce((sum, target) => sum + losses[target]!, 0)
      row.set([-loss, -loss / answer.length, Math.log(answer.length)], columns.likelihood[0])
      rows.push(row)
    }
  }
  await session.dispose()
  return rows
}

/** Differences of the features of one set, chosen less rejected, in units of their deviation over the rows at `known`. */
export function featureDifferences(
  rows: readonly (readonly [chosen: Float32Array, rejected: Float32Array])[],
  set: readonly (keyof typeof columns)[],
  known: readonly number[],
): Float64Array[] {
  const picked = set.flatMap((name) => {
    const [from, to] = columns[name]
    return Array.from({ length: to - from }, (_, k) => ({
      k: from + k,
      gain: name === 'likelihood' ? LIKELIHOOD_GAIN : 1,
    }))
  })
  const scales = picked.map(({ k, gain }) => {
    const values = known.flatMap((i) => [rows[i]![0][k]!, rows[i]![1][k]!])
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
    return gain / (Math.sqrt(variance) + 1e-6)
  })
  return rows.map(([chosen, rejected]) =>
    Float64Array.from(picked, ({ k }, j) => (chosen[k]! - rejected[k]!) * scales[j]!),
  )
}

/** Products of all rows with those at `known`. */
export function denseProducts(rows: readonly Float64Array[], known: readonly number[]): Float64Array[] {
  return rows.map((row) =>
    Float64Array.from(known, (j) => {
      const other = rows[j]!
      let sum = 0
      for (let k = 0; k < row.length; k++) sum += row[k]! * other[k]!
      return sum
    }),
  )
}
