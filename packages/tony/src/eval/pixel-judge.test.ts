import { describe, expect, it } from 'vitest'
import { augmentPicture } from '../data/augment.ts'
import {
  drawShape,
  pictureBytes,
  pictureSize,
  type Rgb,
  randomShape,
  type ShapeName,
  shapeColours,
} from '../data/shapes.ts'
import { makeRng } from '../util/rng.ts'
import { inkShare, PixelJudge, type ReferencePicture } from './pixel-judge.ts'

const SHAPES: readonly ShapeName[] = ['circle', 'square', 'triangle', 'star', 'cross', 'crescent']
const COLOURS = ['red', 'green', 'blue', 'black']

function shapes(seed: number, each: number): ReferencePicture[] {
  const rng = makeRng(seed)
  return SHAPES.flatMap((shape) =>
    COLOURS.flatMap((colour) =>
      Array.from({ length: each }, () => ({ thing: `${colour} ${shape}`, pixels: randomShape(rng, shape, colour) })),
    ),
  )
}

const drawn = (
  shape: ShapeName,
  { x = 32, y = 32, radius = 20, background = [255, 255, 255] as Rgb } = {},
): Uint8Array => drawShape(shape, { x, y, radius, turn: 0, colour: shapeColours['red']!, background })

describe('PixelJudge', () => {
  const judge = new PixelJudge(shapes(1, 2))

  it('knows a picture that it has, mirrored too, at distance 0', () => {
    const { pixels, thing } = judge.references[30]!
    const mirrored = pixels.slice()
    for (let i = 0; i < pictureSize ** 2; i++) {
      const from = i - (i % pictureSize) + (pictureSize - 1 - (i % pictureSize))
      mirrored.set(pixels.subarray(from * 3, from * 3 + 3), i * 3)
    }
    for (const seen of [pixels, mirrored]) {
      const best = judge.rank(seen)[0]!
      expect(best.reference.thing).toBe(thing)
      expect(best.distance).toBeLessThan(1e-6)
      expect(judge.place(seen, thing)).toBe(1)
    }
  })

  it('tells new pictures of known things, one of 24, nearly always', () => {
    const fresh = shapes(2, 1)
    const right = fresh.filter(({ pixels, thing }) => judge.place(pixels, thing) === 1).length
    expect(right / fresh.length).toBeGreaterThan(0.9)
  })

  it('is at chance for pictures put to the wrong things', () => {
    const fresh = shapes(3, 1)
    const right = fresh.filter(
      ({ pixels }, i) => judge.place(pixels, fresh[(i + 13) % fresh.length]!.thing) === 1,
    ).length
    expect(right / fresh.length).toBeLessThan(0.15)
  })

  it('does not mind place, size, background and brightness', () => {
    const rng = makeRng(4)
    const fresh = shapes(5, 1)
    const right = fresh.filter(({ pixels, thing }) => judge.place(augmentPicture(rng, pixels), thing) <= 2).length
    expect(right / fresh.length).toBeGreaterThan(0.8)
    const two = new PixelJudge([
      { thing: 'star', pixels: drawn('star') },
      { thing: 'square', pixels: drawn('square') },
    ])
    const moved = drawn('star', { x: 20, y: 44, radius: 12, background: [200, 220, 180] })
    expect(two.place(moved, 'star')).toBe(1)
  })

  it('gives noise and an empty picture a place, and an unknown thing the one after all', () => {
    const rng = makeRng(6)
    const noise = Uint8Array.from({ length: pictureBytes }, () => rng.int(256))
    const white = new Uint8Array(pictureBytes).fill(255)
    for (const pixels of [noise, white]) {
      expect(judge.rank(pixels)).toHaveLength(judge.references.length)
      expect(judge.rank(pixels).every(({ distance }) => Number.isFinite(distance))).toBe(true)
      expect(judge.place(pixels, 'unicorn')).toBe(judge.things.length + 1)
    }
  })

  it('sees how much is drawn, whatever the paper', () => {
    const paper = [200, 220, 180] as const
    const circle = (Math.PI * 20 ** 2) / pictureSize ** 2
    // The ring of half-covered pixels at the edge, 0.031 of the picture, counts in part.
    for (const share of [inkShare(drawn('circle')), inkShare(drawn('circle', { background: paper }))]) {
      expect(share).toBeGreaterThan(circle - 0.016)
      expect(share).toBeLessThan(circle + 0.016)
    }
    expect(inkShare(new Uint8Array(pictureBytes).fill(128))).toBe(0)
  })

  it('refuses pictures of another size and a judge with nothing to compare', () => {
    expect(() => judge.rank(new Uint8Array(12))).toThrow(/12 bytes \(expected 64×64×3\)/)
    expect(() => new PixelJudge([judge.references[0]!])).toThrow(/1 references/)
  })
})
