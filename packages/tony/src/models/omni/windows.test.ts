import { describe, expect, it } from 'vitest'
import { MEL_SILENCE } from '../../media/audio/mel.ts'
import { chunksOf, MelWindows, pixelWindows } from './windows.ts'

describe('MelWindows', () => {
  it('gives each patch with the last four frames before it, silence before the first', () => {
    const windows = new MelWindows()
    const made = [1, 2, 3].map((value) => windows.push(new Float32Array(640).fill(value)))
    const frames = made.map((window) => Array.from({ length: 12 }, (_, frame) => window[frame * 80 + 17]))
    const patch = (value: number): number[] => new Array(8).fill(value)
    const end = (value: number): number[] => new Array(4).fill(value)
    expect(frames).toEqual([
      [...end(Math.fround(MEL_SILENCE)), ...patch(1)],
      [...end(1), ...patch(2)],
      [...end(2), ...patch(3)],
    ])
  })
})

describe('chunksOf', () => {
  it('gives every patch one row, and a later chunk the end of the one before', () => {
    expect(chunksOf(0)).toEqual([])
    expect(chunksOf(64)).toEqual([{ start: 0, fresh: 0, end: 64 }])
    expect(chunksOf(130)).toEqual([
      { start: 0, fresh: 0, end: 64 },
      { start: 48, fresh: 64, end: 112 },
      { start: 96, fresh: 112, end: 130 },
    ])
  })

  it('keeps its chunks as a sound grows', () => {
    for (let length = 1; length < 200; length++)
      expect(chunksOf(length).map(({ start, fresh }) => [start, fresh])).toEqual(
        chunksOf(length + 1)
          .slice(0, chunksOf(length).length)
          .map(({ start, fresh }) => [start, fresh]),
      )
  })
})

describe('pixelWindows', () => {
  const noisy = (width: number, height: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251),
  })

  /** The pixel of a window: cell, then row and column within the 16×16 square around it, first colour. */
  const at = (window: Float32Array, cell: number, y: number, x: number): number =>
    window[((cell * 16 + y) * 16 + x) * 3]!

  it('holds four cells, each in the middle of what surrounds it', () => {
    const image = noisy(64, 48)
    const windows = pixelWindows(image)
    expect(windows.length).toBe(4 * 3)
    const pixel = (y: number, x: number): number => Math.fround(image.data[(y * 64 + x) * 3]! / 127.5 - 1)
    // The share of window (row 1, column 2) begins at pixel (16, 32); cell 3 of it at (24, 40), its square 4 pixels before.
    const window = windows[1 * 4 + 2]!
    for (const [y, x] of [
      [0, 0],
      [4, 4],
      [11, 7],
      [15, 15],
    ] as const) {
      expect(at(window, 0, y, x)).toBe(pixel(16 - 4 + y, 32 - 4 + x))
      expect(at(window, 3, y, x)).toBe(pixel(24 - 4 + y, 40 - 4 + x))
    }
  })

  it('is 0 outside the picture', () => {
    const [first] = pixelWindows({ ...noisy(16, 16), data: new Uint8Array(16 * 16 * 3).fill(255) })
    const shown = (cell: number): number[] =>
      [0, 4, 8, 12].flatMap((y) => [0, 4, 8, 12].map((x) => at(first!, cell, y, x)))
    expect(shown(0)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1])
    expect(shown(3)).toEqual([1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0])
  })

  it('refuses sides that are no multiples of 16', () => {
    expect(() => pixelWindows(noisy(24, 32))).toThrow(/multiples of 16, got 24×32/)
  })
})
