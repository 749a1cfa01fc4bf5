/** @file The audio codec: 80 ms of log-mel to six codes, six codes to eight magnitude frames, causal on both sides. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { MEL_BANDS } from '../media/audio/mel.ts'
import { rotaryTables, type SequenceContext } from '../nn/attention.ts'
import { type BlockConfig, blockConfig, blocks } from '../nn/block.ts'
import { fsqCodes, fsqCoordinates, fsqSteps } from '../nn/fsq.ts'
import { linearBias, multiLabelCrossEntropy, rmsNorm, weightedMean } from '../nn/layers.ts'
import { type LossPart, sumOfParts } from '../nn/loss-parts.ts'
import { newRows, pagedInputs } from '../nn/pages.ts'
import { FrozenScope, type ParamScope, type ParamValues } from '../nn/params.ts'
import { adversarialLoss, spectrumTilings } from './discriminators.ts'
import { logBands, MAGNITUDE_BINS } from './log-bands.ts'
import { clipContext, type RecogniserConfig, recognise } from './phone-recogniser.ts'

export interface CodecConfig {
  readonly block: BlockConfig
  /** 10 ms frames in one position. */
  readonly patch: number
  /** Codes in one position. */
  readonly codes: number
  /** FSQ levels of one code. */
  readonly levels: readonly number[]
  /** Hidden values of one 10 ms frame in the decoder's last layers, which all frames share. */
  readonly frameWidth: number
  /** Longest sequence in positions. */
  readonly longest: number
  /** Phones that the first code is trained to tell, for the auxiliary loss. */
  readonly phones: number
}

export const codecDefaults: CodecConfig = {
  block: blockConfig({ width: 192, layers: 4, heads: 3 }),
  patch: 8,
  codes: 6,
  levels: [8, 5, 5, 5],
  frameWidth: 128,
  longest: 1024,
  phones: 41,
}

const allLevels = ({ levels, codes }: CodecConfig): number[] => Array.from({ length: codes }, () => levels).flat()

/** Grid coordinates [n, codes · dims] of mel patches [batch · time, patch · 80]. */
export function codecEncode(
  p: ParamScope,
  patches: Tensor,
  config: CodecConfig,
  context: SequenceContext,
): { steps: Tensor; coordinates: Tensor } {
  const levels = allLevels(config)
  const x = linearBias(p.at('embed'), patches, { out: config.block.width })
  const { out } = blocks(p.at('layers'), x, config.block, context)
  const steps = fsqSteps(linearBias(p.at('quantize'), rmsNorm(out, p.at('norm')), { out: levels.length }), levels)
  return { steps, coordinates: fsqCoordinates(steps, levels) }
}

/** Log magnitudes [batch · time, patch · bins] of grid coordinates, and the caches of its blocks for streaming. */
export function codecDecode(
  p: ParamScope,
  coordinates: Tensor,
  config: CodecConfig,
  { context, cache }: { context: SequenceContext; cache?: (layer: number) => { keys: Tensor; values: Tensor } },
): { logMagnitudes: Tensor; caches: readonly { keys: Tensor; values: Tensor }[] } {
  const x = linearBias(p.at('embed'), coordinates, { out: config.block.width })
  const { out, caches } = blocks(p.at('layers'), x, config.block, context, cache)
  const { patch, frameWidth } = config
  const opened = linearBias(p.at('frames'), rmsNorm(out, p.at('norm')), { out: patch * frameWidth })
  const byFrame = t.silu(t.reshape(opened, [out.shape[0]!, patch, frameWidth]))
  const logMagnitudes = t.reshape(linearBias(p.at('spectrum'), byFrame, { out: MAGNITUDE_BINS }), [
    out.shape[0]!,
    patch * MAGNITUDE_BINS,
  ])
  return { logMagnitudes, caches }
}

/**
 * Training losses over clips of `time` positions. Inputs: `mel` [batch · time, patch · 80] (normalised log-mel),
 * `magnitudes` [batch · time, patch · bins] (log), `keep` [batch · time, codes] (1 where a code is kept: nested dropout),
 * `phones` [batch · time, phones] (which phones sound), `phoneWeights` [batch · time], and the phone of every frame with
 * its weight, `phoneIds` and `frameWeights` [batch · time · patch]. `recogniser` is a trained one that stays as it is.
 */
export function codecLoss(
  p: ParamScope,
  config: CodecConfig,
  {
    batch,
    time,
    recogniser,
    adversarial = 0,
  }: {
    batch: number
    time: number
    recogniser?: { readonly config: RecogniserConfig; readonly params: ParamValues }
    /** Weight of what discriminators, trained along, say of the sound; 0 for none. */
    adversarial?: number
  },
): { loss: Tensor; metrics: Record<string, Tensor> } {
  const rows = batch * time
  const frames = rows * config.patch
  const mel = t.input('mel', 'float32', [rows, config.patch * MEL_BANDS])
  const target = t.input('magnitudes', 'float32', [rows, config.patch * MAGNITUDE_BINS])
  const keep = t.input('keep', 'float32', [rows, config.codes])
  const dims = config.levels.length
  const context = clipContext(config.block, batch, time)
  const { coordinates } = codecEncode(p.at('encoder'), mel, config, context)
  const kept = t.reshape(
    t.mul(t.reshape(coordinates, [rows, config.codes, dims]), t.reshape(keep, [rows, config.codes, 1])),
    [rows, config.codes * dims],
  )
  const { logMagnitudes } = codecDecode(p.at('decoder'), kept, config, { context })

  const magnitude = t.reduceMean(t.abs(t.sub(logMagnitudes, target)))
  const made = logBands(logMagnitudes, frames)
  const wanted = t.stopGradient(logBands(target, frames))
  const melLoss = t.reduceMean(t.abs(t.sub(made, wanted)))
  // A coarser view: averages over four frames, where timing errors inside them cost nothing.
  const average = (y: Tensor): Tensor => t.reduceMean(t.reshape(y, [frames / 4, 4, MEL_BANDS]), { axes: [1] })
  const coarse = t.reduceMean(t.abs(t.sub(average(made), average(wanted))))
  const phone = phoneLoss(p.at('phone_head'), t.slice(coordinates, 1, 0, dims), config)
  const losses = t.add(t.add(t.add(melLoss, t.mul(coarse, 0.5)), t.mul(magnitude, 0.5)), t.mul(phone, 0.1))
  const parts: LossPart[] = [{ loss: losses, metrics: { mel: melLoss, coarse, magnitude, phone } }]
  if (recogniser !== undefined) {
    const frozen = new FrozenScope(recogniser.params)
    const heard = recognise(frozen, made, recogniser.config, { batch, time })
    const original = recognise(frozen, wanted, recogniser.config, { batch, time })
    const ids = t.input('phoneIds', 'int32', [frames])
    const words = weightedMean(t.softmaxCrossEntropy(heard.logits, ids), t.input('frameWeights', 'float32', [frames]))
    const features = t.reduceMean(t.abs(t.sub(heard.features, t.stopGradient(original.features))))
    parts.push({ loss: t.add(t.mul(words, 0.5), features), metrics: { heard: words, features } })
  }
  if (adversarial > 0) {
    const tilings = spectrumTilings({ batch, span: time * config.patch })
    const signals = { made: logMagnitudes, real: target }
    parts.push(adversarialLoss(p.at('discriminators'), signals, { tilings, weight: adversarial }))
  }
  return sumOfParts(parts)
}

/** Which phones sound in a position, told from its first code alone: how that code comes to carry them. */
function phoneLoss(p: ParamScope, first: Tensor, config: CodecConfig): Tensor {
  const rows = first.shape[0]!
  const phones = t.input('phones', 'float32', [rows, config.phones])
  const weights = t.input('phoneWeights', 'float32', [rows])
  const hidden = t.silu(linearBias(p.at(0), first, { out: 128 }))
  const logits = linearBias(p.at(1), t.silu(linearBias(p.at('mid'), hidden, { out: 128 })), { out: config.phones })
  return weightedMean(multiLabelCrossEntropy(logits, phones), weights)
}

/** A clip whose length is only known when the program runs; positions and mask are inputs. */
function openContext(config: CodecConfig): SequenceContext {
  const positions = t.input('positions', 'int64', [1, 'time'])
  const mask = t.input('mask', 'float32', [1, 1, 'time', 'time'])
  return { batch: 1, time: 'time', positions, rotary: rotaryTables(config.longest, config.block.headDim), mask }
}

/** Traces the encoder for use: `mel` [time, patch · 80], `positions` and `mask` of one clip to codes [time, codes] (int32). */
export function codecEncoder(p: ParamScope, config: CodecConfig): Tensor {
  const mel = t.input('mel', 'float32', ['time', config.patch * MEL_BANDS])
  const { steps } = codecEncode(p.at('encoder'), mel, config, openContext(config))
  return fsqCodes(steps, allLevels(config), config.codes)
}

/** Traces the decoder of a whole clip: `coordinates` [time, codes · dims], `positions` and `mask` to log magnitudes [time, patch · bins]. */
export function codecClipDecoder(p: ParamScope, config: CodecConfig): Tensor {
  const coordinates = t.input('coordinates', 'float32', ['time', config.codes * config.levels.length])
  return codecDecode(p.at('decoder'), coordinates, config, { context: openContext(config) }).logMagnitudes
}

/** Traces the decoder of streams, one position of each: `coordinates` [batch, codes · dims] to `logMagnitudes` [batch, patch · bins] and new cache rows. */
export function codecDecoder(p: ParamScope, config: CodecConfig): Record<string, Tensor> {
  const coordinates = t.input('coordinates', 'float32', ['batch', config.codes * config.levels.length])
  const pages = pagedInputs(config.block, { batch: 'batch', time: 1, longest: config.longest })
  const { logMagnitudes, caches } = codecDecode(p.at('decoder'), coordinates, config, pages)
  return { logMagnitudes, ...newRows(caches) }
}
