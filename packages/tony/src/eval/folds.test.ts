import { describe, expect, it } from 'vitest'
import { makeRng } from '../util/rng.ts'
import { groupFolds } from './folds.ts'

describe('groupFolds', () => {
  it('keeps items with one key together and folds even', () => {
    const keys = Array.from({ length: 101 }, (_, i) => `prompt ${Math.floor(i / 3)}`)
    const folds = groupFolds(keys, 5, makeRng(1))
    keys.forEach((key, i) => expect(folds[i]).toBe(folds[keys.indexOf(key)]))
    const sizes = [0, 1, 2, 3, 4].map((fold) => folds.filter((of) => of === fold).length)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(3)
  })

  it('gives the same folds for the same seed, others for another', () => {
    const keys = Array.from({ length: 40 }, (_, i) => String(i))
    expect(groupFolds(keys, 4, makeRng(1))).toEqual(groupFolds(keys, 4, makeRng(1)))
    expect(groupFolds(keys, 4, makeRng(1))).not.toEqual(groupFolds(keys, 4, makeRng(2)))
  })

  it('leaves folds empty where there are fewer keys, and takes none', () => {
    expect(groupFolds(['a', 'a'], 3, makeRng(1))).toEqual([0, 0])
    expect(groupFolds([], 3, makeRng(1))).toEqual([])
  })
})
