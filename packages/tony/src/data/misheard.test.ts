import { describe, expect, it } from 'vitest'
import { editDistance } from '../util/edit-distance.ts'
import { makeRng } from '../util/rng.ts'
import { mishearing } from './misheard.ts'

const vocabulary = ['cat', 'hat', 'bat', 'dog', 'fog', 'the', 'a', 'seventeen', 'seventy', 'table', 'cable', 'is']
const mishear = mishearing(vocabulary)

describe('mishearing', () => {
  it('keeps most words, in their order, and gives only words that it knows', () => {
    const rng = makeRng(1)
    const said = ['the', 'cat', 'is', 'seventeen', 'table', 'dog']
    let errors = 0
    for (let i = 0; i < 500; i++) {
      const heard = mishear(rng, said)
      expect(vocabulary).toEqual(expect.arrayContaining(heard))
      errors += editDistance(said, heard)
    }
    // Half of the largest share in the mean.
    expect(errors / (500 * said.length)).toBeGreaterThan(0.13)
    expect(errors / (500 * said.length)).toBeLessThan(0.22)
  })

  it('takes a word that it does not know for one that looks like it', () => {
    const rng = makeRng(2)
    const heard = Array.from({ length: 100 }, () => mishear(rng, ['rat'])).flat()
    expect(heard).not.toContain('rat')
    expect(heard).toContain('hat')
    expect(heard).not.toContain('seventeen')
  })
})
