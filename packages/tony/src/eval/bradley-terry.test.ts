import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { fitBradleyTerry } from './bradley-terry.ts'

const productsOf = (rows: readonly (readonly number[])[]): Float64Array[] =>
  rows.map((a) => Float64Array.from(rows, (b) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)))

describe('fitBradleyTerry', () => {
  it('finds where the gradient of the penalised likelihood is 0', () => {
    const rng = makeRng(4)
    const rows = Array.from({ length: 60 }, () => [rng.normal() + 0.4, rng.normal(), rng.normal() - 0.2])
    const dual = fitBradleyTerry(productsOf(rows), 2)
    const w = [0, 1, 2].map((k) => rows.reduce((sum, row, i) => sum + dual[i]! * row[k]!, 0))
    for (const k of [0, 1, 2]) {
      const pull = rows.reduce((sum, row) => {
        const margin = row.reduce((all, x, j) => all + x * w[j]!, 0)
        return sum + row[k]! / (1 + Math.exp(margin))
      }, 0)
      expect(pull - 2 * w[k]!).toBeCloseTo(0, 3)
    }
  })

  it('agrees with the closed form of one pair', () => {
    // One pair with a difference of 1: w = σ(-w) / l2, so with l2 = σ(-1) the weight is 1.
    const [dual] = fitBradleyTerry([Float64Array.of(1)], 1 / (1 + Math.E))
    expect(dual).toBeCloseTo(1, 4)
  })

  it('learns nothing from no pairs and refuses no penalty', () => {
    expect(fitBradleyTerry([], 1)).toHaveLength(0)
    expect(() => fitBradleyTerry([Float64Array.of(1)], 0)).toThrow(/l2 is 0/)
  })
})
