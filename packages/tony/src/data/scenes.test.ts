import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { augmentPicture, mayFlip } from './augment.ts'
import { type Motion, makeScene, motions, sceneFrames } from './scenes.ts'
import { drawShape, pictureBytes, pictureSize, randomShape, shapeColours, shapeNames } from './shapes.ts'

const dot = drawShape('circle', {
  x: 32,
  y: 32,
  radius: 28,
  turn: 0,
  colour: [10, 10, 10],
  background: [255, 255, 255],
})
const pictures = [{ thing: 'dot', pixels: dot }]

/** Centre and size of the dark pixels. */
function dark(pixels: Uint8Array): { x: number; y: number; count: number } {
  let x = 0
  let y = 0
  let count = 0
  for (let i = 0; i < pictureSize * pictureSize; i++) {
    if (Math.max(pixels[i * 3]!, pixels[i * 3 + 1]!, pixels[i * 3 + 2]!) > 30) continue
    x += i % pictureSize
    y += Math.floor(i / pictureSize)
    count++
  }
  return { x: x / count, y: y / count, count }
}

describe('makeScene', () => {
  it('gives the same bytes for the same seed and others for another', () => {
    const a = makeScene(makeRng(3), pictures)
    expect(makeScene(makeRng(3), pictures)).toEqual(a)
    expect(a.frames).toHaveLength(sceneFrames)
    expect(a.frames.every((frame) => frame.length === pictureBytes)).toBe(true)
    expect(makeScene(makeRng(4), pictures)).not.toEqual(a)
  })

  it.each(motions.map((motion) => [motion] as [Motion]))('shows a thing %s', (motion) => {
    for (let seed = 0; seed < 12; seed++) {
      const scene = makeScene(makeRng(seed), pictures, { motion, shapes: 0 })
      expect(scene).toMatchObject({ thing: 'dot', motion })
      const seen = scene.frames.map(dark)
      for (let i = 1; i < seen.length; i++) {
        const [a, b] = [seen[i - 1]!, seen[i]!]
        const step = {
          left: b.x < a.x - 0.5,
          right: b.x > a.x + 0.5,
          up: b.y < a.y - 0.5,
          down: b.y > a.y + 0.5,
          larger: b.count > a.count * 1.02,
          smaller: b.count < a.count / 1.02,
        }
        expect({ ...step }).toEqual({
          left: motion === 'moving left',
          right: motion === 'moving right',
          up: motion === 'moving up',
          down: motion === 'moving down',
          larger: motion === 'growing',
          smaller: motion === 'shrinking',
        })
      }
      if (motion === 'standing still')
        expect(scene.frames.every((frame) => Buffer.compare(frame, scene.frames[0]!) === 0)).toBe(true)
    }
  })

  it('makes do with shapes where there are no pictures', () => {
    const { thing } = makeScene(makeRng(1), [])
    const [colour = '', shape = ''] = thing.split(' ')
    expect(Object.keys(shapeColours)).toContain(colour)
    expect(shapeNames).toContain(shape)
  })

  it('refuses a picture of another size', () => {
    expect(() => makeScene(makeRng(1), [{ thing: 'x', pixels: new Uint8Array(3) }], { shapes: 0 })).toThrow(/makeScene/)
  })
})

describe('randomShape', () => {
  it('draws every shape inside the picture', () => {
    for (const shape of shapeNames) {
      const pixels = randomShape(makeRng(5), shape, 'blue')
      expect(pixels.some((value) => value < 100)).toBe(true)
      for (let i = 0; i < pictureSize; i++)
        expect(Math.min(pixels[i * 3]!, pixels[(pictureSize * i + 63) * 3]!)).toBeGreaterThan(200)
    }
  })
})

describe('augmentPicture', () => {
  it('is deterministic, leaves its input alone and changes the picture', () => {
    const before = dot.slice()
    const a = augmentPicture(makeRng(1), dot)
    expect(augmentPicture(makeRng(1), dot)).toEqual(a)
    expect(augmentPicture(makeRng(2), dot)).not.toEqual(a)
    expect(dot).toEqual(before)
  })

  it('mirrors only with the flag', () => {
    const half = drawShape('circle', {
      x: 14,
      y: 32,
      radius: 9,
      turn: 0,
      colour: [0, 0, 0],
      background: [255, 255, 255],
    })
    const sides = (flip: boolean): number =>
      Array.from({ length: 20 }, (_, seed) => dark(augmentPicture(makeRng(seed), half, { flip })).x).filter(
        (x) => x > 32,
      ).length
    expect(sides(false)).toBe(0)
    expect(sides(true)).toBeGreaterThan(3)
    expect([
      mayFlip({ thing: 'left arrow', style: 'twemoji' }),
      mayFlip({ thing: 'dog', style: 'font/Lato' }),
      mayFlip({ thing: 'dog', style: 'twemoji' }),
    ]).toEqual([false, false, true])
  })

  it('keeps a picture as it is when nothing may change', () => {
    expect(
      augmentPicture(makeRng(1), dot, { flip: false, background: false, shift: 0, scale: [1, 1], brightness: 0 }),
    ).toEqual(dot)
  })
})
