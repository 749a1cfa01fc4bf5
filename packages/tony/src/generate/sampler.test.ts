import { describe, expect, it } from 'vitest'
import type { Span } from '../models/omni/choices.ts'
import { makeRng } from '../util/rng.ts'
import { logprobsOf, sampleToken } from './sampler.ts'

const logits = Float32Array.from([1, 3, 2, 0, 3])
const all: readonly Span[] = [[0, 5]]

describe('the sampler', () => {
  it('takes the likeliest allowed token at temperature 0, the first of equals', () => {
    const greedy = (allowed: readonly Span[]): number =>
      sampleToken(logits, { temperature: 0, topP: 1 }, { allowed, rng: makeRng(1) }).id
    expect(greedy(all)).toBe(1)
    expect(
      greedy([
        [0, 1],
        [2, 5],
      ]),
    ).toBe(4)
    expect(greedy([[3, 4]])).toBe(3)
    expect(greedy([])).toBe(-1)
  })

  it.each([1, 0.999999])('draws each token as often as its probability says, with topP %f', (topP) => {
    const rng = makeRng(2)
    const counts = new Array<number>(5).fill(0)
    for (let i = 0; i < 20_000; i++)
      counts[sampleToken(logits, { temperature: 0.7, topP }, { allowed: all, rng }).id]!++
    const weights = Array.from(logits, (v) => Math.exp(v / 0.7))
    const total = weights.reduce((a, b) => a + b)
    // Four standard deviations of a share over 20,000 draws.
    counts.forEach((count, i) => {
      expect(Math.abs(count / 20_000 - weights[i]! / total)).toBeLessThan(4 * Math.sqrt(0.25 / 20_000))
    })
  })

  it('draws from the smallest set of tokens that has the mass topP', () => {
    const rng = makeRng(3)
    const seen = new Set<number>()
    for (let i = 0; i < 500; i++) seen.add(sampleToken(logits, { temperature: 1, topP: 0.8 }, { allowed: all, rng }).id)
    // The two of 3 have 0.75 of the mass together, with that of 2 it is 0.89.
    expect([...seen].sort()).toEqual([1, 2, 4])
  })

  it.each([1, 0.9])('says how likely what it drew was, with topP %f', (topP) => {
    const rng = makeRng(6)
    // With 0.9 the three likeliest are left.
    const kept = topP < 1 ? [1, 2, 4] : [0, 1, 2, 3, 4]
    const weight = (id: number): number => Math.exp(logits[id]! / 0.7)
    const total = kept.reduce((sum, id) => sum + weight(id), 0)
    for (let i = 0; i < 50; i++) {
      const { id, logprob } = sampleToken(logits, { temperature: 0.7, topP }, { allowed: all, rng })
      expect(logprob).toBeCloseTo(Math.log(weight(id) / total), 6)
    }
  })

  it('takes the likeliest with topP 0', () => {
    const rng = makeRng(5)
    for (let i = 0; i < 20; i++)
      expect(sampleToken(logits, { temperature: 1, topP: 0 }, { allowed: [[1, 4]], rng }).id).toBe(1)
  })

  it('draws nothing that is not allowed', () => {
    const rng = makeRng(4)
    for (const topP of [0.5, 1]) {
      const seen = new Set<number>()
      for (let i = 0; i < 500; i++)
        seen.add(
          sampleToken(
            logits,
            { temperature: 3, topP },
            {
              allowed: [
                [0, 1],
                [2, 4],
              ],
              rng,
            },
          ).id,
        )
      expect([...seen].every((id) => [0, 2, 3].includes(id))).toBe(true)
      expect(seen.has(2)).toBe(true)
    }
  })

  it('draws the same from the same seed', () => {
    const draw = (seed: number): number[] => {
      const rng = makeRng(seed)
      return Array.from(
        { length: 50 },
        () => sampleToken(logits, { temperature: 1, topP: 0.9 }, { allowed: all, rng }).id,
      )
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })
})

describe('log-probabilities', () => {
  it('are those of the softmax over what is allowed, the likeliest first, the first of equals before the others', () => {
    const spans: readonly Span[] = [
      [0, 2],
      [3, 5],
    ]
    const total = Math.log([1, 3, 0, 3].reduce((sum, value) => sum + Math.exp(value), 0))
    const { logprob, top } = logprobsOf(logits, { allowed: spans, chosen: 0, top: 3 })
    expect(logprob).toBeCloseTo(1 - total, 6)
    expect(top.map(({ id }) => id)).toEqual([1, 4, 0])
    expect(top.map((one) => one.logprob)).toEqual([3 - total, 3 - total, 1 - total].map((x) => expect.closeTo(x, 6)))
    const none = logprobsOf(logits, { allowed: spans, chosen: 4, top: 0 })
    expect(none).toEqual({ logprob: expect.closeTo(3 - total, 6), top: [] })
    expect(logprobsOf(logits, { allowed: spans, chosen: 4, top: 20 }).top).toHaveLength(4)
  })
})
