/** @file PPO in milliseconds: a policy over six words that is paid for one of them. For tests of the command. */
import type { PpoPlan } from '../../packages/tony/src/align/ppo.ts'
import { config, newPolicy, prompt, shape, tokenizer } from '../../packages/tony/src/align/testing/toy.ts'

export const algorithm = 'ppo'

/** `pause` makes each iteration wait; from iteration `nan` on the reward is no number. */
export function plan({
  steps = 8,
  seed = 1,
  pause = 0,
  nan = Infinity,
}: {
  steps?: number
  seed?: number
  pause?: number
  nan?: number
}): PpoPlan {
  let iteration = 0
  return {
    name: 'tiny-ppo',
    seed,
    iterations: steps,
    config,
    tokenizer,
    shape,
    policy: newPolicy(5),
    prompt: () => prompt,
    answers: { mode: 'text', temperature: 1, maxPositions: 1 },
    async score(rollouts) {
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
      if (++iteration >= nan) return rollouts.map(() => Number.NaN)
      return rollouts.map(({ answer: [first] }) => (first?.kind === 'token' && first.id === 2 ? 1 : 0))
    },
    rate: () => 3e-3,
    options: { rollouts: 32, minibatch: 16 },
  }
}
