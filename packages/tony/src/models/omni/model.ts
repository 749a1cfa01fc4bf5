/** @file The omni transformer as traced programs: training losses, and one decoding program for prefill and steps. */
import type { Tensor } from '../../graph/node.ts'
import * as t from '../../graph/ops.ts'
import { constant } from '../../graph/trace.ts'
import { packedMask, rotaryTables, type SequenceContext } from '../../nn/attention.ts'
import { blocks } from '../../nn/block.ts'
import { embedding, linear, linearBias, rmsNorm, weightedMean } from '../../nn/layers.ts'
import type { ParamScope } from '../../nn/params.ts'
import type { Dim } from '../../tensor/shape.ts'
import { type OmniConfig, turnStates, vocabSize } from './config.ts'

/** Everything that enters at `positions` besides tokens: rows and the positions (flattened) where they stand. */
interface Signals {
  /** [a, melPatch] at audioAt [a]. */
  readonly mel: Tensor
  readonly audioAt: Tensor
  /** [i, pixelPatch] at imageAt [i], placed by place [i]. */
  readonly pixels: Tensor
  readonly imageAt: Tensor
  readonly place: Tensor
  /** [f, codes · dims] grid coordinates at frameAt [f]. */
  readonly frames: Tensor
  readonly frameAt: Tensor
}

function embedAudio(p: ParamScope, mel: Tensor, config: OmniConfig): Tensor {
  return linearBias(p.at(1), t.silu(linearBias(p.at(0), mel, { out: 512 })), { out: config.block.width })
}

function embedPixels(p: ParamScope, pixels: Tensor, place: Tensor, config: OmniConfig): Tensor {
  const patch = linearBias(p.at(1), t.silu(linearBias(p.at(0), pixels, { out: 256 })), { out: config.block.width })
  return t.add(patch, embedding(p.at('place'), place, { size: config.places, width: config.block.width, std: 0.02 }))
}

/** A frame is its 24 grid coordinates: neighbouring codes sound alike and enter alike. */
function embedFrames(p: ParamScope, coordinates: Tensor, config: OmniConfig): Tensor {
  return linearBias(p.at(1), t.silu(linearBias(p.at(0), coordinates, { out: 512 })), { out: config.block.width })
}

/** Sum of the token's embedding and of the signal that stands there: [rows, width]. Signal rows at `rows` itself are dropped. */
function embedAll(
  p: ParamScope,
  tokens: Tensor,
  signals: Signals,
  { config, rows }: { config: OmniConfig; rows: number },
): { x: Tensor; table: Tensor } {
  const size = vocabSize(config)
  const table = p.param('embed_tokens.weight', [size, config.block.width], { kind: 'normal', std: 0.02 }, false)
  const audio = embedAudio(p.at('embed_audio'), signals.mel, config)
  const image = embedPixels(p.at('embed_image'), signals.pixels, signals.place, config)
  const frames = embedFrames(p.at('embed_frame'), signals.frames, config)
  const placed = t.scatterAddRows(
    t.concat([signals.audioAt, signals.imageAt, signals.frameAt], 0),
    t.concat([audio, image, frames], 0),
    rows + 1,
  )
  // The table is scaled up so that tokens and signals enter with similar size while the tied logits stay small.
  return { x: t.add(t.mul(t.gather(table, tokens), Math.sqrt(config.block.width)), t.slice(placed, 0, 0, rows)), table }
}

/**
 * Logits [n · codes, codebook] of the depth head: code k of a frame from the hidden state [n, width] and the frame's
 * earlier codes. `coordinates` [n, codes · dims] are the frame's own; a mask hides those not yet written.
 */
function depthLogits(p: ParamScope, hidden: Tensor, coordinates: Tensor, config: OmniConfig): Tensor {
  const { audioCodes: codes, audioLevels, depthWidth, audioCodebook } = config
  const dims = audioLevels.length
  const n = hidden.shape[0] as number
  const visible = new Float32Array(codes * codes * dims)
  for (let k = 0; k < codes; k++) visible.fill(1, k * codes * dims, k * codes * dims + k * dims)
  const mask = constant({ dtype: 'float32', shape: [1, codes, codes * dims], data: visible })
  const earlier = t.reshape(t.mul(t.reshape(coordinates, [n, 1, codes * dims]), mask), [n * codes, codes * dims])
  const state = linearBias(p.at('state'), hidden, { out: depthWidth })
  const which = p.param('which', [1, codes, depthWidth], { kind: 'normal', std: 0.5 }, false)
  const seen = t.reshape(linear(p.at('earlier'), earlier, { out: depthWidth }), [n, codes, depthWidth])
  let x = t.reshape(t.add(t.add(t.reshape(state, [n, 1, depthWidth]), which), seen), [n * codes, depthWidth])
  for (let i = 0; i < 2; i++) x = t.add(x, depthLayer(p.at('layers').at(i), x, depthWidth))
  const byCode = t.transpose(t.reshape(rmsNorm(x, p.at('norm')), [n, codes, depthWidth]), [1, 0, 2]) // [codes, n, depthWidth]
  const heads = p.param('heads', [codes, depthWidth, audioCodebook], { kind: 'normal', std: 1 / Math.sqrt(depthWidth) })
  return t.reshape(t.matmul(byCode, heads), [codes * n, audioCodebook])
}

function depthLayer(p: ParamScope, x: Tensor, width: number): Tensor {
  const hidden = t.silu(linearBias(p.at('up'), rmsNorm(x, p.at('norm')), { out: width * 2 }))
  return linear(p.at('down'), hidden, { out: width, init: { kind: 'normal', std: 0.5 / Math.sqrt(width * 2) } })
}

/** Fixed sizes of one training batch; unused entries point at row `batch · time` or have weight 0. */
export interface BatchShape {
  readonly batch: number
  readonly time: number
  /** Audio patches, pixel patches, codec frames, predicted tokens. */
  readonly audio: number
  readonly image: number
  readonly frames: number
  readonly targets: number
}

/** Losses of one packed batch; its inputs are declared here and filled by `packBatch` (models/omni/pack.ts). */
export function omniLoss(
  p: ParamScope,
  config: OmniConfig,
  shape: BatchShape,
): { loss: Tensor; metrics: Record<string, Tensor> } {
  const { batch, time, audio, image, frames, targets } = shape
  const rows = batch * time
  const dims = config.audioCodes * config.audioLevels.length
  const signals: Signals = {
    mel: t.input('mel', 'float32', [audio, config.melPatch]),
    audioAt: t.input('audioAt', 'int32', [audio]),
    pixels: t.input('pixels', 'float32', [image, config.pixelPatch]),
    imageAt: t.input('imageAt', 'int32', [image]),
    place: t.input('place', 'int32', [image]),
    frames: t.input('frames', 'float32', [frames, dims]),
    frameAt: t.input('frameAt', 'int32', [frames]),
  }
  const tokens = t.input('tokens', 'int32', [rows])
  const { x, table } = embedAll(p, tokens, signals, { config, rows })
  const context: SequenceContext = {
    batch,
    time,
    positions: t.cast(t.input('positions', 'int32', [batch, time]), 'int64'),
    rotary: rotaryTables(time, config.block.headDim),
    mask: packedMask(t.input('segments', 'int32', [batch, time])),
  }
  const hidden = rmsNorm(blocks(p.at('layers'), x, config.block, context).out, p.at('norm'))

  // Next token, at the positions that have one to predict.
  const logits = t.matmul(t.gather(hidden, t.input('targetAt', 'int32', [targets])), table, { transB: true })
  const tokenLoss = t.softmaxCrossEntropy(logits, t.input('targets', 'int32', [targets]))
  const textWeights = t.input('textWeights', 'float32', [targets])
  const controlWeights = t.input('controlWeights', 'float32', [targets])
  const imageWeights = t.input('imageWeights', 'float32', [targets])
  const text = weightedMean(tokenLoss, textWeights)
  const control = weightedMean(tokenLoss, controlWeights)
  const picture = weightedMean(tokenLoss, imageWeights)

  // Codes of each frame, from the hidden state one position before it.
  const before = t.gather(hidden, t.input('frameFrom', 'int32', [frames]))
  const codeLogits = depthLogits(p.at('depth'), before, signals.frames, config)
  const codes = t.input('codes', 'int32', [config.audioCodes * frames])
  const codeLoss = t.softmaxCrossEntropy(codeLogits, codes)
  const frameWeights = t.input('frameWeights', 'float32', [frames])
  const byCode = t
    .split(codeLoss, 0, new Array<number>(config.audioCodes).fill(frames))
    .map((part) => weightedMean(part, frameWeights))
  // Code 0 carries the phones and counts four times.
  const speech = t.mul(
    byCode.slice(1).reduce((a, b) => t.add(a, b), t.mul(byCode[0]!, 4)),
    1 / (config.audioCodes + 3),
  )

  // End of turn, at every audio patch.
  const heard = t.gather(t.concat([hidden, t.full([1, config.block.width], 0)], 0), signals.audioAt)
  const turnLogits = linearBias(p.at('turn'), heard, { out: turnStates.length })
  const turn = weightedMean(
    t.softmaxCrossEntropy(turnLogits, t.input('turns', 'int32', [audio])),
    t.input('turnWeights', 'float32', [audio]),
  )

  const loss = t.add(t.add(t.add(text, control), t.add(speech, t.mul(picture, 0.5))), t.mul(turn, 0.5))
  return { loss, metrics: { text, control, speech, code0: byCode[0]!, picture, turn } }
}

/**
 * One program for prefill and decoding. Takes embedded positions `x` [1, time, width], `positions` [1, time]
 * (int64), an additive `mask` [1, 1, time, slots + time] and each layer's cache as inputs; gives `hidden`
 * [time, width] (normalised) and only the new cache rows.
 */
export function omniDecode(p: ParamScope, config: OmniConfig): Record<string, Tensor> {
  const { kvHeads, headDim, width, layers } = config.block
  const x = t.input('x', 'float32', [1, 'time', width])
  const positions = t.input('positions', 'int64', [1, 'time'])
  const mask = t.input('mask', 'float32', [1, 1, 'time', 'slots+time'])
  const context: SequenceContext = {
    batch: 1,
    time: 'time',
    positions,
    rotary: rotaryTables(config.contextLength, headDim),
    mask,
  }
  const shape: readonly Dim[] = [1, kvHeads, 'slots', headDim]
  const cache = (i: number): { keys: Tensor; values: Tensor } => ({
    keys: t.input(`cache/${i}/keys`, 'float32', shape),
    values: t.input(`cache/${i}/values`, 'float32', shape),
  })
  const { out, caches } = blocks(p.at('layers'), t.reshape(x, ['time', width]), config.block, context, cache)
  const outputs: Record<string, Tensor> = { hidden: rmsNorm(out, p.at('norm')) }
  for (let i = 0; i < layers; i++) {
    outputs[`new/${i}/keys`] = caches[i]!.keys
    outputs[`new/${i}/values`] = caches[i]!.values
  }
  return outputs
}

/** Small programs around `omniDecode`: embedders of each signal and the heads. Row counts are named, so one compile serves all. */
export const omniParts = {
  /** Tokens [n] (int32) to rows [n, width]. */
  tokens(p: ParamScope, config: OmniConfig): Tensor {
    const table = p.param(
      'embed_tokens.weight',
      [vocabSize(config), config.block.width],
      { kind: 'normal', std: 0.02 },
      false,
    )
    return t.mul(t.gather(table, t.input('tokens', 'int32', ['n'])), Math.sqrt(config.block.width))
  },
  audio: (p: ParamScope, config: OmniConfig): Tensor =>
    embedAudio(p.at('embed_audio'), t.input('mel', 'float32', ['n', config.melPatch]), config),
  image: (p: ParamScope, config: OmniConfig): Tensor =>
    embedPixels(
      p.at('embed_image'),
      t.input('pixels', 'float32', ['n', config.pixelPatch]),
      t.input('place', 'int32', ['n']),
      config,
    ),
  frame: (p: ParamScope, config: OmniConfig): Tensor =>
    embedFrames(
      p.at('embed_frame'),
      t.input('frames', 'float32', ['n', config.audioCodes * config.audioLevels.length]),
      config,
    ),
  /** Hidden rows [n, width] to token logits [n, vocab]. */
  logits(p: ParamScope, config: OmniConfig): Tensor {
    const table = p.param(
      'embed_tokens.weight',
      [vocabSize(config), config.block.width],
      { kind: 'normal', std: 0.02 },
      false,
    )
    return t.matmul(t.input('hidden', 'float32', ['n', config.block.width]), table, { transB: true })
  },
  /** Hidden rows [n, width] to end-of-turn logits [n, states]. */
  turn: (p: ParamScope, config: OmniConfig): Tensor =>
    linearBias(p.at('turn'), t.input('hidden', 'float32', ['n', config.block.width]), { out: turnStates.length }),
  /**
   * Writes all codes of one frame in one run: `hidden` [1, width], Gumbel noise `noise` [codes, codebook] already
   * multiplied by the temperature (0 for greedy), to `codes` [codes] (int32). Sampling by Gumbel-max (Gumbel 1954).
   */
  depth(p: ParamScope, config: OmniConfig): { codes: Tensor; coordinates: Tensor } {
    const { audioCodes: codes, audioLevels, audioCodebook } = config
    const dims = audioLevels.length
    const hidden = t.input('hidden', 'float32', [1, config.block.width])
    const noise = t.input('noise', 'float32', [codes, audioCodebook])
    const grid = new Float32Array(audioCodebook * dims)
    for (let code = 0; code < audioCodebook; code++) {
      let rest = code
      audioLevels.forEach((l, i) => {
        grid[code * dims + i] = (2 * (rest % l)) / (l - 1) - 1
        rest = Math.floor(rest / l)
      })
    }
    const table = constant({ dtype: 'float32', shape: [audioCodebook, dims], data: grid })
    const scope = p.at('depth')
    let written = t.full([1, codes * dims], 0)
    const chosen: Tensor[] = []
    for (let k = 0; k < codes; k++) {
      const logits = t.slice(depthLogits(scope, hidden, written, config), 0, k, k + 1)
      const code = t.argmax(t.add(logits, t.slice(noise, 0, k, k + 1)), 1) // [1]
      chosen.push(code)
      const parts = [
        t.slice(written, 1, 0, k * dims),
        t.gather(table, code),
        t.slice(written, 1, (k + 1) * dims, codes * dims),
      ]
      written = t.concat(
        parts.filter((part) => part.shape[1] !== 0),
        1,
      )
    }
    return { codes: t.cast(t.concat(chosen, 0), 'int32'), coordinates: written }
  },
} as const
