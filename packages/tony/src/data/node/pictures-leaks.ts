/** @file Looks for pictures of the training split that come back, the same or nearly so, in another split. */
import { createHash } from 'node:crypto'
import { groupBy } from '../../util/group.ts'
import { pictureSize } from '../shapes.ts'
import type { Split } from '../types.ts'

/** What the leak check needs to know of a picture. */
export interface CheckedPicture {
  readonly id: string
  readonly thing: string
  readonly split: Split
  readonly pixels: Uint8Array
}

/** A picture outside training and the picture of the training split that it repeats. */
export interface Leak {
  readonly id: string
  readonly trainId: string
  /** Root mean square difference of the thumbnails, 0 to 255. */
  readonly distance: number
}

/** Settings of `findLeaks`. */
export interface LeakOptions {
  /** Pictures whose thumbnails differ by less are near-duplicates. */
  readonly threshold?: number
  /** Compare only pictures of the same thing (for written words, where one letter is the difference). */
  readonly sameThing?: boolean
}

/** The default of `LeakOptions.threshold`: at 10, two drawings look the same at a glance. */
export const nearDuplicate = 10

const side = 16

/** A hash of the exact pixels. */
export function pixelHash(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('hex')
}

/** A 16×16 RGB average picture: what a glance sees. */
export function thumbnail(pixels: Uint8Array): Uint8Array {
  const cell = pictureSize / side
  const result = new Uint8Array(side * side * 3)
  for (let at = 0; at < result.length; at++) {
    const c = at % 3
    const x = Math.floor(at / 3) % side
    const y = Math.floor(at / 3 / side)
    let sum = 0
    for (let i = 0; i < cell * cell; i++)
      sum += pixels[((y * cell + Math.floor(i / cell)) * pictureSize + x * cell + (i % cell)) * 3 + c]!
    result[at] = Math.round(sum / (cell * cell))
  }
  return result
}

/** Left and right of a thumbnail exchanged. */
export function mirrorThumbnail(small: Uint8Array): Uint8Array {
  const result = new Uint8Array(small.length)
  for (let i = 0; i < side * side; i++) {
    const from = (i - (i % side) + side - 1 - (i % side)) * 3
    for (let c = 0; c < 3; c++) result[i * 3 + c] = small[from + c]!
  }
  return result
}

/** All pictures outside training that equal, or nearly equal (also mirrored), one of training. */
export function findLeaks(pictures: readonly CheckedPicture[], options: LeakOptions = {}): Leak[] {
  const { threshold = nearDuplicate, sameThing = false } = options
  const train = pictures.filter((picture) => picture.split === 'train')
  const exact = new Map(train.map((picture) => [pixelHash(picture.pixels), picture.id]))
  const groups = groupBy(
    train.map(({ id, thing, pixels }) => ({ id, key: sameThing ? thing : '', small: thumbnail(pixels) })),
    ({ key }) => key,
  )
  const limit = threshold * threshold * side * side * 3
  const leaks: Leak[] = []
  for (const picture of pictures) {
    if (picture.split === 'train') continue
    const same = exact.get(pixelHash(picture.pixels))
    if (same !== undefined) {
      leaks.push({ id: picture.id, trainId: same, distance: 0 })
      continue
    }
    const small = thumbnail(picture.pixels)
    const mirrored = mirrorThumbnail(small)
    let best: { id: string; error: number } | undefined
    for (const candidate of groups.get(sameThing ? picture.thing : '') ?? []) {
      const error = Math.min(
        squaredError(small, candidate.small, limit),
        squaredError(mirrored, candidate.small, limit),
      )
      if (error < limit && (best === undefined || error < best.error)) best = { id: candidate.id, error }
    }
    if (best !== undefined)
      leaks.push({ id: picture.id, trainId: best.id, distance: Math.sqrt(best.error / (side * side * 3)) })
  }
  return leaks
}

/** Stops as soon as the sum passes `limit`. */
function squaredError(a: Uint8Array, b: Uint8Array, limit: number): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const d = a[i]! - b[i]!
    sum += d * d
    if (sum > limit) return sum
  }
  return sum
}
