/**
 * @file Trains the senses of the omni model alone, `hearing.ts` and `sight.ts`, which costs a fifth of training them under
 * the transformer (docs/log.md).
 */
import type { Tensor } from '../../graph/node.ts'
import * as t from '../../graph/ops.ts'
import { constant } from '../../graph/trace.ts'
import { linearBias, multiLabelCrossEntropy, rmsNorm, weightedMean } from '../../nn/layers.ts'
import type { ParamScope } from '../../nn/params.ts'
import type { OmniConfig } from './config.ts'
import { embedAudio } from './hearing.ts'
import { SHEET, seeWindows } from './sight.ts'
import { FRAMES_PER_PATCH, ROW_CELLS } from './windows.ts'

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

/**
 * Loss of the senses alone: the phone of each of the last 16 frames of sound; of a picture, the thing or the letters of
 * the printed word. Inputs: `mel` [audio, melWindow], `phoneIds` and `phoneWeights` [audio · 16]; `pixels`
 * [pictures, 16, pixelWindow], `thingIds` and `thingWeights` [pictures], `letterIds` and `letterWeights`
 * [pictures · spelled]; for cells of printed words `cellIds` and `cellWeights` [pictures · 64], the letter whose middle is
 * there, and `ranks` [pictures · 64, spelled], the places in the word of such letters, with `rankWeights` [pictures · 64].
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
  const parts = [
    ...(shape.audio > 0 ? [hearingLoss(p, config, shape)] : []),
    ...(shape.pictures > 0 ? [seeingLoss(p, config, shape)] : []),
  ]
  return {
    loss: parts.map(({ loss }) => loss).reduce((a, b) => t.add(a, b)),
    metrics: Object.assign({}, ...parts.map(({ metrics }) => metrics)) as Record<string, Tensor>,
  }
}

interface Part {
  readonly loss: Tensor
  readonly metrics: Record<string, Tensor>
}

function hearingLoss(p: ParamScope, config: OmniConfig, { audio }: SensesShape): Part {
  const heard = embedAudio(p.at('hear'), t.input('mel', 'float32', [audio, config.melWindow]), config)
  const phoneLogits = linearBias(p.at('phone_head'), heard, { out: ASKED_FRAMES * config.phones })
  const phones = told(t.reshape(phoneLogits, [audio * ASKED_FRAMES, config.phones]), 'phone', audio * ASKED_FRAMES)
  return { loss: phones.loss, metrics: { phone: phones.loss, phoneRight: phones.right } }
}

/**
 * What sight alone tells of still pictures, from input `pixels` [pictures, 16, pixelWindow]: logits of the thing
 * [pictures, things] and of the letters of a printed word [pictures · spelled, letters], the last of them for none.
 */
export function tellSeen(
  p: ParamScope,
  config: OmniConfig,
  { pictures, things, spelled, letters }: SensesShape,
): { thing: Tensor; letter: Tensor; layers: readonly Tensor[] } {
  const { width } = config.block
  const places = Int32Array.from({ length: pictures * SHEET }, (_, i) => i % SHEET)
  const place = constant({ dtype: 'int32', shape: [pictures, SHEET], data: places })
  const pixels = t.input('pixels', 'float32', [pictures, SHEET, config.pixelWindow])
  const { rows, layers } = seeWindows(p.at('see'), pixels, place, config)
  const seen = t.reshape(rows, [pictures, SHEET, width])
  const first = t.reshape(t.slice(seen, 1, 0, spelled), [pictures * spelled, width])
  return {
    thing: linearBias(p.at('thing_head'), t.reduceMean(seen, { axes: [1] }), { out: things }),
    letter: linearBias(p.at('letter_head'), first, { out: letters }),
    layers,
  }
}

function seeingLoss(p: ParamScope, config: OmniConfig, shape: SensesShape): Part {
  const { pictures, spelled, letters } = shape
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
  return {
    loss: t.add(t.add(t.mul(thing.loss, 0.5), letter.loss), t.add(cell.loss, t.mul(rank, 4))),
    metrics: {
      thing: thing.loss,
      thingRight: thing.right,
      letter: letter.loss,
      letterRight: letter.right,
      cell: cell.loss,
      cellRight: cell.right,
      rank,
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
