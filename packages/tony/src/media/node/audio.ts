/** @file Sound files: WAV, MP3, Ogg and WebM (Vorbis, Opus), FLAC, and M4A and ADTS (AAC) with WebCodecs. */
import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis'
import { type AudioCodec, EncodedPacketSink, type InputAudioTrack } from 'mediabunny'
import { MPEGDecoder } from 'mpg123-decoder'
import { OpusDecoder } from 'opus-decoder'
import { TonyError } from '../../util/errors.ts'
import { isWav, parseWav } from '../audio/wav.ts'
import type { AudioClip } from '../types.ts'
import { withInput } from './demux.ts'
import { asMediaError, checkBytes, checkSeconds, defaultLimits, hasMark, type MediaLimits } from './limits.ts'
import { loadWebCodecs } from './webcodecs.ts'

/**
 * Decodes the first sound track of a file to mono at its own sample rate. Also takes video files, for their sound.
 *
 * MP3, Vorbis, Opus and FLAC are decoded by WebAssembly, which cannot harm the process; AAC needs WebCodecs.
 *
 * @throws TonyError `invalid` for a broken file, `unsupported` for an unknown kind, `too_large` beyond the limits,
 * `missing_dependency` for AAC where WebCodecs is not installed.
 */
export async function decodeAudio(bytes: Uint8Array, limits: MediaLimits = {}): Promise<AudioClip> {
  const { maxBytes, maxSeconds } = { ...defaultLimits, ...limits }
  checkBytes('audio', bytes, maxBytes)
  try {
    const clip = await decodeAny(bytes, maxSeconds)
    if (clip.samples.length === 0) throw new TonyError('invalid', 'audio: the recording is empty; send a longer one')
    return clip
  } catch (cause) {
    throw asMediaError(cause, 'audio: the file is broken; send a whole WAV, MP3, OGG, WebM, FLAC or M4A file')
  }
}

async function decodeAny(bytes: Uint8Array, maxSeconds: number): Promise<AudioClip> {
  if (isWav(bytes)) return parseWav(bytes, { maxSeconds })
  const flac = flacIn(bytes)
  if (flac !== undefined) return decodeFlac(flac, maxSeconds)
  return withInput('audio', bytes, async (input) => {
    const track = await input.getPrimaryAudioTrack()
    if (!track) throw new TonyError('invalid', 'audio: the file has no sound; send a recording')
    return decodeTrack(track, bytes, maxSeconds)
  })
}

/** Decodes a track of an open file to mono. `bytes` are the whole file. @throws TonyError as `decodeAudio`. */
export async function decodeTrack(track: InputAudioTrack, bytes: Uint8Array, maxSeconds: number): Promise<AudioClip> {
  const codec = await track.getCodec()
  // What the container says first, so that a long recording is refused before it is decoded.
  checkSeconds('audio', await track.computeDuration(), maxSeconds)
  const out = new Mono(maxSeconds)
  if (codec === 'mp3') await decodeMp3(track, out)
  else if (codec === 'opus') await decodeOpus(track, out)
  else if (codec === 'vorbis' && hasMark(bytes, 0, 'OggS')) await decodeStream(new OggVorbisDecoder(), bytes, out)
  else await decodeOther(track, codec, out)
  return out.clip()
}

/** The FLAC stream of a file, without the ID3v2 tags that may stand before it. */
function flacIn(bytes: Uint8Array): Uint8Array | undefined {
  let at = 0
  // The size of a tag is written in four times seven bits.
  while (hasMark(bytes, at, 'ID3') && at + 10 <= bytes.length)
    at += 10 + bytes.subarray(at + 6, at + 10).reduce((size, byte) => size * 128 + (byte & 127), 0)
  return hasMark(bytes, at, 'fLaC') ? bytes.subarray(at) : undefined
}

/** Decodes a FLAC stream, whose first block says how long it is (RFC 9639, section 8.2). */
async function decodeFlac(bytes: Uint8Array, maxSeconds: number): Promise<AudioClip> {
  if (bytes.length < 26) throw new TonyError('invalid', 'audio: the FLAC file is cut off; send a whole one')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sampleRate = view.getUint32(18) >>> 12
  const samples = (bytes[21]! & 15) * 2 ** 32 + view.getUint32(22)
  // 0 samples: whoever wrote it did not know.
  if (sampleRate > 0) checkSeconds('audio', samples / sampleRate, maxSeconds)
  const out = new Mono(maxSeconds)
  await decodeStream(new FLACDecoder(), bytes, out)
  return out.clip()
}

/** Packets decoded at a time. */
const BATCH = 32

/** Others get their turn: reading and decoding wait for nothing, so without it a long file holds up the whole process. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function decodeMp3(track: InputAudioTrack, out: Mono): Promise<void> {
  const decoder = new MPEGDecoder()
  try {
    await decoder.ready
    for await (const frames of batches(track)) {
      const { channelData, sampleRate } = decoder.decodeFrames(frames)
      out.add(channelData, sampleRate)
    }
  } finally {
    decoder.free()
  }
}

/** Opus packets carry no header; the track's description is an OpusHead (RFC 7845, section 5.1). */
async function decodeOpus(track: InputAudioTrack, out: Mono): Promise<void> {
  const head = await description(track)
  const channels = head[9] ?? (await track.getNumberOfChannels())
  const preSkip = head.length >= 12 ? head[10]! | (head[11]! << 8) : 0
  const surround = (head[18] ?? 0) > 0 && head.length >= 21 + channels
  const mapping = surround
    ? {
        streamCount: head[19]!,
        coupledStreamCount: head[20]!,
        channelMappingTable: [...head.subarray(21, 21 + channels)],
      }
    : {}
  const decoder = new OpusDecoder({ channels, preSkip, ...mapping })
  try {
    await decoder.ready
    for await (const frames of batches(track)) {
      const { channelData, sampleRate } = decoder.decodeFrames(frames)
      out.add(channelData, sampleRate)
    }
  } finally {
    decoder.free()
  }
}

/** A decoder that takes the file itself, in pieces. */
interface StreamDecoder {
  readonly ready: Promise<void>
  decode(bytes: Uint8Array): Promise<Decoded>
  flush(): Promise<Decoded>
  free(): void
}

interface Decoded {
  readonly channelData: Float32Array[]
  readonly sampleRate: number
}

async function decodeStream(decoder: StreamDecoder, bytes: Uint8Array, out: Mono): Promise<void> {
  // Small pieces, because the length is checked between them and silence can be packed very tightly.
  const piece = 16384
  try {
    await decoder.ready
    for (let at = 0; at < bytes.length; at += piece) {
      const { channelData, sampleRate } = await decoder.decode(bytes.subarray(at, at + piece))
      out.add(channelData, sampleRate)
      await breathe()
    }
    const { channelData, sampleRate } = await decoder.flush()
    out.add(channelData, sampleRate)
  } finally {
    decoder.free()
  }
}

/** AAC, and FLAC inside other containers. */
async function decodeOther(track: InputAudioTrack, codec: AudioCodec | null, out: Mono): Promise<void> {
  const config = await track.getDecoderConfig()
  if (!codec || !config) throw new TonyError('unsupported', 'audio: the sound is in an unknown encoding')
  // WebCodecs 1.3.1 cannot open Vorbis headers as Matroska stores them.
  if (codec === 'vorbis') throw new TonyError('unsupported', 'audio: vorbis is read from OGG files only; send an OGG')
  const { AudioDecoder, EncodedAudioChunk } = await loadWebCodecs(`audio: decoding ${codec}`)
  const { supported } = await AudioDecoder.isConfigSupported(config)
  if (!supported)
    throw new TonyError('unsupported', `audio: the sound is in an encoding that is not read here: ${codec}`)
  let failure: unknown
  const decoder = new AudioDecoder({
    output: (data) => {
      try {
        const channels = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
          const plane = new Float32Array(data.numberOfFrames)
          data.copyTo(plane, { planeIndex, format: 'f32-planar' })
          return plane
        })
        out.add(channels, data.sampleRate)
      } catch (error) {
        failure ??= error
      } finally {
        data.close()
      }
    },
    error: (error) => {
      failure ??= error
    },
  })
  try {
    decoder.configure(config)
    for await (const packet of new EncodedPacketSink(track).packets()) {
      if (failure) break
      decoder.decode(
        new EncodedAudioChunk({
          type: packet.type,
          timestamp: packet.microsecondTimestamp,
          duration: packet.microsecondDuration,
          data: packet.data,
        }),
      )
      // Bounds what waits inside the decoder.
      if (packet.sequenceNumber % 256 === 255) await decoder.flush()
      if (packet.sequenceNumber % BATCH === BATCH - 1) await breathe()
    }
    if (!failure) await decoder.flush()
  } catch (error) {
    // After an error the decoder is closed and feeding it fails too: the first error is the one to report.
    failure ??= error
  } finally {
    if (decoder.state !== 'closed') decoder.close()
  }
  if (failure) throw failure
}

async function* batches(track: InputAudioTrack): AsyncGenerator<Uint8Array[], void, unknown> {
  let batch: Uint8Array[] = []
  for await (const packet of new EncodedPacketSink(track).packets()) {
    batch.push(packet.data)
    if (batch.length === BATCH) {
      yield batch
      batch = []
      await breathe()
    }
  }
  if (batch.length > 0) yield batch
}

async function description(track: InputAudioTrack): Promise<Uint8Array> {
  const source = (await track.getDecoderConfig())?.description
  if (!source) return new Uint8Array(0)
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
}

/** Gathers decoded pieces, averages their channels and watches the length. */
class Mono {
  readonly #maxSeconds: number
  readonly #pieces: Float32Array[] = []
  #length = 0
  #sampleRate = 0

  constructor(maxSeconds: number) {
    this.#maxSeconds = maxSeconds
  }

  add(channels: readonly Float32Array[], sampleRate: number): void {
    const length = channels[0]?.length ?? 0
    if (length === 0) return
    if (this.#sampleRate !== 0 && this.#sampleRate !== sampleRate) {
      throw new TonyError('unsupported', 'audio: the sample rate changes inside the file')
    }
    this.#sampleRate = sampleRate
    const piece = new Float32Array(length)
    for (const channel of channels) for (let i = 0; i < length; i++) piece[i]! += channel[i]! / channels.length
    this.#pieces.push(piece)
    this.#length += length
    // A second of grace for the padding of lossy codecs, which the container does not count.
    checkSeconds('audio', this.#length / sampleRate - 1, this.#maxSeconds)
  }

  clip(): AudioClip {
    const samples = new Float32Array(this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      samples.set(piece, at)
      at += piece.length
    }
    return { samples, sampleRate: this.#sampleRate }
  }
}
