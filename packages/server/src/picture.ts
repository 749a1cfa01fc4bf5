/** @file Pictures at the size that a client asks for. */
import type { RgbImage } from 'tony'
import { invalid, quote } from './errors.ts'

/** A size in pixels; undefined means as the model draws. */
export type PictureSize = { readonly width: number; readonly height: number } | undefined

/** Reads `auto` or `WIDTHxHEIGHT`. @throws ApiError 400. */
export function parseSize(size: string | null | undefined): PictureSize {
  if (size == null || size === 'auto') return undefined
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(size)
  const width = Number(match?.[1])
  const height = Number(match?.[2])
  if (match === null || Math.min(width, height) < 16 || Math.max(width, height) > 2048) {
    throw invalid(`size is ${quote(size)}, expected "auto" or WIDTHxHEIGHT with 16 to 2048 pixels a side.`, 'size')
  }
  return { width, height }
}

/** Scales a picture (bilinear) until it fits, in the middle of a white sheet of the size. */
export function fitPicture(image: RgbImage, size: PictureSize): RgbImage {
  if (size === undefined || (size.width === image.width && size.height === image.height)) return image
  const scale = Math.min(size.width / image.width, size.height / image.height)
  const width = Math.max(1, Math.round(image.width * scale))
  const height = Math.max(1, Math.round(image.height * scale))
  const left = (size.width - width) >> 1
  const top = (size.height - height) >> 1
  const data = new Uint8Array(size.width * size.height * 3).fill(255)
  for (let y = 0; y < height; y++) {
    const sy = Math.min(image.height - 1, Math.max(0, (y + 0.5) / scale - 0.5))
    const y0 = Math.floor(sy)
    const y1 = Math.min(image.height - 1, y0 + 1)
    for (let x = 0; x < width; x++) {
      const sx = Math.min(image.width - 1, Math.max(0, (x + 0.5) / scale - 0.5))
      const x0 = Math.floor(sx)
      const x1 = Math.min(image.width - 1, x0 + 1)
      for (let channel = 0; channel < 3; channel++) {
        const pixel = (px: number, py: number): number => image.data[(py * image.width + px) * 3 + channel]!
        const upper = pixel(x0, y0) + (pixel(x1, y0) - pixel(x0, y0)) * (sx - x0)
        const lower = pixel(x0, y1) + (pixel(x1, y1) - pixel(x0, y1)) * (sx - x0)
        data[((top + y) * size.width + left + x) * 3 + channel] = Math.round(upper + (lower - upper) * (sy - y0))
      }
    }
  }
  return { width: size.width, height: size.height, data }
}
