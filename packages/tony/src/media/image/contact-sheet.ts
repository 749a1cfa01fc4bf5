/** @file Many pictures on one, for looking at samples. */
import { TonyError } from '../../util/errors.ts'
import type { RgbImage } from '../types.ts'

/** How the sheet is laid out. */
export interface ContactSheetOptions {
  /** Pictures in a row; default: about as many as there are rows. */
  readonly columns?: number
  /** Pixels between and around pictures; default 2. */
  readonly gap?: number
  /** Red, green, blue from 0 to 255; default white. */
  readonly background?: readonly [number, number, number]
}

/**
 * A grid of pictures in reading order. Cells are as large as the largest picture; smaller ones stand at the top left.
 *
 * @throws TonyError `invalid` without pictures, `too_large` if the sheet would have more than 100 million pixels.
 */
export function contactSheet(images: readonly RgbImage[], options: ContactSheetOptions = {}): RgbImage {
  const { columns = Math.ceil(Math.sqrt(images.length)), gap = 2, background = [255, 255, 255] } = options
  if (images.length === 0 || columns < 1) {
    throw new TonyError(
      'invalid',
      `contactSheet: ${images.length} pictures in ${columns} columns (expected at least 1)`,
    )
  }
  const cellWidth = gap + images.reduce((most, image) => Math.max(most, image.width), 0)
  const cellHeight = gap + images.reduce((most, image) => Math.max(most, image.height), 0)
  const width = gap + cellWidth * Math.min(columns, images.length)
  const height = gap + cellHeight * Math.ceil(images.length / columns)
  if (width * height > 1e8)
    throw new TonyError('too_large', `contactSheet: ${width}×${height} (at most 100 million pixels)`)
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i += 3) data.set(background, i)
  for (const [i, image] of images.entries()) {
    const left = gap + (i % columns) * cellWidth
    const top = gap + Math.floor(i / columns) * cellHeight
    for (let y = 0; y < image.height; y++) {
      const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3)
      data.set(row, ((top + y) * width + left) * 3)
    }
  }
  return { width, height, data }
}
