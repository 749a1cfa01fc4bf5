import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRng } from '../../util/rng.ts'
import { denormalizeMel, logMel, MEL_BANDS, melFilterbank, StreamingMel } from './mel.ts'

const rng = makeRng(7)
const noise = Float32Array.from({ length: 5000 }, () => 0.1 * rng.normal())

describe('logMel', () => {
  it.each([0, 1, 159, 160, 161, 5000])('gives one frame per full hop for %i samples', (length) => {
    const mel = logMel(noise.subarray(0, length))
    expect(mel).toMatchObject({ frames: Math.floor(length / 160), bands: 80 })
    expect(mel.data).toHaveLength(mel.frames * 80)
  })

  it('never looks ahead', () => {
    const changed = noise.slice()
    changed.fill(0.9, 1600)
    const [a, b] = [logMel(noise), logMel(changed)]
    expect(b.data.subarray(0, 10 * MEL_BANDS)).toEqual(a.data.subarray(0, 10 * MEL_BANDS))
    expect(b.data.subarray(10 * MEL_BANDS, 11 * MEL_BANDS)).not.toEqual(a.data.subarray(10 * MEL_BANDS, 11 * MEL_BANDS))
  })

  it('puts a tone into the band that holds its frequency', () => {
    const tone = Float32Array.from({ length: 1600 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 1000 * i) / 16000))
    const { data } = logMel(tone)
    const frame = data.subarray(9 * MEL_BANDS, 10 * MEL_BANDS)
    // 80 bands share 45.25 mels; 1000 Hz is 15 mels, so band 15 / (45.25 / 81) - 1.
    expect(frame.indexOf(frame.reduce((a, x) => Math.max(a, x)))).toBe(26)
  })

  it('gives silence one fixed value', () => {
    const { data } = logMel(new Float32Array(320))
    expect(new Set(data).size).toBe(1)
    expect(denormalizeMel(data[0]!)).toBeCloseTo(Math.log(1e-7), 4)
  })

  it('streams the same frames however the sound is cut', () => {
    const want = logMel(noise)
    fc.assert(
      fc.property(fc.array(fc.nat(900), { maxLength: 12 }), (cuts) => {
        const stream = new StreamingMel()
        const got: number[] = []
        let at = 0
        for (const cut of [...cuts, noise.length]) {
          got.push(...stream.push(noise.subarray(at, at + cut)).data)
          at = Math.min(noise.length, at + cut)
        }
        expect(Float32Array.from(got)).toEqual(want.data)
      }),
      { numRuns: 30 },
    )
  })
})

describe('melFilterbank', () => {
  it('gives each filter unit area where bins are fine enough', () => {
    const bank = melFilterbank({ bands: 20, bins: 4097, sampleRate: 16000 })
    for (let band = 0; band < 20; band++) {
      const area = bank.subarray(band * 4097, (band + 1) * 4097).reduce((a, w) => a + w, 0) * (8000 / 4096)
      expect(area).toBeCloseTo(1, 2)
    }
  })

  it('leaves no band of the model empty', () => {
    const bank = melFilterbank({ bands: 80, bins: 257, sampleRate: 16000 })
    for (let band = 0; band < 80; band++) {
      expect(
        bank.subarray(band * 257, (band + 1) * 257).some((w) => w > 0),
        `band ${band}`,
      ).toBe(true)
    }
  })

  it('rejects edges beyond half the sample rate', () => {
    expect(() => melFilterbank({ bands: 8, bins: 9, sampleRate: 16000, maxHz: 9000 })).toThrow('9000 Hz')
  })
})
