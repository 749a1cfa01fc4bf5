/**
 * @file How sound and pictures enter the network: one position sees a window of its signal, larger than its own share, and
 * a small feed-forward network turns the window into a row. No position needs another one's row for that, so live sound
 * and a chat read in chunks need no state besides the cache. `sensesLoss` trains these networks alone, which costs a
 * fifth of training them under the transformer (docs/log.md); the transformer then goes on training them.
 */
import type { Tensor } from '../../graph/node.ts'
import * as t from '../../graph/ops.ts'
import { embedding, linearBias, multiLabelCrossEntropy, rmsNorm, swiglu, weightedMean } from '../../nn/layers.ts'
import type { ParamScope } from '../../nn/params.ts'
import type { OmniConfig } from './config.ts'
import { FRAMES_PER_PATCH, WINDOW_PATCHES } from './windows.ts'

const WIDTH = 384
const LAYERS = 2

/** Mixes what a window shows: x [n, WIDTH] to rows [n, width]. */
function mix(p: ParamScope, x: Tensor, config: OmniConfig): Tensor {
  let y = x
  for (let i = 0; i < LAYERS; i++) {
    const layer = p.at('layers').at(i)
    y = t.add(y, swiglu(layer.at('mlp'), rmsNorm(y, layer.at('norm')), { hidden: 512, scale: 0.5 }))
  }
  return linearBias(p.at('out'), rmsNorm(y, p.at('norm')), { out: config.block.width })
}

/** Windows [n, melWindow] of four patches to rows [n, width]. Each patch passes through the same first layer. */
export function embedAudio(p: ParamScope, mel: Tensor, config: OmniConfig): Tensor {
  const n = mel.shape[0]!
  const patches = t.reshape(mel, [times(n, WINDOW_PATCHES), config.melWindow / WINDOW_PATCHES])
  const each = t.silu(linearBias(p.at('patch'), patches, { out: 192 }))
  return mix(p, linearBias(p.at('join'), t.reshape(each, [n, WINDOW_PATCHES * 192]), { out: WIDTH }), config)
}

/**
 * Windows [n, pixelWindow] of 32×32 pixels to rows [n, width], without their place: 8×8 patches, joined four by four and
 * those again (as the stem of Touvron et al. 2022, arXiv 2203.09795, joins them), so that what a patch shows is learned once.
 */
export function seeWindows(p: ParamScope, pixels: Tensor, config: OmniConfig): Tensor {
  const n = pixels.shape[0]!
  const patches = t.reshape(pixels, [times(n, 16), config.pixelWindow / 16])
  const small = t.silu(linearBias(p.at('patch'), patches, { out: 128 }))
  const large = t.silu(linearBias(p.at('quarter'), t.reshape(small, [times(n, 4), 512]), { out: 256 }))
  return mix(p, linearBias(p.at('join'), t.reshape(large, [n, 1024]), { out: WIDTH }), config)
}

/** `seeWindows` with the learned mark of the place [n] where each window stands. */
export function embedPixels(p: ParamScope, pixels: Tensor, place: Tensor, config: OmniConfig): Tensor {
  const { places, block } = config
  return t.add(
    seeWindows(p, pixels, config),
    embedding(p.at('place'), place, { size: places, width: block.width, std: 0.1 }),
  )
}

function times(n: number | string, factor: number): number | string {
  return typeof n === 'number' ? n * factor : `${n}*${factor}`
}

/** What `sensesLoss` tells apart, and how much of each it sees at a time. */
export interface SensesShape {
  readonly audio: number
  readonly pictures: number
  readonly things: number
  /** Longest word that is spelled, and letters with one more for none. */
  readonly spelled: number
  readonly letters: number
}

/** 10 ms frames whose phones are asked for at each position: those of its own patch and of the one before, now complete. */
export const ASKED_FRAMES: number = 2 * FRAMES_PER_PATCH
/** Windows of one still picture. */
export const PICTURE_WINDOWS = 16

/**
 * Loss of the senses alone: the phone of each of the last 16 frames of sound; of a picture, the thing or the letters of
 * the printed word. Inputs: `mel` [audio, melWindow], `phoneIds` and `phoneWeights` [audio · 16]; `pixels`
 * [pictures · 16, pixelWindow], `thingIds` and `thingWeights` [pictures], `letterIds` and `letterWeights`
 * [pictures · spelled], `bag` [pictures, letters] (1 where the word has the letter) and `bagWeights` [pictures]. The heads are for training only; names begin as in the omni model.
 */
export function sensesLoss(
  p: ParamScope,
  config: OmniConfig,
  { audio, pictures, things, spelled, letters }: SensesShape,
): { loss: Tensor; metrics: Record<string, Tensor> } {
  const heard = embedAudio(p.at('hear'), t.input('mel', 'float32', [audio, config.melWindow]), config)
  const phoneLogits = linearBias(p.at('phone_head'), heard, { out: ASKED_FRAMES * config.phones })
  const phones = told(t.reshape(phoneLogits, [audio * ASKED_FRAMES, config.phones]), 'phone', audio * ASKED_FRAMES)

  const windows = pictures * PICTURE_WINDOWS
  const seen = seeWindows(p.at('see'), t.input('pixels', 'float32', [windows, config.pixelWindow]), config)
  const whole = t.reshape(seen, [pictures, PICTURE_WINDOWS * config.block.width])
  const joined = t.silu(linearBias(p.at('whole'), whole, { out: 512 }))
  const thing = told(linearBias(p.at('thing_head'), joined, { out: things }), 'thing', pictures)
  // Where the letters of a word stand is not labelled: each window says what it shows, and the word is their union.
  const shown = t.reshape(linearBias(p.at('shown_head'), seen, { out: letters }), [pictures, PICTURE_WINDOWS, letters])
  const union = t.log(t.reduceSum(t.exp(shown), { axes: [1] }))
  const bag = weightedMean(
    multiLabelCrossEntropy(union, t.input('bag', 'float32', [pictures, letters])),
    t.input('bagWeights', 'float32', [pictures]),
  )
  const letterLogits = linearBias(p.at('letter_head'), joined, { out: spelled * letters })
  const letter = told(t.reshape(letterLogits, [pictures * spelled, letters]), 'letter', pictures * spelled)

  return {
    loss: t.add(t.add(phones.loss, t.mul(bag, 0.3)), t.add(t.mul(thing.loss, 0.5), letter.loss)),
    metrics: {
      phone: phones.loss,
      phoneRight: phones.right,
      thing: thing.loss,
      thingRight: thing.right,
      letter: letter.loss,
      letterRight: letter.right,
      bag,
    },
  }
}

/** Weighted cross-entropy and accuracy of rows against the inputs `<name>Ids` and `<name>Weights`. */
function told(logits: Tensor, name: string, rows: number): { loss: Tensor; right: Tensor } {
  const ids = t.input(`${name}Ids`, 'int32', [rows])
  const weights = t.input(`${name}Weights`, 'float32', [rows])
  const right = t.cast(t.equal(t.cast(t.argmax(logits), 'int32'), ids), 'float32')
  return {
    loss: weightedMean(t.softmaxCrossEntropy(logits, ids), weights),
    right: weightedMean(right, weights),
  }
}
