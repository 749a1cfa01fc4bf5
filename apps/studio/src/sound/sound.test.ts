import { describe, expect, it } from 'vitest'
import { HeardRing } from '../talk/heard-ring.ts'
import { base64ToPcm16, bytesToBase64, floatToPcm16, PcmBuffer, pcm16ToBase64, pcm16ToFloat, peaks } from './pcm.ts'
import { StreamResampler } from './resampler.ts'
import { encodeWav } from './wav.ts'

const sine = (hertz: number, rate: number, length: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate))

const rms = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)

describe('PCM', () => {
  it('clips, and keeps the ends of the range', () => {
    expect([...floatToPcm16(Float32Array.of(-2, -1, 0, 0.5, 1, 2))]).toEqual([-32768, -32768, 0, 16384, 32767, 32767])
  })

  it('comes back from floats and from base64, any length', () => {
    for (const length of [0, 1, 2, 40_001]) {
      const pcm = Int16Array.from({ length }, (_, i) => ((i * 7919) % 65_536) - 32_768)
      expect(base64ToPcm16(pcm16ToBase64(pcm))).toEqual(pcm)
      expect(floatToPcm16(pcm16ToFloat(pcm)).every((value, i) => Math.abs(value - pcm[i]!) <= 1)).toBe(true)
    }
  })

  it('encodes a view, not the buffer behind it', () => {
    expect(pcm16ToBase64(Int16Array.of(1, 2, 3).subarray(1, 2))).toBe('AgA=')
  })

  it('drops half a sample', () => {
    expect(base64ToPcm16(bytesToBase64(Uint8Array.of(1, 0, 9)))).toEqual(Int16Array.of(1))
  })

  it('grows without losing a sample', () => {
    const buffer = new PcmBuffer()
    for (let i = 0; i < 100; i++) buffer.push(new Int16Array(1000).fill(i))
    expect(buffer.samples.length).toBe(100_000)
    expect(buffer.samples.filter((_, i) => i % 1000 === 999)).toEqual(Int16Array.from({ length: 100 }, (_, i) => i))
  })
})

describe('peaks', () => {
  it('is relative to the loudest stretch', () => {
    const samples = new Int16Array(400)
    samples.fill(20_000, 100, 200)
    samples.fill(5000, 200, 300)
    expect(peaks(samples, 4)).toEqual([0, 1, 0.5, 0])
  })

  it('keeps silence flat, and takes fewer samples than bars', () => {
    expect(peaks(new Int16Array(10).fill(3), 2).every((level) => level < 0.05)).toBe(true)
    expect(peaks(new Int16Array(0), 3)).toEqual([0, 0, 0])
    expect(peaks(Int16Array.of(9000), 3)).toHaveLength(3)
  })
})

describe('encodeWav', () => {
  it('writes a header that says what follows', () => {
    const bytes = encodeWav(Int16Array.of(1, -1, 300), 24_000)
    const view = new DataView(bytes.buffer)
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('RIFF')
    expect(view.getUint32(4, true)).toBe(bytes.length - 8)
    expect([view.getUint16(20, true), view.getUint16(22, true), view.getUint32(24, true)]).toEqual([1, 1, 24_000])
    expect(view.getUint32(40, true)).toBe(6)
    expect(new Int16Array(bytes.buffer, 44)).toEqual(Int16Array.of(1, -1, 300))
  })
})

describe('StreamResampler', () => {
  it.each([48_000, 44_100, 16_000, 24_000])('keeps a tone from %i Hz', (rate) => {
    const out = new StreamResampler(rate, 24_000).process(sine(440, rate, rate))
    expect(Math.abs(out.length - 24_000)).toBeLessThan(40)
    const wanted = sine(440, 24_000, out.length)
    const worst = Math.max(...out.slice(100, -100).map((x, i) => Math.abs(x - wanted[i + 100]!)))
    expect(worst).toBeLessThan(0.01)
  })

  it('removes what the new rate cannot carry', () => {
    const out = new StreamResampler(48_000, 24_000).process(sine(15_000, 48_000, 48_000))
    expect(rms(out.slice(200))).toBeLessThan(0.01)
  })

  it('gives the same for pieces as for the whole', () => {
    const input = sine(300, 44_100, 10_000)
    const whole = new StreamResampler(44_100, 24_000).process(input)
    const pieces = new StreamResampler(44_100, 24_000)
    const out: number[] = []
    for (let at = 0; at < input.length; at += 128) out.push(...pieces.process(input.subarray(at, at + 128)))
    expect(new Float32Array(out)).toEqual(whole)
  })
})

describe('HeardRing', () => {
  it('cuts by the time since the beginning', () => {
    const ring = new HeardRing()
    for (let i = 0; i < 100; i++) ring.push(new Int16Array(480).fill(i)) // 20 ms each
    expect([...new Set(ring.cut(40, 100))]).toEqual([2, 3, 4])
    expect(ring.cut(1990, 9999).length).toBe(240)
    expect(ring.cut(100, 40).length).toBe(0)
  })

  it('forgets what is older than a minute', () => {
    const ring = new HeardRing()
    for (let second = 0; second < 70; second++) ring.push(new Int16Array(24_000).fill(second))
    expect(ring.cut(0, 9000).length).toBe(0)
    expect([...new Set(ring.cut(65_000, 67_000))]).toEqual([65, 66])
  })

  it('tells how long it has been quiet since the last loud sound', () => {
    const ring = new HeardRing()
    expect(ring.quietMs(0)).toBe(0)
    const levels = { click: 20_000, speech: 3000, murmur: 400, room: 40 }
    const heard = ['click', 'room', 'speech', 'murmur', 'speech', 'murmur', 'room', 'room', 'room'] as const
    for (const level of heard) ring.push(new Int16Array(2400).fill(levels[level])) // 100 ms each
    ring.push(new Int16Array(120)) // 5 ms
    expect(ring.quietMs(160)).toBe(305)
    // A click is the loudest, and speech more than a tenth of it.
    expect(ring.quietMs(0)).toBe(405)
  })
})
