import { describe, expect, it } from 'vitest'
import { sampling } from './sampling.ts'

const random = (): number => 0.5
const fresh = 2 ** 30

describe('sampling', () => {
  it.each([
    ['leaves the model its own temperature', { temperature: null, seed: null }, false, { seed: fresh }],
    ['warms an answer that is to differ', { temperature: null, seed: null }, true, { temperature: 0.7, seed: fresh }],
    ['keeps what was chosen', { temperature: 0, seed: null }, true, { temperature: 0, seed: fresh }],
    ['gives the same answer for a chosen seed', { temperature: null, seed: 4 }, true, { seed: 4 }],
  ])('%s', (_, settings, differ, expected) => {
    expect(sampling(settings, { differ, random })).toEqual(expected)
  })
})
