import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { speak } from '../../../../../test/helpers/flite.ts'
import { logMel } from './mel.ts'
import { resample } from './resample.ts'
import { invert, StreamingSpsi } from './spsi.ts'
import { logSpectralDistance, magnitudes } from './stft.ts'
import { parseWav } from './wav.ts'

function melError(a: Float32Array, b: Float32Array): number {
  const [x, y] = [logMel(a).data, logMel(b).data]
  return y.reduce((sum, value, i) => sum + Math.abs(value - x[i]!), 0) / y.length
}

const digits = '../shared/data/speech/fsdd-test'

describe('magnitudes', () => {
  it('peaks at a quarter of the size for a full-scale sine and lines up with mel frames', () => {
    const tone = Float32Array.from({ length: 1700 }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / 16000))
    const spectrogram = magnitudes(tone)
    expect(spectrogram).toMatchObject({ frames: logMel(tone).frames, bins: 257 })
    const frame = spectrogram.data.subarray(9 * 257, 10 * 257)
    expect(frame[32]).toBeCloseTo(128, 1)
  })

  it('measures no distance between equal spectra and refuses different sizes', () => {
    const a = magnitudes(Float32Array.from({ length: 800 }, (_, i) => Math.sin(i)))
    expect(logSpectralDistance(a, a)).toBe(0)
    expect(() => logSpectralDistance(a, { frames: 1, bins: 3, data: new Float32Array(3) })).toThrow('3 bins')
  })
})

describe('single pass spectrogram inversion', () => {
  it('gives back a steady tone', () => {
    const tone = Float32Array.from({ length: 16000 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / 16000))
    const spectrogram = magnitudes(tone)
    const back = invert(spectrogram)
    expect(back).toHaveLength(16000)
    expect(logSpectralDistance(spectrogram, magnitudes(back), -40)).toBeLessThan(1.5)
  })

  it('keeps synthetic speech: log-spectral distance below 3 dB, mel error below 0.15', ({ skip }) => {
    const clip = speak('the quick brown fox jumps over the lazy dog')
    if (!clip) return skip('flite is not installed')
    const speech = resample(clip, 16000).samples
    const spectrogram = magnitudes(speech)
    const back = invert(spectrogram)
    expect(logSpectralDistance(spectrogram, magnitudes(back))).toBeLessThan(3)
    expect(melError(speech, back)).toBeLessThan(0.15)
  })

  it('keeps recorded speech: log-spectral distance below 4 dB, mel error below 0.25', ({ skip }) => {
    if (!existsSync(digits)) return skip(`${digits} is not here`)
    const files = readdirSync(digits).filter((name) => name.endsWith('.wav'))
    for (const name of files.slice(0, 10)) {
      const speech = resample(parseWav(readFileSync(join(digits, name))), 16000).samples
      const spectrogram = magnitudes(speech)
      const back = invert(spectrogram)
      expect(logSpectralDistance(spectrogram, magnitudes(back)), name).toBeLessThan(4)
      expect(melError(speech, back), name).toBeLessThan(0.25)
    }
  })

  it('streams what it inverts at once, later by its delay', () => {
    const tone = Float32Array.from({ length: 3200 }, (_, i) => Math.sin(i / 9 + (i / 300) ** 2))
    const spectrogram = magnitudes(tone)
    const whole = invert(spectrogram)
    const stream = new StreamingSpsi()
    const pushed: number[] = []
    for (let i = 0; i < spectrogram.frames; i++) {
      const samples = stream.push(spectrogram.data.subarray(i * 257, (i + 1) * 257))
      expect(samples).toHaveLength(160)
      pushed.push(...samples)
    }
    expect(stream.delay).toBe(352)
    expect(pushed.slice(352)).toEqual([...whole.subarray(0, pushed.length - 352)])
  })

  it('turns silence into silence and checks the number of bins', () => {
    expect(invert({ frames: 3, bins: 257, data: new Float32Array(3 * 257) }).every((x) => x === 0)).toBe(true)
    expect(invert({ frames: 0, bins: 257, data: new Float32Array(0) })).toHaveLength(0)
    expect(() => new StreamingSpsi().push(new Float32Array(80))).toThrow('80 magnitudes (expected 257)')
  })
})
