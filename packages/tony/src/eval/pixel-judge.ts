/**
 * @file A judge of drawings that knows nothing of Tony and learned nothing: which known pictures does a drawing resemble?
 *
 * Features are plain pixels: the mean colour of 16×16 cells in CIE L*a*b* and histograms of oriented gradients (Dalal and
 * Triggs 2005). Place, size and background do not count: a picture is first cut to what stands out from its border.
 */
import { pictureSize } from '../data/shapes.ts'
import { TonyError } from '../util/errors.ts'

/** A real picture that stands for a thing. */
export interface ReferencePicture {
  readonly thing: string
  /** 64×64 RGB. */
  readonly pixels: Uint8Array
}

/** A reference and how far a drawing is from it. */
export interface Resemblance {
  readonly reference: ReferencePicture
  /** Mean of the distances in colour and in outline, each against that of two pictures drawn by lot: 0 same, about 1 unrelated. */
  readonly distance: number
}

/** A constant of this file: the inner loops read it often. */
const SIZE: number = pictureSize
const GRID = 16
const CELLS = 8
const ORIENTATIONS = 8
/** A pixel stands out when one of its channels differs by more than this from the border's median. */
const STANDS_OUT = 40
/** Pairs drawn for the scale of a distance. */
const PAIRS = 2000

interface Features {
  /** [16·16·3] in L*a*b*. */
  readonly colour: Float32Array
  /** [8·8·8], each cell of length at most 1. */
  readonly outline: Float32Array
}

/** Ranks known pictures by their resemblance to a drawing; mirrored pictures count as the same. */
export class PixelJudge {
  readonly references: readonly ReferencePicture[]
  /** The things that can be told. */
  readonly things: readonly string[]
  private readonly known: readonly Features[]
  private readonly scale: { readonly colour: number; readonly outline: number }

  /** @throws TonyError `invalid` for fewer than two references, `shape` for a picture that is not 64×64 RGB. */
  constructor(references: readonly ReferencePicture[]) {
    if (references.length < 2)
      throw new TonyError('invalid', `PixelJudge: got ${references.length} references (expected at least 2)`)
    this.references = references
    this.things = [...new Set(references.map(({ thing }) => thing))]
    this.known = references.map(({ pixels }) => features(pixels))
    const sum = { colour: 0, outline: 0 }
    for (let i = 0; i < PAIRS; i++) {
      // A fixed walk over pairs: the same references give the same scale.
      const a = this.known[(i * 7919) % this.known.length]!
      const b = this.known[(i * 104729 + 1) % this.known.length]!
      sum.colour += squared(a.colour, b.colour)
      sum.outline += squared(a.outline, b.outline)
    }
    this.scale = { colour: PAIRS / Math.max(sum.colour, 1e-9), outline: PAIRS / Math.max(sum.outline, 1e-9) }
  }

  /** All references, the most alike first. */
  rank(pixels: Uint8Array): Resemblance[] {
    const sides = [features(pixels), features(mirror(pixels))]
    return this.known
      .map((known, i) => ({
        reference: this.references[i]!,
        distance: Math.min(
          ...sides.map(
            (side) =>
              (squared(side.colour, known.colour) * this.scale.colour +
                squared(side.outline, known.outline) * this.scale.outline) /
              2,
          ),
        ),
      }))
      .sort((a, b) => a.distance - b.distance)
  }

  /** The place of `thing` among the things, from 1, by its most alike picture; the number of things + 1 where it is not known. */
  place(pixels: Uint8Array, thing: string): number {
    const before = new Set<string>()
    for (const { reference } of this.rank(pixels)) {
      if (reference.thing === thing) return before.size + 1
      before.add(reference.thing)
    }
    return this.things.length + 1
  }
}

function squared(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const d = a[i]! - b[i]!
    sum += d * d
  }
  return sum
}

function features(pixels: Uint8Array): Features {
  if (pixels.length !== SIZE * SIZE * 3)
    throw new TonyError('shape', `PixelJudge: a picture has ${pixels.length} bytes (expected 64×64×3)`)
  const framed = frame(pixels)
  return { colour: colours(framed), outline: outlines(framed) }
}

/** Left and right exchanged. */
function mirror(pixels: Uint8Array): Uint8Array {
  const out = new Uint8Array(pixels.length)
  for (let i = 0; i < pixels.length / 3; i++) {
    const from = i - (i % SIZE) + (SIZE - 1 - (i % SIZE))
    for (let c = 0; c < 3; c++) out[i * 3 + c] = pixels[from * 3 + c]!
  }
  return out
}

/** The share of a picture's pixels that stand out from its border: 0 for an empty one. */
export function inkShare(pixels: Uint8Array): number {
  const stands = standsOut(pixels, borderColour(pixels))
  let count = 0
  for (let i = 0; i < SIZE * SIZE; i++) if (stands(i)) count++
  return count / (SIZE * SIZE)
}

function standsOut(pixels: Uint8Array, paper: readonly number[]): (pixel: number) => boolean {
  const off = (i: number): number => Math.abs(pixels[i]! - paper[i % 3]!)
  return (pixel) => Math.max(off(pixel * 3), off(pixel * 3 + 1), off(pixel * 3 + 2)) > STANDS_OUT
}

/** What stands out from the border, on white, fitted into the square: [64·64·3]. */
function frame(pixels: Uint8Array): Float32Array {
  const paper = borderColour(pixels)
  const stands = standsOut(pixels, paper)
  let [left, top, right, bottom] = [SIZE, SIZE, -1, -1]
  for (let i = 0; i < SIZE * SIZE; i++) {
    if (!stands(i)) continue
    const x = i % SIZE
    const y = (i - x) / SIZE
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  if (right < 0) return new Float32Array(pixels.length).fill(255)
  const side = Math.max(right - left, bottom - top) + 1
  const xs = stops((left + right + 1 - side) / 2, side)
  const ys = stops((top + bottom + 1 - side) / 2, side)
  const out = new Float32Array(pixels.length)
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let corner = 0; corner < 4; corner++) {
          const i = 2 * y + (corner >> 1)
          const j = 2 * x + (corner & 1)
          const row = ys.at[i]!
          const column = xs.at[j]!
          const inside = row >= 0 && column >= 0 && row < SIZE && column < SIZE
          sum += ys.weight[i]! * xs.weight[j]! * (inside ? pixels[(row * SIZE + column) * 3 + c]! : paper[c]!)
        }
        // Another paper counts as white: what it takes from each channel is given back.
        out[(y * SIZE + x) * 3 + c] = Math.min(255, sum + 255 - paper[c]!)
      }
    }
  }
  return out
}

/** For pixel i of a row (or column) of the framed picture: the two pixels of the picture that it mixes, at 2i and 2i + 1. */
function stops(start: number, side: number): { readonly at: Int32Array; readonly weight: Float32Array } {
  const at = new Int32Array(2 * SIZE)
  const weight = new Float32Array(2 * SIZE)
  for (let i = 0; i < SIZE; i++) {
    const place = start + ((i + 0.5) * side) / SIZE - 0.5
    const low = Math.floor(place)
    at.set([low, low + 1], 2 * i)
    weight.set([1 - place + low, place - low], 2 * i)
  }
  return { at, weight }
}

/** The median colour of the outermost pixels. */
function borderColour(pixels: Uint8Array): number[] {
  const values: number[][] = [[], [], []]
  for (let i = 0; i < SIZE; i++) {
    for (const at of [i, (SIZE - 1) * SIZE + i, i * SIZE, i * SIZE + SIZE - 1])
      for (let c = 0; c < 3; c++) values[c]!.push(pixels[at * 3 + c]!)
  }
  return values.map((channel) => channel.sort((a, b) => a - b)[channel.length >> 1]!)
}

/** Mean L*a*b* of 16×16 cells. */
function colours(framed: Float32Array): Float32Array {
  const cell = SIZE / GRID
  const out = new Float32Array(GRID * GRID * 3)
  for (let i = 0; i < SIZE * SIZE; i++) {
    const x = i % SIZE
    const at = Math.floor((i - x) / SIZE / cell) * GRID + Math.floor(x / cell)
    const lab = toLab(framed[i * 3]!, framed[i * 3 + 1]!, framed[i * 3 + 2]!)
    for (let c = 0; c < 3; c++) out[at * 3 + c]! += lab[c]! / (cell * cell)
  }
  return out
}

/** Light of each sRGB value, 0 to 1 (IEC 61966-2-1). */
const LINEAR: Float32Array = Float32Array.from({ length: 256 }, (_, value) => {
  const v = value / 255
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
})

/** sRGB (0 to 255) to CIE L*a*b* under D65. */
function toLab(r: number, g: number, b: number): [number, number, number] {
  const R = LINEAR[Math.round(r)]!
  const G = LINEAR[Math.round(g)]!
  const B = LINEAR[Math.round(b)]!
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116)
  const x = f((0.4124 * R + 0.3576 * G + 0.1805 * B) / 0.9505)
  const y = f(0.2126 * R + 0.7152 * G + 0.0722 * B)
  const z = f((0.0193 * R + 0.1192 * G + 0.9505 * B) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

/** Gradients of brightness by unsigned direction in 8×8 cells, each cell's histogram divided by its length. */
function outlines(framed: Float32Array): Float32Array {
  const grey = new Float32Array(SIZE * SIZE)
  for (let i = 0; i < grey.length; i++)
    grey[i] = 0.299 * framed[i * 3]! + 0.587 * framed[i * 3 + 1]! + 0.114 * framed[i * 3 + 2]!
  const cell = SIZE / CELLS
  const out = new Float32Array(CELLS * CELLS * ORIENTATIONS)
  const clamp = (v: number): number => Math.max(0, Math.min(SIZE - 1, v))
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const dx = grey[y * SIZE + clamp(x + 1)]! - grey[y * SIZE + clamp(x - 1)]!
      const dy = grey[clamp(y + 1) * SIZE + x]! - grey[clamp(y - 1) * SIZE + x]!
      const angle = ((Math.atan2(dy, dx) / Math.PI + 1) % 1) * ORIENTATIONS
      const low = Math.floor(angle) % ORIENTATIONS
      const high = (low + 1) % ORIENTATIONS
      const size = Math.hypot(dx, dy)
      const at = (Math.floor(y / cell) * CELLS + Math.floor(x / cell)) * ORIENTATIONS
      out[at + low]! += size * (1 - (angle - Math.floor(angle)))
      out[at + high]! += size * (angle - Math.floor(angle))
    }
  }
  for (let at = 0; at < out.length; at += ORIENTATIONS) {
    const part = out.subarray(at, at + ORIENTATIONS)
    // Faint cells stay faint: 400 is the gradient of a soft edge through a cell.
    const length = Math.sqrt(part.reduce((s, v) => s + v * v, 0)) + 400
    for (let i = 0; i < part.length; i++) part[i]! /= length
  }
  return out
}
