import { expect, it } from 'vitest'
import { pixelPatches } from '../models/omni/windows.ts'
import { fromPatches } from './picture.ts'

it('gives the picture back that was cut into patches', () => {
  const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 31) % 256)
  const patches = pixelPatches({ width: 64, height: 64, data })
  expect(patches).toHaveLength(64)
  expect(patches.every((patch) => patch.length === 192 && patch.every((v) => v >= -1 && v <= 1))).toBe(true)
  const rows = Float32Array.from(patches.flatMap((patch) => [...patch]))
  expect(fromPatches(rows)).toEqual({ width: 64, height: 64, data })
  // What a network gives may lie outside.
  expect(fromPatches(rows.map((value) => value * 9)).data.every((v) => v >= 0 && v <= 255)).toBe(true)
})
