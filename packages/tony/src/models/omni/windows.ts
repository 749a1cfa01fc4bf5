/** @file What one position hears or sees: windows of sound and of pictures, larger than the share they stand for. */
import { logMel, MEL_BANDS, MEL_SILENCE } from '../../media/audio/mel.ts'
import type { RgbImage } from '../../media/types.ts'
import { TonyError } from '../../util/errors.ts'

/** Samples of one audio position: 80 ms at 16 kHz. */
export const PATCH_SAMPLES = 1280
/** Seconds of one audio position. */
export const PATCH_SECONDS: number = PATCH_SAMPLES / 16_000
/** Log-mel frames of one audio position. */
export const FRAMES_PER_PATCH = 8
/** Frames of a window of sound: those of its own patch and the four before them. */
export const WINDOW_FRAMES = 12
/** Cells of 40 ms in which a patch is heard. */
export const CELLS_PER_PATCH = 2
/** Longest stretch of sound that is listened to at once, 5.1 s; of a longer one each begins with the end of the one before. */
export const CHUNK_PATCHES = 64
const OVERLAP = 16

const PATCH = FRAMES_PER_PATCH * MEL_BANDS
/** Sides of the share of a picture that one position stands for, and of its cells. */
const STRIDE = 16
const CELL = 8

/** Log-mel patches [640] of sound at 16 kHz; the end is filled up with silence. */
export function melPatches(samples: Float32Array): Float32Array[] {
  const count = Math.ceil(samples.length / PATCH_SAMPLES)
  const padded = new Float32Array(count * PATCH_SAMPLES)
  padded.set(samples)
  const { data } = logMel(padded)
  return Array.from({ length: count }, (_, i) => data.slice(i * PATCH, (i + 1) * PATCH))
}

/** A sound as it is heard, patch by patch as they arrive: windows, each with the end of the one before, silence before the first. */
export class MelWindows {
  readonly windows: Float32Array[] = []
  private readonly recent = new Float32Array(WINDOW_FRAMES * MEL_BANDS).fill(MEL_SILENCE)

  /** A whole sound. */
  static of(patches: readonly Float32Array[]): MelWindows {
    const sound = new MelWindows()
    for (const patch of patches) sound.push(patch)
    return sound
  }

  /** Adds the window [960] that ends with `patch` [640], oldest frame first, and gives it. */
  push(patch: Float32Array): Float32Array {
    this.recent.copyWithin(0, PATCH)
    this.recent.set(patch, this.recent.length - PATCH)
    const window = this.recent.slice()
    this.windows.push(window)
    return window
  }
}

/** Stretches of a sound of `patches` patches that are listened to at once: patches from `start`; those from `fresh` to `end` get their rows there. */
export interface Chunk {
  readonly start: number
  readonly fresh: number
  readonly end: number
}

/** The chunks of a sound, in their order. */
export function chunksOf(patches: number): Chunk[] {
  const chunks: Chunk[] = []
  for (let fresh = 0; fresh < patches; ) {
    const start = Math.max(0, fresh - OVERLAP)
    const end = Math.min(patches, start + CHUNK_PATCHES)
    chunks.push({ start, fresh, end })
    fresh = end
  }
  return chunks
}

/** 8×8 patches of a picture whose sides are multiples of 8: rows of 192 values in [-1, 1]. */
export function pixelPatches({ width, height, data }: RgbImage): Float32Array[] {
  if (width % CELL !== 0 || height % CELL !== 0)
    throw new TonyError('shape', `pixelPatches: sides must be multiples of 8, got ${width}×${height}; resize it first`)
  const out: Float32Array[] = []
  for (let y = 0; y < height; y += CELL) {
    for (let x = 0; x < width; x += CELL) {
      const patch = new Float32Array(192)
      for (let row = 0; row < CELL; row++) {
        const from = ((y + row) * width + x) * 3
        for (let i = 0; i < CELL * 3; i++) patch[row * CELL * 3 + i] = data[from + i]! / 127.5 - 1
      }
      out.push(patch)
    }
  }
  return out
}

/** Cells of one row of a seen picture: two by two, each of 8×8 pixels. */
export const ROW_CELLS = 4
/** Pixels around a cell that it sees too, and the side of the square it sees. */
const EDGE = 4
export const CELL_SIDE: number = CELL + 2 * EDGE

/**
 * One row for every 16×16 pixels of a picture whose sides are multiples of 16: its four 8×8 cells, each as the square of
 * 16×16 pixels around it: 3,072 values in [-1, 1], 0 outside the picture.
 */
export function pixelWindows({ width, height, data }: RgbImage): Float32Array[] {
  if (width % STRIDE !== 0 || height % STRIDE !== 0)
    throw new TonyError('shape', `pixelWindows: sides must be multiples of 16, got ${width}×${height}; resize it first`)
  const out: Float32Array[] = []
  for (let top = 0; top < height; top += STRIDE) {
    for (let left = 0; left < width; left += STRIDE) {
      const window = new Float32Array(ROW_CELLS * CELL_SIDE * CELL_SIDE * 3)
      for (let cell = 0; cell < ROW_CELLS; cell++) {
        const y0 = top + (cell >> 1) * CELL - EDGE
        const x0 = left + (cell & 1) * CELL - EDGE
        // Squares begin outside the picture at most by their edge, and end there: what lies inside is one run of pixels.
        const [first, last] = [Math.max(0, -x0), Math.min(CELL_SIDE, width - x0)]
        for (let y = 0; y < CELL_SIDE; y++) {
          if (y0 + y < 0 || y0 + y >= height) continue
          const to = ((cell * CELL_SIDE + y) * CELL_SIDE + first) * 3
          const from = ((y0 + y) * width + x0 + first) * 3
          for (let i = 0; i < (last - first) * 3; i++) window[to + i] = data[from + i]! / 127.5 - 1
        }
      }
      out.push(window)
    }
  }
  return out
}
