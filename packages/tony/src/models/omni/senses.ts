/**
 * @file Trains the senses of the omni model alone, `hearing.ts` and `sight.ts`, which costs a fifth of training them under
 * the transformer (docs/log.md).
 */
import type { Tensor } from '../../graph/node.ts'
import * as t from '../../graph/ops.ts'
import { constant } from '../../graph/trace.ts'
import { linearBias, multiLabelCrossEntropy, rmsNorm, weightedMean } from '../../nn/layers.ts'
import { type LossPart, sumOfParts } from '../../nn/loss-parts.ts'
import type { ParamScope, ParamValues } from '../../nn/params.ts'
import { type HostTensor, hostTensor } from '../../tensor/host.ts'
import type { OmniConfig } from './config.ts'
import { EAR, hearWindows, hearWords } from './hearing.ts'
import { SHEET, seeWindows } from './sight.ts'
import { CELLS_PER_PATCH, FRAMES_PER_PATCH, ROW_CELLS } from './windows.ts'

/** What `sensesLoss` tells apart, and how much of each it sees at a time. */
export interface SensesShape {
  /** Windows of sound, a multiple of 128. */
  readonly audio: number
  /** Words that are told apart as they end. */
  readonly words: number
  readonly pictures: number
  /** Sheets of four video frames, each a picture of its own. */
  readonly films: number
  readonly things: number
  /** Longest word that is spelled, and letters with one more for none. */
  readonly spelled: number
  readonly letters: number
}

/** 10 ms frames whose phones are asked for at each position: those of its own patch and of the one before, now complete. */
export const ASKED_FRAMES: number = 2 * FRAMES_PER_PATCH

/** The same of each cell of 40 ms. */
export const CELL_FRAMES: number = ASKED_FRAMES / CELLS_PER_PATCH
/**
 * Patches after the end of a word at which its row is asked for it: as it ends, and when what follows has been heard too.
 * What is told at the second enters the transformer.
 */
export const WORD_DELAYS: readonly [number, number] = [0, 2]

/** Video frames on a sheet, and parts of one. */
export const FRAMES = 4
const PARTS = SHEET / FRAMES
/** What is asked of a video frame besides the thing: where its middle is and how large it is. */
export const BOX = 3

/**
 * Loss of the senses alone. Of sound: the phones of the last 160 ms, which word has just ended and which two patches ago.
 * Of a picture: the thing or the letters of the printed word. Of a video frame: the thing, where and how large it is.
 *
 * Inputs: `mel` [audio / 128, 128, melWindow] with `audioChunk` and `audioPlace` [audio / 128, 128]; `phoneIds` and
 * `phoneWeights` [audio · 16], `cellPhoneIds` and `cellPhoneWeights` [audio · 2 · 8]; `wordIds` and `wordWeights`
 * [2 · audio], the last word for none; `pixels` [pictures + films, 16, pixelWindow], the stills first, `thingIds` and
 * `thingWeights` [pictures], `frameThingIds` [films · 4], `boxes` [films · 4, 3] about 0 and 1 wide, `letterIds` and
 * `letterWeights` [pictures · spelled]; for cells of printed words `cellIds` and `cellWeights` [pictures · 64], the letter
 * whose middle is there, and `ranks` [pictures · 64, spelled], the places in the word of such letters, with `rankWeights`
 * [pictures · 64].
 * The heads are for training only; names begin as in the omni model. With `audio` or `pictures` 0
 * that sense is left out.
 *
 * Letter k is asked of row k, the thing of the mean of all rows: what a row means is then the same wherever the word
 * stands, which a transformer reads off more easily than a code of its own for each place. The network learns this on its
 * way up only if lower layers are told what a cell shows: without that, letters stay a guess (docs/log.md).
 */
export function sensesLoss(
  p: ParamScope,
  config: OmniConfig,
  shape: SensesShape,
): { loss: Tensor; metrics: Record<string, Tensor> } {
  return sumOfParts([
    ...(shape.audio > 0 ? [hearingLoss(p, config, shape)] : []),
    ...(shape.pictures > 0 ? [seeingLoss(p, config, shape)] : []),
  ])
}

/**
 * What hearing alone tells, from inputs `mel`, `audioChunk` and `audioPlace` of `sensesLoss`: logits of the phones of the
 * last 16 frames at each window [audio · 16, phones], of those of the last 8 at each cell [audio · 2 · 8, phones], told
 * half-way, and of the words that ended 0 and 2 patches ago [2 · audio, words], the last of them for none.
 */
export function tellHeard(
  p: ParamScope,
  config: OmniConfig,
  { audio, words }: Pick<SensesShape, 'audio' | 'words'>,
): { phone: Tensor; cellPhone: Tensor; word: Tensor } {
  const whole = [audio / EAR, EAR]
  const { rows, layers } = hearWindows(
    p.at('hear'),
    t.input('mel', 'float32', [...whole, config.melWindow]),
    { chunk: t.input('audioChunk', 'int32', whole), place: t.input('audioPlace', 'int32', whole) },
    config,
  )
  const phones = (name: string, x: Tensor, frames: number): Tensor => {
    const logits = linearBias(p.at(name), x, { out: frames * config.phones })
    return t.reshape(logits, [(x.shape[0] as number) * frames, config.phones])
  }
  return {
    phone: phones('phone_head', rows, ASKED_FRAMES),
    cellPhone: phones('cell_phone_head', rmsNorm(layers[2]!), CELL_FRAMES),
    word: t.concat([linearBias(p.at('word_head'), rows, { out: words }), hearWords(p.at('hear'), rows, words)], 0),
  }
}

/**
 * Weights with heads that tell `known` words and, last, none, as weights whose heads tell `wanted` words: what was told is
 * told as before, the new ones are unlikely at first. Weights without such heads (`known` 0) stay as they are.
 */
export function withRoomForWords(params: ParamValues, known: number, wanted: number): ParamValues {
  if (known === 0 || wanted <= known) return params
  const wider = (name: string, value: HostTensor<'float32'>): HostTensor<'float32'> => {
    const rows = value.data.length / (known + 1)
    const out = new Float32Array(rows * (wanted + 1)).fill(name.endsWith('bias') ? UNLIKELY : 0)
    for (let row = 0; row < rows; row++) {
      const from = row * (known + 1)
      const to = row * (wanted + 1)
      out.set(value.data.subarray(from, from + known), to)
      out[to + wanted] = value.data[from + known]!
    }
    return hostTensor('float32', [...value.shape.slice(0, -1), wanted + 1], out)
  }
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, WORD_HEADS.test(name) ? wider(name, value) : value]),
  )
}

/** Parameters of the heads of `tellHeard` that tell words. */
const WORD_HEADS = /^(word_head|hear\.word)\./

/** Logit of a word that was never told before. */
const UNLIKELY = -8

function hearingLoss(p: ParamScope, config: OmniConfig, shape: SensesShape): LossPart {
  const { audio } = shape
  const heard = tellHeard(p, config, shape)
  const phone = told(heard.phone, 'phone', audio * ASKED_FRAMES)
  const cellPhone = told(heard.cellPhone, 'cellPhone', audio * CELLS_PER_PATCH * CELL_FRAMES)
  const word = told(heard.word, 'word', WORD_DELAYS.length * audio)
  return {
    loss: t.add(t.add(cellPhone.loss, t.mul(phone.loss, 0.5)), word.loss),
    metrics: {
      cellPhone: cellPhone.loss,
      phone: phone.loss,
      phoneRight: phone.right,
      word: word.loss,
      wordRight: word.right,
    },
  }
}

/**
 * What sight alone tells, from input `pixels` [pictures + films, 16, pixelWindow]: of still pictures logits of the thing
 * [pictures, things] and of the letters of a printed word [pictures · spelled, letters], the last of them for none; of
 * video frames `films` [films · 4, width], the mean of the rows of each. `layers` are those of the cells of stills.
 */
export function tellSeen(
  p: ParamScope,
  config: OmniConfig,
  { pictures, films, things, spelled, letters }: SensesShape,
): { thing: Tensor; letter: Tensor; films: Tensor | undefined; layers: readonly Tensor[] } {
  const { width } = config.block
  const sheets = pictures + films
  // Half of the sheets of frames show the first four of a video, half the last.
  const placeOf = (sheet: number, part: number): number =>
    sheet < pictures ? part : SHEET + (sheet % 2) * SHEET + part
  const places = Int32Array.from({ length: sheets * SHEET }, (_, i) => placeOf(Math.floor(i / SHEET), i % SHEET))
  const place = constant({ dtype: 'int32', shape: [sheets, SHEET], data: places })
  const pixels = t.input('pixels', 'float32', [sheets, SHEET, config.pixelWindow])
  const { rows, layers } = seeWindows(p.at('see'), pixels, place, config)
  const all = t.reshape(rows, [sheets, SHEET, width])
  const seen = t.slice(all, 0, 0, pictures)
  const first = t.reshape(t.slice(seen, 1, 0, spelled), [pictures * spelled, width])
  const shown = films === 0 ? undefined : t.reshape(t.slice(all, 0, pictures, sheets), [films * FRAMES, PARTS, width])
  return {
    thing: linearBias(p.at('thing_head'), t.reduceMean(seen, { axes: [1] }), { out: things }),
    letter: linearBias(p.at('letter_head'), first, { out: letters }),
    films: shown && t.reduceMean(shown, { axes: [1] }),
    layers: layers.map((layer) => t.slice(layer, 0, 0, pictures * SHEET * ROW_CELLS)),
  }
}

function seeingLoss(p: ParamScope, config: OmniConfig, shape: SensesShape): LossPart {
  const { pictures, films, things, spelled, letters } = shape
  const seen = tellSeen(p, config, shape)
  const { layers } = seen
  const thing = told(seen.thing, 'thing', pictures)
  const letter = told(seen.letter, 'letter', pictures * spelled)
  const cells = pictures * SHEET * ROW_CELLS
  const atCells = (name: string, layer: number, classes: number): Tensor =>
    linearBias(p.at(`${name}_head`), rmsNorm(layers[layer]!), { out: classes })
  const cell = told(atCells('cell', 1, letters - 1), 'cell', cells)
  const ranks = multiLabelCrossEntropy(atCells('rank', 2, spelled), t.input('ranks', 'float32', [cells, spelled]))
  const rank = weightedMean(ranks, t.input('rankWeights', 'float32', [cells]))
  const loss = t.add(t.add(t.mul(thing.loss, 0.5), letter.loss), t.add(cell.loss, t.mul(rank, 4)))
  const metrics = {
    thing: thing.loss,
    thingRight: thing.right,
    letter: letter.loss,
    letterRight: letter.right,
    cell: cell.loss,
    cellRight: cell.right,
    rank,
  }
  if (seen.films === undefined) return { loss, metrics }
  const frames = films * FRAMES
  const ids = t.input('frameThingIds', 'int32', [frames])
  const frameThing = t.reduceMean(
    t.softmaxCrossEntropy(linearBias(p.at('thing_head'), seen.films, { out: things }), ids),
  )
  const off = t.sub(linearBias(p.at('box_head'), seen.films, { out: BOX }), t.input('boxes', 'float32', [frames, BOX]))
  const box = t.reduceMean(t.mul(off, off))
  return { loss: t.add(loss, t.add(t.mul(frameThing, 0.2), t.mul(box, 4))), metrics: { ...metrics, frameThing, box } }
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
