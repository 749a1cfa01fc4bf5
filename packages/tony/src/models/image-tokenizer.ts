/** @file The image tokenizer: a 64×64 picture to 16 coarse and 64 fine codes and back. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { constant } from '../graph/trace.ts'
import { rotaryTables, type SequenceContext } from '../nn/attention.ts'
import { type BlockConfig, blockConfig, blocks } from '../nn/block.ts'
import { fsqCodes, fsqCoordinates, fsqSteps } from '../nn/fsq.ts'
import { linearBias, rmsNorm } from '../nn/layers.ts'
import { type LossPart, sumOfParts } from '../nn/loss-parts.ts'
import { FrozenScope, type ParamScope, type ParamValues } from '../nn/params.ts'
import { adversarialLoss, pictureTilings } from './discriminators.ts'
import type { OmniConfig } from './omni/config.ts'
import { patchWindows, SHEET, seeWindows } from './omni/sight.ts'

export interface ImageTokenizerConfig {
  readonly block: BlockConfig
  /** FSQ levels of one code. */
  readonly levels: readonly number[]
  /** Codes on the coarse 4×4 and the fine 8×8 grid. */
  readonly coarse: number
  readonly fine: number
}

export const imageTokenizerDefaults: ImageTokenizerConfig = {
  block: blockConfig({ width: 192, layers: 3, heads: 3 }),
  levels: [8, 5, 5, 5],
  coarse: 16,
  fine: 64,
}

const PATCH = 192

/** Attention from everywhere to everywhere within each of `batch` pictures. */
function everywhere(config: ImageTokenizerConfig, batch: number, time: number): SequenceContext {
  const positions = constant({
    dtype: 'int64',
    shape: [batch, time],
    data: BigInt64Array.from({ length: batch * time }, (_, i) => BigInt(i % time)),
  })
  return { batch, time, positions, rotary: rotaryTables(time, config.block.headDim), mask: t.full([1, 1, 1, 1], 0) }
}

function placed(
  p: ParamScope,
  x: Tensor,
  { batch, time, width }: { batch: number; time: number; width: number },
): Tensor {
  const places = p.param('places', [1, time, width], { kind: 'normal', std: 0.5 }, false)
  return t.reshape(t.add(t.reshape(x, [batch, time, width]), places), [batch * time, width])
}

/** Grid steps [batch · (coarse + fine), dims] of patches [batch · 64, 192] in [-1, 1]; the coarse codes of a picture come first. */
export function imageEncode(p: ParamScope, patches: Tensor, config: ImageTokenizerConfig, batch: number): Tensor {
  const { width } = config.block
  const time = config.coarse + config.fine
  const seen = t.reshape(linearBias(p.at('embed'), patches, { out: width }), [batch, config.fine, width])
  const x = placed(p, t.concat([t.full([batch, config.coarse, width], 0), seen], 1), { batch, time, width })
  const { out } = blocks(p.at('layers'), x, config.block, everywhere(config, batch, time))
  return fsqSteps(
    linearBias(p.at('quantize'), rmsNorm(out, p.at('norm')), { out: config.levels.length }),
    config.levels,
  )
}

/** Patches [batch · 64, 192] in about [-1, 1] from grid coordinates [batch · (coarse + fine), dims]. */
export function imageDecode(p: ParamScope, coordinates: Tensor, config: ImageTokenizerConfig, batch: number): Tensor {
  const { width } = config.block
  const time = config.coarse + config.fine
  const x = placed(p, linearBias(p.at('embed'), coordinates, { out: width }), { batch, time, width })
  const { out } = blocks(p.at('layers'), x, config.block, everywhere(config, batch, time))
  const fine = t.slice(t.reshape(out, [batch, time, width]), 1, config.coarse, time)
  return linearBias(p.at('head'), rmsNorm(t.reshape(fine, [batch * config.fine, width]), p.at('norm')), { out: PATCH })
}

/** A trained omni model whose sight judges what is painted, and stays as it is. */
export interface Judge {
  readonly config: OmniConfig
  readonly params: ParamValues
}

/**
 * Mean absolute and squared error of the reconstruction; `keepFine` [batch, 1, 1] is 0 where only the coarse codes may be
 * used. With `judge` also how far what its sight makes of the reconstruction, layer by layer, is from what it makes of
 * the original (Johnson, Alahi & Li 2016, arXiv 1603.08155): an average of two pictures has little error and looks like neither.
 * `adversarial` above 0 is the weight of what discriminators, trained along, say of it.
 */
export function imageTokenizerLoss(
  p: ParamScope,
  config: ImageTokenizerConfig,
  { batch, judge, adversarial = 0 }: { batch: number; judge?: Judge; adversarial?: number },
): { loss: Tensor; metrics: Record<string, Tensor> } {
  const patches = t.input('patches', 'float32', [batch * config.fine, PATCH])
  const keepFine = t.input('keepFine', 'float32', [batch, 1, 1])
  const dims = config.levels.length
  const coordinates = t.reshape(fsqCoordinates(imageEncode(p.at('encoder'), patches, config, batch), config.levels), [
    batch,
    config.coarse + config.fine,
    dims,
  ])
  const coarse = t.slice(coordinates, 1, 0, config.coarse)
  const fine = t.mul(t.slice(coordinates, 1, config.coarse, config.coarse + config.fine), keepFine)
  const kept = t.reshape(t.concat([coarse, fine], 1), [batch * (config.coarse + config.fine), dims])
  const painted = imageDecode(p.at('decoder'), kept, config, batch)
  const error = t.sub(painted, patches)
  const absolute = t.reduceMean(t.abs(error))
  const squared = t.reduceMean(t.mul(error, error))
  const parts: LossPart[] = [{ loss: t.add(absolute, squared), metrics: { absolute, squared } }]
  if (judge !== undefined) {
    const seen = looksUnlike(painted, patches, { batch, judge })
    parts.push({ loss: t.mul(seen, SEEN), metrics: { seen } })
  }
  if (adversarial > 0) {
    const how = { tilings: pictureTilings(batch), weight: adversarial }
    parts.push(adversarialLoss(p.at('discriminators'), { made: painted, real: patches }, how))
  }
  return sumOfParts(parts)
}

/** Weight of what sight sees beside the error of pixels. */
const SEEN = 0.5

/** Mean absolute difference of what sight makes of two batches of pictures [batch · 64, 192], over all its layers. */
function looksUnlike(painted: Tensor, original: Tensor, { batch, judge }: { batch: number; judge: Judge }): Tensor {
  const place = constant({
    dtype: 'int32',
    shape: [batch, SHEET],
    data: Int32Array.from({ length: batch * SHEET }, (_, i) => i % SHEET),
  })
  const frozen = new FrozenScope(judge.params).at('see')
  const see = (patches: Tensor): Tensor[] =>
    seeWindows(frozen, patchWindows(patches, batch), place, judge.config).layers.map((layer) => rmsNorm(layer))
  const wanted = see(original)
  const differences = see(painted).map((layer, i) => t.reduceMean(t.abs(t.sub(layer, t.stopGradient(wanted[i]!)))))
  return t.div(
    differences.reduce((a, b) => t.add(a, b)),
    differences.length,
  )
}

/** Traces the encoder for use: `patches` [batch · 64, 192] to codes [batch · 80, 1] (int32). */
export function imageEncoder(p: ParamScope, config: ImageTokenizerConfig, batch: number): Tensor {
  return fsqCodes(
    imageEncode(p.at('encoder'), t.input('patches', 'float32', [batch * config.fine, PATCH]), config, batch),
    config.levels,
    1,
  )
}

/** Traces the decoder for use: `coordinates` [80, dims] to patches [64, 192]. */
export function imageDecoder(p: ParamScope, config: ImageTokenizerConfig): Tensor {
  return imageDecode(
    p.at('decoder'),
    t.input('coordinates', 'float32', [config.coarse + config.fine, config.levels.length]),
    config,
    1,
  )
}
