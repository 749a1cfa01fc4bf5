/**
 * @file Group-relative policy optimisation against a reward model (Shao et al. 2024): no critic.
 *
 *   npm run -s tony -- align grpo --set from=runs/align/sft-small --set reward=runs/align/rm
 */
import type { GrpoPlan } from '../../packages/tony/src/align/grpo.ts'
import { type OnPolicyRecipe, onPolicyPlan } from './on-policy.ts'

export const algorithm = 'grpo'

export async function plan({ steps = 60, ...options }: OnPolicyRecipe = {}): Promise<GrpoPlan> {
  return (await onPolicyPlan('grpo', steps, options)).common
}
