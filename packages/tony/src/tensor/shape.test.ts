import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { broadcast, normalizeAxis, productOf, sameShape, showShape, sizeOf } from './shape.ts'

const dim = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1), fc.constantFrom('batch', 'time'))
const shape = fc.array(dim, { maxLength: 4 })

describe('broadcast', () => {
  it('is commutative, has 1s and the empty shape as neutral elements, and is idempotent', () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        expect(broadcast(a, b)).toEqual(broadcast(b, a))
        expect(broadcast(a, [])).toEqual(a)
        expect(
          broadcast(
            a,
            a.map(() => 1),
          ),
        ).toEqual(a)
        const joint = broadcast(a, b)
        if (joint !== undefined) expect(broadcast(joint, a)).toEqual(joint)
      }),
    )
  })

  it('is associative where all pairs fit', () => {
    fc.assert(
      fc.property(shape, shape, shape, (a, b, c) => {
        const [ab, bc] = [broadcast(a, b), broadcast(b, c)]
        fc.pre(ab !== undefined && bc !== undefined)
        expect(broadcast(ab, c)).toEqual(broadcast(a, bc))
      }),
    )
  })

  it('rejects lengths that differ', () => {
    expect(broadcast([2, 3], [4])).toBeUndefined()
    expect(broadcast(['batch'], ['time'])).toBeUndefined()
    expect(broadcast(['batch'], [3])).toBeUndefined()
    expect(broadcast(['batch', 1], [1, 3])).toEqual(['batch', 3])
    expect(broadcast([0], [1])).toEqual([0])
  })
})

describe('productOf', () => {
  it('does not depend on the order or on how names were multiplied before', () => {
    fc.assert(
      fc.property(shape, fc.nat(4), (a, at) => {
        const whole = productOf(a)
        expect(productOf([...a].reverse())).toBe(whole)
        expect(productOf([productOf(a.slice(0, at)), productOf(a.slice(at))])).toBe(whole)
      }),
    )
  })
})

describe('sizes and axes', () => {
  it('counts elements and refuses names', () => {
    expect(sizeOf([])).toBe(1)
    expect(sizeOf([3, 0])).toBe(0)
    expect(() => sizeOf(['batch', 3])).toThrow("sizeOf: dimension 'batch' of [batch, 3] is not a number")
  })

  it('accepts axes in [-rank, rank) only', () => {
    fc.assert(
      fc.property(fc.integer({ min: -6, max: 6 }), fc.nat(4), (axis, rank) => {
        const out = normalizeAxis(axis, rank)
        expect(out).toBe(axis >= -rank && axis < rank ? (axis + rank) % rank : undefined)
      }),
    )
    expect(normalizeAxis(0.5, 2)).toBeUndefined()
  })

  it('compares and shows shapes', () => {
    expect(sameShape([1, 'n'], [1, 'n'])).toBe(true)
    expect(sameShape([1], [1, 1])).toBe(false)
    expect(showShape([2, 'time', 64])).toBe('[2, time, 64]')
  })
})
