/** @file A plain text transformer: the twin that the omni model is compared with, and the model of the benchmarks. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { packedMask, rotaryTables } from '../nn/attention.ts'
import { type BlockConfig, blocks } from '../nn/block.ts'
import { embedding, linear, rmsNorm, weightedMean } from '../nn/layers.ts'
import { newRows, pagedInputs } from '../nn/pages.ts'
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
 * One position for each of `batch` sequences after what `pagedInputs` (nn/pages.ts) declares: `tokens` [batch] to `logits`
 * [batch, vocab], the likeliest `next` token [batch], and the new cache rows. `longest` bounds the positions.
 */
export function gptStep(
  p: ParamScope,
  config: GptConfig,
  { batch, longest }: { batch: Dim; longest: number },
): Record<string, Tensor> {
  const x = embedding(p.at('embed_tokens'), t.input('tokens', 'int32', [batch]), {
    size: config.vocab,
    width: config.width,
  })
  const { context, cache } = pagedInputs(config, { batch, time: 1, longest })
  const { out, caches } = blocks(p.at('layers'), x, config, context, cache)
  const logits = linear(p.at('lm_head'), rmsNorm(out, p.at('norm')), { out: config.vocab })
  return { logits, next: t.argmax(logits), ...newRows(caches) }
}
