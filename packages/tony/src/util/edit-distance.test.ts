import { expect, it } from 'vitest'
import { editDistance } from './edit-distance.ts'

it('counts insertions, deletions and substitutions', () => {
  expect(editDistance([...'kitten'], [...'sitting'])).toBe(3)
  expect(editDistance([], [...'ab'])).toBe(2)
  expect(editDistance([...'ab'], [])).toBe(2)
})
