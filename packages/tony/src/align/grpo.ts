/** @file Group-relative policy optimisation (Shao et al. 2024, arXiv 2402.03300): several answers to each prompt, no critic. */
import type { ParamValues } from '../nn/params.ts'
import type { HostTensor } from '../tensor/host.ts'
import type { Trainer } from '../train/step.ts'
import { TonyError } from '../util/errors.ts'
import { makeRng } from '../util/rng.ts'
import { divergenceOf, mean, rowsOf, sum } from './forward.ts'
import { whiten } from './gae.ts'
import { grpoLoss } from './losses.ts'
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
import { byTarget } from './samples.ts'

/** Settings of GRPO; the defaults are `grpoDefaults`. */
export interface GrpoOptions {
  /** Prompts of one iteration, and answers to each. */
  readonly prompts: number
  readonly group: number
  readonly minibatch: number
  readonly epochs: number
  readonly clip: number
  /** Weight of the divergence from the reference in the loss. */
  readonly klCoefficient: number
  readonly largestRatio: number
}

export const grpoDefaults: GrpoOptions = {
  prompts: 32,
  group: 8,
  minibatch: 64,
  epochs: 1,
  clip: 0.2,
  klCoefficient: 0.04,
  largestRatio: 10,
}

export interface GrpoPlan extends OnPolicyPlan {
  readonly options?: Partial<GrpoOptions>
}

/** Runs `plan` to its last iteration, resuming from the folder's checkpoint. Gives the policy's weights. */
export async function grpo(
  plan: GrpoPlan,
  options: OnPolicyOptions,
): Promise<{ policy: ParamValues; finished: boolean }> {
  const algorithm = await Grpo.open(plan, options)
  try {
    return await runOnPolicy(algorithm, plan, options)
  } finally {
    await algorithm.dispose()
  }
}

/**
 * Scores less their group's mean, over its deviation; groups stand one after another. A group whose answers all score the
 * same says nothing: 0.
 */
export function groupAdvantages(scores: readonly number[], group: number): number[] {
  const out: number[] = []
  for (let at = 0; at < scores.length; at += group) {
    const some = scores.slice(at, at + group)
    const same = some.every((score) => score === some[0])
    out.push(...(same ? some.map(() => 0) : whiten(some)))
  }
  return out
}

class Grpo implements OnPolicyAlgorithm {
  private readonly plan: GrpoPlan
  private readonly settings: GrpoOptions
  private readonly parts: OnPolicyParts

  private constructor(plan: GrpoPlan, parts: OnPolicyParts) {
    this.plan = plan
    this.settings = { ...grpoDefaults, ...plan.options }
    this.parts = parts
  }

  static async open(plan: GrpoPlan, options: OnPolicyOptions): Promise<Grpo> {
    const settings = { ...grpoDefaults, ...plan.options }
    const { prompts, group, minibatch } = settings
    if ((prompts * group) % minibatch !== 0)
      throw new TonyError('invalid', `grpo: ${prompts}×${group} answers do not divide into minibatches of ${minibatch}`)
    const parts = await openParts(plan, options, { loss: (p, room) => grpoLoss(p, room, settings) })
    return new Grpo(plan, parts)
  }

  get trainer(): Trainer {
    return this.parts.trainer
  }

  get rollouts(): number {
    return this.settings.prompts * this.settings.group
  }

  policy(): ParamValues {
    return { ...this.trainer.state().params }
  }

  save(): Record<string, string> {
    return {}
  }

  load(): void {}

  async iterate(iteration: number): Promise<Pick<OnPolicyProgress, 'metrics' | 'examples'>> {
    const { plan, settings, parts } = this
    const seed = plan.seed * 1e6 + iteration
    const rng = makeRng(seed)
    const prompts = Array.from({ length: settings.prompts }, () => plan.prompt(rng)).flatMap((prompt) =>
      new Array<typeof prompt>(settings.group).fill(prompt),
    )
    const rollouts = await parts.sampler.sample(prompts, { ...plan.answers, seed })
    const scores = await scoresOf(plan, rollouts)
    const advantages = groupAdvantages(scores, settings.group)
    const [now, before] = await rowsOf(rollouts, parts.judging, [parts.current, parts.reference])
    const logprobs = now!['logprobs']!
    const reference = before!['logprobs']!
    const learned = await learn(parts, plan, {
      ...settings,
      rollouts,
      iteration,
      inputs: (batch, ids) => {
        const of = (row: (id: number) => ArrayLike<number>): HostTensor => byTarget(batch, (i) => row(ids[i]!))
        return {
          oldLogprobs: of((id) => logprobs[id]!),
          referenceLogprobs: of((id) => reference[id]!),
          advantages: of((id) => logprobs[id]!.map(() => advantages[id]!)),
        }
      },
    })
    const kls = divergenceOf(logprobs, reference).map(sum)
    return {
      metrics: { score: mean(scores), rolloutKl: mean(kls), ...answerMetrics(rollouts, logprobs), ...learned },
      examples: rollouts.slice(0, 4).map(({ text }, i) => ({ text, score: scores[i]! })),
    }
  }

  dispose(): Promise<void> {
    return disposeParts(this.parts)
  }
}
