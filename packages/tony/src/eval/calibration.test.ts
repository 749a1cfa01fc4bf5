import { describe, expect, it } from 'vitest'
import { expectedCalibrationError } from './calibration.ts'

describe('expectedCalibrationError', () => {
  it('is 0 where as many come true as was said, and the distance where not', () => {
    const four = [0.75, 0.75, 0.75, 0.75]
    expect(expectedCalibrationError(four, [true, true, true, false])).toBeCloseTo(0)
    expect(expectedCalibrationError(four, [true, false, true, false])).toBeCloseTo(0.25)
  })

  it('does not let the pride of one bin make good the modesty of another', () => {
    // Mean confidence and accuracy are both one half.
    expect(expectedCalibrationError([0.95, 0.95, 0.05, 0.05], [false, true, true, false])).toBeCloseTo(0.45)
  })

  it('counts certainty in the last bin, and refuses what is no confidence', () => {
    expect(expectedCalibrationError([1, 1], [true, true])).toBe(0)
    expect(() => expectedCalibrationError([1.2], [true])).toThrow(/confidence 0 is 1.2/)
    expect(() => expectedCalibrationError([], [])).toThrow(/expected as many, at least one/)
  })
})
