/**
 * @file How pictures enter the network: a small transformer looks at a whole picture and gives one row for every 16×16
 * pixels. It sees pictures and video frames one by one, so their rows do not depend on what else is in a chat or batch.
 */
import type { Tensor } from '../../graph/node.ts'
import * as t from '../../graph/ops.ts'
import { constant } from '../../graph/trace.ts'
import { rotaryTables } from '../../nn/attention.ts'
import { type BlockConfig, blockConfig, blocks } from '../../nn/block.ts'
import { embedding, linearBias, rmsNorm } from '../../nn/layers.ts'
import type { ParamScope } from '../../nn/params.ts'
import { byTwo, withNext } from '../../nn/squares.ts'
import { productOf } from '../../tensor/shape.ts'
import type { OmniConfig } from './config.ts'
import { CELL_SIDE, ROW_CELLS } from './windows.ts'

/** Rows that see each other: those of one still picture, or of four video frames, which see only their own. */
export const SHEET = 16

/** The small network that looks at the cells of a picture, from everywhere to everywhere. */
const eye: BlockConfig = blockConfig({ width: 192, layers: 4, heads: 3 })

/** By place: which rows belong together, which of the 16 parts of a still or the 4 of a frame it is, and where its cells lie. */
function placeTables({ places }: OmniConfig): Readonly<Record<'picture' | 'part' | 'raster', Tensor>> {
  const all = Array.from({ length: places }, (_, place) => {
    const still = place < SHEET
    const part = still ? place : (place - SHEET) % 4
    const side = still ? 4 : 2
    const corner = Math.floor(part / side) * 2 * 8 + (part % side) * 2
    return {
      picture: still ? 0 : 1 + Math.floor((place - SHEET) / 4),
      part: still ? part : SHEET + part,
      raster: [0, 1, 8, 9].map((step) => BigInt(corner + step)),
    }
  })
  const ints = (name: 'picture' | 'part'): Tensor =>
    constant({ dtype: 'int32', shape: [places], data: Int32Array.from(all, (row) => row[name]) })
  const raster = BigInt64Array.from(all.flatMap((row) => row.raster))
  return {
    picture: ints('picture'),
    part: ints('part'),
    raster: constant({ dtype: 'int64', shape: [places, ROW_CELLS], data: raster }),
  }
}

/**
 * Rows [sheets · 16, width] of windows [sheets, 16, pixelWindow] at `place` [sheets, 16] (`pixelWindows`): a small
 * transformer looks at the 8×8 cells of a whole picture (Dosovitskiy et al. 2020, arXiv 2010.11929), each seen with its
 * surroundings through two layers of small patches (early layers that look locally: Xiao et al. 2021, arXiv 2106.14881),
 * and gives one row for four cells. `layers` are those of the small transformer, [cells, its width], cells row by row.
 */
export function seeWindows(
  p: ParamScope,
  pixels: Tensor,
  place: Tensor,
  config: OmniConfig,
): { rows: Tensor; layers: readonly Tensor[] } {
  const sheets = pixels.shape[0]!
  const cells = productOf([sheets, SHEET * ROW_CELLS])
  const time = SHEET * ROW_CELLS
  const { width } = eye
  const tables = placeTables(config)
  const squares = seeSquares(p, t.reshape(pixels, [cells, CELL_SIDE, CELL_SIDE, 3]), width)
  const marks = embedding(p.at('cell'), t.gather(tables.part, place), {
    size: SHEET + 4,
    width: ROW_CELLS * width,
    std: 0.3,
  })
  const picture = t.add(
    t.reshape(t.gather(tables.picture, place), [sheets, SHEET, 1]),
    t.full([1, 1, ROW_CELLS], 0, 'int32'),
  )
  const same = t.equal(t.reshape(picture, [sheets, 1, time, 1]), t.reshape(picture, [sheets, 1, 1, time]))
  const { out, layers } = blocks(p.at('layers'), t.add(squares, t.reshape(marks, [cells, width])), eye, {
    batch: sheets,
    time,
    positions: t.reshape(t.gather(tables.raster, place), [sheets, time]),
    rotary: rotaryTables(time, eye.headDim),
    mask: t.where(same, 0, t.full([], -1e9)),
  })
  const joined = t.reshape(rmsNorm(out, p.at('norm')), [productOf([sheets, SHEET]), ROW_CELLS * width])
  return { rows: linearBias(p.at('out'), joined, { out: config.block.width }), layers }
}

/** What `pixelWindows` makes of `n` pictures of 64×64, within a program: windows [n, 16, pixelWindow] of patches [n · 64, 192]. */
export function patchWindows(patches: Tensor, n: number): Tensor {
  const grid = 8
  const pixels = t.transpose(t.reshape(patches, [n, grid, grid, grid, grid * 3]), [0, 1, 3, 2, 4])
  const edge = (CELL_SIDE - grid) / 2
  const padded = t.pad(t.pad(t.reshape(pixels, [n, 64, 64, 3]), 1, edge, edge), 2, edge, edge)
  // With its edges a square is two of these cells wide and high, and each cell belongs to four squares.
  const [cells, row] = [grid + 1, (64 + 2 * edge) * 3]
  const pairs = (x: Tensor, axis: number): Tensor =>
    t.concat([t.slice(x, axis, 0, grid), t.slice(x, axis, 1, cells)], axis + 1)
  const tall = pairs(t.reshape(padded, [n, cells, grid, row]), 1)
  const squares = pairs(t.reshape(tall, [n, grid, CELL_SIDE, cells, grid * 3]), 3)
  const byWindow = t.reshape(squares, [n, grid / 2, 2, CELL_SIDE, grid / 2, 2, CELL_SIDE * 3])
  return t.reshape(t.transpose(byWindow, [0, 1, 4, 2, 5, 3, 6]), [n, SHEET, ROW_CELLS * CELL_SIDE * CELL_SIDE * 3])
}

/** Rows [n, width] of squares [n, 16, 16, 3]: strokes in overlapping 4×4 patches, two by two, then all together. */
function seeSquares(p: ParamScope, squares: Tensor, width: number): Tensor {
  const n = squares.shape[0]!
  const half = CELL_SIDE / 2
  const quarter = CELL_SIDE / 4
  const colours = t.concat([squares, contrast(squares)], 3)
  const strokes = t.silu(linearBias(p.at('stroke'), withNext(byTwo(colours)), { out: 32 }))
  const shapes = t.silu(linearBias(p.at('shape'), byTwo(t.reshape(strokes, [n, half, half, 32])), { out: 64 }))
  return linearBias(p.at('square'), t.reshape(shapes, [n, quarter * quarter * 64]), { out: width })
}

/** Brightness [n, 16, 16, 1] of squares [n, 16, 16, 3], each with mean 0 and, where there is anything to see, deviation 1: ink is ink in any colour. */
function contrast(squares: Tensor): Tensor {
  const grey = t.reduceMean(squares, { axes: [3], keepdims: true })
  const centred = t.sub(grey, t.reduceMean(grey, { axes: [1, 2], keepdims: true }))
  const variance = t.reduceMean(t.mul(centred, centred), { axes: [1, 2], keepdims: true })
  return t.div(centred, t.sqrt(t.add(variance, 0.01)))
}

/** `seeWindows` with the learned mark of the place where each window stands. */
export function embedPixels(p: ParamScope, pixels: Tensor, place: Tensor, config: OmniConfig): Tensor {
  const { places, block } = config
  const rows = productOf([place.shape[0]!, SHEET])
  return t.add(
    seeWindows(p, pixels, place, config).rows,
    embedding(p.at('place'), t.reshape(place, [rows]), { size: places, width: block.width, std: 0.1 }),
  )
}
