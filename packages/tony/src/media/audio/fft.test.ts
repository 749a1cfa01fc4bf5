import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { hannWindow, RealFft } from './fft.ts'

describe('RealFft', () => {
  it.each([4, 8, 16, 64, 512])('equals the definition for size %i and inverts exactly', (size) => {
    const rng = makeRng(size)
    const x = Float64Array.from({ length: size }, () => rng.normal())
    const fft = new RealFft(size)
    const re = new Float64Array(fft.bins)
    const im = new Float64Array(fft.bins)
    fft.forward(x, re, im)
    for (let k = 0; k < fft.bins; k++) {
      let [wantRe, wantIm] = [0, 0]
      for (let t = 0; t < size; t++) {
        wantRe += x[t]! * Math.cos((2 * Math.PI * k * t) / size)
        wantIm -= x[t]! * Math.sin((2 * Math.PI * k * t) / size)
      }
      expect(Math.abs(re[k]! - wantRe)).toBeLessThan(1e-9)
      expect(Math.abs(im[k]! - wantIm)).toBeLessThan(1e-9)
    }
    const back = new Float64Array(size)
    fft.inverse(re, im, back)
    for (let t = 0; t < size; t++) expect(Math.abs(back[t]! - x[t]!)).toBeLessThan(1e-12)
  })

  it.each([0, 2, 3, 12, 4.5])('rejects size %d', (size) => {
    expect(() => new RealFft(size)).toThrow('power of two')
  })

  it('makes a Hann window whose half-shifted copies add to one', () => {
    const window = hannWindow(8)
    for (let i = 0; i < 4; i++) expect(window[i]! + window[i + 4]!).toBeCloseTo(1, 12)
  })
})
