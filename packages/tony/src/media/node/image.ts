/** @file Picture files: PNG, JPEG, WebP and GIF in, PNG out. */
import sharp, { type Sharp } from 'sharp'
import { TonyError } from '../../util/errors.ts'
import type { RgbImage } from '../types.ts'
import { asMediaError, checkBytes, checkPixels, defaultLimits, hasMark, type MediaLimits } from './limits.ts'

/**
 * Decodes a PNG, JPEG, WebP or GIF (its first frame): turned upright as its EXIF data says, transparency on white, any
 * colour space to sRGB.
 *
 * @throws TonyError `invalid` for a broken file, `unsupported` for another kind, `too_large` beyond the limits.
 */
export async function decodeImage(bytes: Uint8Array, limits: MediaLimits = {}): Promise<RgbImage> {
  const { maxBytes, maxPixels } = { ...defaultLimits, ...limits }
  checkBytes('image', bytes, maxBytes)
  if (!isPicture(bytes)) {
    throw new TonyError('unsupported', 'image: not a PNG, JPEG, WebP or GIF file; send one of these')
  }
  try {
    const { width = 0, height = 0, pageHeight = height } = await open(bytes).metadata()
    checkPixels('image', width, pageHeight, maxPixels)
    return await toRgb(open(bytes).rotate())
  } catch (cause) {
    throw asMediaError(cause, 'image: the file is broken; send a whole PNG, JPEG, WebP or GIF file')
  }
}

/** A PNG file of a picture. @throws TonyError `shape` if `data` does not fill the picture. */
export async function encodePng(image: RgbImage): Promise<Uint8Array> {
  const { width, height, data } = image
  if (width < 1 || height < 1 || data.length !== width * height * 3) {
    throw new TonyError(
      'shape',
      `encodePng: ${data.length} bytes for ${width}×${height} (expected ${width * height * 3})`,
    )
  }
  return new Uint8Array(
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  )
}

/** Whether the bytes begin like a kind of picture that is read here. Others, such as SVG, never reach the decoder. */
export function isPicture(bytes: Uint8Array): boolean {
  return hasMark(bytes, 0, '\x89PNG\r\n\x1a\n') || hasMark(bytes, 0, '\xff\xd8\xff') || isAnimation(bytes)
}

/** Whether the bytes begin like a GIF or WebP, the kinds that can move. */
export function isAnimation(bytes: Uint8Array): boolean {
  return hasMark(bytes, 0, 'GIF8') || (hasMark(bytes, 0, 'RIFF') && hasMark(bytes, 8, 'WEBP'))
}

/** sharp over the bytes; pixels are checked by the caller, with a better message. */
export function open(bytes: Uint8Array, options: { readonly page?: number; readonly pages?: number } = {}): Sharp {
  return sharp(bytes, { limitInputPixels: false, failOn: 'error', ...options })
}

/** The pixels of a prepared image as 8-bit sRGB on white. */
export async function toRgb(image: Sharp): Promise<RgbImage> {
  const { data, info } = await image
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  if (channels === 3) return { width, height, data: new Uint8Array(data) }
  const rgb = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) rgb.fill(data[i * channels]!, i * 3, i * 3 + 3)
  return { width, height, data: rgb }
}
