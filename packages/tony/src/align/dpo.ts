/** @file Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290): from comparisons to a policy, without a reward model. */
import type { OmniConfig } from '../models/omni/config.ts'
import type { BatchShape } from '../models/omni/model.ts'
import type { ParamValues } from '../nn/params.ts'
import type { Runtime } from '../runtime/types.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import type { TrainPlan } from '../train/loop.ts'
import { TonyError } from '../util/errors.ts'
import { makeRng } from '../util/rng.ts'
import { compileLogprobs, rowsOf, sum } from './forward.ts'
import { dpoLoss } from './losses.ts'
import { policyOptimizer } from './on-policy.ts'
import { answerOf, byTarget, packWhole, type Sample } from './samples.ts'

/** Two answers to one prompt. */
export interface PreferencePair {
  readonly chosen: Sample
  readonly rejected: Sample
}

export interface DpoOptions {
  readonly name?: string
  readonly seed: number
  readonly steps: number
  readonly config: OmniConfig
  readonly words: number
  /** Room of one batch of `pairs` pairs. */
  readonly shape: BatchShape
  readonly pairs: number
  readonly beta: number
  /** Weight of the likelihood of the chosen answers beside the preference; default 0. */
  readonly likelihood?: number
  readonly rate: (step: number) => number
  /** Weights to start from; also the reference. */
  readonly policy: ParamValues
  readonly threads?: number
}

/** Which pairs of `count` step `step` learns from. */
export function dpoDraw(
  step: number,
  { seed, pairs, count }: { seed: number; pairs: number; count: number },
): number[] {
  const rng = makeRng(seed * 1e6 + step)
  return Array.from({ length: pairs }, () => rng.int(count))
}

/** A training plan over `data`. The reference's log-probabilities of all answers are computed here, once. */
export async function dpoPlan(
  runtime: Runtime,
  data: readonly PreferencePair[],
  { name = 'dpo', seed, steps, config, words, shape, pairs, beta, likelihood = 0, rate, policy, threads }: DpoOptions,
): Promise<TrainPlan> {
  if (data.length === 0) throw new TonyError('invalid', `${name}: there are no pairs to learn from`)
  const policyShape = { config, shape, words, temperature: 1 }
  const session = await compileLogprobs(runtime, policyShape, {
    weights: () => policy,
    ...(threads === undefined ? {} : { threads }),
  })
  const answers = data.flatMap(({ chosen, rejected }) => [chosen, rejected])
  const [before] = await rowsOf(answers, policyShape, [session])
  const reference = before!['logprobs']!.map(sum)
  await session.dispose()
  return {
    name,
    seed,
    steps,
    rate,
    initial: policy,
    optimizer: policyOptimizer,
    positionsPerStep: shape.batch * shape.time,
    model: (p) => dpoLoss(p, policyShape, { beta, pairs, likelihood }),
    batch(step) {
      const ids = dpoDraw(step, { seed, pairs, count: data.length })
      const batch = packWhole(
        ids.flatMap((id) => [data[id]!.chosen, data[id]!.rejected]),
        { name, config, shape },
      )
      const known = Float32Array.from({ length: 2 * pairs }, (_, i) => reference[ids[i >> 1]! * 2 + (i & 1)]!)
      const inputs: Record<string, HostTensor> = {
        ...batch.inputs,
        answerOf: answerOf(batch, 2 * pairs),
        referenceAnswers: hostTensor('float32', [2 * pairs], known),
        pairWeights: hostTensor('float32', [pairs], new Float32Array(pairs).fill(1)),
      }
      if (likelihood > 0)
        inputs['chosenWeights'] = byTarget(batch, (i) => {
          const { chosen, rejected } = data[ids[i >> 1]!]!
          return i % 2 === 0 ? chosen.answer.map(() => 1) : rejected.answer.map(() => 0)
        })
      return inputs
    },
  }
}
