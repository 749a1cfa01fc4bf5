/** @file The audio codec: 80 ms of log-mel to six codes, six codes to eight magnitude frames, causal on both sides. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { constant } from '../graph/trace.ts'
import { MEL_BANDS, MEL_SAMPLE_RATE, melFilterbank } from '../media/audio/mel.ts'
import { STFT_SIZE } from '../media/audio/stft.ts'
import { packedMask, rotaryTables, type SequenceContext } from '../nn/attention.ts'
import { type BlockConfig, blockConfig, blocks } from '../nn/block.ts'
import { fsqCodes, fsqCoordinates, fsqSteps } from '../nn/fsq.ts'
import { linearBias, rmsNorm, weightedMean } from '../nn/layers.ts'
import type { ParamScope } from '../nn/params.ts'

export interface CodecConfig {
  readonly block: BlockConfig
  /** 10 ms frames in one position. */
  readonly patch: number
  /** Codes in one position. */
  readonly codes: number
  /** FSQ levels of one code. */
  readonly levels: readonly number[]
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
  longest: 1024,
  phones: 42,
}

export const MAGNITUDE_BINS: number = STFT_SIZE / 2 + 1
/** Added to magnitudes before the logarithm: about the rounding noise of 16-bit sound. */
export const MAGNITUDE_FLOOR = 1e-3
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
  return {
    logMagnitudes: linearBias(p.at('head'), rmsNorm(out, p.at('norm')), { out: config.patch * MAGNITUDE_BINS }),
    caches,
  }
}

function context(config: CodecConfig, batch: number, time: number): SequenceContext {
  const positions = constant({
    dtype: 'int64',
    shape: [batch, time],
    data: BigInt64Array.from({ length: batch * time }, (_, i) => BigInt(i % time)),
  })
  return {
    batch,
    time,
    positions,
    rotary: rotaryTables(time, config.block.headDim),
    mask: packedMask(t.full([batch, time], 0, 'int32')),
  }
}

/**
 * Training losses over clips of `time` positions. Inputs: `mel` [batch · time, patch · 80] (normalised log-mel),
 * `magnitudes` [batch · time, patch · bins] (log), `keep` [batch · time, codes] (1 where a code is kept: nested dropout),
 * `phones` [batch · time, phones] (which phones sound), `phoneWeights` [batch · time].
 */
export function codecLoss(
  p: ParamScope,
  config: CodecConfig,
  { batch, time }: { batch: number; time: number },
): { loss: Tensor; metrics: Record<string, Tensor> } {
  const rows = batch * time
  const mel = t.input('mel', 'float32', [rows, config.patch * MEL_BANDS])
  const target = t.input('magnitudes', 'float32', [rows, config.patch * MAGNITUDE_BINS])
  const keep = t.input('keep', 'float32', [rows, config.codes])
  const phones = t.input('phones', 'float32', [rows, config.phones])
  const phoneWeights = t.input('phoneWeights', 'float32', [rows])
  const dims = config.levels.length
  const at = context(config, batch, time)
  const { coordinates } = codecEncode(p.at('encoder'), mel, config, at)
  const kept = t.reshape(
    t.mul(t.reshape(coordinates, [rows, config.codes, dims]), t.reshape(keep, [rows, config.codes, 1])),
    [rows, config.codes * dims],
  )
  const { logMagnitudes } = codecDecode(p.at('decoder'), kept, config, { context: at })

  const magnitudeLoss = t.reduceMean(t.abs(t.sub(logMagnitudes, target)))
  const frames = rows * config.patch
  const filters = constant({
    dtype: 'float32',
    shape: [MEL_BANDS, MAGNITUDE_BINS],
    data: melFilterbank({ bands: MEL_BANDS, bins: MAGNITUDE_BINS, sampleRate: MEL_SAMPLE_RATE }),
  })
  // Slaney's filters have area one in hertz: the factor brings their sums near one, so that the floor below fits.
  const bands = (logs: Tensor): Tensor => {
    const power = t.exp(t.mul(t.reshape(logs, [frames, MAGNITUDE_BINS]), 2))
    return t.log(t.add(t.matmul(power, filters, { transB: true, alpha: 30 }), 1e-4))
  }
  const made = bands(logMagnitudes)
  const wanted = t.stopGradient(bands(target))
  const melLoss = t.reduceMean(t.abs(t.sub(made, wanted)))
  // A coarser view: averages over four frames, where timing errors inside them cost nothing.
  const coarse = (y: Tensor): Tensor => t.reduceMean(t.reshape(y, [frames / 4, 4, MEL_BANDS]), { axes: [1] })
  const coarseLoss = t.reduceMean(t.abs(t.sub(coarse(made), coarse(wanted))))

  const first = t.slice(coordinates, 1, 0, dims)
  const hidden = t.silu(linearBias(p.at('phone_head').at(0), first, { out: 128 }))
  const logits = linearBias(
    p.at('phone_head').at(1),
    t.silu(linearBias(p.at('phone_head').at('mid'), hidden, { out: 128 })),
    { out: config.phones },
  )
  // -log σ(x) for present, -log σ(-x) for absent: max(x, 0) - x y + log(1 + e^-|x|)
  const entropy = t.add(t.sub(t.relu(logits), t.mul(logits, phones)), t.log(t.add(1, t.exp(t.neg(t.abs(logits))))))
  const phoneLoss = weightedMean(t.reduceSum(entropy, { axes: [1] }), phoneWeights)

  const loss = t.add(
    t.add(t.add(t.mul(melLoss, 1), t.mul(coarseLoss, 0.5)), t.mul(magnitudeLoss, 0.5)),
    t.mul(phoneLoss, 0.1),
  )
  return { loss, metrics: { mel: melLoss, coarse: coarseLoss, magnitude: magnitudeLoss, phone: phoneLoss } }
}

/** A sequence whose length is only known when the program runs; positions and mask are inputs, and a cache may stand before it. */
function openContext(config: CodecConfig, keys: string): SequenceContext {
  const positions = t.input('positions', 'int64', [1, 'time'])
  const mask = t.input('mask', 'float32', [1, 1, 'time', keys])
  return { batch: 1, time: 'time', positions, rotary: rotaryTables(config.longest, config.block.headDim), mask }
}

/** Traces the encoder for use: `mel` [time, patch · 80], `positions` and `mask` of one clip to codes [time, codes] (int32). */
export function codecEncoder(p: ParamScope, config: CodecConfig): Tensor {
  const mel = t.input('mel', 'float32', ['time', config.patch * MEL_BANDS])
  const { steps } = codecEncode(p.at('encoder'), mel, config, openContext(config, 'time'))
  return fsqCodes(steps, allLevels(config), config.codes)
}

/** Traces the decoder for use: `coordinates` [time, codes · dims] after a cache to `logMagnitudes` [time, patch · bins] and new cache rows. */
export function codecDecoder(p: ParamScope, config: CodecConfig): Record<string, Tensor> {
  const { kvHeads, headDim, layers } = config.block
  const coordinates = t.input('coordinates', 'float32', ['time', config.codes * config.levels.length])
  const shape = [1, kvHeads, 'slots', headDim]
  const cache = (i: number): { keys: Tensor; values: Tensor } => ({
    keys: t.input(`cache/${i}/keys`, 'float32', shape),
    values: t.input(`cache/${i}/values`, 'float32', shape),
  })
  const { logMagnitudes, caches } = codecDecode(p.at('decoder'), coordinates, config, {
    context: openContext(config, 'slots+time'),
    cache,
  })
  const outputs: Record<string, Tensor> = { logMagnitudes }
  for (let i = 0; i < layers; i++) {
    outputs[`new/${i}/keys`] = caches[i]!.keys
    outputs[`new/${i}/values`] = caches[i]!.values
  }
  return outputs
}
