/** @file Sound and pictures of labels: as what a model hears and sees, and as the codes in which it speaks and draws. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSharp } from '../../packages/tony/src/data/node/pictures-decode.ts'
import type { PreferenceMessage, PreferencePart } from '../../packages/tony/src/data/preferences.ts'
import { AudioCodec } from '../../packages/tony/src/generate/codec.ts'
import type { EngineParts } from '../../packages/tony/src/generate/engine.ts'
import { readModel } from '../../packages/tony/src/generate/node/load.ts'
import { resample } from '../../packages/tony/src/media/audio/resample.ts'
import { parseWav } from '../../packages/tony/src/media/audio/wav.ts'
import { fitSquare } from '../../packages/tony/src/media/image/resize.ts'
import type { AudioClip, Message, Part, RgbImage, WordTiming } from '../../packages/tony/src/media/types.ts'
import type { SpokenAnswer } from '../../packages/tony/src/models/omni/sequence.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { aroundSpeech, codesOf, framesIn, openPictureEncoder } from '../omni-codes.ts'

/** Where sound and pictures are, and whose codes they become. */
export interface MediaOptions {
  /** The Studio's folder of files (`.tony/media`), or any folder with `<sha256>.wav` and `<sha256>.png`. */
  readonly media: string
  /** A published model: its codec and its picture codes. */
  readonly like: string
}

/** Where the Studio keeps them, and the shipped model. */
export const usualMedia: MediaOptions = { media: '.tony/media', like: 'models/tony-nano' }

/** Reads the files that labels name. */
export class LabelMedia {
  private readonly options: MediaOptions
  private codec: Promise<AudioCodec> | undefined
  private encoder: ReturnType<typeof openPictureEncoder> | undefined
  private parts: Promise<EngineParts> | undefined

  constructor(options: MediaOptions) {
    this.options = options
  }

  /** A prompt as the chat that a model reads. */
  async messages(prompt: readonly PreferenceMessage[]): Promise<Message[]> {
    return Promise.all(
      prompt.map(async ({ role, content }) => ({
        role,
        content: await Promise.all(content.map((part) => this.part(part))),
      })),
    )
  }

  private async part(part: PreferencePart): Promise<Part> {
    if (part.type === 'text') return part
    if (part.type === 'audio') return { type: 'audio', audio: this.sound(part.sha256) }
    return { type: 'image', image: await this.picture(part.sha256) }
  }

  /** `text` as it is said in a recording: its first `count` codes, and where its words begin. */
  async spoken(text: string, sha256: string, count: number): Promise<SpokenAnswer> {
    const { samples } = resample(this.sound(sha256), 16_000)
    const voiced = voicedSpan(samples)
    const names = text.split(/\s+/).filter((word) => word !== '')
    if (voiced === undefined || names.length === 0)
      throw new TonyError('invalid', `align: ${sha256} is silent, or no words say what is heard in it; leave it out`)
    this.codec ??= this.model().then(({ codec }) => AudioCodec.load(nodeRuntime, codec))
    const stretch = aroundSpeech(voiced, samples.length)
    const codes = await codesOf(await this.codec, samples, { ...stretch, count })
    const { from } = stretch
    return {
      words: wordsWithin(names, { start: voiced.start - from, end: voiced.end - from }),
      codes: codes.slice(0, framesIn(stretch)),
    }
  }

  /** The codes of a picture. */
  async drawn(sha256: string): Promise<Int32Array> {
    this.encoder ??= this.openEncoder()
    const [codes] = await (await this.encoder)([fitSquare(await this.picture(sha256), 64)])
    return codes!
  }

  private async openEncoder(): ReturnType<typeof openPictureEncoder> {
    const { like } = this.options
    const { image } = await this.model()
    if (image === undefined)
      throw new TonyError('unsupported', `align: ${like} cannot draw; name another model with --set like=FOLDER`)
    return openPictureEncoder({ ...image, batch: 1 })
  }

  /** The model whose codes they become, read once. */
  private model(): Promise<EngineParts> {
    this.parts ??= readModel(this.options.like).then(({ parts }) => parts)
    return this.parts
  }

  private sound(sha256: string): AudioClip {
    return parseWav(this.bytes(sha256, 'wav'))
  }

  private async picture(sha256: string): Promise<RgbImage> {
    const sharp = await loadSharp()
    const { data, info } = await sharp(this.bytes(sha256, 'png'), { limitInputPixels: 1 << 26 })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, data }
  }

  private bytes(sha256: string, ending: 'wav' | 'png'): Uint8Array {
    const { media } = this.options
    const found = [join(media, sha256.slice(0, 2), sha256), join(media, `${sha256}.${ending}`)].find((path) =>
      existsSync(path),
    )
    if (found === undefined)
      throw new TonyError(
        'not_found',
        `align: labels name the file ${sha256}, which is not in ${media}; say with --set media=FOLDER where their sound and pictures are`,
      )
    return readFileSync(found)
  }
}

/** A stretch of 10 ms is voiced when its loudness is this share of the loudest one's. */
const VOICED = 0.03
const STRETCH = 160

/** From the first to the last voiced moment in seconds; `undefined` where there is none. */
function voicedSpan(samples: Float32Array): { start: number; end: number } | undefined {
  const loudness = Array.from({ length: Math.floor(samples.length / STRETCH) }, (_, i) =>
    Math.sqrt(samples.subarray(i * STRETCH, (i + 1) * STRETCH).reduce((sum, x) => sum + x * x, 0) / STRETCH),
  )
  const most = loudness.reduce((a, b) => Math.max(a, b), 0)
  if (most < 1e-3) return undefined
  const first = loudness.findIndex((x) => x >= VOICED * most)
  const last = loudness.findLastIndex((x) => x >= VOICED * most)
  return { start: first / 100, end: (last + 1) / 100 }
}

/** Where words probably are in a stretch of speech: each takes its share of the letters. Nobody marked them. */
function wordsWithin(names: readonly string[], { start, end }: { start: number; end: number }): WordTiming[] {
  const weights = names.map((name) => name.length + 1)
  const total = weights.reduce((a, b) => a + b, 0)
  let before = 0
  return names.map((text, i) => {
    const from = start + ((end - start) * before) / total
    before += weights[i]!
    return { text, start: from, end: start + ((end - start) * before) / total }
  })
}
