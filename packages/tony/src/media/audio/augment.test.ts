import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { addNoise, augment, changeSpeed, gain, lowpass, reverb } from './augment.ts'

const clip = {
  samples: Float32Array.from({ length: 16000 }, (_, i) => 0.4 * Math.sin((2 * Math.PI * 500 * i) / 16000)),
  sampleRate: 16000,
}
const power = (x: Float32Array): number => x.reduce((a, v) => a + v * v, 0) / x.length
const difference = (a: Float32Array, b: Float32Array): Float32Array => a.map((x, i) => x - b[i]!)

describe('augment', () => {
  it.each(['white', 'pink'] as const)('adds %s noise at the ratio asked for', (colour) => {
    const noisy = addNoise(clip, makeRng(1), colour, 10)
    const ratio = 10 * Math.log10(power(clip.samples) / power(difference(noisy.samples, clip.samples)))
    expect(ratio).toBeCloseTo(10, 2)
  })

  it('repeats recorded noise as needed and refuses another rate', () => {
    const noise = { samples: Float32Array.of(1, -1, 1), sampleRate: 16000 }
    expect(addNoise(clip, makeRng(1), noise, 20).samples).toHaveLength(16000)
    expect(() => addNoise(clip, makeRng(1), { ...noise, sampleRate: 8000 }, 20)).toThrow('8000 Hz')
  })

  it('leaves silence silent', () => {
    const silent = { samples: new Float32Array(100), sampleRate: 16000 }
    expect(power(addNoise(silent, makeRng(1), 'white', 10).samples)).toBe(0)
    expect(power(reverb(silent, makeRng(1)).samples)).toBe(0)
  })

  it('changes level and length', () => {
    expect(power(gain(clip, 6).samples) / power(clip.samples)).toBeCloseTo(10 ** 0.6, 3)
    expect(changeSpeed(clip, 1.25).samples).toHaveLength(12800)
    expect(() => changeSpeed(clip, 0)).toThrow('factor 0')
  })

  it('reverberates at equal power and rings after the sound ends', () => {
    const burst = { samples: clip.samples.slice(), sampleRate: 16000 }
    burst.samples.fill(0, 8000)
    const out = reverb(burst, makeRng(3), { seconds: 0.4, wet: 0.4 })
    expect(power(out.samples)).toBeCloseTo(power(burst.samples), 5)
    expect(power(out.samples.subarray(8100, 8400))).toBeGreaterThan(1e-4)
  })

  it('halves the power at the corner of the low pass', () => {
    expect(power(lowpass(clip, 500).samples) / power(clip.samples)).toBeCloseTo(0.5, 2)
    expect(power(lowpass(clip, 50).samples) / power(clip.samples)).toBeLessThan(0.001)
    expect(() => lowpass(clip, 8000)).toThrow('8000 Hz')
  })

  it('is the same for the same seed and stays within [-1, 1]', () => {
    for (let seed = 0; seed < 20; seed++) {
      const a = augment(clip, makeRng(seed))
      expect(a).toEqual(augment(clip, makeRng(seed)))
      expect(a.samples.every((x) => Math.abs(x) <= 1)).toBe(true)
    }
  })
})
