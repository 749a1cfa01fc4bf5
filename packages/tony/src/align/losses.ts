/** @file Losses over sampled answers as programs: PPO with a critic and a pretraining mix, GRPO, DPO. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import type { OmniConfig } from '../models/omni/config.ts'
import { softplus, weightedMean } from '../nn/layers.ts'
import type { ParamScope } from '../nn/params.ts'
import type { LossProgram } from '../train/step.ts'
import { actionLogprobs, type PolicyShape, perAnswer, sampleInputs, scalarHead, seenOf } from './policy.ts'
import { type PretrainingMix, withPretraining } from './pretraining.ts'

/** Mean negative log-likelihood of answers, their prompts only read: supervised fine-tuning on demonstrations. */
export function sftLoss(p: ParamScope, policy: PolicyShape): LossProgram {
  const inputs = sampleInputs(policy.config, policy.shape)
  const { logprobs, entropy } = actionLogprobs(p, inputs, policy)
  return {
    loss: t.neg(weightedMean(logprobs, inputs.actionWeights)),
    metrics: { entropy: weightedMean(entropy, inputs.actionWeights) },
  }
}

/** Where the critic's parameters are in a model that holds a policy and a critic. */
export const CRITIC = 'value'

export interface ClipOptions {
  /** Largest relative change of an action's probability that still pays, up and down. */
  readonly clip: number
}

export interface PpoLossOptions extends ClipOptions {
  /** Largest change of a value that still pays. */
  readonly valueClip: number
  readonly valueCoefficient: number
  /** The critic's network, where it is another one than the policy's. */
  readonly critic?: OmniConfig
  readonly pretraining?: Pick<PretrainingMix, 'coefficient' | 'loss'> | undefined
}

/** Clipped policy loss (Schulman et al. 2017), mean over actions, from `oldLogprobs` and `advantages` [targets]. */
function policyLoss(
  logprobs: Tensor,
  entropy: Tensor,
  { weights, clip, targets }: { weights: Tensor; clip: number; targets: number },
): { loss: Tensor; metrics: Record<string, Tensor> } {
  // Padding gets the same log-probability in both, so that its ratio is 1.
  const change = t.mul(t.sub(logprobs, t.input('oldLogprobs', 'float32', [targets])), weights)
  const advantages = t.input('advantages', 'float32', [targets])
  const ratio = t.exp(change)
  const clipped = t.minimum(t.maximum(ratio, 1 - clip), 1 + clip)
  const losses = t.maximum(t.neg(t.mul(advantages, ratio)), t.neg(t.mul(advantages, clipped)))
  const outside = t.cast(t.greater(t.abs(t.sub(ratio, 1)), clip), 'float32')
  const metrics = {
    ratio: weightedMean(ratio, weights),
    ratioMax: t.reduceMax(ratio),
    approxKl: weightedMean(t.mul(t.mul(change, change), 0.5), weights),
    clipFraction: weightedMean(outside, weights),
    entropy: weightedMean(entropy, weights),
  }
  return { loss: weightedMean(losses, weights), metrics }
}

/**
 * PPO-ptx (Ouyang et al. 2022): policy loss + c · critic loss + gamma · pretraining loss. The critic is a network
 * of its own. Inputs besides those of `sampleInputs`: `oldLogprobs`, `advantages`, `returns`, `oldValues` [targets].
 */
export function ppoLoss(p: ParamScope, policy: PolicyShape, options: PpoLossOptions): LossProgram {
  const { shape, config } = policy
  const { targets } = shape
  const { valueClip, valueCoefficient, pretraining } = options
  const inputs = sampleInputs(config, shape)
  const weights = inputs.actionWeights
  const { logprobs, entropy } = actionLogprobs(p, inputs, policy)
  const acting = policyLoss(logprobs, entropy, { weights, clip: options.clip, targets })

  const critic = p.at(CRITIC)
  const judged = seenOf(critic, inputs.batch, { config: options.critic ?? config, shape })
  const values = scalarHead(critic, inputs.targetAt, judged)
  const old = t.input('oldValues', 'float32', [targets])
  const returns = t.input('returns', 'float32', [targets])
  const kept = t.add(old, t.minimum(t.maximum(t.sub(values, old), -valueClip), valueClip))
  const square = (x: Tensor): Tensor => t.mul(t.sub(x, returns), t.sub(x, returns))
  const valueLoss = t.mul(weightedMean(t.maximum(square(values), square(kept)), weights), 0.5)
  const valueClipped = weightedMean(t.cast(t.greater(square(kept), square(values)), 'float32'), weights)

  const loss = t.add(acting.loss, t.mul(valueLoss, valueCoefficient))
  const metrics = { policyLoss: acting.loss, valueLoss, valueClipFraction: valueClipped, ...acting.metrics }
  return withPretraining(p, { loss, metrics }, pretraining)
}

/**
 * Group-relative policy optimisation (Shao et al. 2024): the clipped policy loss on advantages that are rewards whitened
 * within the answers of one prompt, and `klCoefficient` times the k3 estimate of the divergence from the reference
 * (`referenceLogprobs` [targets]). No critic.
 */
export function grpoLoss(
  p: ParamScope,
  policy: PolicyShape,
  { clip, klCoefficient }: ClipOptions & { readonly klCoefficient: number },
): LossProgram {
  const { targets } = policy.shape
  const inputs = sampleInputs(policy.config, policy.shape)
  const weights = inputs.actionWeights
  const { logprobs, entropy } = actionLogprobs(p, inputs, policy)
  const acting = policyLoss(logprobs, entropy, { weights, clip, targets })
  const gap = t.mul(t.sub(t.input('referenceLogprobs', 'float32', [targets]), logprobs), weights)
  const kl = weightedMean(t.sub(t.sub(t.exp(gap), 1), gap), weights)
  return {
    loss: t.add(acting.loss, t.mul(kl, klCoefficient)),
    metrics: { policyLoss: acting.loss, kl, ...acting.metrics },
  }
}

/**
 * Direct preference optimisation (Rafailov et al. 2023): -log σ(beta · (margin of the policy - margin of the reference)).
 * Answers 2i and 2i + 1 of a batch are the chosen and the rejected one of pair i. Further inputs: `answerOf` [targets],
 * `referenceAnswers` [2 · pairs] (log-probabilities of whole answers), `pairWeights` [pairs]. With `likelihood` above 0 the
 * mean negative log-likelihood of an action of the chosen answers is added, that many times (Pang et al. 2024, arXiv 2404.19733);
 * `chosenWeights` [targets] is then 1 at their actions.
 */
export function dpoLoss(
  p: ParamScope,
  policy: PolicyShape,
  { beta, pairs, likelihood = 0 }: { readonly beta: number; readonly pairs: number; readonly likelihood?: number },
): LossProgram {
  const inputs = sampleInputs(policy.config, policy.shape)
  const { logprobs } = actionLogprobs(p, inputs, policy)
  const answers = perAnswer(t.mul(logprobs, inputs.actionWeights), 2 * pairs)
  const gains = t.reshape(t.sub(answers, t.input('referenceAnswers', 'float32', [2 * pairs])), [pairs, 2])
  const margin = t.mul(t.reshape(t.sub(t.slice(gains, 1, 0, 1), t.slice(gains, 1, 1, 2)), [pairs]), beta)
  const weights = t.input('pairWeights', 'float32', [pairs])
  const loss = weightedMean(softplus(t.neg(margin)), weights)
  const metrics = {
    accuracy: weightedMean(t.cast(t.greater(margin, 0), 'float32'), weights),
    margin: weightedMean(margin, weights),
  }
  if (likelihood === 0) return { loss, metrics }
  const chosen = t.neg(weightedMean(logprobs, t.input('chosenWeights', 'float32', [policy.shape.targets])))
  return { loss: t.add(loss, t.mul(chosen, likelihood)), metrics: { ...metrics, chosen } }
}
