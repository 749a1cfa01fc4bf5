/** @file Reads picture files, and glyphs of fonts, as 64×64 RGB on white. */
import { TonyError } from '../../util/errors.ts'
import { pictureBytes, pictureSize } from '../shapes.ts'

type Sharp = typeof import('sharp').default

/** A colour emoji or a sign of a symbol font. */
export interface Glyph {
  readonly text: string
  readonly fontFile: string
  readonly family: string
}

let loaded: Promise<Sharp> | undefined

/** The image library, loaded when it is first needed. */
export function loadSharp(): Promise<Sharp> {
  loaded ??= import('sharp').then(
    (module) => {
      module.default.concurrency(1)
      return module.default
    },
    (cause: unknown) => {
      throw new TonyError('missing_dependency', "pictures: the package 'sharp' is missing; run 'npm install sharp'", {
        cause,
      })
    },
  )
  return loaded
}

/** Decodes a PNG, WebP, JPEG or SVG: cut to its contents, fitted into 60×60 and centred on white. `undefined` where it is empty. */
export async function decodePicture(input: string | Uint8Array): Promise<Uint8Array | undefined> {
  const sharp = await loadSharp()
  const large = await sharp(input, { density: 96, limitInputPixels: 1 << 26 })
    .resize(256, 256, { fit: 'inside' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = large.info
  const box = contents(large.data, width, height, channels)
  if (box === undefined) return undefined
  const { data } = await sharp(large.data, { raw: { width, height, channels } })
    .extract(box)
    .resize(pictureSize - 4, pictureSize - 4, { fit: 'contain', background: '#ffffff', kernel: 'lanczos3' })
    .extend({ top: 2, bottom: 2, left: 2, right: 2, background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  if (data.length !== pictureBytes)
    throw new TonyError('internal', `decodePicture: ${data.length} bytes (expected ${pictureBytes})`)
  return new Uint8Array(data)
}

/** Draws a glyph of a font file; `undefined` where the font does not have it as one picture. */
export async function decodeGlyph(glyph: Glyph): Promise<Uint8Array | undefined> {
  const sharp = await loadSharp()
  const text = `<span size="96pt">${glyph.text}</span>`
  const png = await sharp({ text: { text, fontfile: glyph.fontFile, font: glyph.family, rgba: true, dpi: 96 } })
    .png()
    .toBuffer({ resolveWithObject: true })
  // Two glyphs side by side: the font does not know the sequence.
  if (png.info.width > png.info.height * 1.6) return undefined
  return decodePicture(png.data)
}

/** The box of what is not white. */
function contents(
  data: Uint8Array,
  width: number,
  height: number,
  channels: number,
): { left: number; top: number; width: number; height: number } | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += channels) {
      if (Math.min(data[i]!, data[i + 1] ?? 255, data[i + 2] ?? 255) > 244) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  }
  return right - left < 3 || bottom - top < 3
    ? undefined
    : { left, top, width: right - left + 1, height: bottom - top + 1 }
}
