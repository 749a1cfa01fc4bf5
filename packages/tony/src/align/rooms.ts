/** @file Rooms of several sizes for a minibatch, so that short answers do not pay for the padding of the longest. */
import type { OmniConfig } from '../models/omni/config.ts'
import type { BatchShape } from '../models/omni/model.ts'
import { mediaRoom, packFitting, packWhole, type Sample, type SampleBatch } from './samples.ts'

/** Fewest positions of a room: a smaller batch leaves the cores waiting for each other. */
const SMALLEST = 1024

/** Parts of a room: each a program of its own, so that a minibatch leaves a third of its room empty at most, down to the smallest. */
const SHARES = [1 / 4, 3 / 8, 1 / 2, 3 / 4]

/** Parts of `shape` of 1,024 positions or more, smallest first; their names are buckets of a `Trainer` (train/step.ts). */
export function smallerRooms(shape: BatchShape): Record<string, BatchShape> {
  const rooms: Record<string, BatchShape> = {}
  for (const share of SHARES) {
    const part = (rows: number): number => Math.ceil(rows * share)
    const batch = part(shape.batch)
    if (batch * shape.time < SMALLEST || batch === shape.batch) continue
    const media = mediaRoom({ audio: part(shape.audio), image: part(shape.image), frames: part(shape.frames) })
    rooms[`${batch} rows`] = { ...shape, ...media, batch, targets: part(shape.targets) }
  }
  return rooms
}

/**
 * The room that answers are judged in, some at a time: without media any row holds any of them, and the smallest room has
 * the least left empty at the end.
 */
export function judgingRoom(shape: BatchShape): BatchShape {
  const [smallest] = Object.values(smallerRooms(shape))
  if (smallest === undefined || shape.audio + shape.image + shape.frames > 0) return shape
  return { ...smallest, targets: Math.min(shape.targets, smallest.batch * smallest.time) }
}

/** `samples` as one batch in the smallest room that holds them: one of `rooms`, by its name, or `shape` (no name). Throws `too_large` where none does. */
export function packSnugly(
  samples: readonly Sample[],
  {
    rooms,
    ...whole
  }: {
    readonly name: string
    readonly config: OmniConfig
    readonly shape: BatchShape
    readonly rooms: Readonly<Record<string, BatchShape>>
  },
): { readonly batch: SampleBatch; readonly room?: string } {
  const positions = samples.reduce((sum, { prompt, answer }) => sum + prompt.length + answer.length, 0)
  for (const [room, shape] of Object.entries(rooms)) {
    if (positions > shape.batch * shape.time) continue
    const batch = packFitting(samples, { config: whole.config, shape })
    if (batch.placed.length === samples.length) return { batch, room }
  }
  return { batch: packWhole(samples, whole) }
}
