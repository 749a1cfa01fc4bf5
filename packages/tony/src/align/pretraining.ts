/** @file The pretraining mix: in each update, beside what a model is aligned on, a batch of what it was trained on before (Ouyang et al. 2022, section 3.5). */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { weightedMean } from '../nn/layers.ts'
import type { ParamScope } from '../nn/params.ts'
import type { HostTensor } from '../tensor/host.ts'
import type { LossProgram } from '../train/step.ts'
import { actionLogprobs, type PolicyShape, sampleInputs } from './policy.ts'
import { packWhole, type Sample } from './samples.ts'

/** A second batch in each update, so that a model does not forget. */
export interface PretrainingMix {
  /** Weight of its loss beside the other one (gamma of Ouyang et al. 2022). */
  readonly coefficient: number
  /** Its loss, from inputs whose names begin with `prefix`. */
  readonly loss: (p: ParamScope, prefix: string) => Tensor
  /** What update `update` reads, by names without the prefix. */
  readonly batch: (update: number) => Record<string, HostTensor>
}

/** What the names of the mix's inputs begin with. */
const PREFIX = 'ptx/'

/** `program` with the loss of `mix`, where there is one; its own value is the metric `pretrainingLoss`. */
export function withPretraining(
  p: ParamScope,
  program: LossProgram,
  mix: Pick<PretrainingMix, 'coefficient' | 'loss'> | undefined,
): LossProgram {
  if (mix === undefined) return program
  const { loss, metrics } = program
  const pretrainingLoss = mix.loss(p, PREFIX)
  return { loss: t.add(loss, t.mul(pretrainingLoss, mix.coefficient)), metrics: { ...metrics, pretrainingLoss } }
}

/** What the program that `withPretraining` gave reads of the mix in update `update`. */
export function pretrainingInputs(mix: PretrainingMix | undefined, update: number): Record<string, HostTensor> {
  const inputs = Object.entries(mix?.batch(update) ?? {})
  return Object.fromEntries(inputs.map(([name, value]) => [PREFIX + name, value]))
}

/** A mix of samples, such as documents: their negative log-likelihood among all tokens, at temperature 1, per action. */
export function mixOfSamples({
  coefficient,
  samples,
  ...text
}: Omit<PolicyShape, 'temperature'> & {
  readonly coefficient: number
  /** The samples of an update; they must fit into `shape`. */
  readonly samples: (update: number) => readonly Sample[]
}): PretrainingMix {
  return {
    coefficient,
    loss(p, prefix) {
      const seen = sampleInputs(text.config, text.shape, prefix)
      const { logprobs } = actionLogprobs(p, seen, { ...text, temperature: 1 })
      return t.neg(weightedMean(logprobs, seen.actionWeights))
    },
    batch: (update) => packWhole(samples(update), { name: 'pretraining', ...text }).inputs,
  }
}
