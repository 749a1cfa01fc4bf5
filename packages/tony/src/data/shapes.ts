/** @file Coloured shapes, drawn from numbers: the simplest pictures, and the only ones that need no file. */
import type { Rng } from '../util/rng.ts'

/** Width and height of every picture and frame of the corpora. */
export const pictureSize = 64

/** Bytes of one picture: 64×64 RGB. */
export const pictureBytes: number = pictureSize * pictureSize * 3

/** An RGB colour, 0 to 255. */
export type Rgb = readonly [number, number, number]

/** The colours of shapes. */
export const shapeColours: Readonly<Record<string, Rgb>> = {
  red: [220, 38, 38],
  orange: [245, 130, 32],
  yellow: [250, 204, 21],
  green: [34, 160, 70],
  blue: [37, 99, 235],
  purple: [130, 60, 190],
  pink: [244, 130, 180],
  brown: [130, 80, 40],
  grey: [140, 140, 145],
  black: [20, 20, 22],
}

/** Is (x, y) inside the shape, whose box is [-1, 1] on both axes with y downwards? */
type Inside = (x: number, y: number) => boolean

/** The shapes. */
export const shapeNames = [
  'circle',
  'square',
  'triangle',
  'star',
  'rectangle',
  'oval',
  'diamond',
  'pentagon',
  'hexagon',
  'cross',
  'ring',
  'crescent',
] as const

/** One of the shapes. */
export type ShapeName = (typeof shapeNames)[number]

const inside: Readonly<Record<ShapeName, Inside>> = {
  circle: (x, y) => x * x + y * y < 1,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.88,
  triangle: polygon(3, 1),
  star: polygon(5, 0.42),
  rectangle: (x, y) => Math.abs(x) < 1 && Math.abs(y) < 0.52,
  oval: (x, y) => x * x + (y * y) / 0.36 < 1,
  diamond: (x, y) => Math.abs(x) / 0.72 + Math.abs(y) < 1,
  pentagon: polygon(5, 1),
  hexagon: polygon(6, 1),
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.32 && Math.max(Math.abs(x), Math.abs(y)) < 0.95,
  ring: (x, y) => x * x + y * y < 1 && x * x + y * y > 0.36,
  crescent: (x, y) => x * x + y * y < 1 && (x - 0.45) ** 2 + y * y > 0.72,
}

/** Where and how a shape is drawn. */
export interface ShapePlacement {
  /** Centre in pixels. */
  readonly x: number
  readonly y: number
  /** Half the width in pixels. */
  readonly radius: number
  /** Clockwise, in radians. */
  readonly turn: number
  readonly colour: Rgb
  readonly background: Rgb
}

/** Draws a shape with smooth edges and returns 64×64 RGB. */
export function drawShape(shape: ShapeName, placement: ShapePlacement): Uint8Array {
  const { x, y, radius, turn, colour, background } = placement
  const test = inside[shape]
  const cos = Math.cos(turn) / radius
  const sin = Math.sin(turn) / radius
  const pixels = new Uint8Array(pictureBytes)
  const samples = 4
  for (let row = 0, at = 0; row < pictureSize; row++) {
    for (let column = 0; column < pictureSize; column++, at += 3) {
      let hits = 0
      for (let s = 0; s < samples * samples; s++) {
        const dx = column + ((s % samples) + 0.5) / samples - x
        const dy = row + (Math.floor(s / samples) + 0.5) / samples - y
        if (test(cos * dx + sin * dy, cos * dy - sin * dx)) hits++
      }
      const share = hits / (samples * samples)
      for (let c = 0; c < 3; c++) pixels[at + c] = Math.round(colour[c]! * share + background[c]! * (1 - share))
    }
  }
  return pixels
}

/** Draws a shape in a colour of `shapeColours` at a random place, size and slight turn, on white. */
export function randomShape(rng: Rng, shape: ShapeName, colour: string): Uint8Array {
  const radius = 9 + 20 * rng.next()
  const room = Math.max(0, pictureSize / 2 - radius - 1)
  return drawShape(shape, {
    x: pictureSize / 2 + room * (2 * rng.next() - 1),
    y: pictureSize / 2 + room * (2 * rng.next() - 1),
    radius,
    turn: (rng.next() - 0.5) * 0.5,
    colour: jitter(rng, shapeColours[colour] ?? [0, 0, 0]),
    background: [255, 255, 255],
  })
}

/** Draws a coloured shape by its name, `red circle`, upright in the middle of a white picture. */
export function plainShape(thing: string): Uint8Array {
  const [colour, shape] = thing.split(' ')
  return drawShape(shape as ShapeName, {
    x: pictureSize / 2,
    y: pictureSize / 2,
    radius: 22,
    turn: 0,
    colour: shapeColours[colour!]!,
    background: [255, 255, 255],
  })
}

/** A colour close to `colour`, never so far that its name changes. */
function jitter(rng: Rng, colour: Rgb): Rgb {
  const light = 28 * (rng.next() - 0.5)
  const shift = (value: number): number =>
    Math.max(0, Math.min(255, Math.round(value + light + 8 * (rng.next() - 0.5))))
  return [shift(colour[0]), shift(colour[1]), shift(colour[2])]
}

/** A regular polygon with a corner on top; `waist` below 1 draws it in between the corners, which makes a star. */
function polygon(corners: number, waist: number): Inside {
  const points: [number, number][] = []
  const steps = waist < 1 ? corners * 2 : corners
  for (let i = 0; i < steps; i++) {
    const angle = (2 * Math.PI * i) / steps - Math.PI / 2
    const length = waist < 1 && i % 2 === 1 ? waist : 1
    points.push([Math.cos(angle) * length, Math.sin(angle) * length])
  }
  return (x, y) => {
    let odd = false
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const [xi, yi] = points[i]!
      const [xj, yj] = points[j]!
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd
    }
    return odd
  }
}
