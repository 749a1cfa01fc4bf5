/** @file Learning from comparisons: reward models, DPO, GRPO. */
import { describe, expect, it } from 'vitest'
import { initParams, ParamScope } from '../nn/params.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { hostTensor, hostZeros } from '../tensor/host.ts'
import { Trainer } from '../train/step.ts'
import { makeRng, type Rng } from '../util/rng.ts'
import { dpoPlan, type PreferencePair } from './dpo.ts'
import { compileLogprobs, mean, rowsOf, sum } from './forward.ts'
import { groupAdvantages, grpo } from './grpo.ts'
import { sftLoss } from './losses.ts'
import { packRanked, type RankedAnswers, RewardModel, type RewardShape, rewardLoss, rewards } from './reward-model.ts'
import { packSome, type Sample } from './samples.ts'
import { answered, config, newPolicy, prompt, shape, tokenizer, trainAll, WORDS, watched } from './testing/toy.ts'

/** What the toy's labelers like: many threes, no fives. */
const liked = (words: readonly number[]): number =>
  words.filter((word) => word === 3).length - words.filter((word) => word === 5).length
const someWords = (rng: Rng): number[] => Array.from({ length: 1 + rng.int(5) }, () => rng.int(WORDS))

function ranked(rng: Rng, k = 4): RankedAnswers {
  const lists = Array.from({ length: k }, () => someWords(rng))
  const scores = lists.map(liked)
  const better = [...new Set(scores)].sort((a, b) => b - a)
  return { answers: lists.map(answered), rank: scores.map((score) => better.indexOf(score) + 1) }
}

const how: RewardShape = { config, shape, answers: 32, pairs: 64 }

describe('sft', () => {
  it('learns answers alone: what a prompt predicts makes no difference', async () => {
    const trainer = await Trainer.create(
      nodeRuntime,
      (p) => sftLoss(p, { config, shape, words: WORDS, temperature: 1 }),
      {
        seed: 1,
        threads: 1,
      },
    )
    const samples = [[1, 2], [3]].map(answered)
    const marked = samples.map(
      (sample): Sample => ({
        ...sample,
        prompt: sample.prompt.map((element) => (element.kind === 'token' ? { ...element, predict: 'text' } : element)),
      }),
    )
    const { inputs, placed } = packSome(samples, { config, shape })
    expect(placed.map(({ targets }) => targets.length)).toEqual([3, 2])
    const lossOf = async (batch: typeof inputs): Promise<number> =>
      (await trainer.run(batch, 0, undefined, { accept: () => false })).loss
    const loss = await lossOf(inputs)
    expect(await lossOf(packSome(marked, { config, shape }).inputs)).toBe(loss)
    // Whatever stands in rows that are no action.
    const targets = (inputs['targets']!.data as Int32Array).slice()
    const weights = inputs['actionWeights']!.data
    targets.forEach((_, i) => {
      if (weights[i] === 0) targets[i] = 4
    })
    expect(await lossOf({ ...inputs, targets: hostTensor('int32', [shape.targets], targets) })).toBe(loss)
    const other = targets.map((target, i) => (weights[i] === 0 ? target : 4))
    expect(await lossOf({ ...inputs, targets: hostTensor('int32', [shape.targets], other) })).not.toBe(loss)
    await trainer.dispose()
  })
})

describe('packRanked', () => {
  it('takes all pairs of a prompt with a weight of one over all there could be, and drops ties', () => {
    const items: RankedAnswers[] = [
      { answers: [[1], [2], [3], [4]].map(answered), rank: [1, 2, 2, 3] },
      { answers: [[1], [2], [3], [4]].map(answered), rank: [1, 1, 1, 1] },
    ]
    const inputs = packRanked(items, how)
    const pairs = Array.from({ length: 64 }, (_, i) => [inputs['better']!.data[i], inputs['worse']!.data[i]])
    const weights = Array.from(inputs['pairWeights']!.data, Number)
    expect(pairs.slice(0, 5)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 3],
      [2, 3],
    ])
    expect(weights.slice(0, 6)).toEqual([...new Array<number>(5).fill(Math.fround(1 / 12)), 0])
  })

  it('tells what preferring the longer answer would get right, half for two of one length', () => {
    const inputs = packRanked([{ answers: [[1, 2], [3], [4, 5]].map(answered), rank: [1, 2, 3] }], how)
    expect(Array.from(inputs['pairLonger']!.data.slice(0, 4), Number)).toEqual([1, 0.5, 0, 0])
  })

  it('says so where the prompts do not fit', () => {
    const rng = makeRng(1)
    const items = Array.from({ length: 9 }, () => ranked(rng))
    expect(() => packRanked(items, how)).toThrow(/9 prompts with 36 answers do not fit into one batch \(32 answers/)
  })
})

describe('a reward model', () => {
  it('learns what people like from rankings, and is moved to mean 0 where it is told', {
    timeout: 120_000,
  }, async () => {
    const rng = makeRng(2)
    const trainer = await Trainer.create(nodeRuntime, (p) => rewardLoss(p, how), {
      seed: 1,
      optimizer: { weightDecay: 0 },
      threads: 1,
    })
    const first = await trainer.run(packRanked([ranked(rng), ranked(rng)], how), 0)
    expect(first.loss).toBeGreaterThan(0)
    for (let step = 0; step < 150; step++) {
      await trainer.run(
        packRanked(
          Array.from({ length: 8 }, () => ranked(rng)),
          how,
        ),
        3e-3 * (1 - step / 150),
      )
    }
    const { metrics } = await trainer.run(packRanked([ranked(rng), ranked(rng)], how), 0)
    expect(metrics['better']! - metrics['worse']!).toBeCloseTo(metrics['margin']!, 4)
    const { params } = trainer.state()
    const model = await RewardModel.load(nodeRuntime, { config, shape, answers: 32, params, threads: 1 })
    const lists = Array.from({ length: 60 }, () => someWords(rng))
    const scores = await model.score(lists.map(answered))
    let right = 0
    let all = 0
    lists.forEach((a, i) => {
      lists.forEach((b, j) => {
        if (liked(a) <= liked(b)) return
        all++
        if (scores[i]! > scores[j]!) right++
      })
    })
    expect(right / all).toBeGreaterThan(0.93)
    await model.normalise(lists.map(answered))
    const moved = await model.score(lists.map(answered))
    expect(mean(moved)).toBeCloseTo(0, 4)
    expect(moved[0]! - moved[1]!).toBeCloseTo(scores[0]! - scores[1]!, 4)
    await model.dispose()
    await trainer.dispose()
  })

  it('weighs how likely the network finds an answer, in all and on average', async () => {
    const scope = new ParamScope()
    const weighing = { ...how, words: WORDS }
    rewards(scope, weighing)
    const params = {
      ...initParams(
        scope.entries.map(({ spec }) => spec),
        4,
      ),
    }
    params['scalar_head.weight'] = hostZeros('float32', params['scalar_head.weight']!.shape)
    params['likelihood_head.weight'] = hostTensor('float32', [2, 1], Float32Array.from([3, 0.5]))
    const answers = [[1], [2, 3, 3], [5, 1], [4, 4, 4, 4]].map(answered)
    const policy = { config, shape, words: WORDS, temperature: 1 }
    const session = await compileLogprobs(nodeRuntime, policy, { weights: () => params, threads: 1 })
    const [rows] = await rowsOf(answers, policy, [session])
    const expected = rows!['logprobs']!.map((row) => 0.3 * sum(row) + 0.5 * mean(row))
    const model = await RewardModel.load(nodeRuntime, { ...weighing, params, threads: 1 })
    const scores = await model.score(answers)
    expect(new Set(expected.map((x) => x.toFixed(3))).size).toBe(4)
    scores.forEach((score, i) => expect(score).toBeCloseTo(expected[i]!, 4))
    await session.dispose()
    await model.dispose()
  })
})

describe('dpo', () => {
  it('begins at ln 2, where policy and reference agree, and comes to prefer what people chose', async () => {
    const rng = makeRng(3)
    const pairs: PreferencePair[] = []
    while (pairs.length < 64) {
      const [a, b] = [someWords(rng), someWords(rng)]
      if (liked(a) !== liked(b)) {
        const [chosen, rejected] = liked(a) > liked(b) ? [a, b] : [b, a]
        pairs.push({ chosen: answered(chosen), rejected: answered(rejected) })
      }
    }
    const plan = await dpoPlan(nodeRuntime, pairs, {
      seed: 1,
      steps: 60,
      config,
      words: WORDS,
      shape,
      pairs: 8,
      beta: 0.1,
      rate: () => 2e-3,
      policy: newPolicy(4),
      threads: 1,
    })
    const { first, last } = await trainAll(nodeRuntime, plan)
    expect(first.loss).toBeCloseTo(Math.LN2, 5)
    expect(last.metrics['accuracy']).toBeGreaterThan(0.8)
    expect(last.loss).toBeLessThan(0.6)
  }, 60_000)
})

describe('groupAdvantages', () => {
  it('compares answers with their group alone, and learns nothing where all are the same', () => {
    const made = groupAdvantages([1, 3, 5, 5, 100, 102], 2)
    expect(made.map((x) => Math.round(x * 1000) / 1000)).toEqual([-1, 1, 0, 0, -1, 1])
  })
})

describe('grpo', () => {
  it('raises the reward of its answers', async () => {
    const { options, scores, firstRatios } = watched(nodeRuntime)
    const { finished } = await grpo(
      {
        name: 'grpo',
        seed: 1,
        iterations: 30,
        config,
        tokenizer,
        shape,
        policy: newPolicy(4),
        prompt: () => prompt,
        answers: { mode: 'text', temperature: 1, maxPositions: 4 },
        score: (rollouts) =>
          rollouts.map(({ answer }) => liked(answer.map((element) => (element.kind === 'token' ? element.id : -1)))),
        rate: () => 3e-3,
        options: { prompts: 8, group: 8, minibatch: 32, klCoefficient: 0.01 },
      },
      options,
    )
    expect(finished).toBe(true)
    for (const ratio of firstRatios) expect(ratio).toBeCloseTo(1, 5)
    const late = scores.slice(-5).reduce((sum, x) => sum + x, 0) / 5
    expect(scores[0]).toBeLessThan(1)
    expect(late).toBeGreaterThan(2)
  }, 120_000)
})
