import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { adaptKl, explainedVariance, gae, whiten } from './gae.ts'

describe('whiten', () => {
  it("gives the published numbers of 'The N implementation details of RLHF with PPO'", () => {
    const made = whiten([1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0], { shiftMean: false })
    const want = [0.0508, 0.4381, 0.8254, 1.2127, 1.6, 1.9873, 2.3746, 2.7619, 3.1492]
    want.forEach((value, i) => {
      expect(made[i]).toBeCloseTo(value, 4)
    })
  })

  it('moves the mean to 0 unless told not to', () => {
    const made = whiten([3, 5, 10])
    expect(made.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 5)
  })
})

describe('gae', () => {
  it('equals the sum over all later errors that defines it', () => {
    const rng = makeRng(4)
    const rewards = Array.from({ length: 7 }, () => rng.normal())
    const values = Array.from({ length: 7 }, () => rng.normal())
    const [discount, lambda] = [0.9, 0.7]
    const { advantages, returns } = gae(rewards, values, { discount, lambda })
    rewards.forEach((_, i) => {
      let want = 0
      for (let k = i; k < 7; k++)
        want += (discount * lambda) ** (k - i) * (rewards[k]! + discount * (values[k + 1] ?? 0) - values[k]!)
      expect(advantages[i]).toBeCloseTo(want, 5)
      expect(returns[i]).toBeCloseTo(want + values[i]!, 5)
    })
  })

  it('gives the reward still to come as returns where lambda and discount are 1', () => {
    expect([...gae([1, 2, 3], [9, 9, 9], { lambda: 1 }).returns]).toEqual([6, 5, 3])
  })
})

describe('explainedVariance', () => {
  it('is 1 for a perfect critic and 0 for a constant one', () => {
    expect(explainedVariance([1, 2, 3], [1, 2, 3])).toBe(1)
    expect(explainedVariance([2, 2, 2], [1, 2, 3])).toBeCloseTo(0, 6)
  })
})

describe('adaptKl', () => {
  it('raises the coefficient while the policy strays too far, by a bounded share', () => {
    const how = { episodes: 512, target: 6, horizon: 10_000 }
    expect(adaptKl(0.15, { kl: 60, ...how })).toBeCloseTo(0.15 * (1 + 0.2 * 0.0512), 8)
    expect(adaptKl(0.15, { kl: 0, ...how })).toBeCloseTo(0.15 * (1 - 0.2 * 0.0512), 8)
    expect(adaptKl(0.15, { kl: 6, ...how })).toBe(0.15)
  })
})
