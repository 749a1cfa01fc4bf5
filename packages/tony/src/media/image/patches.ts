/** @file Pictures as rows of square patches, the form in which they enter and leave the network. */
import { TonyError } from '../../util/errors.ts'
import type { RgbImage } from '../types.ts'

/** Pixels along one side of a patch. */
export const PATCH_SIZE = 8

/**
 * The patches of a picture, left to right, then top to bottom; inside a patch rows of pixels, red before green before blue.
 *
 * @param image sides must be multiples of 8; 64×64 gives [64, 192].
 * @returns [patches, 192] in [-1, 1].
 * @throws TonyError `shape` if a side is no multiple of 8.
 */
export function imageToPatches(image: RgbImage): Float32Array {
  const { width, height, data } = image
  checkSides('imageToPatches', width, height)
  const out = new Float32Array(width * height * 3)
  let at = 0
  for (let top = 0; top < height; top += PATCH_SIZE) {
    for (let left = 0; left < width; left += PATCH_SIZE) {
      for (let y = top; y < top + PATCH_SIZE; y++) {
        const from = (y * width + left) * 3
        for (let i = from; i < from + PATCH_SIZE * 3; i++) out[at++] = data[i]! / 127.5 - 1
      }
    }
  }
  return out
}

/**
 * The picture of patches: the inverse of `imageToPatches`. Values outside [-1, 1] are clipped.
 *
 * @throws TonyError `shape` if the patches do not fill the picture.
 */
export function patchesToImage(patches: Float32Array, width: number, height: number): RgbImage {
  checkSides('patchesToImage', width, height)
  if (patches.length !== width * height * 3) {
    throw new TonyError('shape', `patchesToImage: ${patches.length} values (expected ${width * height * 3})`)
  }
  const data = new Uint8Array(patches.length)
  let at = 0
  for (let top = 0; top < height; top += PATCH_SIZE) {
    for (let left = 0; left < width; left += PATCH_SIZE) {
      for (let y = top; y < top + PATCH_SIZE; y++) {
        const to = (y * width + left) * 3
        for (let i = to; i < to + PATCH_SIZE * 3; i++) {
          data[i] = Math.max(0, Math.min(255, Math.round((patches[at++]! + 1) * 127.5)))
        }
      }
    }
  }
  return { width, height, data }
}

function checkSides(where: string, width: number, height: number): void {
  if (width < 1 || height < 1 || width % PATCH_SIZE !== 0 || height % PATCH_SIZE !== 0) {
    throw new TonyError('shape', `${where}: ${width}×${height} (expected multiples of ${PATCH_SIZE}); resize it first`)
  }
}
