/**
 * @file A small causal phone recogniser over log-mel bands. It is trained once, then frozen: the audio codec is asked for
 * sound in which it hears the same phones (MODEL.md: mel losses buy sound, a recogniser's loss buys words).
 */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { constant } from '../graph/trace.ts'
import { MEL_BANDS } from '../media/audio/mel.ts'
import { packedMask, rotaryTables, type SequenceContext } from '../nn/attention.ts'
import { type BlockConfig, blockConfig, blocks } from '../nn/block.ts'
import { linearBias, rmsNorm, weightedMean } from '../nn/layers.ts'
import type { ParamScope } from '../nn/params.ts'
import { logBands, MAGNITUDE_BINS } from './log-bands.ts'

export interface RecogniserConfig {
  readonly block: BlockConfig
  /** 10 ms frames in one position. */
  readonly patch: number
  readonly phones: number
}

export const recogniserDefaults: RecogniserConfig = {
  block: blockConfig({ width: 192, layers: 3, heads: 3 }),
  patch: 8,
  phones: 41,
}

/** Positions 0 … time - 1 in each of `batch` clips, attention to what came before. */
export function clipContext(block: BlockConfig, batch: number, time: number): SequenceContext {
  const positions = constant({
    dtype: 'int64',
    shape: [batch, time],
    data: BigInt64Array.from({ length: batch * time }, (_, i) => BigInt(i % time)),
  })
  return {
    batch,
    time,
    positions,
    rotary: rotaryTables(time, block.headDim),
    mask: packedMask(t.full([batch, time], 0, 'int32')),
  }
}

/**
 * Hears bands [batch · time · patch, 80] of `logBands`.
 *
 * @returns `features` [batch · time, width] (normalised) and `logits` [batch · time · patch, phones].
 */
export function recognise(
  p: ParamScope,
  bands: Tensor,
  config: RecogniserConfig,
  { batch, time }: { batch: number; time: number },
): { features: Tensor; logits: Tensor } {
  const rows = batch * time
  // Log energies of speech lie between the floor, -9, and about 9.
  const scaled = t.mul(t.reshape(bands, [rows, config.patch * MEL_BANDS]), 0.25)
  const x = linearBias(p.at('embed'), scaled, { out: config.block.width })
  const { out } = blocks(p.at('layers'), x, config.block, clipContext(config.block, batch, time))
  const features = rmsNorm(out, p.at('norm'))
  const logits = linearBias(p.at('head'), features, { out: config.patch * config.phones })
  return { features, logits: t.reshape(logits, [rows * config.patch, config.phones]) }
}

/** Cross-entropy of the phone of every 10 ms frame. Inputs: `magnitudes` [rows, patch · 257] (log), `phoneIds` and `phoneWeights` [rows · patch]. */
export function recogniserLoss(
  p: ParamScope,
  config: RecogniserConfig,
  { batch, time }: { batch: number; time: number },
): { loss: Tensor; metrics: Record<string, Tensor> } {
  const frames = batch * time * config.patch
  const magnitudes = t.input('magnitudes', 'float32', [batch * time, config.patch * MAGNITUDE_BINS])
  const { logits } = recognise(p, logBands(magnitudes, frames), config, { batch, time })
  const ids = t.input('phoneIds', 'int32', [frames])
  const weights = t.input('phoneWeights', 'float32', [frames])
  const right = t.cast(t.equal(t.cast(t.argmax(logits), 'int32'), ids), 'float32')
  return {
    loss: weightedMean(t.softmaxCrossEntropy(logits, ids), weights),
    metrics: { accuracy: weightedMean(right, weights) },
  }
}
