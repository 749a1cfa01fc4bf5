/** @file The reward model: a scalar for a prompt with an answer, learned from rankings (Ouyang et al. 2022, section 3.5). */

import { compileProgram } from '../generate/program.ts'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import type { OmniConfig } from '../models/omni/config.ts'
import type { BatchShape } from '../models/omni/model.ts'
import { batchInputs } from '../models/omni/model.ts'
import { softplus } from '../nn/layers.ts'
import type { ParamScope, ParamValues } from '../nn/params.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'
import { mean } from './forward.ts'
import { actionLogprobs, perAnswer, sampleInputs, scalarHead, seenOf } from './policy.ts'
import { answerOf, packSamples, packSome, type Sample, type SampleBatch } from './samples.ts'

/** One prompt with K answers and what people thought of them: `rank[i]` of answer i, 1 the best; equal ranks are ties. */
export interface RankedAnswers {
  readonly answers: readonly Sample[]
  readonly rank: readonly number[]
}

export interface RewardShape {
  readonly config: OmniConfig
  readonly shape: BatchShape
  /** Most answers, and most pairs of them, in one batch. */
  readonly answers: number
  readonly pairs: number
  /**
   * Size of the tokenizer's vocabulary: with it a reward also weighs how likely the network finds the answer. A small
   * network knows what it would say, but is slow to learn to compare that with what was said.
   */
  readonly words?: number
}

/** Rewards [answers], read at each answer's last position. */
export function rewards(p: ParamScope, { config, shape, answers, words }: Omit<RewardShape, 'pairs'>): Tensor {
  const scoreAt = t.input('scoreAt', 'int32', [answers])
  if (words === undefined) return scalarHead(p, scoreAt, seenOf(p, batchInputs(config, shape), { config, shape }))
  const inputs = sampleInputs(config, shape)
  const seen = seenOf(p, inputs.batch, { config, shape })
  const { logprobs } = actionLogprobs(p, inputs, { config, shape, words, temperature: 1 }, seen)
  const total = perAnswer(t.mul(logprobs, inputs.actionWeights), answers)
  const length = t.input('answerLength', 'float32', [answers])
  const columns = [t.mul(total, 0.1), t.div(total, length)].map((column) => t.reshape(column, [answers, 1]))
  const weight = p.at('likelihood_head').param('weight', [2, 1], { kind: 'ones' })
  return t.add(scalarHead(p, scoreAt, seen), t.reshape(t.matmul(t.concat(columns, 1), weight), [answers]))
}

/**
 * -log σ(r_better - r_worse), summed over the pairs of a prompt with weight 1 / (K choose 2), mean over prompts. Written as
 * softplus: the logarithm of a sigmoid overflows where the model is very wrong.
 */
export function rewardLoss(p: ParamScope, how: RewardShape): { loss: Tensor; metrics: Record<string, Tensor> } {
  // Rows of a matrix: what a gradient flows back into.
  const scores = t.reshape(rewards(p, how), [how.answers, 1])
  const better = t.gather(scores, t.input('better', 'int32', [how.pairs]))
  const worse = t.gather(scores, t.input('worse', 'int32', [how.pairs]))
  const weights = t.input('pairWeights', 'float32', [how.pairs])
  const counted = t.input('pairCounted', 'float32', [how.pairs])
  const margin = t.reshape(t.sub(better, worse), [how.pairs])
  const pairs = t.maximum(t.reduceSum(counted), 1)
  const mean = (x: Tensor): Tensor => t.div(t.reduceSum(t.mul(x, counted)), pairs)
  return {
    loss: t.reduceSum(t.mul(softplus(t.neg(margin)), weights)),
    metrics: {
      accuracy: mean(t.cast(t.greater(margin, 0), 'float32')),
      // What preferring the longer answer alone would get: a reward model that is no better has learned length.
      longerRight: mean(t.input('pairLonger', 'float32', [how.pairs])),
      margin: mean(margin),
      better: mean(t.reshape(better, [how.pairs])),
      worse: mean(t.reshape(worse, [how.pairs])),
    },
  }
}

/**
 * One batch of whole prompts: all pairs of a prompt stand in one batch, for pairs apart are learned by heart within an
 * epoch; ties are dropped. Throws `too_large` where the prompts do not fit.
 */
export function packRanked(items: readonly RankedAnswers[], how: RewardShape): Record<string, HostTensor> {
  const { config, shape, answers, pairs } = how
  const samples = items.flatMap((item) => item.answers)
  const batch = packSome(samples, { config, shape })
  const better = new Int32Array(pairs)
  const worse = new Int32Array(pairs)
  const weights = new Float32Array(pairs)
  const counted = new Float32Array(pairs)
  const longer = new Float32Array(pairs)
  let pair = 0
  let first = 0
  const room = (): TonyError =>
    new TonyError(
      'too_large',
      `reward model: ${items.length} prompts with ${samples.length} answers do not fit into one batch (${answers} answers, ${pairs} pairs, ${shape.batch}×${shape.time} positions); raise these or lower the number of prompts`,
    )
  if (batch.placed.length < samples.length || samples.length > answers) throw room()
  for (const { answers: list, rank } of items) {
    const all = (list.length * (list.length - 1)) / 2
    for (let i = 0; i < list.length; i++) {
      for (let j = 0; j < list.length; j++) {
        if (!(rank[i]! < rank[j]!)) continue
        if (pair === pairs) throw room()
        better[pair] = first + i
        worse[pair] = first + j
        counted[pair] = 1
        longer[pair] = 0.5 + 0.5 * Math.sign(list[i]!.answer.length - list[j]!.answer.length)
        weights[pair++] = 1 / all / items.length
      }
    }
    first += list.length
  }
  return {
    ...batch.inputs,
    ...answerInputs(batch, samples, how),
    better: hostTensor('int32', [pairs], better),
    worse: hostTensor('int32', [pairs], worse),
    pairWeights: hostTensor('float32', [pairs], weights),
    pairCounted: hostTensor('float32', [pairs], counted),
    pairLonger: hostTensor('float32', [pairs], longer),
  }
}

/** Where answers end, which actions are theirs, and how many. */
function answerInputs(
  batch: SampleBatch,
  samples: readonly Sample[],
  { answers, words }: Omit<RewardShape, 'pairs'>,
): Record<string, HostTensor> {
  const at = new Int32Array(answers)
  const length = new Float32Array(answers).fill(1)
  batch.placed.forEach(({ index, position, targets }, i) => {
    const { prompt, answer } = samples[index]!
    at[i] = position + prompt.length + answer.length - 1
    length[i] = targets.length
  })
  const scoreAt = hostTensor('int32', [answers], at)
  if (words === undefined) return { scoreAt }
  return {
    scoreAt,
    answerOf: answerOf(batch, answers),
    answerLength: hostTensor('float32', [answers], length),
  }
}

/** A trained reward model at work, its rewards moved by `normalise`. */
export class RewardModel {
  private readonly session: Session
  private readonly how: Omit<RewardShape, 'pairs'>
  private mean = 0

  private constructor(session: Session, how: Omit<RewardShape, 'pairs'>) {
    this.session = session
    this.how = how
  }

  static async load(
    runtime: Runtime,
    {
      params,
      threads,
      ...how
    }: Omit<RewardShape, 'pairs'> & { readonly params: ParamValues; readonly threads?: number },
  ): Promise<RewardModel> {
    const weights = { name: 'reward model', params: () => params, ...(threads === undefined ? {} : { threads }) }
    const session = await compileProgram(runtime, weights, (p) => ({ rewards: rewards(p, how) }))
    return new RewardModel(session, how)
  }

  /** One reward for each sample. Throws `invalid` where one is not finite. */
  async score(samples: readonly Sample[]): Promise<number[]> {
    const { config, shape, answers } = this.how
    const out: number[] = []
    for (let from = 0; from < samples.length; from += answers) {
      const part = samples.slice(from, from + answers)
      for (const batch of packSamples(part, config, shape)) {
        const made = await this.session.run({ ...batch.inputs, ...answerInputs(batch, part, this.how) })
        const values = made['rewards']!.data as Float32Array
        for (let i = 0; i < batch.placed.length; i++) out.push(values[i]! - this.mean)
      }
    }
    const bad = out.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0)
      throw new TonyError(
        'invalid',
        `reward model: answer ${bad} gets ${out[bad]}; its checkpoint is broken, use an earlier one of the reward model`,
      )
    return out
  }

  /** Moves rewards so that `samples` have mean 0 (Ouyang et al. 2022: demonstrations). Without it a reward in place of a score means something else each time. */
  async normalise(samples: readonly Sample[]): Promise<void> {
    this.mean = 0
    this.mean = mean(await this.score(samples))
  }

  dispose(): Promise<void> {
    return this.session.dispose()
  }
}
