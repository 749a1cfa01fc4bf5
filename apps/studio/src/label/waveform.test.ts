import { describe, expect, it } from 'vitest'
import { LOUDNESS, waveformOf } from './waveform.ts'

const RATE = 16_000
const tone = (seconds: number, level: number): Float32Array =>
  Float32Array.from({ length: seconds * RATE }, (_, i) => level * Math.sin((2 * Math.PI * 440 * i) / RATE))
const joined = (...parts: readonly Float32Array[]): Float32Array =>
  Float32Array.from(parts.flatMap((part) => [...part]))

describe('a waveform', () => {
  it('has the largest magnitude of each part', () => {
    const { peaks } = waveformOf(joined(tone(1, 0.2), tone(1, 0), tone(2, 0.8)), RATE, 4)
    expect(peaks.map((peak) => Math.round(peak * 100) / 100)).toEqual([0.2, 0, 0.8, 0.8])
  })

  it('makes quiet and loud sounds equally loud, whatever pauses are in them', () => {
    const rms = (level: number): number => level / Math.SQRT2
    for (const level of [0.02, 0.1, 0.7]) {
      const sound = tone(1, level)
      for (const samples of [sound, joined(sound, tone(3, 0))])
        expect(waveformOf(samples, RATE, 10).gain * rms(level)).toBeCloseTo(LOUDNESS, 2)
    }
  })

  it('never clips, and leaves silence alone', () => {
    const click = joined(tone(1, 0.01), new Float32Array(1).fill(0.9))
    expect(waveformOf(click, RATE, 10).gain).toBeLessThanOrEqual(1 / 0.9)
    expect(waveformOf(tone(1, 0), RATE, 10).gain).toBe(1)
    expect(waveformOf(new Float32Array(0), RATE, 4)).toEqual({ peaks: [0, 0, 0, 0], gain: 1 })
  })
})
