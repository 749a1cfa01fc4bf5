/** @file Preferences between spoken and drawn answers: the same loop, on frames with their codes and on picture codes. */
import { describe, expect, it } from 'vitest'
import { controlId, imageCodeId, type OmniConfig } from '../models/omni/config.ts'
import type { BatchShape } from '../models/omni/model.ts'
import type { Element } from '../models/omni/sequence.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { Trainer } from '../train/step.ts'
import { makeRng, type Rng } from '../util/rng.ts'
import { dpoPlan, type PreferencePair } from './dpo.ts'
import { compileLogprobs, rowsOf } from './forward.ts'
import { answerMetrics } from './on-policy.ts'
import { type PpoPlan, ppo } from './ppo.ts'
import { packRanked, type RankedAnswers, RewardModel, type RewardShape, rewardLoss } from './reward-model.ts'
import { Sampler } from './rollout.ts'
import { type Sample, spokenSample } from './samples.ts'
import { newPolicy, prompt, tokenizer, trainAll, WORDS, watched, config as written } from './testing/toy.ts'

/** The toy speaks with two codes of eight values, and draws with four. */
const config: OmniConfig = {
  ...written,
  imageCodes: 4,
  audioCodes: 2,
  audioCodebook: 8,
  audioLevels: [4, 2],
  depthWidth: 32,
  contextLength: 96,
}
const shape: BatchShape = { batch: 8, time: 96, audio: 0, image: 0, frames: 256, targets: 768 }
const policyShape = { config, shape, words: WORDS, temperature: 1 }

/** Share of frames whose first code is one of the lower half: what the toy's listeners like. */
function liked({ answer }: Pick<Sample, 'answer'>): number {
  const first = answer.flatMap((element) => (element.kind === 'frame' ? [element.codes[0]!] : []))
  return first.filter((code) => code < 4).length / Math.max(1, first.length)
}

const control = (name: Parameters<typeof controlId>[1]): Element => ({ kind: 'token', id: controlId(config, name) })
const opened = (how: '<|speech|>' | '<|draw|>'): Element[] => [...prompt, control('<|assistant|>'), control(how)]

/** A word and its sound, in random codes. */
function spoken(rng: Rng): Sample {
  const frames = Array.from(
    { length: 4 },
    (): Element => ({ kind: 'frame', codes: [rng.int(8), rng.int(8)], predict: false }),
  )
  return {
    prompt: opened('<|speech|>'),
    answer: [{ kind: 'token', id: rng.int(WORDS) }, ...frames, control('<|end|>')],
    choices: ['word', 'word|frame', 'word|frame', 'word|frame|end', 'word|frame|end', 'word|frame|end'],
  }
}

describe('spoken answers', () => {
  it('are chosen from the same sets when they come from a file as when they were sampled', async () => {
    const params = newPolicy(4, policyShape)
    const sampler = await Sampler.load(nodeRuntime, { config, tokenizer, params: () => params, threads: 1 })
    const how = { mode: 'speech', temperature: 1, maxPositions: 60, seed: 3 } as const
    const rollouts = await sampler.sample(
      Array.from({ length: 40 }, () => prompt),
      how,
    )
    for (const { prompt: asked, answer, choices } of rollouts)
      expect(spokenSample(asked, answer, config).choices).toEqual(choices)
    expect(new Set(rollouts.flatMap(({ choices }) => choices)).size).toBeGreaterThanOrEqual(3)
    await sampler.dispose()
  })

  it('are refused where nobody could have sampled them', () => {
    const frame: Element = { kind: 'frame', codes: [0, 0], predict: false }
    const word: Element = { kind: 'token', id: 1 }
    const end = control('<|end|>')
    const say = (...answer: Element[]): Sample => spokenSample(opened('<|speech|>'), answer, config)
    expect(() => say(frame, word, frame, frame, end)).toThrow(/position 0 .* sound/)
    expect(() => say(word, frame, end)).toThrow(/position 2 .* end/)
    expect(() => say(word, ...new Array<Element>(26).fill(frame), end)).toThrow(/position 26 .* sound/)
  })

  it('are ranked by a reward model', async () => {
    const how: RewardShape = { config, shape, answers: 32, pairs: 64 }
    const rng = makeRng(1)
    const ranked = (): RankedAnswers => {
      const answers = Array.from({ length: 4 }, () => spoken(rng))
      const better = [...new Set(answers.map(liked))].sort((a, b) => b - a)
      return { answers, rank: answers.map((answer) => better.indexOf(liked(answer)) + 1) }
    }
    const trainer = await Trainer.create(nodeRuntime, (p) => rewardLoss(p, how), {
      seed: 1,
      optimizer: { weightDecay: 0 },
      threads: 1,
    })
    for (let step = 0; step < 150; step++)
      await trainer.run(packRanked(Array.from({ length: 8 }, ranked), how), 3e-3 * (1 - step / 150))
    const model = await RewardModel.load(nodeRuntime, {
      config,
      shape,
      answers: 32,
      params: trainer.state().params,
      threads: 1,
    })
    const fresh = Array.from({ length: 60 }, () => spoken(rng))
    const scores = await model.score(fresh)
    const pairs = fresh.flatMap((a, i) =>
      fresh.flatMap((b, j) => (liked(a) > liked(b) ? [scores[i]! > scores[j]!] : [])),
    )
    expect(pairs.filter(Boolean).length / pairs.length).toBeGreaterThan(0.85)
    await model.dispose()
    await trainer.dispose()
  }, 120_000)

  it('are learned from by PPO, sampled as they are served, from a first ratio of 1', async () => {
    const { options, scores, firstRatios, gaps } = watched(nodeRuntime)
    const plan: PpoPlan = {
      name: 'spoken',
      seed: 2,
      iterations: 25,
      config,
      tokenizer,
      shape,
      policy: newPolicy(4, policyShape),
      prompt: () => prompt,
      answers: { mode: 'speech', temperature: 1, maxPositions: 10 },
      score: (rollouts) => rollouts.map(liked),
      rate: () => 3e-3,
      options: { rollouts: 64, minibatch: 32, epochs: 1, kl: { beta: 0.01 } },
    }
    await ppo(plan, options)
    for (const ratio of firstRatios) expect(ratio).toBeCloseTo(1, 4)
    for (const gap of gaps) expect(gap).toBeLessThan(1e-3)
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length
    expect(mean(scores.slice(0, 2))).toBeLessThan(0.65)
    expect(mean(scores.slice(-3))).toBeGreaterThan(0.85)
  }, 180_000)

  it('have the same probabilities when sampled and when learned from, at any temperature', async () => {
    const params = newPolicy(4, policyShape)
    const sampler = await Sampler.load(nodeRuntime, { config, tokenizer, params: () => params, threads: 1 })
    for (const temperature of [0.7, 1]) {
      const how = { mode: 'speech', temperature, maxPositions: 40, seed: 5 } as const
      const rollouts = await sampler.sample(
        Array.from({ length: 40 }, () => prompt),
        how,
      )
      const frames = rollouts.flatMap(({ answer }) => answer.filter(({ kind }) => kind === 'frame'))
      // More than are scored at once, and the rest of a division.
      expect(frames.length).toBeGreaterThan(64)
      const session = await compileLogprobs(nodeRuntime, { ...policyShape, temperature }, { weights: () => params })
      const [found] = await rowsOf(rollouts, policyShape, [session])
      const { rolloutGap, rolloutGapMax } = answerMetrics(rollouts, found!['logprobs']!)
      expect(rolloutGap).toBeLessThan(1e-4)
      expect(rolloutGapMax).toBeLessThan(1e-3)
      await session.dispose()
    }
    await sampler.dispose()
  })

  it.each([0, 0.5])(
    'are learned from by DPO, with the likelihood of the chosen ones times %s',
    async (likelihood) => {
      const rng = makeRng(5)
      const pairs: PreferencePair[] = []
      while (pairs.length < 48) {
        const [a, b] = [spoken(rng), spoken(rng)]
        if (liked(a) !== liked(b))
          pairs.push(liked(a) > liked(b) ? { chosen: a, rejected: b } : { chosen: b, rejected: a })
      }
      const plan = await dpoPlan(nodeRuntime, pairs, {
        seed: 1,
        steps: 50,
        config,
        words: WORDS,
        shape,
        pairs: 8,
        beta: 0.1,
        likelihood,
        rate: () => 2e-3,
        policy: newPolicy(4, policyShape),
        threads: 1,
      })
      const { first, last } = await trainAll(nodeRuntime, plan)
      const { chosen = 0 } = first.metrics
      expect(first.loss).toBeCloseTo(Math.LN2 + likelihood * chosen, 5)
      if (likelihood > 0) expect(last.metrics['chosen']).toBeLessThan(chosen)
      expect(last.metrics['accuracy']).toBeGreaterThan(0.8)
    },
    60_000,
  )
})

describe('drawn answers', () => {
  it('are learned from by PPO: eighty codes, of which the labelers like the first', async () => {
    const first = imageCodeId(config, 0)
    const share = ({ answer }: Pick<Sample, 'answer'>): number =>
      answer.filter((element) => element.kind === 'token' && element.id === first).length / 80
    const { options, scores, firstRatios } = watched(nodeRuntime)
    await ppo(
      {
        name: 'drawn',
        seed: 2,
        iterations: 12,
        config,
        tokenizer,
        shape,
        policy: newPolicy(4, policyShape),
        prompt: () => prompt,
        answers: { mode: 'draw', temperature: 1, maxPositions: 80 },
        score: (rollouts) => {
          for (const rollout of rollouts) expect(rollout.answer.length).toBe(80)
          return rollouts.map(share)
        },
        rate: () => 3e-3,
        options: { rollouts: 32, minibatch: 8, epochs: 1, kl: { beta: 0.001 } },
      },
      options,
    )
    for (const ratio of firstRatios) expect(ratio).toBeCloseTo(1, 4)
    expect(scores[0]).toBeLessThan(0.4)
    expect(scores.at(-1)).toBeGreaterThan(0.6)
  }, 180_000)
})
