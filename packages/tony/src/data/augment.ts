/** @file Changes pictures on the fly, so that a few thousand drawings give endless different ones. */
import type { Rng } from '../util/rng.ts'
import { pictureBytes, pictureSize, type Rgb } from './shapes.ts'

/** What `augmentPicture` may change. */
export interface AugmentOptions {
  /** Mirror half of the pictures; switch off where left and right matter (see `mayFlip`). */
  readonly flip?: boolean
  /** Give the white surroundings another colour in half of the pictures. */
  readonly background?: boolean
  /** Largest shift in pixels. */
  readonly shift?: number
  /** Smallest and largest scale. */
  readonly scale?: readonly [number, number]
  /** Largest relative change of brightness. */
  readonly brightness?: number
}

/** Things that are something else in a mirror. */
const sided: ReadonlySet<string> = new Set([
  'right arrow',
  'left arrow',
  'question mark',
  'pointing finger',
  'clock',
  'musical note',
  'calendar',
  'yin yang',
])

/** Whether a picture of this thing in this style may be mirrored: not arrows, and not written words (styles `font/…`). */
export function mayFlip(row: { readonly thing: string; readonly style: string }): boolean {
  return !sided.has(row.thing) && !row.style.startsWith('font/')
}

/** A changed copy of a 64×64 RGB picture on white: shifted, scaled, mirrored, on another background, brighter or darker. */
export function augmentPicture(rng: Rng, pixels: Uint8Array, options: AugmentOptions = {}): Uint8Array {
  return augmentPlaced(rng, pixels, options).pixels
}

/** `augmentPicture`, and where a point (x, y) of the picture has gone. */
export function augmentPlaced(
  rng: Rng,
  pixels: Uint8Array,
  options: AugmentOptions = {},
): { pixels: Uint8Array; moved: (x: number, y: number) => readonly [number, number] } {
  const { flip = true, background = true, shift = 5, scale = [0.75, 1.08], brightness = 0.15 } = options
  const dx = shift * (2 * rng.next() - 1)
  const dy = shift * (2 * rng.next() - 1)
  const factor = scale[0] + (scale[1] - scale[0]) * rng.next()
  const mirrored = rng.next() < 0.5 && flip
  const coloured = rng.next() < 0.5 && background
  const colour = softColour(rng)
  const gain = 1 + brightness * (2 * rng.next() - 1)
  const drawn = resample(pixels, { dx, dy, scale: factor, mirrored })
  const result = coloured ? compose(drawn, (): Rgb => colour) : drawn
  for (let i = 0; i < pictureBytes; i++) result[i] = Math.max(0, Math.min(255, Math.round(result[i]! * gain)))
  const centre = (pictureSize - 1) / 2
  return {
    pixels: result,
    moved: (x, y) => [(mirrored ? -1 : 1) * (x - centre) * factor + centre + dx, (y - centre) * factor + centre + dy],
  }
}

/** A light or middling colour, fit for a background. */
export function softColour(rng: Rng): Rgb {
  return [96 + rng.int(160), 96 + rng.int(160), 96 + rng.int(160)]
}

/** Shifts, scales and mirrors a picture about its centre; what comes in from outside is white. */
export function resample(
  pixels: Uint8Array,
  how: { readonly dx: number; readonly dy: number; readonly scale: number; readonly mirrored?: boolean },
): Uint8Array {
  const result = new Uint8Array(pictureBytes)
  const centre = (pictureSize - 1) / 2
  const sign = how.mirrored === true ? -1 : 1
  // Small pictures of large ones: average over a grid of points, or fine lines would flicker.
  const points = how.scale < 0.7 ? 3 : how.scale < 0.95 ? 2 : 1
  const sum = [0, 0, 0]
  for (let row = 0, at = 0; row < pictureSize; row++) {
    for (let column = 0; column < pictureSize; column++, at += 3) {
      sum[0] = sum[1] = sum[2] = 0
      for (let p = 0; p < points * points; p++) {
        const ox = ((p % points) + 0.5) / points - 0.5
        const oy = (Math.floor(p / points) + 0.5) / points - 0.5
        addSample(
          pixels,
          (sign * (column + ox - centre - how.dx)) / how.scale + centre,
          (row + oy - centre - how.dy) / how.scale + centre,
          sum,
        )
      }
      for (let c = 0; c < 3; c++) result[at + c] = Math.round(sum[c]! / (points * points))
    }
  }
  return result
}

/** Puts what is not background of a picture on white over another background, given by its colour at (x, y). */
export function compose(pixels: Uint8Array, behind: (x: number, y: number) => Rgb): Uint8Array {
  const mask = surroundings(pixels)
  const result = pixels.slice()
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue
    const colour = behind(i % pictureSize, Math.floor(i / pictureSize))
    // Multiplied, so that soft edges and shadows stay: white becomes the colour, dark stays dark.
    for (let c = 0; c < 3; c++) result[i * 3 + c] = Math.round((pixels[i * 3 + c]! * colour[c]!) / 255)
  }
  return result
}

/** Marks the white that is connected with the border, and the half-white pixels at its edge. */
export function surroundings(pixels: Uint8Array): Uint8Array {
  const mask = new Uint8Array(pictureSize * pictureSize)
  const darkest = (i: number): number => Math.min(pixels[i * 3]!, pixels[i * 3 + 1]!, pixels[i * 3 + 2]!)
  const queue: number[] = []
  const visit = (x: number, y: number): void => {
    if (x < 0 || y < 0 || x >= pictureSize || y >= pictureSize) return
    const i = y * pictureSize + x
    if (mask[i] !== 0) return
    const value = darkest(i)
    if (value >= 246) {
      mask[i] = 1
      queue.push(i)
    } else if (value >= 150 && isGrey(pixels, i)) mask[i] = 1
  }
  for (let i = 0; i < pictureSize; i++) {
    visit(i, 0)
    visit(i, pictureSize - 1)
    visit(0, i)
    visit(pictureSize - 1, i)
  }
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const x = next % pictureSize
    const y = (next - x) / pictureSize
    visit(x - 1, y)
    visit(x + 1, y)
    visit(x, y - 1)
    visit(x, y + 1)
  }
  return mask
}

/** A pixel between white and anything is pale; only pale ones at the edge are blended. */
function isGrey(pixels: Uint8Array, i: number): boolean {
  return Math.max(pixels[i * 3]!, pixels[i * 3 + 1]!, pixels[i * 3 + 2]!) >= 200
}

function addSample(pixels: Uint8Array, x: number, y: number, sum: number[]): void {
  if (x <= -1 || y <= -1 || x >= pictureSize || y >= pictureSize) {
    for (let c = 0; c < 3; c++) sum[c]! += 255
    return
  }
  const x0 = Math.floor(x)
  const y0 = Math.floor(y)
  const fx = x - x0
  const fy = y - y0
  for (let corner = 0; corner < 4; corner++) {
    const cx = x0 + (corner & 1)
    const cy = y0 + (corner >> 1)
    const weight = ((corner & 1) === 1 ? fx : 1 - fx) * (corner >> 1 === 1 ? fy : 1 - fy)
    if (weight === 0) continue
    const outside = cx < 0 || cy < 0 || cx >= pictureSize || cy >= pictureSize
    const at = (cy * pictureSize + cx) * 3
    for (let c = 0; c < 3; c++) sum[c]! += weight * (outside ? 255 : pixels[at + c]!)
  }
}
