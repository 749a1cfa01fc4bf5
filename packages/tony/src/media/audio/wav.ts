/** @file WAV files: reading whatever is common, writing 16-bit mono. */
import { TonyError } from '../../util/errors.ts'
import type { AudioClip } from '../types.ts'

/** Bounds on what `parseWav` reads. */
export interface WavLimits {
  /** Longest sound in seconds; default 3600. */
  readonly maxSeconds?: number
}

const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe

/**
 * Reads a RIFF/WAVE file: PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, plain or extensible header. Channels are
 * averaged. A data chunk that claims more than the file holds is read as far as it goes (streamed files do that).
 *
 * @returns mono samples; float files may exceed [-1, 1], values that are not finite become 0.
 * @throws TonyError `invalid` for a broken file, `unsupported` for another encoding, `too_large` past `maxSeconds`.
 */
export function parseWav(bytes: Uint8Array, limits: WavLimits = {}): AudioClip {
  const { maxSeconds = 3600 } = limits
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!isWav(bytes)) throw new TonyError('invalid', 'parseWav: not a WAV file (no RIFF/WAVE header)')
  let format: WavFormat | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = ascii(bytes, at)
    const size = view.getUint32(at + 4, true)
    const start = at + 8
    if (id === 'fmt ') format = parseFormat(view, start, Math.min(size, bytes.length - start))
    if (id === 'data') {
      if (!format) throw new TonyError('invalid', 'parseWav: the data chunk comes before the fmt chunk')
      const length = Math.min(size, bytes.length - start)
      const frames = Math.floor(length / (format.channels * format.width))
      if (frames > maxSeconds * format.sampleRate) {
        const seconds = (frames / format.sampleRate).toFixed(1)
        throw new TonyError('too_large', `parseWav: the sound lasts ${seconds} s (expected at most ${maxSeconds} s)`)
      }
      return { samples: readSamples(view, start, frames, format), sampleRate: format.sampleRate }
    }
    at = start + size + (size & 1) // chunks are padded to even lengths
  }
  throw new TonyError('invalid', `parseWav: no ${format ? 'data' : 'fmt'} chunk found`)
}

/** Whether the bytes begin like a WAV file. */
export function isWav(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && ascii(bytes, 0) === 'RIFF' && ascii(bytes, 8) === 'WAVE'
}

/** Writes a mono WAV file of 16-bit PCM; samples outside [-1, 1] are clipped. */
export function encodeWav(clip: AudioClip): Uint8Array {
  const { samples, sampleRate } = clip
  const out = new Uint8Array(44 + samples.length * 2)
  const view = new DataView(out.buffer)
  const text = (at: number, value: string): void => {
    for (let i = 0; i < value.length; i++) out[at + i] = value.charCodeAt(i)
  }
  text(0, 'RIFF')
  view.setUint32(4, out.length - 8, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, PCM, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, samples.length * 2, true)
  out.set(encodePcm16(samples), 44)
  return out
}

/** Raw little-endian signed 16-bit samples (s16le) of sound in [-1, 1], clipped. */
export function encodePcm16(samples: Float32Array): Uint8Array {
  const out = new Uint8Array(samples.length * 2)
  const view = new DataView(out.buffer)
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round(samples[i]! * 32768)
    view.setInt16(i * 2, value > 32767 ? 32767 : value < -32768 ? -32768 : value, true)
  }
  return out
}

/** Sound in [-1, 1) from raw little-endian signed 16-bit samples; an odd last byte is left out. */
export function decodePcm16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = new Float32Array(bytes.length >> 1)
  for (let i = 0; i < out.length; i++) out[i] = view.getInt16(i * 2, true) / 32768
  return out
}

interface WavFormat {
  readonly sampleRate: number
  readonly channels: number
  /** Bytes of one sample of one channel. */
  readonly width: number
  readonly float: boolean
}

function parseFormat(view: DataView, at: number, size: number): WavFormat {
  if (size < 16) throw new TonyError('invalid', `parseWav: the fmt chunk has ${size} bytes (expected at least 16)`)
  let tag = view.getUint16(at, true)
  const channels = view.getUint16(at + 2, true)
  const sampleRate = view.getUint32(at + 4, true)
  const bits = view.getUint16(at + 14, true)
  // An extensible header keeps the real tag in the first two bytes of its sub-format GUID.
  if (tag === EXTENSIBLE && size >= 26) tag = view.getUint16(at + 24, true)
  if (channels < 1 || channels > 64) throw new TonyError('invalid', `parseWav: ${channels} channels (expected 1 to 64)`)
  if (sampleRate < 100 || sampleRate > 1_000_000) {
    throw new TonyError('invalid', `parseWav: sample rate ${sampleRate} Hz (expected 100 to 1000000)`)
  }
  const float = tag === FLOAT
  const known = float ? bits === 32 || bits === 64 : tag === PCM && [8, 16, 24, 32].includes(bits)
  if (!known) {
    throw new TonyError(
      'unsupported',
      `parseWav: encoding ${tag} with ${bits} bits (expected PCM of 8, 16, 24 or 32 bits, or float of 32 or 64)`,
    )
  }
  return { sampleRate, channels, width: bits / 8, float }
}

function readSamples(view: DataView, at: number, frames: number, format: WavFormat): Float32Array {
  const { channels, width } = format
  const read = sampleReader(view, format)
  const out = new Float32Array(frames)
  for (let i = 0; i < frames; i++) {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += read(at + (i * channels + c) * width)
    const value = sum / channels
    out[i] = Number.isFinite(value) ? value : 0
  }
  return out
}

function sampleReader(view: DataView, format: WavFormat): (at: number) => number {
  if (format.float) {
    return format.width === 8 ? (at) => view.getFloat64(at, true) : (at) => view.getFloat32(at, true)
  }
  if (format.width === 1) return (at) => (view.getUint8(at) - 128) / 128 // the only unsigned width
  if (format.width === 2) return (at) => view.getInt16(at, true) / 32768
  if (format.width === 3) return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608
  return (at) => view.getInt32(at, true) / 2147483648
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!)
}
