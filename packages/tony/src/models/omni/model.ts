/** @file The omni transformer as traced programs: training losses, and one decoding program for prefill and steps. */
import type { Tensor } from '../../graph/node.ts'
import * as t from '../../graph/ops.ts'
import { constant } from '../../graph/trace.ts'
import { packedMask, rotaryTables, type SequenceContext } from '../../nn/attention.ts'
import { blocks } from '../../nn/block.ts'
import { fsqCodeCoordinates } from '../../nn/fsq.ts'
import { linear, linearBias, multiLabelCrossEntropy, rmsNorm, weightedMean } from '../../nn/layers.ts'
import { newRows, pagedInputs } from '../../nn/pages.ts'
import type { ParamScope } from '../../nn/params.ts'
import { TonyError } from '../../util/errors.ts'
import { type OmniConfig, turnStates, vocabSize, wordSlot } from './config.ts'
import { EAR, type HeardPlaces, hearWindows, hearWords } from './hearing.ts'
import { embedPixels, SHEET } from './sight.ts'

/** Everything that enters at `positions` besides tokens: rows and the positions (flattened) where they stand. A batch without them has none. */
interface Signals {
  /** [n, 128, melWindow] at `at` [n · 128], and where the words in it stand. */
  readonly audio?: { readonly mel: Tensor; readonly at: Tensor; readonly slots?: HeardSlots } & HeardPlaces
  /** [sheets, 16, pixelWindow] at `at` [sheets · 16], placed by `place` [sheets, 16]. */
  readonly image?: { readonly pixels: Tensor; readonly at: Tensor; readonly place: Tensor }
  /** [f, codes · dims] grid coordinates at `at` [f]. */
  readonly frame?: { readonly frames: Tensor; readonly at: Tensor }
}

/** Embeddings of tokens [vocab, width], which are also the weights of what is written next. */
const tokenTable = (p: ParamScope, config: OmniConfig): Tensor =>
  p.param('embed_tokens.weight', [vocabSize(config), config.block.width], { kind: 'normal', std: 0.02 }, false)

/** What is told of each patch beside its row: the likeliest `word` [n] (int32, the last for none), and `embedded` [n, width], the mean of the tokens of words that it may be, less the token under it. */
interface ToldWords {
  readonly word: Tensor
  readonly embedded: Tensor
}

/** The words in `rows` [n, width] of heard sound, with the `table` of tokens. */
function tellWords(p: ParamScope, rows: Tensor, table: Tensor, config: OmniConfig): ToldWords {
  const words = config.heardTokens.length
  const slot = constant({ dtype: 'int32', shape: [1], data: Int32Array.of(wordSlot(config)) })
  const scaled = (rows: Tensor): Tensor => t.mul(rows, Math.sqrt(config.block.width))
  const logits = hearWords(p.at('hear'), rows, words + 1)
  const mean = t.softmaxMatmul(t.slice(logits, 1, 0, words), scaled(meanTokens(table, config.heardTokens)))
  return {
    word: t.cast(t.argmax(logits), 'int32'),
    embedded: t.sub(mean, scaled(t.gather(table, slot))),
  }
}

/** Means [words, width] of the rows of `table` that each word's tokens have: what it is made of, in no order. */
function meanTokens(table: Tensor, words: readonly (readonly number[])[]): Tensor {
  const parts = words.flatMap((tokens, word) => tokens.map((token) => ({ token, word, share: 1 / tokens.length })))
  const ints = (of: (part: (typeof parts)[number]) => number): Tensor =>
    constant({ dtype: 'int32', shape: [parts.length], data: Int32Array.from(parts, of) })
  const tokens = t.gather(
    table,
    ints(({ token }) => token),
  )
  if (parts.length === words.length) return tokens
  const shares = constant({
    dtype: 'float32',
    shape: [parts.length, 1],
    data: Float32Array.from(parts, ({ share }) => share),
  })
  return t.scatterAddRows(
    ints(({ word }) => word),
    t.mul(tokens, shares),
    words.length,
  )
}

/** Where words of sounds stand after them, as `BatchPacker` fills it. */
interface HeardSlots {
  /** Of each row of sound: the first row of its sound, and the row of the patch before, the number of rows where there is none. */
  readonly sound: Tensor
  readonly before: Tensor
  /** Of each slot: the first row of its sound, which of its words stands there, and its position. */
  readonly first: Tensor
  readonly index: Tensor
  readonly at: Tensor
}

/**
 * Embeddings [slots, width] of the words of sounds (`isTold`), zeros where a sound has fewer. `fresh` [n] tells rows that stand for a patch.
 */
function wordsInOrder(
  { word, embedded }: ToldWords,
  slots: HeardSlots,
  { fresh, none }: { fresh: Tensor; none: number },
): Tensor {
  const [rows, count] = [word.shape[0] as number, slots.at.shape[0] as number]
  const last = t.gather(t.concat([word, t.full([1], none, 'int32')], 0), slots.before)
  const told = t.and(fresh, t.and(t.not(t.equal(word, t.full([], none, 'int32'))), t.not(t.equal(word, last))))
  const one = t.cast(told, 'float32')
  const counted = t.cumsum(one, 0)
  const wanted = t.add(t.gather(t.sub(counted, one), slots.first), t.add(t.cast(slots.index, 'float32'), 1))
  const bySlot = (x: Tensor): Tensor => t.reshape(x, [count, 1])
  const byRow = (x: Tensor): Tensor => t.reshape(x, [1, rows])
  const itsSound = t.equal(bySlot(slots.first), byRow(slots.sound))
  const itsTurn = t.equal(t.cast(bySlot(wanted), 'int32'), t.cast(byRow(counted), 'int32'))
  return t.matmul(t.cast(t.and(byRow(told), t.and(itsSound, itsTurn)), 'float32'), embedded)
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
  const table = tokenTable(p, config)
  // The table is scaled up so that tokens and signals enter with similar size while the tied logits stay small.
  const x = t.mul(t.gather(table, tokens), Math.sqrt(config.block.width))
  const { audio, image, frame } = signals
  const entering: { at: Tensor; rows: Tensor }[] = []
  if (audio !== undefined) {
    const { slots } = audio
    const heard = hearWindows(p.at('hear'), audio.mel, audio, config).rows
    entering.push({ at: audio.at, rows: heard })
    if (slots !== undefined) {
      const told = tellWords(p, heard, table, config)
      const fresh = t.less(audio.at, t.full([], rows, 'int32'))
      entering.push({ at: slots.at, rows: wordsInOrder(told, slots, { fresh, none: config.heardTokens.length }) })
    }
  }
  if (image !== undefined)
    entering.push({ at: image.at, rows: embedPixels(p.at('see'), image.pixels, image.place, config) })
  if (frame !== undefined) entering.push({ at: frame.at, rows: embedFrames(p.at('embed_frame'), frame.frames, config) })
  if (entering.length === 0) return { x, table }
  const placed = t.scatterAddRows(
    t.concat(
      entering.map(({ at }) => at),
      0,
    ),
    t.concat(
      entering.map((signal) => signal.rows),
      0,
    ),
    rows + 1,
  )
  return { x: t.add(x, t.slice(placed, 0, 0, rows)), table }
}

/**
 * Logits [codes · n, codebook] of the depth head: code k of a frame from the hidden state [n, width] and the frame's
 * earlier codes. `said` [codes · n] are the frames' own codes, the first ones of all frames first; a mask hides those not yet written.
 */
export function depthLogits(p: ParamScope, hidden: Tensor, said: Tensor, config: OmniConfig): Tensor {
  const { audioCodes: codes, audioLevels, depthWidth, audioCodebook } = config
  const dims = audioLevels.length
  const n = hidden.shape[0] as number
  const visible = new Float32Array(codes * codes * dims)
  for (let k = 0; k < codes; k++) visible.fill(1, k * codes * dims, k * codes * dims + k * dims)
  const mask = constant({ dtype: 'float32', shape: [1, codes, codes * dims], data: visible })
  const byFrame = t.transpose(t.reshape(t.gather(codeGrid(config), said), [codes, n, dims]), [1, 0, 2]) // [n, codes, dims]
  const earlier = t.reshape(t.mul(t.reshape(byFrame, [n, 1, codes * dims]), mask), [n * codes, codes * dims])
  const state = linearBias(p.at('state'), hidden, { out: depthWidth })
  const which = p.param('which', [1, codes, depthWidth], { kind: 'normal', std: 0.5 }, false)
  const seen = t.reshape(linear(p.at('earlier'), earlier, { out: depthWidth }), [n, codes, depthWidth])
  let x = t.reshape(t.add(t.add(t.reshape(state, [n, 1, depthWidth]), which), seen), [n * codes, depthWidth])
  for (let i = 0; i < 2; i++) x = t.add(x, depthLayer(p.at('layers').at(i), x, depthWidth))
  const byCode = t.transpose(t.reshape(rmsNorm(x, p.at('norm')), [n, codes, depthWidth]), [1, 0, 2]) // [codes, n, depthWidth]
  const heads = p.param('heads', [codes, depthWidth, audioCodebook], { kind: 'normal', std: 1 / Math.sqrt(depthWidth) })
  return t.reshape(t.matmul(byCode, heads), [codes * n, audioCodebook])
}

/** Grid coordinates of each code [codebook, dims]. */
function codeGrid({ audioLevels, audioCodebook }: OmniConfig): Tensor {
  const points = Array.from({ length: audioCodebook }, (_, code) => fsqCodeCoordinates(code, audioLevels))
  return constant({
    dtype: 'float32',
    shape: [audioCodebook, audioLevels.length],
    data: Float32Array.from(points.flat()),
  })
}

function depthLayer(p: ParamScope, x: Tensor, width: number): Tensor {
  const hidden = t.silu(linearBias(p.at('up'), rmsNorm(x, p.at('norm')), { out: width * 2 }))
  return linear(p.at('down'), hidden, { out: width, init: { kind: 'normal', std: 0.5 / Math.sqrt(width * 2) } })
}

/** Room in a batch for the words of `audio` windows of sound: half as many again as `roomForWords`, which rounds up. */
export const slotsOf = (audio: number): number => Math.ceil(audio / 2)

/** Fixed sizes of one training batch; unused entries point at row `batch · time` or have weight 0. */
export interface BatchShape {
  readonly batch: number
  readonly time: number
  /** Audio windows (a multiple of 128), pixel windows (of 16), codec frames, predicted tokens; where one is 0, the network for it is left out. */
  readonly audio: number
  readonly image: number
  readonly frames: number
  readonly targets: number
  /** Names of tasks whose losses are told apart. */
  readonly tasks?: readonly string[]
  /** Less memory for more time, as in `SequenceContext`. */
  readonly checkpoint?: boolean
}

/** The inputs of a batch that enter the transformer, as `BatchPacker` fills them (models/omni/pack.ts); several networks may read them. */
export interface BatchInputs {
  readonly tokens: Tensor
  readonly positions: Tensor
  readonly segments: Tensor
  readonly signals: Signals
}

/** Declares `BatchInputs`, their names after `prefix`. */
export function batchInputs(config: OmniConfig, shape: BatchShape, prefix = ''): BatchInputs {
  const { batch, time, audio, image, frames } = shape
  const ints = (name: string, dims: readonly number[]): Tensor => t.input(prefix + name, 'int32', dims)
  const floats = (name: string, dims: readonly number[]): Tensor => t.input(prefix + name, 'float32', dims)
  const dims = config.audioCodes * config.audioLevels.length
  return {
    tokens: ints('tokens', [batch * time]),
    positions: ints('positions', [batch, time]),
    segments: ints('segments', [batch, time]),
    signals: {
      ...(audio > 0
        ? {
            audio: {
              mel: floats('mel', [audio / EAR, EAR, config.melWindow]),
              at: ints('audioAt', [audio]),
              chunk: ints('audioChunk', [audio / EAR, EAR]),
              place: ints('audioPlace', [audio / EAR, EAR]),
              ...(config.heardTokens.length === 0 ? {} : { slots: heardSlots(audio, ints) }),
            },
          }
        : {}),
      ...(image > 0
        ? {
            image: {
              pixels: floats('pixels', [image / SHEET, SHEET, config.pixelWindow]),
              at: ints('imageAt', [image]),
              place: ints('place', [image / SHEET, SHEET]),
            },
          }
        : {}),
      ...(frames > 0 ? { frame: { frames: floats('frames', [frames, dims]), at: ints('frameAt', [frames]) } } : {}),
    },
  }
}

const heardSlots = (audio: number, ints: (name: string, dims: readonly number[]) => Tensor): HeardSlots => ({
  sound: ints('audioSound', [audio]),
  before: ints('audioBefore', [audio]),
  first: ints('wordFirst', [slotsOf(audio)]),
  index: ints('wordIndex', [slotsOf(audio)]),
  at: ints('wordAt', [slotsOf(audio)]),
})

/** The transformer over a packed batch: normalised `hidden` [batch · time, width], the output of each layer, and the token table. */
export function omniHidden(
  p: ParamScope,
  config: OmniConfig,
  { inputs, shape: { batch, time, checkpoint = false } }: { inputs: BatchInputs; shape: BatchShape },
): { hidden: Tensor; layers: readonly Tensor[]; table: Tensor } {
  const { x, table } = embedAll(p, inputs.tokens, inputs.signals, { config, rows: batch * time })
  const context: SequenceContext = {
    batch,
    time,
    positions: t.cast(inputs.positions, 'int64'),
    rotary: rotaryTables(time, config.block.headDim),
    mask: packedMask(inputs.segments),
    checkpoint,
  }
  const { out, layers } = blocks(p.at('layers'), x, config.block, context)
  return { hidden: rmsNorm(out, p.at('norm')), layers, table }
}

/** Losses of one packed batch; its inputs are declared here, their names after `prefix`, and filled by `packBatch` (models/omni/pack.ts). */
export function omniLoss(
  p: ParamScope,
  config: OmniConfig,
  shape: BatchShape,
  prefix = '',
): { loss: Tensor; metrics: Record<string, Tensor> } {
  const { audio, frames, targets, tasks = [] } = shape
  const ints = (name: string, length: number): Tensor => t.input(prefix + name, 'int32', [length])
  const floats = (name: string, ...dims: number[]): Tensor => t.input(prefix + name, 'float32', dims)
  const inputs = batchInputs(config, shape, prefix)
  const { hidden, layers, table } = omniHidden(p, config, { inputs, shape })
  const signals = inputs.signals
  if (signals.audio === undefined || signals.frame === undefined)
    throw new TonyError('invalid', 'omniLoss: a batch needs room for sound and frames; use align/ for text alone')

  // Next token, at the positions that have one to predict.
  const logits = t.matmul(t.gather(hidden, ints('targetAt', targets)), table, { transB: true })
  const tokenLoss = t.softmaxCrossEntropy(logits, ints('targets', targets))
  const textWeights = floats('textWeights', targets)
  const controlWeights = floats('controlWeights', targets)
  const imageWeights = floats('imageWeights', targets)
  const text = weightedMean(tokenLoss, textWeights)
  const control = weightedMean(tokenLoss, controlWeights)
  const picture = weightedMean(tokenLoss, imageWeights)

  // Codes of each frame, from the hidden state one position before it.
  const before = t.gather(hidden, ints('frameFrom', frames))
  const codes = ints('codes', config.audioCodes * frames)
  const codeLogits = depthLogits(p.at('depth'), before, codes, config)
  const codeLoss = t.softmaxCrossEntropy(codeLogits, codes)
  const frameWeights = floats('frameWeights', frames)
  const byCode = t
    .split(codeLoss, 0, new Array<number>(config.audioCodes).fill(frames))
    .map((part) => weightedMean(part, frameWeights))
  // Code 0 carries the phones and counts four times.
  const speech = t.mul(
    byCode.slice(1).reduce((a, b) => t.add(a, b), t.mul(byCode[0]!, 4)),
    1 / (config.audioCodes + 3),
  )

  // End of turn, at every audio patch.
  const audioAt = signals.audio.at
  const atAudio = (y: Tensor): Tensor => t.gather(t.concat([y, t.full([1, config.block.width], 0)], 0), audioAt)
  const heard = atAudio(hidden)
  const turnLogits = linearBias(p.at('turn'), heard, { out: turnStates.length })
  const turnWeights = floats('turnWeights', audio)
  const turn = weightedMean(t.softmaxCrossEntropy(turnLogits, ints('turns', audio)), turnWeights)

  // Helpers: which phones sound (half-way up), which word has just ended, and which phones the next frame has. Heard sound
  // has an answer at every patch this way, not only where its transcript is written much later.
  const word = weightedMean(
    t.softmaxCrossEntropy(t.matmul(heard, table, { transB: true }), ints('heardWords', audio)),
    turnWeights,
  )
  const middle = layers[Math.ceil(config.block.layers / 2) - 1]!
  const phone = phoneLoss(p.at('heard_phones'), atAudio(middle), { config, name: `${prefix}heardPhone` })
  const framePhone = phoneLoss(p.at('frame_phones'), before, { config, name: `${prefix}framePhone` })

  const helpers = t.add(t.mul(word, 0.5), t.mul(t.add(phone, framePhone), 0.05))
  const loss = t.add(t.add(t.add(text, control), t.add(speech, t.mul(picture, 0.5))), t.add(t.mul(turn, 0.5), helpers))
  const metrics: Record<string, Tensor> = {
    text,
    control,
    speech: ifAny(speech, frameWeights),
    code0: ifAny(byCode[0]!, frameWeights),
    picture: ifAny(picture, imageWeights),
    turn,
    word,
    phone,
    framePhone,
  }
  if (tasks.length > 0) {
    const taskWeights = t.split(
      floats('taskWeights', targets, tasks.length),
      1,
      tasks.map(() => 1),
    )
    tasks.forEach((task, i) => {
      const weights = t.reshape(taskWeights[i]!, [targets])
      metrics[`task/${task}`] = ifAny(weightedMean(tokenLoss, weights), weights)
    })
  }
  return { loss, metrics }
}

/** `value`, or NaN where the batch has nothing of the kind: the log then leaves it out instead of counting 0. */
function ifAny(value: Tensor, weights: Tensor): Tensor {
  const total = t.reduceSum(weights)
  return t.mul(value, t.div(total, total))
}

/** Sum over phones of the binary cross-entropy, mean over rows; inputs `<name>s` [rows, phones] and `<name>Weights` [rows]. */
function phoneLoss(p: ParamScope, x: Tensor, { config, name }: { config: OmniConfig; name: string }): Tensor {
  const rows = x.shape[0]!
  const present = t.input(`${name}s`, 'float32', [rows, config.phones])
  const logits = linearBias(p, rmsNorm(x, p.at('norm')), { out: config.phones })
  return weightedMean(multiLabelCrossEntropy(logits, present), t.input(`${name}Weights`, 'float32', [rows]))
}

/**
 * One program for prefill and decoding: `time` new positions of each of `batch` sequences. Takes `tokens` [batch, time]
 * (int32), the embedded `signals` [batch, time, width] that stand there (zeros where none does), the inputs of
 * `pagedInputs` (nn/pages.ts), and `asked` [asked] (int32): rows of [batch · time] whose next token is wanted. Gives
 * `hidden` [batch, time, width] (normalised), `logits` [asked, vocab], and only the new cache rows.
 */
export function omniDecode(p: ParamScope, config: OmniConfig): Record<string, Tensor> {
  const { width } = config.block
  const table = tokenTable(p, config)
  const embedded = t.mul(t.gather(table, t.input('tokens', 'int32', ['batch', 'time'])), Math.sqrt(width))
  const x = t.add(embedded, t.input('signals', 'float32', ['batch', 'time', width]))
  const { context, cache } = pagedInputs(config.block, { batch: 'batch', time: 'time', longest: config.contextLength })
  const { out, caches } = blocks(p.at('layers'), x, config.block, context, cache)
  const hidden = rmsNorm(out, p.at('norm'))
  const asked = t.gather(t.reshape(hidden, ['batch*time', width]), t.input('asked', 'int32', ['asked']))
  return { hidden, logits: t.matmul(asked, table, { transB: true }), ...newRows(caches) }
}

/** Small programs around `omniDecode`: embedders of each signal and the heads. Row counts are named, so one compile serves all. */
export const omniParts = {
  /**
   * `rows` [time, width], and where hearing tells words `word` [time] and `embedded` [time, width] (`ToldWords`). What it
   * remembers of a chunk goes in as `before/<layer>/<keys|values>` [1, heads, past, headDim] and comes out, with what is new, as `all/…`.
   */
  audio(p: ParamScope, config: OmniConfig): Record<string, Tensor> {
    const mel = t.input('mel', 'float32', [1, 'time', config.melWindow])
    const places = { chunk: t.input('chunk', 'int32', [1, 'time']), place: t.input('place', 'int32', [1, 'time']) }
    const { layers, kvHeads, headDim } = config.hearing
    const memory = Array.from({ length: layers }, (_, i) => {
      const part = (name: string): Tensor => t.input(`before/${i}/${name}`, 'float32', [1, kvHeads, 'past', headDim])
      return { keys: part('keys'), values: part('values') }
    })
    const { rows, caches } = hearWindows(p.at('hear'), mel, places, config, (layer) => memory[layer]!)
    const all = caches.map(({ keys, values }, i) => ({
      keys: t.concat([memory[i]!.keys, keys], 2),
      values: t.concat([memory[i]!.values, values], 2),
    }))
    const told = config.heardTokens.length === 0 ? {} : tellWords(p, rows, tokenTable(p, config), config)
    return { rows, ...told, ...newRows(all, 'all') }
  },
  image: (p: ParamScope, config: OmniConfig): Tensor =>
    embedPixels(
      p.at('see'),
      t.input('pixels', 'float32', ['sheets', SHEET, config.pixelWindow]),
      t.input('place', 'int32', ['sheets', SHEET]),
      config,
    ),
  frame: (p: ParamScope, config: OmniConfig): Tensor =>
    embedFrames(
      p.at('embed_frame'),
      t.input('frames', 'float32', ['n', config.audioCodes * config.audioLevels.length]),
      config,
    ),
  /** Hidden rows [n, width] to end-of-turn logits [n, states]. */
  turn: (p: ParamScope, config: OmniConfig): Tensor =>
    linearBias(p.at('turn'), t.input('hidden', 'float32', ['n', config.block.width]), { out: turnStates.length }),
  /**
   * Writes all codes of a frame of each of n sequences in one run: `hidden` [n, width], Gumbel noise `noise`
   * [codes, n, codebook] already multiplied by the temperature (0 for greedy), to `codes` [n, codes] (int32). Sampling by
   * Gumbel-max (Gumbel 1954). The same arithmetic as `depthLogits`, of one code at a time.
   */
  depth(p: ParamScope, config: OmniConfig): { codes: Tensor } {
    const { audioCodes: codes, audioLevels, audioCodebook, depthWidth, block } = config
    const dims = audioLevels.length
    const hidden = t.input('hidden', 'float32', ['n', block.width])
    const noise = t.input('noise', 'float32', [codes, 'n', audioCodebook])
    const grid = codeGrid(config)
    const scope = p.at('depth')
    const state = linearBias(scope.at('state'), hidden, { out: depthWidth })
    const which = scope.param('which', [1, codes, depthWidth], { kind: 'normal', std: 0.5 }, false)
    const earlier = scope.at('earlier').param('weight', [codes * dims, depthWidth])
    const heads = scope.param('heads', [codes, depthWidth, audioCodebook], {
      kind: 'normal',
      std: 1 / Math.sqrt(depthWidth),
    })
    let seen = state
    const chosen: Tensor[] = []
    for (let k = 0; k < codes; k++) {
      let x = t.add(seen, t.reshape(t.slice(which, 1, k, k + 1), [1, depthWidth]))
      for (let i = 0; i < 2; i++) x = t.add(x, depthLayer(scope.at('layers').at(i), x, depthWidth))
      const head = t.reshape(t.slice(heads, 0, k, k + 1), [depthWidth, audioCodebook])
      const logits = t.matmul(rmsNorm(x, scope.at('norm')), head)
      const code = t.argmax(t.add(logits, t.reshape(t.slice(noise, 0, k, k + 1), ['n', audioCodebook])), 1) // [n]
      chosen.push(t.reshape(code, ['n', 1]))
      if (k < codes - 1)
        seen = t.add(seen, t.matmul(t.gather(grid, code), t.slice(earlier, 0, k * dims, (k + 1) * dims)))
    }
    return { codes: t.cast(t.concat(chosen, 1), 'int32') }
  },
} as const
