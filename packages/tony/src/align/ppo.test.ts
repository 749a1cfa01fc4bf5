/** @file PPO against known answers. */
import { describe, expect, it } from 'vitest'
import { compileProgram } from '../generate/program.ts'
import type { ParamValues } from '../nn/params.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { decodeCheckpoint } from '../train/checkpoint.ts'
import type { Files } from '../util/files.ts'
import type { OnPolicyOptions, OnPolicyProgress } from './on-policy.ts'
import { actionLogprobs, sampleInputs } from './policy.ts'
import { type PpoPlan, ppo } from './ppo.ts'
import { bySample, packSome, type Sample } from './samples.ts'
import {
  answered,
  config,
  end,
  memoryFiles,
  newPolicy,
  policyShape,
  prompt,
  shape,
  tokenizer,
  WORDS,
  word,
} from './testing/toy.ts'

function optionsOf(files: Files, more: Partial<OnPolicyOptions> = {}): OnPolicyOptions {
  let clock = 0
  return { runtime: nodeRuntime, files, folder: 'run', now: () => clock++, threads: 1, ...more }
}

/** Answers of one word; the end of the answer counts as the last word. */
const reward = [0, 1, 0.2, 0.6, 0.1, 0.9, 0.5]
const wordOf = ({ answer }: Sample): number => {
  const [first] = answer
  return first?.kind === 'token' && first.id < WORDS ? first.id : WORDS
}

function bandit(more: Partial<PpoPlan> = {}): PpoPlan {
  return {
    name: 'bandit',
    seed: 3,
    iterations: 120,
    config,
    tokenizer,
    shape,
    policy: newPolicy(5),
    prompt: () => prompt,
    answers: { mode: 'text', temperature: 1, maxPositions: 1 },
    score: (rollouts) => rollouts.map((rollout) => reward[wordOf(rollout)]!),
    rate: (iteration) => 3e-3 * (1 - iteration / 120),
    options: { rollouts: 128, minibatch: 64, epochs: 1, kl: { beta: 0.4 } },
    ...more,
  }
}

/** Probabilities of the words and of the end as first position of an answer. */
async function distribution(params: ParamValues): Promise<number[]> {
  const session = await compileProgram(nodeRuntime, { name: 'test', params, threads: 1 }, (p) => ({
    logprobs: actionLogprobs(p, sampleInputs(config, shape), policyShape).logprobs,
  }))
  const samples = reward.map((_, id): Sample => ({ ...answered([]), answer: [id < WORDS ? word(id) : end] }))
  const batch = packSome(samples, { config, shape })
  const { logprobs } = await session.run(batch.inputs)
  await session.dispose()
  return [...bySample(batch, logprobs!.data as Float32Array).values()].map(([value]) => Math.exp(value!))
}

describe('ppo', () => {
  it('comes to the optimum of a reward with a KL penalty, which is known in closed form', {
    timeout: 300_000,
  }, async () => {
    const plan = bandit()
    const before = await distribution(plan.policy)
    expect(before.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 4)
    // argmax of E[r] - beta KL(p | q) is q e^(r / beta), normalised (Ziegler et al. 2019, Korbak et al. 2022).
    const weights = before.map((q, i) => q * Math.exp(reward[i]! / 0.4))
    const optimum = weights.map((w) => w / weights.reduce((sum, x) => sum + x, 0))
    const distance = (p: readonly number[]): number => p.reduce((sum, x, i) => sum + Math.abs(x - optimum[i]!), 0) / 2
    const progress: OnPolicyProgress[] = []
    const { policy, finished } = await ppo(plan, optionsOf(memoryFiles(), { onProgress: (p) => progress.push(p) }))
    expect(finished).toBe(true)
    const after = await distribution(policy)
    expect(distance(before)).toBeGreaterThan(0.25)
    expect(distance(after)).toBeLessThan(0.05)
    // The first minibatch of every iteration learns from the policy that was sampled.
    for (const { metrics } of progress) {
      expect(metrics['firstRatio']).toBeCloseTo(1, 5)
      expect(metrics['firstApproxKl']).toBeLessThan(1e-9)
    }
    expect(progress.at(-1)!.metrics['explainedVariance']).not.toBeGreaterThan(1)
  })

  it('goes on after a stop as if there had been none', { timeout: 120_000 }, async () => {
    const plan = bandit({ iterations: 4, average: 0.7 })
    const whole = await ppo(plan, optionsOf(memoryFiles()))
    const files = memoryFiles()
    const stop = { aborted: false }
    const first = await ppo(
      plan,
      optionsOf(files, {
        signal: stop as NonNullable<OnPolicyOptions['signal']>,
        onProgress: ({ iteration }) => {
          if (iteration === 2) stop.aborted = true
        },
      }),
    )
    expect(first.finished).toBe(false)
    const second = await ppo(plan, optionsOf(files))
    expect(second.finished).toBe(true)
    expect(Object.keys(second.policy)).toEqual(Object.keys(whole.policy))
    for (const [name, { data }] of Object.entries(whole.policy)) expect(second.policy[name]!.data, name).toEqual(data)
  })

  it('leaves the moving average of its weights where one is asked for', { timeout: 120_000 }, async () => {
    const leftBy = async (iterations: number, average?: number): Promise<ParamValues> => {
      const plan = bandit({ iterations, ...(average === undefined ? {} : { average }) })
      return (await ppo(plan, optionsOf(memoryFiles()))).policy
    }
    const [start, one, two] = [newPolicy(5), await leftBy(1), await leftBy(2)]
    const mean = await leftBy(2, 0.7)
    // Two minibatches an iteration.
    const kept = 0.7 ** 2
    for (const [name, { data }] of Object.entries(mean)) {
      const at = (params: ParamValues, i: number): number => params[name]!.data[i] as number
      const expected = Float32Array.from(
        data,
        (_, i) => kept * (kept * at(start, i) + (1 - kept) * at(one, i)) + (1 - kept) * at(two, i),
      )
      data.forEach((value, i) => expect(Math.abs(Number(value) - expected[i]!)).toBeLessThan(1e-6))
    }
  })

  it('stops at a reward that is no number, and keeps the last good checkpoint', { timeout: 120_000 }, async () => {
    const files = memoryFiles()
    let asked = 0
    const plan = bandit({
      iterations: 3,
      score: (rollouts) => {
        asked++
        return rollouts.map(() => (asked === 3 ? Number.NaN : 1))
      },
    })
    await expect(ppo(plan, optionsOf(files, { checkpointEvery: 1 }))).rejects.toThrow(
      /answer 0 of iteration 3 gets the reward NaN; the last good checkpoint is kept/,
    )
    const { metadata } = decodeCheckpoint(files.stored.get('run/checkpoint.safetensors')!)
    expect(metadata['iteration']).toBe('2')
  })
})
