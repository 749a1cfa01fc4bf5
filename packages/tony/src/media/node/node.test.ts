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
  Mp3OutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  type OutputFormat,
  WebMOutputFormat,
} from 'mediabunny'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { TonyError } from '../../util/errors.ts'
import { encodeWav } from '../audio/wav.ts'
import { decodeAudio, decodeImage, decodeVideo, encodePng } from './index.ts'

const data = '../shared/data'
const rate = 48000
const tone = Float32Array.from({ length: rate }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / rate))

interface Track {
  add(output: Output): void
  send(): Promise<void>
}

/** Seconds of 440 Hz in stereo, encoded. */
async function soundTrack(codec: 'opus' | 'vorbis' | 'mp3' | 'aac', seconds = 1): Promise<Track> {
  const names = { opus: 'opus', vorbis: 'vorbis', mp3: 'mp3', aac: 'mp4a.40.2' }
  const source = new EncodedAudioPacketSource(codec)
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
  for (let second = 0; second < seconds; second++) {
    const sound = { sampleRate: rate, numberOfChannels: 2, numberOfFrames: rate, timestamp: second * 1e6 }
    encoder.encode(new AudioData({ ...sound, format: 'f32-planar', data: planes }))
  }
  await encoder.flush()
  return {
    add: (output) => output.addAudioTrack(source),
    async send() {
      for (const args of packets) await source.add(...args)
      source.close()
    },
  }
}

/** Twenty frames at 10 a second, frame i of grey level 10 * i. */
async function frameTrack(codec: 'avc' | 'vp8' | 'vp9'): Promise<Track> {
  const names = { avc: 'avc1.42001f', vp8: 'vp8', vp9: 'vp09.00.10.08' }
  const source = new EncodedVideoPacketSource(codec)
  const packets: Parameters<typeof source.add>[] = []
  const encoder = new VideoEncoder({
    output: (chunk, meta) => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      const packet = new EncodedPacket(bytes, chunk.type, chunk.timestamp / 1e6, 0.1)
      // The encoder claims an RGB matrix, for which the muxer would rewrite VP9 frames into broken ones.
      const config = meta?.decoderConfig && { codec: names[codec], codedWidth: 96, codedHeight: 64 }
      const description = meta?.decoderConfig?.description
      packets.push([packet, config && { decoderConfig: { ...config, ...(description && { description }) } }])
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
  return {
    add: (output) => output.addVideoTrack(source),
    async send() {
      for (const args of packets) await source.add(...args)
      source.close()
    },
  }
}

async function container(format: OutputFormat, ...tracks: Track[]): Promise<Uint8Array> {
  const target = new BufferTarget()
  const output = new Output({ format, target })
  for (const track of tracks) track.add(output)
  await output.start()
  await Promise.all(tracks.map((track) => track.send()))
  await output.finalize()
  return new Uint8Array(target.buffer!)
}

const soundFile = async (format: OutputFormat, ...sound: Parameters<typeof soundTrack>): Promise<Uint8Array> =>
  container(format, await soundTrack(...sound))
const videoFile = async (format: OutputFormat, codec: Parameters<typeof frameTrack>[0]): Promise<Uint8Array> =>
  container(format, await frameTrack(codec))

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

const sounds = [
  ['WebM Opus', new WebMOutputFormat(), 'opus'],
  ['Ogg Opus', new OggOutputFormat(), 'opus'],
  ['Ogg Vorbis', new OggOutputFormat(), 'vorbis'],
  ['MP3', new Mp3OutputFormat(), 'mp3'],
  ['M4A', new Mp4OutputFormat(), 'aac'],
] as const

describe('decodeAudio', () => {
  it.each(sounds)('decodes %s', async (_, format, codec) => {
    const clip = await decodeAudio(await soundFile(format, codec))
    expect(clip.sampleRate).toBe(rate)
    expect(Math.abs(clip.samples.length / rate - 1)).toBeLessThan(0.06)
    expect(Math.abs(pitch(clip.samples, rate) - 440)).toBeLessThanOrEqual(2)
    const peak = clip.samples.subarray(12000, 36000).reduce((a, x) => Math.max(a, x), 0)
    expect(Math.abs(peak - 0.5)).toBeLessThan(0.05)
  })

  it.each(sounds.filter(([, , codec]) => codec !== 'vorbis'))(
    'lets others have their turn while it decodes %s',
    async (_, format, codec) => {
      const bytes = await soundFile(format, codec, 20)
      let turns = 0
      let decoding = true
      const tick = (): void => {
        turns++
        if (decoding) setImmediate(tick)
      }
      setImmediate(tick)
      const { samples } = await decodeAudio(bytes)
      decoding = false
      expect(samples.length / rate).toBeGreaterThan(19)
      // 20 s are 800 packets and more, 32 at a time.
      expect(turns).toBeGreaterThan(20)
    },
  )

  it.each(sounds)('reads what it can of a damaged %s, or fails in one sentence', async (_, format, codec) => {
    const whole = await soundFile(format, codec)
    for (let seed = 1; seed < 8; seed++) {
      const bytes = whole.slice(0, seed % 2 ? whole.length : (whole.length * seed) >> 3)
      for (let i = 0; i < 20; i++) bytes[(i * 7919 * seed + seed * 31) % bytes.length] = (i * 97 + seed) & 255
      try {
        const clip = await decodeAudio(bytes)
        expect(clip.samples.length).toBeGreaterThan(0)
      } catch (error) {
        expect(error).toBeInstanceOf(TonyError)
      }
    }
  })

  it('decodes WAV at its own rate', async () => {
    const clip = await decodeAudio(encodeWav({ samples: tone, sampleRate: 22050 }))
    expect(clip.sampleRate).toBe(22050)
    expect(clip.samples).toHaveLength(tone.length)
  })

  it('decodes recorded speech, and the same through sox as FLAC, OGG and MP3 where it can write them', async ({
    skip,
  }) => {
    const folder = `${data}/speech/fsdd-test`
    if (!existsSync(folder)) return skip(`${folder} is not here`)
    const file = join(
      folder,
      readdirSync(folder)
        .filter((name) => name.endsWith('.wav'))
        .sort()[0]!,
    )
    const clip = await decodeAudio(readFileSync(file))
    expect(clip.samples.length).toBeGreaterThan(1000)
    const place = mkdtempSync(join(tmpdir(), 'tony-media-'))
    try {
      for (const kind of ['flac', 'ogg', 'mp3']) {
        const other = join(place, `a.${kind}`)
        try {
          execFileSync('sox', [file, other], { stdio: 'ignore' })
        } catch {
          continue
        }
        const again = await decodeAudio(readFileSync(other))
        expect(again.sampleRate, kind).toBe(clip.sampleRate)
        expect(Math.abs(again.samples.length - clip.samples.length) / clip.sampleRate, kind).toBeLessThan(0.2)
      }
    } finally {
      rmSync(place, { recursive: true })
    }
  })

  it('refuses Vorbis outside of Ogg with a clear sentence', async () => {
    const error = await failure(decodeAudio(await soundFile(new WebMOutputFormat(), 'vorbis')))
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('vorbis') })
  })

  it('refuses what is empty, unknown, too big or too long', async () => {
    expect(await failure(decodeAudio(new Uint8Array(0)))).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('empty'),
    })
    expect(await failure(decodeAudio(new Uint8Array(1000).fill(65)))).toMatchObject({ code: 'unsupported' })
    expect(await failure(decodeAudio(await encodePng(grey(8, 8, 1))))).toMatchObject({ code: 'unsupported' })
    const wav = encodeWav({ samples: tone, sampleRate: 16000 })
    expect(await failure(decodeAudio(wav, { maxBytes: 99 }))).toMatchObject({ code: 'too_large' })
    expect(await failure(decodeAudio(wav, { maxSeconds: 2 }))).toMatchObject({ code: 'too_large' })
    const empty = encodeWav({ samples: new Float32Array(0), sampleRate: 16000 })
    expect(await failure(decodeAudio(empty))).toMatchObject({ code: 'invalid' })
    for (const [, format, codec] of sounds) {
      const error = await failure(decodeAudio(await soundFile(format, codec), { maxSeconds: 0.5 }))
      expect(error).toMatchObject({ code: 'too_large' })
    }
  })
})

function grey(width: number, height: number, level: number): { width: number; height: number; data: Uint8Array } {
  return { width, height, data: new Uint8Array(width * height * 3).fill(level) }
}

describe('decodeImage', () => {
  const picture = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i * 14) }

  it('reads back a PNG exactly', async () => {
    expect(await decodeImage(await encodePng(picture))).toEqual(picture)
  })

  it('reads JPEG, WebP and GIF, grey and 16-bit pictures', async () => {
    const plain = () => sharp(grey(16, 8, 100).data, { raw: { width: 16, height: 8, channels: 3 } })
    const files = [
      plain().jpeg(),
      plain().webp(),
      plain().gif(),
      plain().greyscale().png(),
      plain().toColourspace('rgb16').png(),
    ]
    for (const file of files) {
      const image = await decodeImage(await file.toBuffer())
      expect([image.width, image.height, image.data.length]).toEqual([16, 8, 384])
      expect(image.data.every((v) => Math.abs(v - 100) < 4)).toBe(true)
    }
  })

  it('puts transparency on white and turns pictures upright', async () => {
    const clear = await sharp({ create: { width: 2, height: 2, channels: 4, background: '#0000' } })
      .png()
      .toBuffer()
    expect((await decodeImage(clear)).data.every((v) => v === 255)).toBe(true)
    const lying = await sharp(grey(4, 2, 9).data, { raw: { width: 4, height: 2, channels: 3 } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer()
    expect(await decodeImage(lying)).toMatchObject({ width: 2, height: 4 })
  })

  it('reads photographs', async ({ skip }) => {
    const folder = `${data}/images`
    if (!existsSync(folder)) return skip(`${folder} is not here`)
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.jpe?g$/.test(name))
    for (const name of names.slice(0, 3)) {
      const image = await decodeImage(readFileSync(join(folder, name)))
      expect(image.data).toHaveLength(image.width * image.height * 3)
      expect(new Set(image.data).size).toBeGreaterThan(20)
    }
  })

  it('refuses broken, huge and other files', async () => {
    const png = await encodePng(grey(64, 64, 5))
    expect(await failure(decodeImage(png.subarray(0, 60)))).toMatchObject({ code: 'invalid' })
    expect(await failure(decodeImage(png, { maxPixels: 100 }))).toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('64×64'),
    })
    const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    expect(await failure(decodeImage(svg))).toMatchObject({ code: 'unsupported' })
    await expect(encodePng({ ...picture, width: 4 })).rejects.toThrow('18 bytes for 4×2')
  })
})

describe('decodeVideo', () => {
  it.each([
    ['MP4 H.264', new Mp4OutputFormat(), 'avc'],
    ['WebM VP8', new WebMOutputFormat(), 'vp8'],
    ['WebM VP9', new WebMOutputFormat(), 'vp9'],
  ] as const)('takes the frames of %s that are on screen at even distances', async (_, format, codec) => {
    const file = await videoFile(format, codec)
    const level = (i: number): number => clip.frames[i]!.data[(32 * 96 + 48) * 3]!
    let clip = await decodeVideo(file, { maxFrames: 4 })
    expect(clip.times.map((t) => Math.round(t * 10))).toEqual([0, 5, 10, 15])
    expect(clip.frames[0]).toMatchObject({ width: 96, height: 64 })
    for (let i = 0; i < 4; i++) expect(Math.abs(level(i) - 50 * i), `frame ${i}`).toBeLessThan(8)
    clip = await decodeVideo(file, { maxFrames: 100, fps: 10, maxSide: 48 })
    // A WebM does not say how long its last frame lasts.
    expect(clip.frames.length).toBeGreaterThanOrEqual(19)
    expect(clip.frames[18]).toMatchObject({ width: 48, height: 32 })
    expect(await failure(decodeVideo(file, { maxSeconds: 1 }))).toMatchObject({ code: 'too_large' })
    expect(await failure(decodeVideo(file, { maxPixels: 1000 }))).toMatchObject({ code: 'too_large' })
    const half = await decodeVideo(file.subarray(0, file.length >> 1)).catch((error: unknown) => error)
    if (half instanceof Error) expect(half).toBeInstanceOf(TonyError)
  })

  it.each([
    ['MP4', new Mp4OutputFormat(), 'avc', 'aac'],
    ['WebM', new WebMOutputFormat(), 'vp8', 'opus'],
  ] as const)('brings the sound of a film in %s, where there is any', async (_, format, codec, sound) => {
    const film = await decodeVideo(await container(format, await frameTrack(codec), await soundTrack(sound, 2)))
    expect(film.frames.length).toBeGreaterThan(3)
    expect(film.sound!.samples.length / film.sound!.sampleRate).toBeCloseTo(2, 0)
    expect(pitch(film.sound!.samples, film.sound!.sampleRate)).toBeCloseTo(440, -1)
    expect((await decodeVideo(await videoFile(format, codec))).sound).toBeUndefined()
  })

  it('shows a film whose sound is in an encoding that is not read', async () => {
    // Matroska keeps Vorbis headers in a way that WebCodecs cannot open.
    const film = await container(new WebMOutputFormat(), await frameTrack('vp8'), await soundTrack('vorbis'))
    const clip = await decodeVideo(film)
    expect(clip.frames.length).toBeGreaterThan(3)
    expect(clip.sound).toBeUndefined()
  })

  it('takes frames of an animated GIF and WebP with their times, and one of a still picture', async () => {
    const pages = await Promise.all([0, 120, 240].map((level) => encodePng(grey(8, 6, level))))
    const joined = sharp(pages, { join: { animated: true } })
    for (const file of [
      await joined.gif({ delay: [500, 500, 500] }).toBuffer(),
      await joined.webp({ delay: [500, 500, 500], lossless: true }).toBuffer(),
    ]) {
      const clip = await decodeVideo(file)
      expect(clip.times).toEqual([0, 0.5, 1])
      expect(clip.frames.map((frame) => frame.data[0])).toEqual([0, 120, 240])
      expect(clip.frames[0]).toMatchObject({ width: 8, height: 6 })
    }
    const still = await decodeVideo(await sharp(pages[1]!).gif().toBuffer())
    expect(still.frames).toHaveLength(1)
  })

  it('refuses what is no video', async () => {
    expect(await failure(decodeVideo(new Uint8Array(100)))).toMatchObject({ code: 'unsupported' })
    expect(await failure(decodeVideo(await soundFile(new Mp4OutputFormat(), 'aac')))).toMatchObject({ code: 'invalid' })
    expect(await failure(decodeVideo(new Uint8Array(9), { fps: 0 }))).toMatchObject({ code: 'invalid' })
  })
})
