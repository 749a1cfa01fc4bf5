import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TonyError } from '../../util/errors.ts'
import { decodePcm16, encodePcm16, encodeWav, parseWav } from './wav.ts'

/** A WAV file with one sample frame per value, made by hand. */
function wav(options: {
  tag: number
  bits: number
  channels?: number
  body: number[]
  extensible?: boolean
  claim?: number
  extra?: number[]
}): Uint8Array {
  const { tag, bits, channels = 1, body, extensible = false, claim = body.length, extra = [] } = options
  const u16 = (n: number): number[] => [n & 255, (n >> 8) & 255]
  const u32 = (n: number): number[] => [...u16(n & 0xffff), ...u16(n >>> 16)]
  const text = (s: string): number[] => Array.from(s, (c) => c.charCodeAt(0))
  const fields = [...u16(channels), ...u32(8000), ...u32((8000 * channels * bits) / 8), ...u16((channels * bits) / 8)]
  const fmt = extensible
    ? [...u16(0xfffe), ...fields, ...u16(bits), ...u16(22), ...u16(bits), ...u32(0), ...u16(tag), ...Array(14).fill(0)]
    : [...u16(tag), ...fields, ...u16(bits)]
  return Uint8Array.from([
    ...text('RIFF'),
    ...u32(0),
    ...text('WAVE'),
    ...extra,
    ...text('fmt '),
    ...u32(fmt.length),
    ...fmt,
    ...text('data'),
    ...u32(claim),
    ...body,
  ])
}

describe('parseWav', () => {
  it('reads 8, 16, 24 and 32 bits', () => {
    expect(parseWav(wav({ tag: 1, bits: 8, body: [128, 0, 192] })).samples).toEqual(Float32Array.of(0, -1, 0.5))
    expect(parseWav(wav({ tag: 1, bits: 16, body: [0, 0x40, 0, 0x80] })).samples).toEqual(Float32Array.of(0.5, -1))
    expect(parseWav(wav({ tag: 1, bits: 24, body: [0, 0, 0x40, 0, 0, 0x80] })).samples).toEqual(
      Float32Array.of(0.5, -1),
    )
    expect(parseWav(wav({ tag: 1, bits: 32, body: [0, 0, 0, 0xc0] })).samples).toEqual(Float32Array.of(-0.5))
  })

  it('reads floats, also under an extensible header, and turns NaN into silence', () => {
    const floats = new Uint8Array(Float32Array.of(0.25, Number.NaN, -1.5).buffer)
    for (const extensible of [false, true]) {
      const clip = parseWav(wav({ tag: 3, bits: 32, body: [...floats], extensible }))
      expect(clip).toEqual({ samples: Float32Array.of(0.25, 0, -1.5), sampleRate: 8000 })
    }
  })

  it('averages channels', () => {
    const clip = parseWav(wav({ tag: 1, bits: 16, channels: 2, body: [0, 0x40, 0, 0, 0, 0xc0, 0, 0xc0] }))
    expect(clip.samples).toEqual(Float32Array.of(0.25, -0.5))
  })

  it('steps over unknown chunks of odd length', () => {
    const extra = [0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0]
    expect(parseWav(wav({ tag: 1, bits: 8, body: [128], extra })).samples).toHaveLength(1)
  })

  it('reads as far as the file goes when the data chunk claims more', () => {
    expect(parseWav(wav({ tag: 1, bits: 16, body: [0, 0, 0], claim: 0xffffffff })).samples).toHaveLength(1)
  })

  it('names what is wrong', () => {
    expect(() => parseWav(new Uint8Array(3))).toThrow('not a WAV file')
    expect(() => parseWav(wav({ tag: 1, bits: 8, body: [] }).subarray(0, 30))).toThrow('fmt chunk has')
    expect(() => parseWav(wav({ tag: 1, bits: 8, body: [] }).subarray(0, 36))).toThrow('no data chunk')
    expect(() => parseWav(wav({ tag: 85, bits: 16, body: [] }))).toThrow('encoding 85')
    expect(() => parseWav(wav({ tag: 1, bits: 8, channels: 0, body: [] }))).toThrow('0 channels')
    expect(() => parseWav(wav({ tag: 1, bits: 8, body: Array(801).fill(128) }), { maxSeconds: 0.1 })).toThrow(
      'lasts 0.1 s',
    )
  })

  it('never fails with anything but a TonyError on damaged files', () => {
    const good = wav({ tag: 1, bits: 24, channels: 2, body: Array(60).fill(7), extensible: true })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(good.length),
        (edits, length) => {
          const bytes = good.slice(0, length)
          for (const [at, value] of edits) if (at < length) bytes[at] = value
          try {
            parseWav(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(TonyError)
          }
        },
      ),
    )
  })
})

describe('encodeWav', () => {
  it('is read back to within half a step, clipped', () => {
    const samples = Float32Array.of(0, 0.5, -0.123, 1, -1, 3, -3)
    const clip = parseWav(encodeWav({ samples, sampleRate: 24000 }))
    expect(clip.sampleRate).toBe(24000)
    const want = [0, 0.5, -0.123, 1, -1, 1, -1]
    for (let i = 0; i < want.length; i++) expect(Math.abs(clip.samples[i]! - want[i]!)).toBeLessThanOrEqual(1 / 32768)
  })

  it('keeps every 16-bit sample through decode and encode', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const even = bytes.subarray(0, bytes.length & ~1)
        expect(encodePcm16(decodePcm16(bytes))).toEqual(Uint8Array.from(even))
      }),
    )
  })

  it('writes an empty clip', () => {
    expect(parseWav(encodeWav({ samples: new Float32Array(0), sampleRate: 16000 })).samples).toHaveLength(0)
  })
})
