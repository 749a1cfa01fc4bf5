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
/** Patches that one audio position hears: its own and those before it, 320 ms. */
export const WINDOW_PATCHES = 4

const PATCH = FRAMES_PER_PATCH * MEL_BANDS
/** Sides of a pixel window and of the share it stands for. */
const WINDOW = 32
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

/** Turns patches into windows as they arrive: each with the three before it, silence before the first. */
export class MelWindows {
  private readonly recent = new Float32Array(WINDOW_PATCHES * PATCH).fill(MEL_SILENCE)

  /** The window [2560] that ends with `patch` [640], oldest frame first. */
  push(patch: Float32Array): Float32Array {
    this.recent.copyWithin(0, PATCH)
    this.recent.set(patch, (WINDOW_PATCHES - 1) * PATCH)
    return this.recent.slice()
  }
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

/**
 * Overlapping 32×32 windows, one every 16 pixels, of a picture whose sides are multiples of 16: rows of 3,072 values in
 * [-1, 1], 0 outside the picture. A window holds its 8×8 patches quarter by quarter, so that layers may join neighbours.
 */
export function pixelWindows({ width, height, data }: RgbImage): Float32Array[] {
  if (width % STRIDE !== 0 || height % STRIDE !== 0)
    throw new TonyError('shape', `pixelWindows: sides must be multiples of 16, got ${width}×${height}; resize it first`)
  const out: Float32Array[] = []
  const edge = (WINDOW - STRIDE) / 2
  for (let top = -edge; top + edge < height; top += STRIDE) {
    for (let left = -edge; left + edge < width; left += STRIDE) {
      const window = new Float32Array(WINDOW * WINDOW * 3)
      for (let y = 0; y < WINDOW; y++) {
        if (top + y < 0 || top + y >= height) continue
        for (let x = 0; x < WINDOW; x += CELL) {
          // Windows begin at multiples of 8, and so do pictures: a run of 8 pixels is inside or outside as a whole.
          if (left + x < 0 || left + x >= width) continue
          const quarter = (y >> 4) * 2 + (x >> 4)
          const cell = quarter * 4 + ((y >> 3) & 1) * 2 + ((x >> 3) & 1)
          const to = (cell * CELL + (y & 7)) * CELL * 3
          const from = ((top + y) * width + left + x) * 3
          for (let i = 0; i < CELL * 3; i++) window[to + i] = data[from + i]! / 127.5 - 1
        }
      }
      out.push(window)
    }
  }
  return out
}
