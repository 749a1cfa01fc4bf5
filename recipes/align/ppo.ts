/**
 * @file PPO and PPO-ptx (Ouyang et al. 2022, section 3.5 and C.4) against a reward model.
 *
 *   npm run -s tony -- align ppo --set from=runs/align/sft-small --set reward=runs/align/rm --set pretraining=1
 */
import { basename } from 'node:path'
import type { PpoPlan } from '../../packages/tony/src/align/ppo.ts'
import type { Sample } from '../../packages/tony/src/align/samples.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { openModel } from './model.ts'
import { openPrompts } from './prompts.ts'
import { openReward } from './reward.ts'
import { documentSample, textShape } from './world.ts'

export const algorithm = 'ppo'

export async function plan({
  from = 'runs/align/sft-small',
  reward = 'runs/align/rm',
  demonstrations = 'runs/align/demonstrations.jsonl',
  prompts,
  pretraining = 0,
  steps = 100,
  peak = 4e-4,
  beta = 0.02,
  seed = 1,
  name = `${basename(from).replace('sft', pretraining > 0 ? 'ppo-ptx' : 'ppo')}-${seed}`,
}: {
  from?: string
  reward?: string
  /** Their mean reward becomes 0. */
  demonstrations?: string
  /** Prompts as JSONL; without it those of the simulated world. */
  prompts?: string
  /** Weight of the pretraining mix, 0 for none. */
  pretraining?: number
  /** Iterations of 256 answers. */
  steps?: number
  peak?: number
  beta?: number
  seed?: number
  name?: string
} = {}): Promise<PpoPlan> {
  const model = openModel(from)
  const { params, config, tokenizer } = model
  const judge = await openReward(reward, demonstrations)
  const mix = textShape(8)
  return {
    name: `align/${name}`,
    seed,
    iterations: steps,
    config,
    tokenizer,
    shape: textShape(16),
    policy: params,
    critic: judge.params,
    criticConfig: judge.config,
    prompt: openPrompts(model, prompts),
    answers: { mode: 'text', temperature: 1, maxPositions: 40 },
    score: (rollouts) => judge.score(rollouts),
    // Constant after ten iterations that begin with a tenth of it (section C.4).
    rate: (iteration) => peak * Math.min(1, 0.1 + 0.09 * iteration),
    options: { rollouts: 256, minibatch: 64, kl: { beta }, cutOffReward: -2 },
    metadata: { model: 'omni', config: JSON.stringify(config) },
    ...(pretraining > 0
      ? {
          pretraining: {
            coefficient: pretraining,
            shape: mix,
            batch: (update) => {
              const rng = makeRng(seed * 1e6 + 500_000 + update)
              const documents: Sample[] = []
              // Rows cannot be filled to the last position: some room stays.
              for (let left = 0.75 * mix.batch * mix.time; left > 0; ) {
                const document = documentSample(tokenizer, config, rng)
                left -= document.answer.length + 1
                if (left > 0) documents.push(document)
              }
              return documents
            },
          },
        }
      : {}),
  }
}
