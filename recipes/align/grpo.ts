/**
 * @file Group-relative policy optimisation against a reward model (Shao et al. 2024): no critic.
 *
 *   npm run -s tony -- align grpo --set from=runs/align/sft-small --set reward=runs/align/rm
 */
import { basename } from 'node:path'
import type { GrpoPlan } from '../../packages/tony/src/align/grpo.ts'
import { openModel } from './model.ts'
import { openPrompts } from './prompts.ts'
import { openReward } from './reward.ts'
import { textShape } from './world.ts'

export const algorithm = 'grpo'

export async function plan({
  from = 'runs/align/sft-small',
  reward = 'runs/align/rm',
  demonstrations = 'runs/align/demonstrations.jsonl',
  prompts,
  steps = 60,
  peak = 4e-4,
  seed = 1,
  name = `${basename(from).replace('sft', 'grpo')}-${seed}`,
}: {
  from?: string
  reward?: string
  demonstrations?: string
  prompts?: string
  steps?: number
  peak?: number
  seed?: number
  name?: string
} = {}): Promise<GrpoPlan> {
  const model = openModel(from)
  const { params, config, tokenizer } = model
  const judge = await openReward(reward, demonstrations)
  return {
    name: `align/${name}`,
    seed,
    iterations: steps,
    config,
    tokenizer,
    shape: textShape(16),
    policy: params,
    prompt: openPrompts(model, prompts),
    answers: { mode: 'text', temperature: 1, maxPositions: 40 },
    score: (rollouts) => judge.score(rollouts),
    rate: (iteration) => peak * Math.min(1, 0.1 + 0.09 * iteration),
    metadata: { model: 'omni', config: JSON.stringify(config) },
  }
}
