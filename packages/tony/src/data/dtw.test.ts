import { expect, it } from 'vitest'
import { MEL_BANDS } from '../media/audio/mel.ts'
import { sameMoments } from './dtw.ts'

/** Frames that are loud in one part of the bands each, `lengths[i]` of them in part i, at a loudness of their own. */
function clip(lengths: readonly number[], level: number): Float32Array {
  const frames = lengths.flatMap((length, part) =>
    Array.from({ length }, () =>
      Array.from({ length: MEL_BANDS }, (_, b) => (Math.floor(b / 16) === part ? level : level - 3)),
    ),
  )
  return Float32Array.from(frames.flat())
}

it('finds what is said at another speed and loudness', () => {
  const moments = sameMoments(clip([10, 20, 5, 15], 1), clip([14, 16, 9, 30], -0.5))
  const parts = (at: number): number => [14, 30, 39, 69].findIndex((end) => at < end)
  expect(Array.from(moments, parts)).toEqual([10, 20, 5, 15].flatMap((length, part) => new Array(length).fill(part)))
  expect([...moments]).toEqual([...moments].sort((a, b) => a - b))
})

it('says so where there is nothing', () => {
  expect(() => sameMoments(new Float32Array(0), clip([3], 1))).toThrow(/clips of 0 and 3 frames/)
})
