/** @file PPO against known answers. */
import { describe, expect, it } from 'vitest'
import { compileProgram } from '../generate/program.ts'
import { initParams, ParamScope, type ParamValues } from '../nn/params.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { decodeCheckpoint } from '../train/checkpoint.ts'
import type { Files } from '../util/files.ts'
import { makeRng } from '../util/rng.ts'
import { type OnPolicyOptions, type OnPolicyProgress, orderRng } from './on-policy.ts'
import { actionLogprobs, sampleInputs } from './policy.ts'
import { type PpoPlan, ppo, shapedRewards } from './ppo.ts'
import { RewardModel, type RewardShape, rewards } from './reward-model.ts'
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

describe('rewards', () => {
  const divergence = [Float32Array.of(1, 2), Float32Array.of(-4)]

  it('are the divergence at every action, and the score once at the end', () => {
    const shaped = shapedRewards(divergence, [10, -1], { beta: 0.5, whiten: false })
    expect(shaped).toEqual([Float32Array.of(-0.5, 9), Float32Array.of(1)])
  })

  it('have variance 1 and their own mean where they are whitened', () => {
    const shaped = shapedRewards(divergence, [10, -1], { beta: 0.5, whiten: true })
    expect(shaped.map(({ length }) => length)).toEqual([2, 1])
    const all = shaped.flatMap((row) => [...row])
    const mean = all.reduce((a, b) => a + b) / 3
    expect(mean).toBeCloseTo(9.5 / 3, 5)
    expect(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3).toBeCloseTo(1, 5)
  })
})

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
      expect(metrics['rolloutGap']).toBeLessThan(1e-5)
      expect(metrics['rolloutGapMax']).toBeLessThan(1e-3)
      expect(metrics['skipped']).toBe(0)
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
      /^bandit: stopped in iteration 3 of 3: answer 0 gets the reward NaN; .* the checkpoint of iteration 2 is kept in run/,
    )
    const { metadata } = decodeCheckpoint(files.stored.get('run/checkpoint.safetensors')!)
    expect(metadata['iteration']).toBe('2')
  })

  it('says so where the reward model itself is broken', { timeout: 120_000 }, async () => {
    const how: Omit<RewardShape, 'pairs'> = { config, shape, answers: 8 }
    const scope = new ParamScope()
    rewards(scope, how)
    const params = initParams(
      scope.entries.map(({ spec }) => spec),
      1,
    )
    for (const { data } of Object.values(params)) data.fill(Number.NaN)
    const model = await RewardModel.load(nodeRuntime, { ...how, params, threads: 1 })
    const files = memoryFiles()
    const run = ppo(bandit({ iterations: 1, score: (rollouts) => model.score(rollouts) }), optionsOf(files))
    await expect(run).rejects.toThrow(
      /^bandit: stopped in iteration 1 of 1: reward model: answer 0 gets NaN; .* of the reward model; there is no checkpoint yet$/,
    )
    expect(files.stored.size).toBe(0)
    await model.dispose()
  })

  it('learns nothing from a minibatch whose ratio is too large, and counts it', { timeout: 120_000 }, async () => {
    const progress: OnPolicyProgress[] = []
    const steps = async (largestRatio: number): Promise<ParamValues> => {
      const { options } = bandit()
      const plan = bandit({ iterations: 1, rate: () => 0.05, options: { ...options, epochs: 3, largestRatio } })
      return (await ppo(plan, optionsOf(memoryFiles(), { onProgress: (p) => progress.push(p) }))).policy
    }
    // A ratio is at least 1 at first: everything is too large.
    const none = await steps(0.5)
    const start = newPolicy(5)
    for (const [name, { data }] of Object.entries(none)) expect(data, name).toEqual(start[name]!.data)
    expect(progress[0]!.metrics).toMatchObject({ skipped: 6, firstRatio: expect.closeTo(1, 5) })
    expect(progress[0]!.metrics['ratio']).toBeUndefined()
    // The first minibatch has ratio 1; large steps after it lead away from who answered.
    await steps(1.0001)
    expect(progress[1]!.metrics['skipped']).toBeGreaterThan(0)
    expect(progress[1]!.metrics['skipped']).toBeLessThan(6)
    expect(progress[1]!.metrics['ratio']).toBeLessThanOrEqual(1.0001)
  })

  it('draws the order of its minibatches apart from its prompts', () => {
    for (const iteration of [0, 1, 7]) {
      const order = orderRng({ seed: 3 }, iteration)
      const prompts = makeRng(3e6 + iteration)
      const draw = (rng: typeof order): number[] => Array.from({ length: 8 }, () => rng.next())
      const drawn = draw(order)
      expect(drawn).not.toEqual(draw(prompts))
      expect(drawn).toEqual(draw(orderRng({ seed: 3 }, iteration)))
      expect(drawn).not.toEqual(draw(orderRng({ seed: 3 }, iteration + 1)))
    }
  })

  it('replaces the score of answers that were cut off', { timeout: 120_000 }, async () => {
    const progress: OnPolicyProgress[] = []
    const { options } = bandit()
    let cut = 0
    const plan = bandit({
      iterations: 1,
      score: (rollouts) => {
        cut = rollouts.filter(({ ended }) => !ended).length / rollouts.length
        return rollouts.map(() => 1)
      },
      options: { ...options, cutOffReward: -2 },
    })
    await ppo(plan, optionsOf(memoryFiles(), { onProgress: (p) => progress.push(p) }))
    expect(cut).toBeGreaterThan(0.5)
    expect(cut).toBeLessThan(1)
    expect(progress[0]!.metrics['score']).toBeCloseTo(1 - 3 * cut, 6)
  })

  it('samples and learns at a temperature: the first ratio stays 1', { timeout: 120_000 }, async () => {
    const progress: OnPolicyProgress[] = []
    const answers = { mode: 'text', temperature: 0.7, maxPositions: 6 } as const
    const plan = bandit({ iterations: 3, answers, options: { rollouts: 64, minibatch: 32 } })
    await ppo(plan, optionsOf(memoryFiles(), { onProgress: (p) => progress.push(p) }))
    for (const { metrics } of progress) {
      expect(metrics['firstRatio']).toBeCloseTo(1, 5)
      expect(metrics['rolloutGapMax']).toBeLessThan(1e-3)
    }
  })

  it('adapts the weight of the KL divergence, and goes on with it after a stop', { timeout: 120_000 }, async () => {
    const { options } = bandit()
    const plan = bandit({ iterations: 4, options: { ...options, kl: { beta: 0.4, target: 1e-4, horizon: 1000 } } })
    const betas: number[] = []
    const files = memoryFiles()
    const stop = { aborted: false }
    const watch = (stopAt: number): Partial<OnPolicyOptions> => ({
      signal: stop as NonNullable<OnPolicyOptions['signal']>,
      onProgress: ({ iteration, metrics }) => {
        betas.push(metrics['beta']!)
        if (iteration === stopAt) stop.aborted = true
      },
    })
    const whole = await ppo(plan, optionsOf(memoryFiles(), watch(9)))
    const expected = betas.splice(0)
    // At first nothing strays, then all goes further than so little: by a fifth of 128 / 1000, down and up.
    const [down, up] = [1 - 0.2 * 0.128, 1 + 0.2 * 0.128]
    ;[0.4, 0.4 * down, 0.4 * down * up, 0.4 * down * up * up].forEach((beta, i) => {
      expect(expected[i]).toBeCloseTo(beta, 8)
    })
    await ppo(plan, optionsOf(files, watch(2)))
    stop.aborted = false
    const second = await ppo(plan, optionsOf(files, watch(9)))
    expect(betas).toEqual(expected)
    for (const [name, { data }] of Object.entries(whole.policy)) expect(second.policy[name]!.data, name).toEqual(data)
  })
})
