import { describe, expect, it } from 'vitest'
import { MEL_SILENCE } from '../../media/audio/mel.ts'
import { MelWindows, pixelPatches, pixelWindows } from './windows.ts'

describe('MelWindows', () => {
  it('gives each patch with the three before it, silence before the first', () => {
    const windows = new MelWindows()
    const made = [1, 2, 3, 4, 5].map((value) => windows.push(new Float32Array(640).fill(value)))
    const shown = made.map((window) => [0, 1, 2, 3].map((i) => window[i * 640 + 17]))
    const silent = Math.fround(MEL_SILENCE)
    expect(shown).toEqual([
      [silent, silent, silent, 1],
      [silent, silent, 1, 2],
      [silent, 1, 2, 3],
      [1, 2, 3, 4],
      [2, 3, 4, 5],
    ])
  })
})

describe('pixelWindows', () => {
  const noisy = (width: number, height: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251),
  })

  it('holds the patches of its own share in its middle, quarter by quarter', () => {
    const image = noisy(64, 48)
    const patches = pixelPatches(image)
    const windows = pixelWindows(image)
    expect(windows.length).toBe(4 * 3)
    // The share of window (row 1, column 2) begins at pixel (32, 16): patches (2, 4), (2, 5), (3, 4), (3, 5).
    const window = windows[1 * 4 + 2]!
    const cell = (index: number): number[] => [...window.subarray(index * 192, (index + 1) * 192)]
    // In the middle lie the last cell of the first quarter, the third of the second, the second of the third, the first.
    expect(cell(3)).toEqual([...patches[2 * 8 + 4]!])
    expect(cell(6)).toEqual([...patches[2 * 8 + 5]!])
    expect(cell(9)).toEqual([...patches[3 * 8 + 4]!])
    expect(cell(12)).toEqual([...patches[3 * 8 + 5]!])
  })

  it('is 0 outside the picture', () => {
    const corner = pixelWindows({ ...noisy(32, 32), data: new Uint8Array(32 * 32 * 3).fill(255) })[0]!
    const cells = Array.from({ length: 16 }, (_, i) => corner[i * 192]!)
    expect(cells).toEqual([0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1])
  })

  it('refuses sides that are no multiples of 16', () => {
    expect(() => pixelWindows(noisy(24, 32))).toThrow(/multiples of 16, got 24×32/)
  })
})
