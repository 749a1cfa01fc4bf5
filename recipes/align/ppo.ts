/**
 * @file PPO and PPO-ptx (Ouyang et al. 2022, section 3.5 and C.4) against a reward model.
 *
 *   npm run -s tony -- align ppo --set from=runs/align/sft-small --set reward=runs/align/rm --set pretraining=1
 */
import type { PpoPlan } from '../../packages/tony/src/align/ppo.ts'
import { rowsNeeded, type Sample } from '../../packages/tony/src/align/samples.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { type OnPolicyRecipe, onPolicyPlan } from './on-policy.ts'
import { documentSample, textShape } from './world.ts'

export const algorithm = 'ppo'

export async function plan({
  pretraining = 0,
  beta = 0.02,
  steps = 100,
  ...options
}: OnPolicyRecipe & {
  /** Weight of the pretraining mix, 0 for none. */
  pretraining?: number
  beta?: number
} = {}): Promise<PpoPlan> {
  const { common, judge } = await onPolicyPlan(pretraining > 0 ? 'ppo-ptx' : 'ppo', steps, options)
  const plan: PpoPlan = {
    ...common,
    critic: judge.params,
    criticConfig: judge.config,
    options: { rollouts: 256, minibatch: 64, kl: { beta }, cutOffReward: -2 },
  }
  return pretraining > 0 ? { ...plan, pretraining: mixOf(plan, pretraining) } : plan
}

/** A batch of the pretraining text for each update. */
function mixOf({ config, tokenizer, seed }: PpoPlan, coefficient: number): NonNullable<PpoPlan['pretraining']> {
  const shape = textShape(8)
  return {
    coefficient,
    shape,
    batch(update) {
      const rng = makeRng(seed * 1e6 + 500_000 + update)
      const documents: Sample[] = []
      for (;;) {
        const document = documentSample(tokenizer, config, rng)
        if (rowsNeeded([...documents, document], shape.time) > shape.batch) return documents
        documents.push(document)
      }
    },
  }
}
