/** @file Reward models of the bench `hh-reward`: dialogues as positions, the language model taken on to them, and the training of the reward. */

import {
  packRanked,
  type RankedAnswers,
  type RewardShape,
  rewardLoss,
} from '../packages/tony/src/align/reward-model.ts'
import { rowsNeeded, type Sample, writtenSample } from '../packages/tony/src/align/samples.ts'
import type { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import { controlId } from '../packages/tony/src/models/omni/config.ts'
import { packBatch } from '../packages/tony/src/models/omni/pack.ts'
import { type Element, SequenceBuilder } from '../packages/tony/src/models/omni/sequence.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import type { HostTensor } from '../packages/tony/src/tensor/host.ts'
import { type LossModel, Trainer } from '../packages/tony/src/train/step.ts'
import { makeRng, shuffled } from '../packages/tony/src/util/rng.ts'
import { copiedParams, languageConfig, languageLoss, languageShape } from './hh-language.ts'
import type { Pair } from './hh-pairs.ts'

/** Positions kept of a prompt (its end) and of an answer (its beginning). */
const PROMPT = 64
const ANSWER = 120

/** Pairs of one step. */
const PAIRS = 8
export const rewardShape: RewardShape = {
  config: languageConfig,
  shape: languageShape,
  answers: 2 * PAIRS,
  pairs: PAIRS,
}

/** Both answers of a pair as the model reads them, the better one first. */
export function samplesOf(tokenizer: Tokenizer, pair: Pair): [Sample, Sample] {
  const prompt = new SequenceBuilder(languageConfig, tokenizer)
  for (const { role, text } of pair.prompt) prompt.control(`<|${role}|>`).text(text.toLowerCase())
  const asked = prompt.elements.slice(-PROMPT + 2)
  const before = new SequenceBuilder(languageConfig, tokenizer).control('<|assistant|>').control('<|text|>').elements
  return [answerOf(pair.chosen), answerOf(pair.rejected)]

  function answerOf(text: string): Sample {
    const said = tokenizer.encode(text.toLowerCase()).slice(0, ANSWER - 1)
    return writtenSample([...asked, ...before], [...said, controlId(languageConfig, '<|end|>')])
  }
}

/** One training program used for many short runs: compiled once, its parameters set anew. */
export class ShortRuns {
  private readonly trainer: Trainer
  private constructor(trainer: Trainer) {
    this.trainer = trainer
  }

  static async create(model: LossModel, weightDecay: number): Promise<ShortRuns> {
    return new ShortRuns(
      await Trainer.create(nodeRuntime, model, {
        seed: 1,
        threads: 1,
        optimizer: { weightDecay, beta2: 0.98, eps: 1e-6 },
      }),
    )
  }

  /** Parameters after `steps`, from `initial`; what it lacks is made from `seed`. */
  async run(
    initial: ParamValues,
    {
      steps,
      rate,
      batch,
      seed,
    }: { steps: number; rate: number; batch: (step: number) => Record<string, HostTensor>; seed: number },
  ): Promise<ParamValues> {
    const { trainer } = this
    const rng = makeRng(seed)
    const zeros: ParamValues = {}
    const params: ParamValues = {}
    for (const { name, shape, init } of trainer.specs) {
      const size = shape.reduce((a, b) => a * b, 1)
      zeros[name] = { dtype: 'float32', shape, data: new Float32Array(size) }
      const std = init.kind === 'normal' ? init.std : 0
      params[name] = initial[name] ?? {
        dtype: 'float32',
        shape,
        data: Float32Array.from({ length: size }, () => (init.kind === 'ones' ? 1 : std * rng.normal())),
      }
    }
    trainer.restore({ step: 0, params, moment1: zeros, moment2: zeros })
    for (let step = 0; step < steps; step++) {
      const warm = Math.min(1, (step + 1) / 10)
      await trainer.run(batch(step), rate * warm * (1 - step / steps))
    }
    return copiedParams(trainer)
  }

  dispose(): Promise<void> {
    return this.trainer.dispose()
  }
}

export const languageRuns = (): Promise<ShortRuns> => ShortRuns.create((p) => languageLoss(p, languageShape), 0.1)
export const rewardRuns = (): Promise<ShortRuns> => ShortRuns.create((p) => rewardLoss(p, rewardShape), 0.1)

/** Dialogues with either answer, every token predicted. */
export function dialogueBatch(samples: readonly Sample[], seed: number): (step: number) => Record<string, HostTensor> {
  const whole = samples.map(({ prompt, answer }) => ({
    elements: [...prompt, ...answer].map(
      (element, i): Element => (i > 0 && element.kind === 'token' ? { ...element, predict: 'text' } : element),
    ),
  }))
  return (step) => {
    const rng = makeRng(seed * 1e6 + step)
    return packBatch(() => rng.pick(whole), languageConfig, languageShape).inputs
  }
}

/** Batches of whole pairs, each pair once an epoch, in an order drawn anew for each. */
export function pairBatches(
  pairs: readonly (readonly [Sample, Sample])[],
  { seed, epochs }: { seed: number; epochs: number },
): (readonly (readonly [Sample, Sample])[])[] {
  const rng = makeRng(seed)
  const batches: (readonly [Sample, Sample])[][] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    let batch: (readonly [Sample, Sample])[] = []
    for (const i of shuffled([...pairs.keys()], rng)) {
      const pair = pairs[i]!
      if (batch.length === PAIRS || !fits([...batch, pair])) {
        batches.push(batch)
        batch = []
      }
      batch.push(pair)
    }
    batches.push(batch)
  }
  return batches
}

/** Whether the answers of `pairs` find room in one batch. */
function fits(pairs: readonly (readonly [Sample, Sample])[]): boolean {
  const { batch, time } = rewardShape.shape
  return rowsNeeded(pairs.flat(), time) <= batch
}

/** Trains the reward at the last position of each answer, from a language model: all weights, `epochs` times through. */
export async function trainReward(
  runs: ShortRuns,
  language: ParamValues,
  pairs: readonly (readonly [Sample, Sample])[],
  { seed, epochs, rate }: { seed: number; epochs: number; rate: number },
): Promise<ParamValues> {
  const batches = pairBatches(pairs, { seed, epochs })
  const batch = (step: number): Record<string, HostTensor> =>
    packRanked(
      batches[step]!.map((answers): RankedAnswers => ({ answers, rank: [1, 2] })),
      rewardShape,
    )
  return runs.run(language, { steps: batches.length, rate, batch, seed })
}
