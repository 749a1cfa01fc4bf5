/** @file Moving scenes made on the fly: a picture or a shape that moves, grows, shrinks or stands still, eight frames at four a second. */
import { TonyError } from '../util/errors.ts'
import type { Rng } from '../util/rng.ts'
import { compose, mayFlip, resample, softColour } from './augment.ts'
import { drawShape, pictureSize, type Rgb, shapeColours, shapeNames } from './shapes.ts'

/** What the thing of a scene does. */
export const motions = [
  'moving left',
  'moving right',
  'moving up',
  'moving down',
  'growing',
  'shrinking',
  'standing still',
] as const

/** One of the motions. */
export type Motion = (typeof motions)[number]

/** Frames of a scene. */
export const sceneFrames = 8

/** Frames a second. */
export const sceneRate = 4

/** A picture that may act in a scene: 64×64 RGB on white. */
export interface ScenePicture {
  readonly thing: string
  readonly pixels: Uint8Array
  /** Its drawing style; written words (`font/…`) are not mirrored. */
  readonly style?: string
}

/** Eight frames of 64×64 RGB with what they show. */
export interface Scene {
  readonly frames: readonly Uint8Array[]
  readonly thing: string
  readonly motion: Motion
}

/** What may be fixed about a scene; the rest is drawn from the generator. */
export interface SceneOptions {
  readonly motion?: Motion
  /** Share of scenes with a coloured shape in place of a picture. */
  readonly shapes?: number
}

/** Makes a scene; the same generator state and pictures give the same bytes. */
export function makeScene(rng: Rng, pictures: readonly ScenePicture[], options: SceneOptions = {}): Scene {
  const { shapes = 0.3 } = options
  const wantsShape = rng.next() < shapes
  const actor = wantsShape || pictures.length === 0 ? shapeActor(rng) : pictureActor(rng, pictures)
  const motion = options.motion ?? rng.pick(motions)
  const behind = background(rng)
  const path = planPath(rng, motion)
  const frames = Array.from({ length: sceneFrames }, (_, frame) =>
    compose(resample(actor.pixels, { ...path(frame / (sceneFrames - 1)), mirrored: actor.mirrored }), behind),
  )
  return { frames, thing: actor.thing, motion }
}

interface Actor {
  readonly thing: string
  readonly pixels: Uint8Array
  readonly mirrored: boolean
}

function pictureActor(rng: Rng, pictures: readonly ScenePicture[]): Actor {
  const { thing, pixels, style = '' } = rng.pick(pictures)
  if (pixels.length !== pictureSize * pictureSize * 3) {
    throw new TonyError(
      'shape',
      `makeScene: a picture of '${thing}' has ${pixels.length} bytes (expected ${pictureSize}×${pictureSize}×3)`,
    )
  }
  return { thing, pixels, mirrored: rng.next() < 0.5 && mayFlip({ thing, style }) }
}

function shapeActor(rng: Rng): Actor {
  const shape = rng.pick(shapeNames)
  const name = rng.pick(Object.keys(shapeColours))
  const colour = shapeColours[name] ?? [0, 0, 0]
  const centre = pictureSize / 2
  const pixels = drawShape(shape, {
    x: centre,
    y: centre,
    radius: 29,
    turn: (rng.next() - 0.5) * 0.4,
    colour,
    background: [255, 255, 255],
  })
  return { thing: `${name} ${shape}`, pixels, mirrored: false }
}

/** Where and how large the thing is at time `t` in [0, 1]. */
function planPath(rng: Rng, motion: Motion): (t: number) => { dx: number; dy: number; scale: number } {
  const size = 0.36 + 0.16 * rng.next()
  const room = (pictureSize * (1 - size)) / 2
  const way = room * (0.55 + 0.45 * rng.next())
  const aside = room * 0.8 * (2 * rng.next() - 1)
  const along = room * 0.8 * (2 * rng.next() - 1)
  const line = (t: number): number => way * (2 * t - 1)
  switch (motion) {
    case 'moving left':
      return (t) => ({ dx: -line(t), dy: aside, scale: size })
    case 'moving right':
      return (t) => ({ dx: line(t), dy: aside, scale: size })
    case 'moving up':
      return (t) => ({ dx: aside, dy: -line(t), scale: size })
    case 'moving down':
      return (t) => ({ dx: aside, dy: line(t), scale: size })
    case 'growing':
      return (t) => ({ dx: aside / 4, dy: along / 4, scale: 0.28 + (size + 0.08) * t })
    case 'shrinking':
      return (t) => ({ dx: aside / 4, dy: along / 4, scale: 0.28 + (size + 0.08) * (1 - t) })
    case 'standing still':
      return () => ({ dx: aside, dy: along, scale: size })
  }
}

/** White, one colour, or a coloured noise that stands still. */
function background(rng: Rng): (x: number, y: number) => Rgb {
  const kind = rng.int(3)
  const colour = softColour(rng)
  if (kind === 0) return () => [255, 255, 255]
  if (kind === 1) return () => colour
  const noise = Float32Array.from({ length: pictureSize * pictureSize }, () => 24 * rng.normal())
  const shifted = (value: number, by: number): number => Math.max(0, Math.min(255, Math.round(value + by)))
  return (x, y) => {
    const by = noise[y * pictureSize + x]!
    return [shifted(colour[0], by), shifted(colour[1], by), shifted(colour[2], by)]
  }
}
