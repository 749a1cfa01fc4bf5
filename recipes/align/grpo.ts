/**
 * @file Group-relative policy optimisation against a reward model (Shao et al. 2024): no critic.
 *
 *   npm run -s tony -- align grpo --set from=runs/align/sft-small --set reward=runs/align/rm
 */
import type { GrpoPlan } from '../../packages/tony/src/align/grpo.ts'
import { type OnPolicyRecipe, onPolicyPlan } from './on-policy.ts'

export const algorithm = 'grpo'

export async function plan({
  steps = 60,
  beta = 0.2,
  questions = 32,
  group = 8,
  minibatch = 64,
  ...options
}: OnPolicyRecipe & {
  /** Weight of the divergence from the SFT model, beside advantages of deviation 1; 0.04 in the paper, whose reward model is much larger. */
  beta?: number
  /** Prompts of one iteration, and answers to each. */
  questions?: number
  group?: number
} = {}): Promise<GrpoPlan> {
  const { common } = await onPolicyPlan('grpo', steps, { ...options, minibatch })
  return { ...common, options: { klCoefficient: beta, prompts: questions, group, minibatch } }
}
