/** @file FLAC, which nothing at hand can write: a small encoder of samples as they are (RFC 9639). */
import { expect, it } from 'vitest'
import { TonyError } from '../../util/errors.ts'
import { decodeAudio } from './index.ts'

const RATE = 16_000
const BLOCK = 4096

/** Bits, the most significant first. */
class Bits {
  private readonly bits: number[] = []
  add(value: number, width: number): this {
    for (let i = width - 1; i >= 0; i--) this.bits.push(Math.floor(value / 2 ** i) & 1)
    return this
  }
  bytes(): number[] {
    const out: number[] = []
    for (let i = 0; i < this.bits.length; i += 8) out.push(this.bits.slice(i, i + 8).reduce((a, bit) => a * 2 + bit, 0))
    return out
  }
}

function crc(bytes: readonly number[], polynomial: number, width: 8 | 16): number {
  let value = 0
  for (const byte of bytes) {
    value ^= byte << (width - 8)
    for (let i = 0; i < 8; i++)
      value = ((value << 1) ^ ((value >> (width - 1)) & 1 ? polynomial : 0)) & (2 ** width - 1)
  }
  return value
}

/** One channel of 16-bit samples; at most 127 blocks, whose numbers take one byte each. */
function encodeFlac(samples: Int16Array): Uint8Array {
  const info = new Bits()
    .add(BLOCK, 16)
    .add(BLOCK, 16)
    .add(0, 24)
    .add(0, 24)
    .add(RATE, 20)
    .add(0, 3) // one channel
    .add(15, 5) // sixteen bits
    .add(samples.length, 36)
    .bytes()
  const file = [...Buffer.from('fLaC'), 0x80, 0, 0, 34, ...info, ...new Array<number>(16).fill(0)]
  for (let block = 0; block * BLOCK < samples.length; block++) {
    const some = samples.subarray(block * BLOCK, (block + 1) * BLOCK)
    // Block size at the end of the header, 16 kHz, one channel, sixteen bits.
    const header = new Bits().add(0xfff8, 16).add(0b0111_0101, 8).add(0b0000_100_0, 8).add(block, 8)
    const head = header.add(some.length - 1, 16).bytes()
    const frame = [...head, crc(head, 0x07, 8), 0x02]
    for (const sample of some) frame.push((sample >> 8) & 255, sample & 255)
    const check = crc(frame, 0x8005, 16)
    for (const byte of [...frame, check >> 8, check & 255]) file.push(byte)
  }
  return Uint8Array.from(file)
}

const tone = Int16Array.from({ length: RATE }, (_, i) => 12_000 * Math.sin((2 * Math.PI * 440 * i) / RATE))

it('decodes FLAC sample by sample', async () => {
  const clip = await decodeAudio(encodeFlac(tone))
  expect(clip.sampleRate).toBe(RATE)
  expect(clip.samples).toHaveLength(tone.length)
  const far = clip.samples.reduce((most, x, i) => Math.max(most, Math.abs(x - tone[i]! / 32768)), 0)
  expect(far).toBeLessThan(1e-4)
})

it('finds it behind tags, and refuses it by the length that it declares', async () => {
  const whole = encodeFlac(tone)
  const tagged = Uint8Array.from([
    ...Buffer.from('ID3'),
    4,
    0,
    0,
    0,
    0,
    1,
    2,
    ...new Array<number>(130).fill(7),
    ...whole,
  ])
  expect((await decodeAudio(tagged)).samples).toHaveLength(tone.length)
  await expect(decodeAudio(whole, { maxSeconds: 0.5 })).rejects.toMatchObject({ code: 'too_large' })
})

it('says in one sentence that a FLAC is cut off or broken, or reads what it can', async () => {
  const whole = encodeFlac(tone)
  // At 42 the header ends, at 50 a frame has begun.
  for (const length of [3, 20, 42, 50, 5000]) {
    try {
      expect((await decodeAudio(whole.slice(0, length))).samples.length).toBeGreaterThan(0)
    } catch (error) {
      expect(error).toBeInstanceOf(TonyError)
    }
  }
})
