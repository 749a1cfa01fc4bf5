import { expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { packSome, rowsNeeded } from './samples.ts'
import { answered, config, shape, WORDS } from './testing/toy.ts'

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
