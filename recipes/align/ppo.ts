/**
 * @file PPO and PPO-ptx (Ouyang et al. 2022, section 3.5 and C.4) against a reward model.
 *
 *   npm run -s tony -- align ppo --set from=runs/align/sft-small --set reward=runs/align/rm --set pretraining=1
 */
import type { PpoPlan } from '../../packages/tony/src/align/ppo.ts'
import { usualMedia } from './media.ts'
import { type OnPolicyRecipe, onPolicyPlan } from './on-policy.ts'
import { openPretraining } from './pretraining.ts'

export const algorithm = 'ppo'

export async function plan({
  pretraining = 0,
  corpora = 'runs/data',
  beta = 0.02,
  target,
  horizon = 10_000,
  cutoff = -2,
  whiten = 0,
  rollouts = 256,
  minibatch = 64,
  steps = 100,
  like = usualMedia.like,
  ...options
}: OnPolicyRecipe & {
  /** Weight of the pretraining mix, 0 for none. */
  pretraining?: number
  /** Folder of the corpora that the shipped model is trained on, for the mix of what comes from it. */
  corpora?: string
  /** Weight of the divergence from the SFT model; with `target` only where it begins. */
  beta?: number
  /** Nats of divergence an answer that the weight adapts to (Ziegler et al. 2019: 6), and the answers over which it does. */
  target?: number
  horizon?: number
  /** Reward of an answer that was cut off, in place of its score; demonstrations have 0 on average. `none` keeps the score. */
  cutoff?: number | 'none'
  /** 1: rewards are scaled to variance 1; 0: they are not, as in the paper. */
  whiten?: number
  /** Answers of one iteration, which minibatches divide. */
  rollouts?: number
} = {}): Promise<PpoPlan> {
  const { common, judge, model } = await onPolicyPlan(pretraining > 0 ? 'ppo-ptx' : 'ppo', steps, {
    ...options,
    minibatch,
    like,
  })
  const { seed } = common
  return {
    ...common,
    pretraining: await openPretraining(model, { coefficient: pretraining, seed, corpora, like }),
    critic: judge.params,
    criticConfig: judge.config,
    options: {
      rollouts,
      minibatch,
      kl: { beta, ...(target === undefined ? {} : { target, horizon }) },
      ...(cutoff === 'none' ? {} : { cutOffReward: cutoff }),
      whitenRewards: whiten !== 0,
    },
  }
}
