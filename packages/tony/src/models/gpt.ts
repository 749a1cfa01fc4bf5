/** @file A plain text transformer: the twin that the omni model is compared with, and the model of the benchmarks. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { packedMask, rotaryTables } from '../nn/attention.ts'
import { type BlockConfig, blocks } from '../nn/block.ts'
import { embedding, linear, rmsNorm, weightedMean } from '../nn/layers.ts'
import type { ParamScope } from '../nn/params.ts'

export interface GptConfig extends BlockConfig {
  readonly vocab: number
}

/** Logits [batch · time, vocab] of tokens [batch, time] in packed `segments` at `positions`. */
export function gptLogits(p: ParamScope, { tokens, segments, positions }: { tokens: Tensor; segments: Tensor; positions: Tensor }, config: GptConfig): Tensor {
  const [batch, time] = tokens.shape as [number, number]
  const x = embedding(p.at('embed_tokens'), t.reshape(tokens, [batch * time]), { size: config.vocab, width: config.width })
  const context = { batch, time, positions: t.cast(positions, 'int64'), rotary: rotaryTables(time, config.headDim), mask: packedMask(segments) }
  const { out } = blocks(p.at('layers'), x, config, context)
  return linear(p.at('lm_head'), rmsNorm(out, p.at('norm')), { out: config.vocab })
}

/** Mean negative log-likelihood of `targets` [batch, time] where `weights` > 0; the batch's inputs are declared here. */
export function gptLoss(p: ParamScope, config: GptConfig, { batch, time }: { batch: number; time: number }): Tensor {
  const tokens = t.input('tokens', 'int32', [batch, time])
  const segments = t.input('segments', 'int32', [batch, time])
  const positions = t.input('positions', 'int32', [batch, time])
  const targets = t.input('targets', 'int32', [batch, time])
  const weights = t.input('weights', 'float32', [batch, time])
  const logits = gptLogits(p, { tokens, segments, positions }, config)
  return weightedMean(t.softmaxCrossEntropy(logits, t.reshape(targets, [-1])), t.reshape(weights, [-1]))
}
