/** @file The omni model as a policy: log-probabilities of what it chose, and heads that judge. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { constant } from '../graph/trace.ts'
import { choiceMasks, choices } from '../models/omni/choices.ts'
import { type OmniConfig, vocabSize } from '../models/omni/config.ts'
import { type BatchInputs, type BatchShape, batchInputs, depthLogits, omniHidden } from '../models/omni/model.ts'
import type { ParamScope } from '../nn/params.ts'

/** What the networks over one batch of samples read (`packSome`). */
export interface SampleInputs {
  readonly batch: BatchInputs
  readonly targetAt: Tensor
  readonly targets: Tensor
  readonly choice: Tensor
  /** 1 for an action. */
  readonly actionWeights: Tensor
  readonly frames?: {
    readonly from: Tensor
    readonly codes: Tensor
    readonly target: Tensor
  }
}

export interface PolicyShape {
  readonly config: OmniConfig
  readonly shape: BatchShape
  /** Size of the tokenizer's vocabulary. */
  readonly words: number
  /** Logits are divided by it, as when sampling. */
  readonly temperature: number
}

/** What a network makes of a batch. */
export type Seen = Pick<ReturnType<typeof omniHidden>, 'hidden' | 'table'>

/** Runs the network; heads that share what it returns share the run. */
export function seenOf(
  p: ParamScope,
  inputs: BatchInputs,
  { config, shape }: Pick<PolicyShape, 'config' | 'shape'>,
): Seen {
  return omniHidden(p, config, { inputs, shape })
}

/** Declares `SampleInputs`, their names after `prefix`. */
export function sampleInputs(config: OmniConfig, shape: BatchShape, prefix = ''): SampleInputs {
  const ints = (name: string, length: number): Tensor => t.input(prefix + name, 'int32', [length])
  const batch = batchInputs(config, shape, prefix)
  const { frame } = batch.signals
  return {
    batch,
    targetAt: ints('targetAt', shape.targets),
    targets: ints('targets', shape.targets),
    choice: ints('choice', shape.targets),
    actionWeights: t.input(`${prefix}actionWeights`, 'float32', [shape.targets]),
    ...(frame === undefined
      ? {}
      : {
          frames: {
            from: ints('frameFrom', shape.frames),
            codes: ints('codes', config.audioCodes * shape.frames),
            target: ints('frameTarget', shape.frames),
          },
        }),
  }
}

/**
 * Log-probability and entropy in nats [targets] of each action: of a token among what it was chosen from, and for a frame
 * also of all its codes. Rows that are no action hold what their padding happens to give.
 */
export function actionLogprobs(
  p: ParamScope,
  inputs: SampleInputs,
  policy: PolicyShape,
  seen: Seen = seenOf(p, inputs.batch, policy),
): { logprobs: Tensor; entropy: Tensor } {
  const { config, shape, words, temperature } = policy
  const { targets } = shape
  const vocab = vocabSize(config)
  const { hidden, table } = seen
  const masks = constant({ dtype: 'float32', shape: [choices.length, vocab], data: choiceMasks(config, words) })
  const logits = t.matmul(t.gather(hidden, inputs.targetAt), table, { transB: true })
  const cooled = (x: Tensor): Tensor => (temperature === 1 ? x : t.mul(x, 1 / temperature))
  const all = t.logSoftmax(t.add(cooled(logits), t.gather(masks, inputs.choice)))
  const chosen = t.reshape(t.takeAlong(all, t.reshape(t.cast(inputs.targets, 'int64'), [targets, 1])), [targets])
  const spread = (log: Tensor): Tensor => t.neg(t.reduceSum(t.mul(t.exp(log), log), { axes: [1] }))
  if (inputs.frames === undefined) return { logprobs: chosen, entropy: spread(all) }

  const { from, codes, target } = inputs.frames
  const count = config.audioCodes
  const codeLogits = depthLogits(p.at('depth'), t.gather(hidden, from), codes, config)
  const codeLog = t.logSoftmax(cooled(codeLogits))
  const said = t.takeAlong(codeLog, t.reshape(t.cast(codes, 'int64'), [count * shape.frames, 1]))
  const perFrame = (x: Tensor): Tensor =>
    t.reshape(t.reduceSum(t.reshape(x, [count, shape.frames]), { axes: [0] }), [shape.frames, 1])
  // Frames that nobody chose have the row after the last as their target.
  const placed = (x: Tensor): Tensor =>
    t.reshape(t.slice(t.scatterAddRows(target, perFrame(x), targets + 1), 0, 0, targets), [targets])
  return {
    logprobs: t.add(chosen, placed(said)),
    entropy: t.add(spread(all), placed(spread(codeLog))),
  }
}

/** A scalar for each row of `at` [n] (flattened positions): the head of value and reward models. Bias 0, weights N(0, 1 / √(width + 1)) (Ziegler et al. 2019). */
export function scalarHead(p: ParamScope, at: Tensor, { hidden }: Seen): Tensor {
  const width = hidden.shape[1] as number
  const head = p.at('scalar_head')
  const weight = head.param('weight', [width, 1], { kind: 'normal', std: 1 / Math.sqrt(width + 1) })
  const rows = t.gather(hidden, at)
  const bias = head.param('bias', [1], { kind: 'zeros' })
  return t.reshape(t.add(t.matmul(rows, weight), bias), [at.shape[0] as number])
}

/** Sum of the actions' values [targets] of each answer [answers], by the input `answerOf` [targets] (`answers` for none). */
export function perAnswer(values: Tensor, answers: number): Tensor {
  const targets = values.shape[0] as number
  const column = t.reshape(values, [targets, 1])
  const sums = t.scatterAddRows(t.input('answerOf', 'int32', [targets]), column, answers + 1)
  return t.reshape(t.slice(sums, 0, 0, answers), [answers])
}
