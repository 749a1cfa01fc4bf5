/**
 * @file How sound enters the network: a small causal transformer listens at two cells of 40 ms a position and gives one row
 * for every 80 ms. A row depends on sound of its own and on at most the five seconds before it, so what is heard live is
 * what was trained on.
 */
import type { Tensor } from '../../graph/node.ts'
import * as t from '../../graph/ops.ts'
import { constant } from '../../graph/trace.ts'
import { MEL_BANDS } from '../../media/audio/mel.ts'
import { rotaryTables } from '../../nn/attention.ts'
import { type BlockCache, blocks } from '../../nn/block.ts'
import { linearBias, rmsNorm } from '../../nn/layers.ts'
import type { ParamScope } from '../../nn/params.ts'
import { byTwo, withNext } from '../../nn/squares.ts'
import { type Dim, productOf } from '../../tensor/shape.ts'
import type { OmniConfig } from './config.ts'
import { CELLS_PER_PATCH, CHUNK_PATCHES, WINDOW_FRAMES } from './windows.ts'

/** Positions of a row of a training batch in which several sounds lie; none of their chunks crosses to the next row. */
export const EAR: number = 2 * CHUNK_PATCHES

/** Which chunk each position belongs to, and which position of that chunk it is: both [batch, time], int32. */
export interface HeardPlaces {
  readonly chunk: Tensor
  readonly place: Tensor
}

/**
 * Rows [batch · time, width] of windows [batch, time, melWindow] (`MelWindows`), and `layers`, those of the small transformer,
 * [batch · time · 2, its width], one row for each cell. Local patches of time and frequency come before the transformer,
 * as in `sight.ts`. Positions of one chunk (`chunksOf`) hear each other, later ones the earlier. With `before`, the keys and
 * values of the cells of their chunk that were heard before, they hear those too; `caches` are those of the new cells.
 */
export function hearWindows(
  p: ParamScope,
  mel: Tensor,
  { chunk, place }: HeardPlaces,
  config: OmniConfig,
  before?: (layer: number) => BlockCache,
): { rows: Tensor; layers: readonly Tensor[]; caches: readonly BlockCache[] } {
  const [batch, patches] = mel.shape as [Dim, Dim]
  const rows = productOf([batch, patches])
  const time = productOf([patches, CELLS_PER_PATCH])
  const { width, headDim } = config.hearing
  const cells = hearCells(p, t.reshape(mel, [rows, WINDOW_FRAMES, MEL_BANDS, 1]), width)
  const byCell = (x: Tensor): Tensor =>
    t.reshape(t.add(t.reshape(x, [batch, patches, 1]), t.full([1, 1, CELLS_PER_PATCH], 0, 'int32')), [batch, time])
  const chunks = byCell(chunk)
  const places = byCell(place)
  const pairs = (x: Tensor): [query: Tensor, key: Tensor] => [
    t.reshape(x, [batch, 1, time, 1]),
    t.reshape(x, [batch, 1, 1, time]),
  ]
  const heard = t.and(t.equal(...pairs(chunks)), t.not(t.less(...pairs(places))))
  // Steps of time are cells: two a position.
  const step = t.reshape(
    t.add(
      t.mul(t.reshape(place, [batch, patches, 1]), CELLS_PER_PATCH),
      constant({
        dtype: 'int32',
        shape: [1, 1, CELLS_PER_PATCH],
        data: Int32Array.from({ length: CELLS_PER_PATCH }, (_, i) => i),
      }),
    ),
    [batch, time],
  )
  const context = {
    batch,
    time,
    positions: t.cast(step, 'int64'),
    // ONNX Runtime wants tables as long as a row, though no place in it is further than a chunk.
    rotary: rotaryTables(EAR * CELLS_PER_PATCH, headDim),
    mask: t.where(heard, 0, t.full([], -1e9)),
  }
  const { out, layers, caches } = blocks(p.at('layers'), cells, config.hearing, context, before)
  const joined = t.reshape(rmsNorm(out, p.at('norm')), [rows, CELLS_PER_PATCH * width])
  return { rows: linearBias(p.at('out'), joined, { out: config.block.width }), layers, caches }
}

/**
 * Which word ended two patches before each of `rows` [n, width] (`hearWindows`): logits [n, words], of which the last is
 * for none. `p` is the scope of hearing.
 */
export function hearWords(p: ParamScope, rows: Tensor, words: number): Tensor {
  return linearBias(p.at('word'), rows, { out: words })
}

/** Whether a patch tells a word: the likeliest `word` is one, and is not that of the patch `before`. The last is `none`. */
export const isTold = (word: number, { before, none }: { before: number; none: number }): boolean =>
  word !== none && word !== before

/** Cells [n · 2, width] of windows [n, 12, 80, 1]: strokes of 4 frames by 4 bands, two by two, then those of 80 ms together. */
function hearCells(p: ParamScope, windows: Tensor, width: number): Tensor {
  const n = windows.shape[0]!
  const [frames, bands] = [WINDOW_FRAMES / 4, MEL_BANDS / 4]
  const strokes = t.silu(linearBias(p.at('stroke'), withNext(byTwo(windows)), { out: 32 }))
  const shapes = t.silu(linearBias(p.at('shape'), byTwo(strokes), { out: 48 }))
  const byFrame = t.reshape(shapes, [n, frames, bands * 48])
  const cells = t.concat([t.slice(byFrame, 1, 0, frames - 1), t.slice(byFrame, 1, 1, frames)], 2)
  return linearBias(p.at('cell'), t.reshape(cells, [productOf([n, CELLS_PER_PATCH]), 2 * bands * 48]), { out: width })
}
