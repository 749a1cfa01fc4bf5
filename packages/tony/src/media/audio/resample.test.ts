import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { resample, StreamResampler } from './resample.ts'

function sine(hz: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate))
}

describe('resample', () => {
  it.each([
    [48000, 16000],
    [44100, 16000],
    [8000, 16000],
    [22050, 16000],
    [16000, 24000],
    [16001, 16000],
    [192000, 16000],
  ])('keeps a 1 kHz tone from %i to %i Hz to within -80 dB', (from, to) => {
    const out = resample({ samples: sine(1000, from, from / 2), sampleRate: from }, to)
    const want = sine(1000, to, out.samples.length)
    expect(out.samples).toHaveLength(Math.round(((from / 2) | 0) * (to / from)))
    let error = 0
    const edge = Math.ceil(0.01 * to) // the ends see the zeros outside
    for (let i = edge; i < want.length - edge; i++) error = Math.max(error, Math.abs(out.samples[i]! - want[i]!))
    expect(20 * Math.log10(error)).toBeLessThan(-80)
  })

  it('takes away what the lower rate cannot hold', () => {
    const out = resample({ samples: sine(11000, 48000, 24000), sampleRate: 48000 }, 16000)
    const peak = out.samples.subarray(200, -200).reduce((a, x) => Math.max(a, Math.abs(x)), 0)
    expect(20 * Math.log10(peak)).toBeLessThan(-75)
  })

  it('returns the clip itself at its own rate, and empty for empty', () => {
    const clip = { samples: sine(100, 16000, 10), sampleRate: 16000 }
    expect(resample(clip, 16000)).toBe(clip)
    expect(resample({ samples: new Float32Array(0), sampleRate: 8000 }, 16000).samples).toHaveLength(0)
  })

  it('rejects rates that are not positive integers', () => {
    expect(() => resample({ samples: new Float32Array(1), sampleRate: 8000 }, 0)).toThrow('sample rate 0')
    expect(() => new StreamResampler(44100.5, 16000)).toThrow('sample rate 44100.5')
  })
})

describe('StreamResampler', () => {
  it('does not depend on how the stream was cut', () => {
    const rng = makeRng(1)
    const samples = Float32Array.from({ length: 3000 }, () => rng.normal())
    const rates = fc.constantFrom<[number, number]>([48000, 16000], [44100, 16000], [8000, 16000], [16000, 16000])
    fc.assert(
      fc.property(rates, fc.array(fc.nat(700), { maxLength: 12 }), ([from, to], cuts) => {
        const whole = new StreamResampler(from, to)
        const want = [...whole.push(samples), ...whole.flush()]
        const stream = new StreamResampler(from, to)
        const got: number[] = []
        let at = 0
        for (const cut of cuts) {
          got.push(...stream.push(samples.subarray(at, at + cut)))
          at = Math.min(samples.length, at + cut)
        }
        got.push(...stream.push(samples.subarray(at)), ...stream.flush())
        expect(got).toEqual(want)
        expect(Math.abs(want.length - (samples.length * to) / from)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 30 },
    )
  })

  it('lags by about 1.5 ms', () => {
    const stream = new StreamResampler(48000, 16000)
    expect(1600 - stream.push(new Float32Array(4800)).length).toBeLessThanOrEqual(25)
  })

  it.each([24000, 48000, 44100, 8000])('keeps up with the input at %i Hz once it was given its latency', (from) => {
    const stream = new StreamResampler(from, 16000)
    expect(stream.push(new Float32Array(stream.latency))).toHaveLength(0)
    expect(stream.push(new Float32Array(from / 50))).toHaveLength(320)
  })
})
