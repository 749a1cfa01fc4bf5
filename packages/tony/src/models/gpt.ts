/** @file A plain text transformer: the twin that the omni model is compared with, and the model of the benchmarks. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { packedMask, rotaryTables } from '../nn/attention.ts'
import { type BlockConfig, blocks } from '../nn/block.ts'
import { embedding, linear, rmsNorm, weightedMean } from '../nn/layers.ts'
import type { ParamScope } from '../nn/params.ts'
import type { Dim } from '../tensor/shape.ts'

export interface GptConfig extends BlockConfig {
  readonly vocab: number
}

/** Logits [batch · time, vocab] of tokens [batch, time] in packed `segments` at `positions`; `checkpoint` as in `SequenceContext`. */
export function gptLogits(
  p: ParamScope,
  {
    tokens,
    segments,
    positions,
    checkpoint = false,
  }: { tokens: Tensor; segments: Tensor; positions: Tensor; checkpoint?: boolean },
  config: GptConfig,
): Tensor {
  const [batch, time] = tokens.shape as [number, number]
  const x = embedding(p.at('embed_tokens'), t.reshape(tokens, [batch * time]), {
    size: config.vocab,
    width: config.width,
  })
  const context = {
    batch,
    time,
    positions: t.cast(positions, 'int64'),
    rotary: rotaryTables(time, config.headDim),
    mask: packedMask(segments),
    checkpoint,
  }
  const { out } = blocks(p.at('layers'), x, config, context)
  return linear(p.at('lm_head'), rmsNorm(out, p.at('norm')), { out: config.vocab })
}

/** Mean negative log-likelihood of `targets` [batch, time] where `weights` > 0; the batch's inputs are declared here. */
export function gptLoss(
  p: ParamScope,
  config: GptConfig,
  { batch, time, checkpoint = false }: { batch: number; time: number; checkpoint?: boolean },
): Tensor {
  const tokens = t.input('tokens', 'int32', [batch, time])
  const segments = t.input('segments', 'int32', [batch, time])
  const positions = t.input('positions', 'int32', [batch, time])
  const targets = t.input('targets', 'int32', [batch, time])
  const weights = t.input('weights', 'float32', [batch, time])
  const logits = gptLogits(p, { tokens, segments, positions, checkpoint }, config)
  return weightedMean(t.softmaxCrossEntropy(logits, t.reshape(targets, [-1])), t.reshape(weights, [-1]))
}

/**
 * One position for each of `batch` sequences over caches `cache/<layer>/<keys|values>` [batch, kvHeads, slots, headDim],
 * which are inputs only: `new/<layer>/<keys|values>` are the rows to write into them. Also gives `logits` [batch, vocab]
 * and the likeliest `next` token [batch]. `mask` is [batch, 1, 1, slots + 1]; `longest` bounds the positions.
 */
export function gptStep(
  p: ParamScope,
  config: GptConfig,
  { batch, longest, slots = 'slots' }: { batch: Dim; longest: number; slots?: Dim },
): Record<string, Tensor> {
  const { layers, kvHeads, headDim } = config
  const tokens = t.input('tokens', 'int32', [batch])
  const positions = t.input('positions', 'int64', [batch, 1])
  const mask = t.input('mask', 'float32', [batch, 1, 1, typeof slots === 'number' ? slots + 1 : `${slots}+1`])
  const cache = (i: number): { keys: Tensor; values: Tensor } => ({
    keys: t.input(`cache/${i}/keys`, 'float32', [batch, kvHeads, slots, headDim]),
    values: t.input(`cache/${i}/values`, 'float32', [batch, kvHeads, slots, headDim]),
  })
  const x = embedding(p.at('embed_tokens'), tokens, { size: config.vocab, width: config.width })
  const { out, caches } = blocks(
    p.at('layers'),
    x,
    config,
    { batch, time: 1, positions, rotary: rotaryTables(longest, headDim), mask },
    cache,
  )
  const logits = linear(p.at('lm_head'), rmsNorm(out, p.at('norm')), { out: config.vocab })
  const outputs: Record<string, Tensor> = { logits, next: t.argmax(logits) }
  for (let i = 0; i < layers; i++) {
    outputs[`new/${i}/keys`] = caches[i]!.keys
    outputs[`new/${i}/values`] = caches[i]!.values
  }
  return outputs
}
