import { expect, test } from 'vitest'
import { MEL_BANDS } from '../media/audio/mel.ts'
import { makeRng } from '../util/rng.ts'
import type { MelClip } from './hearing.ts'
import { blend, PhoneBook } from './voice-blend.ts'

/** A clip whose phones of 50 ms each have one value in all their bands. */
function clipOf(phones: readonly number[], value: (id: number, i: number) => number): MelClip {
  const frames = new Int16Array(phones.length * 5 * MEL_BANDS)
  for (const [i, id] of phones.entries()) frames.fill(value(id, i), i * 5 * MEL_BANDS, (i + 1) * 5 * MEL_BANDS)
  return {
    frames,
    ends: [phones.length * 0.05],
    phones: phones.map((id, i) => ({ id, start: i * 0.05, end: (i + 1) * 0.05 })),
  }
}

const valuesOf = ({ frames, phones }: MelClip): number[] => phones.map((_, i) => frames[i * 5 * MEL_BANDS + 7]!)

test('each phone is mixed with the same phone of the other voice', () => {
  const own = clipOf([1, 2, 3], (id) => id * 100)
  const book = new PhoneBook([clipOf([3, 1, 2], (id) => id * 1000)])
  const mixed = blend(makeRng(1), own, { book, share: 0.25 })
  expect(valuesOf(mixed)).toEqual([325, 650, 975])
  expect(valuesOf(own)).toEqual([100, 200, 300])
  expect(mixed.ends).toEqual(own.ends)
})

test('a phone that the other never said stays as it is', () => {
  const own = clipOf([1, 9], (id) => id * 100)
  const book = new PhoneBook([clipOf([1], () => 1000)])
  expect(valuesOf(blend(makeRng(1), own, { book, share: 1 }))).toEqual([1000, 900])
})

test('a phone between the same neighbours is preferred', () => {
  const own = clipOf([1, 2, 3], () => 0)
  const book = new PhoneBook([clipOf([1, 2, 3, 4, 2, 4], (_, i) => (i === 1 ? 700 : 100))])
  const rng = makeRng(3)
  const heard = Array.from({ length: 40 }, () => valuesOf(blend(rng, own, { book, share: 1 }))[1])
  // Two were said, and both are looked at in all but one of 32 tries.
  expect(heard.filter((value) => value === 700).length).toBeGreaterThan(32)
})
