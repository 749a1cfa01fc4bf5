/** @file Bodies of `POST /v1/chat/completions`. */
import { z } from 'zod'
import type { LogprobObject, Opt, VoiceName } from './common.ts'

/** One part of a user's message. `video_url` is Tony's own; `file` takes images, sound and video as data URLs. */
export type ChatPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail?: Opt<string> } }
  | { type: 'input_audio'; input_audio: { data: string; format: InputAudioFormat } }
  | { type: 'video_url'; video_url: { url: string } }
  | { type: 'file'; file: { file_data?: Opt<string>; filename?: Opt<string>; file_id?: Opt<string> } }

/** Formats of `input_audio`; OpenAI has the first two. The decoder looks at the bytes, not at this name. */
export type InputAudioFormat = 'wav' | 'mp3' | 'ogg' | 'flac' | 'webm'

/** A picture in an answer, as a data URL. */
export interface ImagePart {
  type: 'image_url'
  image_url: { url: string }
}

/** One message of the request. */
export type ChatMessage =
  | { role: 'system' | 'developer'; content: string | { type: 'text'; text: string }[] }
  | { role: 'user'; content: string | ChatPart[] }
  | {
      role: 'assistant'
      content?: Opt<string | ({ type: 'text'; text: string } | { type: 'refusal'; refusal: string })[]>
      /** Sound of an earlier answer, kept by the server for an hour. */
      audio?: Opt<{ id: string }>
      images?: Opt<ImagePart[]>
    }

/** What is read of the request; other fields are ignored. */
export interface ChatRequest {
  model: string
  messages: ChatMessage[]
  /** Left out: text, or a picture where the model draws and finds one wanted. A list allows what it names and nothing else. */
  modalities?: Opt<('text' | 'audio' | 'image')[]>
  audio?: Opt<{ voice?: Opt<VoiceName>; format: string }>
  max_tokens?: Opt<number>
  max_completion_tokens?: Opt<number>
  /** Left out: 0, or 1 for several choices. */
  temperature?: Opt<number>
  top_p?: Opt<number>
  n?: Opt<number>
  stop?: Opt<string | string[]>
  /** Choice `i` takes `seed + i`. Left out: a new one for each choice. */
  seed?: Opt<number>
  stream?: Opt<boolean>
  stream_options?: Opt<{ include_usage?: Opt<boolean> }>
  tools?: Opt<unknown[]>
  functions?: Opt<unknown[]>
  response_format?: Opt<{ type: string }>
  logprobs?: Opt<boolean>
  /** How many of the likeliest tokens are told for each; needs `logprobs`. */
  top_logprobs?: Opt<number>
  frequency_penalty?: Opt<number>
  presence_penalty?: Opt<number>
  /** Who asks, in the application's own terms; prompts of one user stay in one part of the data. */
  user?: Opt<string>
  safety_identifier?: Opt<string>
  /** False keeps the prompt out of the store even if the key has consented. */
  store?: Opt<boolean>
}

/** Tokens of one request. */
export interface ChatUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details: { audio_tokens: number; image_tokens: number; cached_tokens: number }
  completion_tokens_details: {
    audio_tokens: number
    image_tokens: number
    reasoning_tokens: number
    accepted_prediction_tokens: number
    rejected_prediction_tokens: number
  }
}

/** The sound of an answer. */
export interface ChatAudio {
  id: string
  /** Base64. */
  data: string
  transcript: string
  expires_at: number
}

/** The answer when it is not streamed. */
export interface ChatCompletion {
  id: string
  object: 'chat.completion'
  created: number
  model: string
  choices: {
    index: number
    message: {
      role: 'assistant'
      content: string | null
      refusal: null
      audio?: ChatAudio
      images?: ImagePart[]
    }
    logprobs: ChatLogprobs | null
    finish_reason: 'stop' | 'length'
  }[]
  usage: ChatUsage
}

/** How likely each token of an answer was, or of a streamed piece of it. */
export interface ChatLogprobs {
  content: (LogprobObject & { top_logprobs: LogprobObject[] })[]
  refusal: null
}

/** What one streamed piece adds. */
export interface ChatDelta {
  role?: 'assistant'
  content?: string | null
  refusal?: null
  audio?: Partial<ChatAudio>
  images?: (ImagePart & { index: number })[]
}

/** One piece of a streamed answer. */
export interface ChatChunk {
  id: string
  object: 'chat.completion.chunk'
  created: number
  model: string
  choices: {
    index: number
    delta: ChatDelta
    logprobs: ChatLogprobs | null
    finish_reason: 'stop' | 'length' | null
  }[]
  usage?: ChatUsage | null
}

const text = z.object({ type: z.literal('text'), text: z.string() })
const image = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string(), detail: z.string().nullish() }),
})

const part = z.discriminatedUnion('type', [
  text,
  image,
  z.object({
    type: z.literal('input_audio'),
    input_audio: z.object({ data: z.string(), format: z.enum(['wav', 'mp3', 'ogg', 'flac', 'webm']) }),
  }),
  z.object({ type: z.literal('video_url'), video_url: z.object({ url: z.string() }) }),
  z.object({
    type: z.literal('file'),
    file: z.object({
      file_data: z.string().nullish(),
      filename: z.string().nullish(),
      file_id: z.string().nullish(),
    }),
  }),
])

const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: z.union([z.string(), z.array(text).min(1)]) }),
  z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(part).min(1)]) }),
  z.object({
    role: z.literal('assistant'),
    content: z
      .union([
        z.string(),
        z.array(z.discriminatedUnion('type', [text, z.object({ type: z.literal('refusal'), refusal: z.string() })])),
      ])
      .nullish(),
    audio: z.object({ id: z.string() }).nullish(),
    images: z.array(image).nullish(),
  }),
])

/** How `voice` may be written. */
export const voiceName: z.ZodType<VoiceName> = z.union([z.string().min(1), z.object({ id: z.string().min(1) })])

/** Schema of {@link ChatRequest}. */
export const chatRequest: z.ZodType<ChatRequest> = z.object({
  model: z.string(),
  messages: z.array(message).min(1).max(2048),
  modalities: z
    .array(z.enum(['text', 'audio', 'image']))
    .min(1)
    .nullish(),
  audio: z.object({ voice: voiceName.nullish(), format: z.string() }).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  n: z.int().min(1).max(8).nullish(),
  // The empty string is everywhere: it would end every answer at once.
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
  seed: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  tools: z.array(z.unknown()).nullish(),
  functions: z.array(z.unknown()).nullish(),
  response_format: z.object({ type: z.string() }).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  store: z.boolean().nullish(),
})
