/** @file The model's sound as clients want it, whole or as it is made. */
import { encodePcm16, encodeWav, StreamResampler } from 'tony'
import { MODEL_RATE } from '../messages.ts'
import { TimeStretch } from './time-stretch.ts'

/** Rate of OpenAI's raw `pcm16`. WAV names its rate and keeps the model's own. */
const PCM_RATE = 24000

/** Sound formats that the server writes. */
export type SoundFormat = 'wav' | 'pcm16'

/** Encodes sound as it comes. */
export interface SoundEncoder {
  readonly contentType: string
  /** Bytes before the first sound. */
  head(): Uint8Array
  push(samples: Float32Array): Uint8Array
  /** What was held back. */
  end(): Uint8Array
}

/** An encoder for a live stream; `speed` is 1 for the model's own pace, `pcmRate` is for raw sound only. */
export function soundEncoder(
  format: SoundFormat,
  { speed = 1, pcmRate = PCM_RATE }: { readonly speed?: number; readonly pcmRate?: number } = {},
): SoundEncoder {
  const stretch = speed === 1 ? undefined : new TimeStretch(speed, MODEL_RATE)
  const resampler = format === 'pcm16' && pcmRate !== MODEL_RATE ? new StreamResampler(MODEL_RATE, pcmRate) : undefined
  const convert = (samples: Float32Array): Float32Array => resampler?.push(samples) ?? samples
  return {
    contentType: format === 'wav' ? 'audio/wav' : 'audio/pcm',
    head: () => (format === 'wav' ? liveWavHeader(MODEL_RATE) : new Uint8Array(0)),
    push: (samples) => encodePcm16(convert(stretch?.push(samples) ?? samples)),
    end: () => {
      const rest = encodePcm16(convert(stretch?.end() ?? new Float32Array(0)))
      const tail = encodePcm16(resampler?.flush() ?? new Float32Array(0))
      return Buffer.concat([rest, tail])
    },
  }
}

/** A whole recording. */
export function encodeSound(samples: Float32Array, format: SoundFormat): Uint8Array {
  if (format === 'wav') return encodeWav({ samples, sampleRate: MODEL_RATE })
  const encoder = soundEncoder(format)
  return Buffer.concat([encoder.push(samples), encoder.end()])
}

/** The 44 bytes before sound of unknown length; players read sizes of all ones as "until the end". */
function liveWavHeader(sampleRate: number): Uint8Array {
  const header = encodeWav({ samples: new Float32Array(0), sampleRate })
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  view.setUint32(4, 0xffffffff, true)
  view.setUint32(40, 0xffffffff, true)
  return header
}
