import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RgbImage } from '../types.ts'
import { contactSheet } from './contact-sheet.ts'
import { fitSquare, resizeImage } from './resize.ts'

/** A picture whose red is given per pixel; green and blue are 7. */
function red(width: number, values: readonly number[]): RgbImage {
  return { width, height: values.length / width, data: Uint8Array.from(values.flatMap((v) => [v, 7, 7])) }
}
const reds = (image: RgbImage): number[] =>
  Array.from({ length: image.width * image.height }, (_, i) => image.data[i * 3]!)

describe('resizeImage', () => {
  it('averages areas when shrinking', () => {
    expect(reds(resizeImage(red(4, [0, 100, 20, 40, 200, 100, 60, 80]), 2, 1))).toEqual([100, 50])
    expect(reds(resizeImage(red(3, [0, 90, 180]), 2, 1))).toEqual([30, 150])
  })

  it('blends when growing', () => {
    expect(reds(resizeImage(red(2, [0, 100]), 4, 1))).toEqual([0, 25, 75, 100])
    expect(reds(resizeImage(red(1, [9]), 3, 2))).toEqual([9, 9, 9, 9, 9, 9])
  })

  it('keeps plain colours and sizes for all sizes', () => {
    const side = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(side, side, side, side, fc.nat(255), (w, h, width, height, value) => {
        const out = resizeImage(red(w, Array(w * h).fill(value)), width, height)
        expect([out.width, out.height, out.data.length]).toEqual([width, height, width * height * 3])
        expect(reds(out).every((v) => v === value)).toBe(true)
      }),
    )
  })

  it('rejects empty and inconsistent pictures', () => {
    expect(() => resizeImage(red(1, [1]), 0, 4)).toThrow('0×4')
    expect(() => resizeImage({ width: 2, height: 2, data: new Uint8Array(3) }, 1, 1)).toThrow('3 bytes')
  })
})

describe('fitSquare', () => {
  it('centres the whole picture on the background', () => {
    const out = fitSquare(red(4, [1, 2, 3, 4, 5, 6, 7, 8]), 4, [0, 9, 9])
    expect(reds(out)).toEqual([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
    expect(reds(fitSquare(red(1, [5]), 2))).toEqual([5, 5, 5, 5])
  })
})

describe('contactSheet', () => {
  it('puts pictures in reading order with gaps', () => {
    const sheet = contactSheet([red(1, [1]), red(1, [2]), red(1, [3])], { columns: 2, gap: 1, background: [0, 0, 0] })
    expect([sheet.width, sheet.height]).toEqual([5, 5])
    expect(reds(sheet)).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('rejects no pictures', () => {
    expect(() => contactSheet([])).toThrow('0 pictures')
  })
})
