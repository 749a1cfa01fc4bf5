import { describe, expect, it } from 'vitest'
import { pictureSize, plainShape, shapeColours, shapeNames } from './shapes.ts'

describe('a plain shape', () => {
  it('is in the middle, in its colour, on white, for every name that can be drawn', () => {
    const seen = new Set<string>()
    for (const shape of shapeNames) {
      for (const [colour, rgb] of Object.entries(shapeColours)) {
        const pixels = plainShape(`${colour} ${shape}`)
        seen.add(Buffer.from(pixels).toString('base64'))
        const at = (x: number, y: number): number[] => [...pixels.subarray(3 * (y * pictureSize + x)).subarray(0, 3)]
        expect(at(0, 0)).toEqual([255, 255, 255])
        const full = Array.from({ length: pictureSize ** 2 }, (_, i) =>
          at(i % pictureSize, Math.floor(i / pictureSize)),
        )
          .map((pixel, i) => [pixel, i] as const)
          .filter(([pixel]) => pixel.every((value, c) => value === rgb[c]))
        expect(full.length).toBeGreaterThan(150)
        const middle = full.reduce((sum, [, i]) => sum + (i % pictureSize), 0) / full.length
        if (shape !== 'crescent') expect(middle).toBeCloseTo(pictureSize / 2 - 0.5, 0)
      }
    }
    expect(seen.size).toBe(shapeNames.length * Object.keys(shapeColours).length)
  })
})
