/** @file Video files: animated GIF and WebP through sharp, MP4 and WebM through WebCodecs. */
import type { VideoDecoder, VideoFrame } from '@napi-rs/webcodecs'
import { type EncodedPacket, EncodedPacketSink, type Input, type InputVideoTrack } from 'mediabunny'
import sharp, { type Sharp } from 'sharp'
import { TonyError } from '../../util/errors.ts'
import type { AudioClip, RgbImage, VideoClip } from '../types.ts'
import { decodeTrack } from './audio.ts'
import { withInput } from './demux.ts'
import { isAnimation, open, toRgb } from './image.ts'
import { asMediaError, checkBytes, checkPixels, checkSeconds, defaultLimits, type MediaLimits } from './limits.ts'
import { loadWebCodecs } from './webcodecs.ts'

/** Bounds on a video and how it is sampled. */
export interface VideoOptions extends MediaLimits {
  /** Frames taken; default 8. */
  readonly maxFrames?: number
  /** Frames taken a second; if that makes more than `maxFrames`, they are spread over the whole video. Default 2. */
  readonly fps?: number
  /** Longest side of a frame in pixels; larger ones are shrunk. Default 512. */
  readonly maxSide?: number
}

/**
 * Decodes an animated GIF or WebP, or an MP4, MOV, MKV or WebM file, to a few frames at even distances; a still picture
 * gives one. Its sound comes with it, unless its encoding is not read here.
 *
 * @throws TonyError `invalid` for a broken file, `unsupported` for an unknown kind, `too_large` beyond the limits,
 * `missing_dependency` for MP4 and WebM where WebCodecs is not installed.
 */
export async function decodeVideo(bytes: Uint8Array, options: VideoOptions = {}): Promise<VideoClip> {
  const settings = { ...defaultLimits, maxFrames: 8, fps: 2, maxSide: 512, ...options }
  if (!(settings.fps > 0) || settings.maxFrames < 1 || settings.maxSide < 1) {
    throw new TonyError(
      'invalid',
      `video: ${settings.maxFrames} frames at ${settings.fps} a second (expected more than 0)`,
    )
  }
  checkBytes('video', bytes, settings.maxBytes)
  try {
    if (isAnimation(bytes)) return await decodeAnimation(bytes, settings)
    return await withInput('video', bytes, async (input) => {
      const track = await input.getPrimaryVideoTrack()
      if (!track) throw new TonyError('invalid', 'video: the file has no pictures; send a video')
      const clip = await decodeFrames(track, settings)
      const sound = await soundOf(input, bytes, settings)
      return sound === undefined ? clip : { ...clip, sound }
    })
  } catch (cause) {
    throw asMediaError(cause, 'video: the file is broken; send a whole MP4, WebM, GIF or WebP file')
  }
}

type Settings = Required<VideoOptions>

/** The sound of an open film; nothing where it has none, or one that is not read here: its pictures are worth seeing alone. */
async function soundOf(input: Input, bytes: Uint8Array, { maxSeconds }: Settings): Promise<AudioClip | undefined> {
  const track = await input.getPrimaryAudioTrack()
  if (!track) return undefined
  try {
    const clip = await decodeTrack(track, bytes, maxSeconds)
    return clip.samples.length > 0 ? clip : undefined
  } catch (error) {
    if (error instanceof TonyError && (error.code === 'unsupported' || error.code === 'missing_dependency'))
      return undefined
    throw error
  }
}

/** Moments to show, in seconds: every 1 / fps, or evenly spread where that would be too many. */
function sampleTimes(duration: number, settings: Settings): number[] {
  const wanted = Math.max(1, Math.ceil(duration * settings.fps - 1e-6))
  const count = Math.min(wanted, settings.maxFrames)
  const step = wanted > count ? duration / count : 1 / settings.fps
  return Array.from({ length: count }, (_, i) => i * step)
}

async function decodeAnimation(bytes: Uint8Array, settings: Settings): Promise<VideoClip> {
  const {
    width = 0,
    height = 0,
    pages = 1,
    pageHeight = height,
    delay = [],
  } = await open(bytes, { pages: -1 }).metadata()
  checkPixels('video', width, pageHeight, settings.maxPixels)
  const starts: number[] = []
  let duration = 0
  for (let page = 0; page < pages; page++) {
    starts.push(duration)
    // Browsers show frames that ask for less than 20 ms for 100 ms.
    const asked = delay[page] ?? 0
    duration += (asked < 20 ? 100 : asked) / 1000
  }
  checkSeconds('video', duration, settings.maxSeconds)
  const frames: RgbImage[] = []
  const times: number[] = []
  for (const time of sampleTimes(duration, settings)) {
    const page = Math.max(
      0,
      starts.findLastIndex((start) => start <= time + 1e-6),
    )
    if (times.at(-1) === starts[page]) continue // a frame that lasts longer than the step
    frames.push(await toRgb(shrink(open(bytes, { page }), settings.maxSide)))
    times.push(starts[page]!)
  }
  return { frames, times }
}

async function decodeFrames(track: InputVideoTrack, settings: Settings): Promise<VideoClip> {
  const described = await track.getDecoderConfig()
  const codec = await track.getCodec()
  if (!described || !codec) throw new TonyError('unsupported', 'video: the pictures are in an unknown encoding')
  checkPixels('video', await track.getCodedWidth(), await track.getCodedHeight(), settings.maxPixels)
  const start = await track.getFirstTimestamp()
  const duration = (await track.computeDuration()) - start
  checkSeconds('video', duration, settings.maxSeconds)
  const { VideoDecoder } = await loadWebCodecs('video: decoding MP4 and WebM')
  // Without the fields that are undefined or only for browsers.
  const config = {
    codec: described.codec,
    codedWidth: await track.getCodedWidth(),
    codedHeight: await track.getCodedHeight(),
    ...(described.description && { description: described.description }),
  }
  const { supported } = await VideoDecoder.isConfigSupported(config)
  if (!supported)
    throw new TonyError('unsupported', `video: the pictures are in an encoding that is not read here: ${codec}`)

  const wanted = sampleTimes(duration, settings)
  const shown = new Map<number, VideoFrame>() // by microseconds: the frame on screen at a wanted moment
  const moments = wanted.map((time) => Math.round((time + start) * 1e6))
  let failure: unknown
  let previous: VideoFrame | undefined
  const settle = (until: number): void => {
    const frame = previous
    if (!frame) return
    const needed = moments.some((moment) => moment >= frame.timestamp && moment < until)
    if (needed && !shown.has(frame.timestamp)) shown.set(frame.timestamp, frame)
    else frame.close()
  }
  const decoder = new VideoDecoder({
    output: (frame) => {
      settle(frame.timestamp)
      previous = frame
    },
    error: (error) => {
      failure ??= error
    },
  })
  try {
    decoder.configure(config)
    // After an error the decoder is closed and feeding it fails too: the first error is the one to report.
    await decodeAround(track, decoder, moments, () => failure !== undefined).catch((error: unknown) => {
      failure ??= error
    })
    settle(Number.POSITIVE_INFINITY)
    previous = undefined
    if (failure || shown.size === 0) throw failure ?? new Error('no frames')
    const rotation = await track.getRotation()
    const chosen = [...shown].sort(([a], [b]) => a - b)
    const frames: RgbImage[] = []
    for (const [, frame] of chosen) frames.push(await frameToRgb(frame, rotation, settings))
    return { frames, times: chosen.map(([time]) => Math.max(0, time / 1e6 - start)) }
  } finally {
    for (const frame of shown.values()) frame.close()
    if (decoder.state !== 'closed') decoder.close()
  }
}

/** Feeds the decoder from the key frame before each moment to just past it, skipping what lies between. */
async function decodeAround(
  track: InputVideoTrack,
  decoder: VideoDecoder,
  moments: readonly number[],
  failed: () => boolean,
): Promise<void> {
  const { EncodedVideoChunk } = await loadWebCodecs('video: decoding MP4 and WebM')
  const sink = new EncodedPacketSink(track)
  let packet: EncodedPacket | null = null
  for (const moment of moments) {
    const key: EncodedPacket | null = (await sink.getKeyPacket(moment / 1e6)) ?? (await sink.getFirstKeyPacket())
    if (!key) return
    // Jump only forward: inside one group of pictures the decoder simply goes on.
    if (!packet || key.sequenceNumber > packet.sequenceNumber) {
      if (packet) await decoder.flush()
      packet = key
    }
    // Frames may come out in another order than they are stored (B-frames). H.264 and HEVC hold back sixteen at most, so
    // after that many later ones the moment's own frame is out or will be with the next flush.
    for (let later = 0; packet && later <= 16 && !failed(); packet = await sink.getNextPacket(packet)) {
      decoder.decode(
        new EncodedVideoChunk({
          type: packet.type,
          timestamp: packet.microsecondTimestamp,
          duration: packet.microsecondDuration,
          data: packet.data,
        }),
      )
      if (packet.microsecondTimestamp > moment) later++
      // Lets frames out before more go in, so that few wait in memory.
      for (let turn = 0; decoder.decodeQueueSize > 8 && turn < 1000; turn++) await new Promise((go) => setImmediate(go))
    }
    if (!packet) break
  }
  if (!failed()) await decoder.flush()
}

async function frameToRgb(frame: VideoFrame, rotation: number, settings: Settings): Promise<RgbImage> {
  const { width, height } = frame.visibleRect
  checkPixels('video', width, height, settings.maxPixels)
  const rgba = new Uint8Array(frame.allocationSize({ format: 'RGBA' }))
  await frame.copyTo(rgba, { format: 'RGBA' })
  const image = sharp(rgba, { raw: { width, height, channels: 4 } }).rotate(rotation)
  return toRgb(shrink(image, settings.maxSide))
}

function shrink(image: Sharp, maxSide: number): Sharp {
  return image.resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
}
