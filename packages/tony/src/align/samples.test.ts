import { expect, it } from 'vitest'
import { imageCodeId, omniConfig } from '../models/omni/config.ts'
import { SequenceBuilder } from '../models/omni/sequence.ts'
import { makeRng } from '../util/rng.ts'
import { drawnSample, mediaNeeded, packSome, rowsNeeded, type Sample } from './samples.ts'
import { answered, config, shape, tokenizer, WORDS } from './testing/toy.ts'

it('needs as many rows as packing fills, and no fewer would do', () => {
  const rng = makeRng(1)
  for (let i = 0; i < 50; i++) {
    const samples = Array.from({ length: 1 + rng.int(20) }, () =>
      answered(Array.from({ length: 1 + rng.int(50) }, () => rng.int(WORDS))),
    )
    const rows = rowsNeeded(samples, shape.time)
    const placed = (batch: number): number =>
      packSome(samples, { config, shape: { ...shape, batch, targets: batch * shape.time } }).placed.length
    expect(placed(rows)).toBe(samples.length)
    if (rows > 1) expect(placed(rows - 1)).toBeLessThan(samples.length)
  }
})

it('counts the rows of sounds and pictures as packing places them', () => {
  const rng = makeRng(2)
  const whole = { ...omniConfig({ textVocab: WORDS }), block: config.block, hearing: config.hearing }
  const heard = (patches: number): Sample => {
    const builder = new SequenceBuilder(whole, tokenizer).audio(
      Array.from({ length: patches }, () => new Float32Array(640)),
    )
    if (rng.next() < 0.5) builder.image({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) })
    return drawnSample(builder.elements, [1, 2, 3], whole)
  }
  for (let i = 0; i < 20; i++) {
    const samples = Array.from({ length: 1 + rng.int(6) }, () => heard(1 + rng.int(90)))
    const need = mediaNeeded(samples)
    const placed = (room: Partial<typeof need>): number =>
      packSome(samples, { config: whole, shape: { batch: 6, time: 160, targets: 64, ...need, ...room } }).placed.length
    expect(placed({})).toBe(samples.length)
    if (samples.length > 1 && need.audio > 128) expect(placed({ audio: need.audio - 128 })).toBeLessThan(samples.length)
  }
  expect(drawnSample([], [0, 7], whole).answer).toEqual(
    [0, 7].map((code) => ({ kind: 'token', id: imageCodeId(whole, code) })),
  )
})
