/** @file Proximal policy optimisation from human feedback (Schulman et al. 2017; Ouyang et al. 2022), with a pretraining mix. */
import { compileProgram } from '../generate/program.ts'
import type { OmniConfig } from '../models/omni/config.ts'
import type { ParamValues } from '../nn/params.ts'
import { concatFloats, type HostTensor } from '../tensor/host.ts'
import type { Trainer } from '../train/step.ts'
import { TonyError } from '../util/errors.ts'
import { makeRng } from '../util/rng.ts'
import { divergenceOf, mean, rowsOf, sum, unflatten } from './forward.ts'
import { adaptKl, explainedVariance, gae, whiten } from './gae.ts'
import { CRITIC, ppoLoss } from './losses.ts'
import {
  answerMetrics,
  disposeParts,
  learn,
  type OnPolicyAlgorithm,
  type OnPolicyOptions,
  type OnPolicyParts,
  type OnPolicyPlan,
  type OnPolicyProgress,
  openParts,
  runOnPolicy,
  scoresOf,
} from './on-policy.ts'
import { actionLogprobs, sampleInputs, scalarHead, seenOf } from './policy.ts'
import { type PretrainingMix, pretrainingInputs } from './pretraining.ts'
import type { Rollout } from './rollout.ts'
import { byTarget } from './samples.ts'

/** Settings of PPO; the defaults are `ppoDefaults`. */
export interface PpoOptions {
  /** Answers of one iteration, and of one minibatch. */
  readonly rollouts: number
  readonly minibatch: number
  /** Passes over an iteration's answers. */
  readonly epochs: number
  readonly clip: number
  readonly valueClip: number
  readonly valueCoefficient: number
  readonly lambda: number
  /** Weight of the KL divergence from the reference, per action; where `target` (nats an answer) and `horizon` (answers) are given it adapts. */
  readonly kl: { readonly beta: number; readonly target?: number; readonly horizon?: number }
  /** Scales rewards to variance 1, their mean where it was (Ziegler et al. 2019). Found to favour short answers (Huang et al. 2024). */
  readonly whitenRewards: boolean
  /** Reward in place of an answer's score where it was cut off; `undefined` keeps the score. */
  readonly cutOffReward?: number
  /** Mean ratio of a minibatch above which nothing is learned from it. */
  readonly largestRatio: number
}

/** One inner epoch and a fixed beta as in Ouyang et al. 2022; the rest as the field has it (Huang et al. 2024, arXiv 2403.17031). */
export const ppoDefaults: PpoOptions = {
  rollouts: 512,
  minibatch: 64,
  epochs: 1,
  clip: 0.2,
  valueClip: 0.2,
  valueCoefficient: 0.1,
  lambda: 0.95,
  kl: { beta: 0.02 },
  whitenRewards: false,
  largestRatio: 10,
}

export interface PpoPlan extends OnPolicyPlan {
  /** Weights of a reward model, from which the critic starts; without it the critic starts as the policy with a new head. */
  readonly critic?: ParamValues
  /** The critic's network, where it is another one than the policy's; it then needs weights of its own. */
  readonly criticConfig?: OmniConfig
  readonly options?: Partial<PpoOptions>
  /** PPO-ptx: what it was trained on before. */
  readonly pretraining?: PretrainingMix | undefined
}

/**
 * Runs `plan` to its last iteration, resuming from the folder's checkpoint. Gives the policy's weights, without the critic's.
 *
 * Policy and critic are networks of their own that one optimiser updates: at one learning rate, and clipped by the norm of
 * both gradients together. The critic's share is set by `valueCoefficient`; Ouyang et al. 2022 give it a rate of its own.
 */
export async function ppo(
  plan: PpoPlan,
  options: OnPolicyOptions,
): Promise<{ policy: ParamValues; finished: boolean }> {
  const algorithm = await Ppo.open(plan, options)
  try {
    return await runOnPolicy(algorithm, plan, options)
  } finally {
    await algorithm.dispose()
  }
}

/** What an iteration learns from, one row for each answer. */
interface Judgement {
  readonly logprobs: readonly Float32Array[]
  readonly values: readonly Float32Array[]
  readonly advantages: readonly Float32Array[]
  readonly returns: readonly Float32Array[]
  readonly metrics: Record<string, number>
  readonly examples: OnPolicyProgress['examples']
}

class Ppo implements OnPolicyAlgorithm {
  private readonly plan: PpoPlan
  private readonly now: () => number
  private readonly settings: PpoOptions
  /** `current` gives values and entropies too. */
  private readonly parts: OnPolicyParts
  private beta: number

  private constructor(plan: PpoPlan, { now }: OnPolicyOptions, parts: OnPolicyParts) {
    this.plan = plan
    this.now = now
    this.settings = { ...ppoDefaults, ...plan.options }
    this.parts = parts
    this.beta = this.settings.kl.beta
  }

  static async open(plan: PpoPlan, options: OnPolicyOptions): Promise<Ppo> {
    const settings = { ...ppoDefaults, ...plan.options }
    const { rollouts, minibatch } = settings
    if (rollouts % minibatch !== 0)
      throw new TonyError('invalid', `ppo: ${rollouts} rollouts do not divide into minibatches of ${minibatch}`)
    const { config, pretraining, criticConfig } = plan
    if (criticConfig !== undefined && plan.critic === undefined)
      throw new TonyError('invalid', "ppo: a critic of another shape needs weights; give 'critic', a reward model's")
    const critic = criticConfig ?? config
    const parts = await openParts(plan, options, {
      loss: (p, room) => ppoLoss(p, room, { ...settings, pretraining, critic }),
      initial: { ...plan.policy, ...underCritic(plan.critic ?? plan.policy) },
      current: (room, how) =>
        compileProgram(options.runtime, { name: 'align', ...how }, (p) => {
          const inputs = sampleInputs(config, room.shape)
          const value = p.at(CRITIC)
          const valued = seenOf(value, inputs.batch, { ...room, config: critic })
          return {
            ...actionLogprobs(p, inputs, room),
            values: scalarHead(value, inputs.targetAt, valued),
          }
        }),
    })
    return new Ppo(plan, options, parts)
  }

  get trainer(): Trainer {
    return this.parts.trainer
  }

  get rollouts(): number {
    return this.settings.rollouts
  }

  policy(): ParamValues {
    const all = this.trainer.state().params
    return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith(`${CRITIC}.`)))
  }

  save(): Record<string, string> {
    return { beta: String(this.beta) }
  }

  load(metadata: Readonly<Record<string, string>>): void {
    this.beta = Number(metadata['beta'] ?? this.beta)
  }

  async iterate(iteration: number): Promise<Pick<OnPolicyProgress, 'metrics' | 'examples'>> {
    const { plan, settings, parts, trainer, now } = this
    const start = now()
    const seed = plan.seed * 1e6 + iteration
    const rng = makeRng(seed)
    const prompts = Array.from({ length: settings.rollouts }, () => plan.prompt(rng))
    const rollouts = await parts.sampler.sample(prompts, { ...plan.answers, seed })
    const sampled = now()
    const judged = await this.judge(rollouts)
    const scored = now()
    const learned = await learn(parts, plan, {
      ...settings,
      rollouts,
      iteration,
      inputs: (batch, ids) => {
        const of = (rows: readonly Float32Array[]): HostTensor => byTarget(batch, (i) => rows[ids[i]!]!)
        return {
          oldLogprobs: of(judged.logprobs),
          advantages: of(judged.advantages),
          returns: of(judged.returns),
          oldValues: of(judged.values),
          ...pretrainingInputs(plan.pretraining, trainer.step),
        }
      },
    })
    const times = { rollout: sampled - start, score: scored - sampled, update: now() - scored }
    const seconds = Object.fromEntries(Object.entries(times).map(([name, ms]) => [`time/${name}`, ms / 1000]))
    return { metrics: { ...judged.metrics, ...learned, ...seconds }, examples: judged.examples }
  }

  /** Scores, divergences from the reference, values, advantages. */
  private async judge(rollouts: readonly Rollout[]): Promise<Judgement> {
    const { plan, settings, parts, beta } = this
    const scores = await scoresOf(plan, rollouts)
    if (settings.cutOffReward !== undefined)
      for (const [i, { ended }] of rollouts.entries()) if (!ended) scores[i] = settings.cutOffReward
    const [now, before] = await rowsOf(rollouts, parts.judging, [parts.current, parts.reference])
    const { logprobs, values, entropy } = now as Record<'logprobs' | 'values' | 'entropy', readonly Float32Array[]>
    const divergence = divergenceOf(logprobs, before!['logprobs']!)
    const shaped = shapedRewards(divergence, scores, { beta, whiten: settings.whitenRewards })
    const estimates = shaped.map((row, i) => gae(row, values[i]!, { lambda: settings.lambda }))
    const returns = estimates.map((estimate) => estimate.returns)
    const raw = estimates.map((estimate) => estimate.advantages)
    const advantages = unflatten(whiten(concatFloats(raw)), raw)
    const kls = divergence.map(sum)
    const metrics = {
      score: mean(scores),
      reward: mean(scores.map((score, i) => score - beta * kls[i]!)),
      kl: mean(kls),
      // Never negative, unlike the plain difference: where the two part, something is wrong (Schulman 2020).
      klK3: mean(divergence.map((row) => sum(row.map((gap) => Math.exp(-gap) - 1 + gap)))),
      beta,
      rolloutEntropy: mean(concatFloats(entropy)),
      explainedVariance: explainedVariance(concatFloats(values), concatFloats(returns)),
      ...answerMetrics(rollouts, logprobs),
    }
    const { target, horizon } = settings.kl
    if (target !== undefined && horizon !== undefined)
      this.beta = adaptKl(beta, { kl: metrics.kl, episodes: rollouts.length, target, horizon })
    const examples = rollouts.slice(0, 4).map(({ text }, i) => ({ text, score: scores[i]! }))
    return { logprobs, values, advantages, returns, metrics, examples }
  }

  dispose(): Promise<void> {
    return disposeParts(this.parts)
  }
}

/** The reward of each action: -beta times its divergence, and at the last one the answer's score. */
export function shapedRewards(
  divergence: readonly Float32Array[],
  scores: readonly number[],
  { beta, whiten: whitened }: { readonly beta: number; readonly whiten: boolean },
): readonly Float32Array[] {
  const rewards = divergence.map((row, i) => {
    const reward = row.map((gap) => -beta * gap)
    reward[reward.length - 1]! += scores[i]!
    return reward
  })
  return whitened ? unflatten(whiten(concatFloats(rewards), { shiftMean: false }), rewards) : rewards
}

function underCritic(params: ParamValues): ParamValues {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [`${CRITIC}.${name}`, value]))
}
