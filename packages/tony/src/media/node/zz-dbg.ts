import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AudioData, AudioEncoder, VideoEncoder, VideoFrame } from '@napi-rs/webcodecs'
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  FlacOutputFormat,
  Mp3OutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  type OutputFormat,
  WebMOutputFormat,
} from 'mediabunny'
import sharp from 'sharp'
import { Input, BufferSource, ALL_FORMATS, EncodedPacketSink } from 'mediabunny'; import * as wc from '@napi-rs/webcodecs'; const expect: any = null
import { TonyError } from '/work/main/packages/tony/src/util/errors.ts'
import { encodeWav } from '/work/main/packages/tony/src/media/audio/wav.ts'
import { decodeAudio, decodeImage, decodeVideo, encodePng } from '/work/main/packages/tony/src/media/node/index.ts'

const data = '../shared/data'
const rate = 48000
const tone = Float32Array.from({ length: rate }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / rate))

/** A second of 440 Hz in stereo, encoded and put into a container. */
async function soundFile(format: OutputFormat, codec: 'opus' | 'vorbis' | 'flac' | 'mp3' | 'aac'): Promise<Uint8Array> {
  const names = { opus: 'opus', vorbis: 'vorbis', flac: 'flac', mp3: 'mp3', aac: 'mp4a.40.2' }
  const target = new BufferTarget()
  const output = new Output({ format, target })
  const source = new EncodedAudioPacketSource(codec)
  output.addAudioTrack(source)
  await output.start()
  const packets: Parameters<typeof source.add>[] = []
  const encoder = new AudioEncoder({
    output: (chunk, meta) => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      const packet = new EncodedPacket(bytes, chunk.type, chunk.timestamp / 1e6, (chunk.duration ?? 0) / 1e6)
      packets.push([packet, meta as Parameters<typeof source.add>[1]])
    },
    error: (error) => {
      throw error
    },
  })
  encoder.configure({ codec: names[codec], sampleRate: rate, numberOfChannels: 2, bitrate: 96000 })
  const planes = new Float32Array(rate * 2)
  planes.set(tone)
  planes.set(tone, rate)
  const sound = { sampleRate: rate, numberOfChannels: 2, numberOfFrames: rate, timestamp: 0 }
  encoder.encode(new AudioData({ ...sound, format: 'f32-planar', data: planes }))
  await encoder.flush()
  for (const args of packets) await source.add(...args)
  await output.finalize()
  return new Uint8Array(target.buffer!)
}

/** Twenty frames at 10 a second, frame i of grey level 10 * i. */
async function videoFile(format: OutputFormat, codec: 'avc' | 'vp8' | 'vp9'): Promise<Uint8Array> {
  const names = { avc: 'avc1.42001f', vp8: 'vp8', vp9: 'vp09.00.10.08' }
  const target = new BufferTarget()
  const output = new Output({ format, target })
  const source = new EncodedVideoPacketSource(codec)
  output.addVideoTrack(source)
  await output.start()
  const packets: Parameters<typeof source.add>[] = []
  const encoder = new VideoEncoder({
    output: (chunk, meta) => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      const packet = new EncodedPacket(bytes, chunk.type, chunk.timestamp / 1e6, 0.1)
      packets.push([packet, meta as Parameters<typeof source.add>[1]])
    },
    error: (error) => {
      throw error
    },
  })
  encoder.configure({ codec: names[codec], width: 96, height: 64, bitrate: 500_000, framerate: 10 })
  for (let i = 0; i < 20; i++) {
    const pixels = new Uint8Array(96 * 64 * 4).fill(10 * i)
    const frame = new VideoFrame(pixels, { format: 'RGBA', codedWidth: 96, codedHeight: 64, timestamp: i * 100_000 })
    encoder.encode(frame, { keyFrame: i % 8 === 0 })
    frame.close()
  }
  await encoder.flush()
  for (const args of packets) await source.add(...args)
  await output.finalize()
  return new Uint8Array(target.buffer!)
}

/** The frequency by zero crossings, away from the ends. */
function pitch(samples: Float32Array, sampleRate: number): number {
  const middle = samples.subarray(sampleRate * 0.25, sampleRate * 0.75)
  let crossings = 0
  for (let i = 1; i < middle.length; i++) if (middle[i - 1]! < 0 && middle[i]! >= 0) crossings++
  return crossings / 0.5
}

async function failure(action: Promise<unknown>): Promise<TonyError> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(TonyError)
  return error as TonyError
}


for (const [f, kind] of [[await videoFile(new WebMOutputFormat(), 'vp9'), 'v'], [await soundFile(new WebMOutputFormat(), 'vorbis'), 'a']] as const) {
  const input = new Input({ source: new BufferSource(f), formats: ALL_FORMATS })
  const track: any = kind === 'v' ? await input.getPrimaryVideoTrack() : await input.getPrimaryAudioTrack()
  const config = await track.getDecoderConfig()
  console.log(config, config.description?.length, await track.computeDuration())
  const C: any = kind === 'v' ? wc.VideoDecoder : wc.AudioDecoder
  const K: any = kind === 'v' ? wc.EncodedVideoChunk : wc.EncodedAudioChunk
  let n = 0
  const d = new C({ output: (x: any) => { n++; x.close() }, error: (e: any) => console.log('ERR', e.message) })
  const { colorSpace, ...rest } = config
  d.configure(rest)
  let i = 0
  for await (const p of new EncodedPacketSink(track).packets()) { try { d.decode(new K({ type: p.type, timestamp: p.microsecondTimestamp, duration: p.microsecondDuration, data: p.data })) } catch (e: any) { console.log(i, p.type, p.data.length, p.data.slice(0,4), e.message); break } i++; await new Promise((r) => setTimeout(r, 5)) }
  await d.flush().catch((e: any) => console.log('flush', e.message)); console.log(n)
}
