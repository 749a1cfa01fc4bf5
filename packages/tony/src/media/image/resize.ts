/** @file Resizing pictures, and fitting them into a square. */
import { TonyError } from '../../util/errors.ts'
import type { RgbImage } from '../types.ts'

/**
 * The picture at `width` × `height`. Where it shrinks, each new pixel is the mean of the area it covers; where it grows,
 * pixels are blended linearly. The two directions are treated one by one.
 *
 * @throws TonyError `shape` if a side is not a positive integer or `image.data` does not fill the picture.
 */
export function resizeImage(image: RgbImage, width: number, height: number): RgbImage {
  for (const side of [width, height, image.width, image.height]) {
    if (!Number.isInteger(side) || side < 1) {
      throw new TonyError('shape', `resizeImage: cannot make ${width}×${height} of ${image.width}×${image.height}`)
    }
  }
  if (image.data.length !== image.width * image.height * 3) {
    const want = image.width * image.height * 3
    throw new TonyError('shape', `resizeImage: ${image.data.length} bytes of pixels (expected ${want})`)
  }
  const columns = makeTaps(image.width, width)
  const rows = makeTaps(image.height, height)
  const narrow = new Float32Array(image.height * width * 3) // [image.height, width, 3]
  for (let y = 0; y < image.height; y++) {
    for (const [x, { first, weights }] of columns.entries()) {
      const to = (y * width + x) * 3
      for (const [i, weight] of weights.entries()) {
        const from = (y * image.width + first + i) * 3
        narrow[to]! += weight * image.data[from]!
        narrow[to + 1]! += weight * image.data[from + 1]!
        narrow[to + 2]! += weight * image.data[from + 2]!
      }
    }
  }
  const data = new Uint8Array(height * width * 3)
  const row = new Float32Array(width * 3)
  for (const [y, { first, weights }] of rows.entries()) {
    row.fill(0)
    for (const [i, weight] of weights.entries()) {
      const from = (first + i) * width * 3
      for (let x = 0; x < row.length; x++) row[x]! += weight * narrow[from + x]!
    }
    for (let x = 0; x < row.length; x++) data[y * row.length + x] = Math.round(row[x]!)
  }
  return { width, height, data }
}

/**
 * The whole picture inside a `size` × `size` square, centred on a background (letterboxed).
 *
 * @param background red, green, blue from 0 to 255; default white.
 */
export function fitSquare(
  image: RgbImage,
  size: number,
  background: readonly [number, number, number] = [255, 255, 255],
): RgbImage {
  const scale = size / Math.max(image.width, image.height)
  const width = Math.max(1, Math.round(image.width * scale))
  const height = Math.max(1, Math.round(image.height * scale))
  const inner = resizeImage(image, width, height)
  if (width === size && height === size) return inner
  const data = new Uint8Array(size * size * 3)
  for (let i = 0; i < data.length; i += 3) data.set(background, i)
  const left = (size - width) >> 1
  const top = (size - height) >> 1
  for (let y = 0; y < height; y++) {
    data.set(inner.data.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * size + left) * 3)
  }
  return { width: size, height: size, data }
}

/** Which old pixels make one new pixel, along one direction. */
interface Taps {
  readonly first: number
  /** Sum is one. */
  readonly weights: readonly number[]
}

function makeTaps(from: number, to: number): Taps[] {
  const scale = from / to
  return Array.from({ length: to }, (_, i) => {
    if (scale >= 1) {
      const [left, right] = [i * scale, (i + 1) * scale]
      const first = Math.floor(left)
      const end = Math.min(from, Math.ceil(right - 1e-9))
      return {
        first,
        weights: Array.from({ length: end - first }, (_, j) => {
          return (Math.min(first + j + 1, right) - Math.max(first + j, left)) / scale
        }),
      }
    }
    const centre = Math.max(0, Math.min(from - 1, (i + 0.5) * scale - 0.5))
    const first = Math.min(Math.floor(centre), Math.max(0, from - 2))
    return { first, weights: from === 1 ? [1] : [first + 1 - centre, centre - first] }
  })
}
