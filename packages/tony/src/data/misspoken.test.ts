import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { misspoken } from './misspoken.ts'

const levels = [8, 5, 5, 5]
const codebook = 1000
const stepsOf = (code: number): number[] => {
  let rest = code
  return levels.map((level) => {
    const step = rest % level
    rest = Math.floor(rest / level)
    return step
  })
}

describe('misspoken', () => {
  const rng = makeRng(1)
  const rows = Array.from({ length: 40 }, () => Int32Array.from({ length: 4 }, () => rng.int(codebook)))

  it('keeps most rows, and takes others from close by or moves their codes one step', () => {
    let slips = 0
    for (let i = 0; i < 200; i++) {
      misspoken(rng, rows, levels).forEach((row, at) => {
        if (row === rows[at]) return
        slips++
        const from = rows.indexOf(row as Int32Array<ArrayBuffer>)
        if (from >= 0) return expect(Math.abs(from - at)).toBeLessThanOrEqual(4)
        for (let k = 0; k < 4; k++) {
          const [before, after] = [stepsOf(rows[at]![k]!), stepsOf(row[k]!)]
          expect(row[k]!).toBeLessThan(codebook)
          expect(row[k]!).toBeGreaterThanOrEqual(0)
          const moves = before.map((step, d) => Math.abs(step - after[d]!))
          expect(moves.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(1)
        }
      })
    }
    // Half of the largest share in the mean, less the rows that stand for themselves.
    expect(slips / (200 * rows.length)).toBeGreaterThan(0.15)
    expect(slips / (200 * rows.length)).toBeLessThan(0.22)
  })

  it('leaves the rows that are to be said as they are', () => {
    const before = rows.map((row) => [...row])
    misspoken(rng, rows, levels)
    expect(rows.map((row) => [...row])).toEqual(before)
  })
})
