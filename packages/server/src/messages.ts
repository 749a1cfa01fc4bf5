/** @file Chat messages from the wire to the form that models take. */
import type { Message, ModelInfo, Part } from 'tony'
import { TonyError } from 'tony'
import { type AppContext, requireInput } from './context.ts'
import { decodeBase64, parseDataUrl } from './data-url.ts'
import { ApiError, invalid } from './errors.ts'
import type { ChatMessage, ChatPart } from './protocol/chat.ts'

/** Sample rate of everything that goes to or comes from an assistant. */
export const MODEL_RATE = 16000

/** Converts messages and decodes the media in them. @throws ApiError 400 or 413 that names the part. */
export async function toMessages(
  ctx: AppContext,
  model: ModelInfo,
  messages: readonly ChatMessage[],
): Promise<Message[]> {
  const result: Message[] = []
  for (const [i, message] of messages.entries()) {
    // One after the other: many files at once must not be decoded at once.
    result.push(await toMessage(ctx, model, message, `messages[${i}]`))
  }
  return result
}

async function toMessage(ctx: AppContext, model: ModelInfo, message: ChatMessage, at: string): Promise<Message> {
  // An assistant may have said nothing: clients send that back as it came.
  if (message.role !== 'assistant' && isEmpty(message.content)) {
    throw invalid(`${at}.content is empty; say something, or leave the message out.`, `${at}.content`)
  }
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textParts(message.content) }
    case 'user': {
      if (typeof message.content === 'string') return { role: 'user', content: textParts(message.content) }
      const content: Part[] = []
      for (const [j, part] of message.content.entries()) {
        content.push(await toPart(ctx, model, part, `${at}.content[${j}]`))
      }
      return { role: 'user', content }
    }
    case 'assistant': {
      const content: Part[] = textParts(message.content ?? [])
      if (message.audio != null) {
        const stored = ctx.audio.get(message.audio.id)
        if (stored === undefined) {
          throw invalid(
            `${at}.audio.id names no stored answer; send its transcript as content instead.`,
            `${at}.audio.id`,
            'audio_not_found',
          )
        }
        if (content.length === 0) content.push({ type: 'text', text: stored.transcript })
        content.push({ type: 'audio', audio: { samples: stored.samples, sampleRate: MODEL_RATE } })
      }
      for (const [j, image] of (message.images ?? []).entries()) {
        content.push(await decodeImagePart(ctx, model, image.image_url.url, `${at}.images[${j}].image_url.url`))
      }
      if (content.length === 0) throw invalid(`${at} has neither content nor audio.`, `${at}.content`)
      return { role: 'assistant', content }
    }
  }
}

async function toPart(ctx: AppContext, model: ModelInfo, part: ChatPart, at: string): Promise<Part> {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image_url':
      return decodeImagePart(ctx, model, part.image_url.url, `${at}.image_url.url`)
    case 'input_audio': {
      const param = `${at}.input_audio.data`
      return decodeAudioPart(ctx, model, decodeBase64(part.input_audio.data, param), param)
    }
    case 'video_url': {
      const param = `${at}.video_url.url`
      return decodeVideoPart(ctx, model, parseDataUrl(part.video_url.url, param).bytes, param)
    }
    case 'file': {
      const param = `${at}.file.file_data`
      if (part.file.file_data == null) {
        throw invalid(
          `${param} is missing; uploaded files (file_id) are not supported.`,
          param,
          'missing_required_parameter',
        )
      }
      const { mime, bytes } = parseDataUrl(part.file.file_data, param)
      if (mime.startsWith('audio/')) return decodeAudioPart(ctx, model, bytes, param)
      if (mime.startsWith('video/')) return decodeVideoPart(ctx, model, bytes, param)
      if (mime.startsWith('image/')) return decodeImagePart(ctx, model, part.file.file_data, param)
      throw invalid(
        `${param} is a file of type "${mime.slice(0, 60)}"; audio, video and image files are supported.`,
        param,
        'unsupported_value',
      )
    }
  }
}

/** Decodes a picture from a data URL. @throws ApiError 400 or 413. */
export async function decodeImagePart(ctx: AppContext, model: ModelInfo, url: string, param: string): Promise<Part> {
  requireInput(model, 'image', param)
  const { bytes } = parseDataUrl(url, param)
  return { type: 'image', image: await decoded(() => ctx.media.decodeImage(bytes), param) }
}

/** Decodes a recording. @throws ApiError 400 or 413. */
export async function decodeAudioPart(
  ctx: AppContext,
  model: ModelInfo,
  bytes: Uint8Array,
  param: string,
): Promise<Part & { type: 'audio' }> {
  requireInput(model, 'audio', param)
  const audio = await decoded(() => ctx.media.decodeAudio(bytes), param)
  if (audio.samples.length === 0) throw invalid(`${param} has no sound in it.`, param)
  return { type: 'audio', audio }
}

async function decodeVideoPart(ctx: AppContext, model: ModelInfo, bytes: Uint8Array, param: string): Promise<Part> {
  requireInput(model, 'video', param)
  return { type: 'video', video: await decoded(() => ctx.media.decodeVideo(bytes), param) }
}

/** A file that does not decode is the client's fault; a decoder that breaks is ours. */
async function decoded<T>(decode: () => Promise<T>, param: string): Promise<T> {
  try {
    return await decode()
  } catch (cause) {
    if (!(cause instanceof TonyError)) throw cause
    if (cause.code === 'too_large')
      throw new ApiError(413, `${param}: ${cause.message}`, { code: 'media_too_large', param, cause })
    if (cause.code === 'invalid' || cause.code === 'unsupported') {
      throw new ApiError(400, `${param}: ${cause.message}`, { code: `${cause.code}_media`, param, cause })
    }
    throw cause
  }
}

function isEmpty(content: string | readonly ChatPart[]): boolean {
  if (typeof content === 'string') return content === ''
  return content.every((part) => part.type === 'text' && part.text === '')
}

function textParts(
  content: string | readonly ({ type: 'text'; text: string } | { type: 'refusal'; refusal: string })[],
): Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return content.map((part) => ({ type: 'text', text: part.type === 'text' ? part.text : part.refusal }))
}
