import { expect, it } from 'vitest'
import type { BatchShape } from '../models/omni/model.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { grpo } from './grpo.ts'
import { judgingRoom, packSnugly, smallerRooms } from './rooms.ts'
import { answered, config, newPolicy, prompt, shape, tokenizer, watched } from './testing/toy.ts'

const large: BatchShape = { ...shape, batch: 64, targets: 2048 }

it('has parts of a room from 1,024 positions on, media in whole parts', () => {
  const rooms = smallerRooms({ batch: 16, time: 256, audio: 384, image: 32, frames: 192, targets: 2000 })
  expect(Object.keys(rooms)).toEqual(['4 rows', '6 rows', '8 rows', '12 rows'])
  expect(rooms['4 rows']).toEqual({ batch: 4, time: 256, audio: 128, image: 16, frames: 64, targets: 500 })
  expect(rooms['8 rows']).toEqual({ batch: 8, time: 256, audio: 256, image: 16, frames: 128, targets: 1000 })
  expect(smallerRooms(shape)).toEqual({})
  expect(Object.keys(smallerRooms({ ...shape, batch: 3, time: 1024 }))).toEqual(['1 rows', '2 rows'])
})

it('judges text in the smallest room, and media in the whole one', () => {
  expect(judgingRoom(large)).toEqual({ ...large, batch: 16, targets: 1024 })
  expect(judgingRoom({ ...large, frames: 64 })).toEqual({ ...large, frames: 64 })
  expect(judgingRoom(shape)).toEqual(shape)
})

it('packs into the smallest room that holds all', () => {
  const roomOf = (answers: number, length: number, shape = large): string | undefined => {
    const how = { name: 'test', config, shape, rooms: smallerRooms(shape) }
    const samples = Array.from({ length: answers }, () => answered(new Array<number>(length - 1).fill(1)))
    const { batch, room } = packSnugly(samples, how)
    expect(batch.placed).toHaveLength(answers)
    expect(batch.shape).toBe(room === undefined ? shape : how.rooms[room])
    return room
  }
  expect(roomOf(64, 4)).toBe('16 rows')
  // Targets do not suffice, positions would.
  expect(roomOf(64, 10)).toBe('24 rows')
  // Nor do rows, where each holds one.
  expect(roomOf(17, 30)).toBe('24 rows')
  expect(roomOf(64, 20)).toBe('48 rows')
  expect(roomOf(64, 30)).toBeUndefined()
  // Not even one fits into the small ones.
  expect(roomOf(1, 30, { ...large, targets: 32 })).toBeUndefined()
  expect(() => roomOf(64, 40)).toThrow(/a batch of 64 answers does not fit into 64×64 positions/)
})

it('learns in a small room what it learns in a large one', { timeout: 120_000 }, async () => {
  const learned = async (room: BatchShape): Promise<Float32Array[]> => {
    const plan = {
      name: 'rooms',
      seed: 3,
      iterations: 2,
      config,
      tokenizer,
      shape: room,
      policy: newPolicy(5),
      prompt: () => prompt,
      answers: { mode: 'text', temperature: 1, maxPositions: 4 },
      score: (rollouts: readonly { answer: readonly unknown[] }[]) => rollouts.map(({ answer }) => answer.length),
      rate: () => 1e-2,
      options: { prompts: 4, group: 16, minibatch: 64 },
    } as const
    const { policy } = await grpo(plan, watched(nodeRuntime).options)
    return Object.values(policy).map(({ data }) => data)
  }
  const small = await learned({ ...large, batch: 8 })
  const snug = await learned(large)
  const start = Object.values(newPolicy(5)).map(({ data }) => data)
  const furthest = (one: readonly Float32Array[], other: readonly Float32Array[]): number =>
    Math.max(...one.map((row, i) => row.reduce((most, value, k) => Math.max(most, Math.abs(value - other[i]![k]!)), 0)))
  expect(furthest(snug, start)).toBeGreaterThan(5e-3)
  expect(furthest(snug, small)).toBeLessThan(1e-4)
})
