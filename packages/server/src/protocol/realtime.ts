/** @file Events of `GET /v1/realtime`: the part of OpenAI's GA dialect that a voice conversation needs. */
import { z } from 'zod'
import type { LogprobObject, VoiceName } from './common.ts'

/** Sound on the wire: s16le mono. 24 kHz is OpenAI's, 16 kHz is Tony's own rate and needs no resampling. */
export interface RealtimeFormat {
  type: 'audio/pcm'
  rate: 16000 | 24000
}

/** How turns are found. Both kinds use the model's end-of-turn head; they differ in how patient it is. */
export type TurnDetection =
  | {
      type: 'server_vad'
      threshold: number
      prefix_padding_ms: number
      silence_duration_ms: number
      create_response: boolean
      interrupt_response: boolean
      idle_timeout_ms: number | null
    }
  | {
      type: 'semantic_vad'
      eagerness: 'low' | 'medium' | 'high' | 'auto'
      create_response: boolean
      interrupt_response: boolean
    }

/** The effective configuration of a session. */
export interface RealtimeSessionConfig {
  type: 'realtime'
  object: 'realtime.session'
  id: string
  model: string
  expires_at: number
  output_modalities: ['audio'] | ['text']
  instructions: string
  tools: unknown[]
  tool_choice: unknown
  max_output_tokens: number | 'inf'
  tracing: unknown
  truncation: unknown
  prompt: unknown
  include: string[] | null
  audio: {
    input: {
      format: RealtimeFormat
      transcription: Record<string, unknown> | null
      noise_reduction: Record<string, unknown> | null
      turn_detection: TurnDetection | null
    }
    output: { format: RealtimeFormat; voice: VoiceName; speed: number }
  }
}

/** One piece of an item. `output_image` is Tony's own. */
export type RealtimeContent =
  | { type: 'input_text'; text: string }
  | { type: 'input_audio'; audio?: string; transcript: string | null }
  | { type: 'input_image'; image_url: string; detail?: string }
  | { type: 'output_text'; text: string }
  | { type: 'output_audio'; audio?: string; transcript: string }
  | { type: 'output_image'; image_url?: string }

/** One message of the conversation. */
export interface RealtimeItem {
  id: string
  object: 'realtime.item'
  type: 'message'
  status: 'in_progress' | 'completed' | 'incomplete'
  role: 'system' | 'user' | 'assistant'
  content: RealtimeContent[]
}

/** Tokens of one response. */
export interface RealtimeUsage {
  total_tokens: number
  input_tokens: number
  output_tokens: number
  input_token_details: {
    text_tokens: number
    audio_tokens: number
    image_tokens: number
    cached_tokens: number
    cached_tokens_details: { text_tokens: number; audio_tokens: number; image_tokens: number }
  }
  output_token_details: { text_tokens: number; audio_tokens: number }
}

/** Why a response is not `completed`. */
export type ResponseStatusDetails =
  | { type: 'cancelled'; reason: 'turn_detected' | 'client_cancelled' }
  | { type: 'incomplete'; reason: 'max_output_tokens' | 'content_filter' }
  | { type: 'failed'; error: { type: string; code: string | null; message: string } }

/** One answer. */
export interface RealtimeResponse {
  id: string
  object: 'realtime.response'
  status: 'in_progress' | 'completed' | 'cancelled' | 'incomplete' | 'failed'
  status_details: ResponseStatusDetails | null
  output: RealtimeItem[]
  conversation_id: string | null
  output_modalities: ['audio'] | ['text']
  max_output_tokens: number | 'inf'
  audio: { output: { format: RealtimeFormat; voice: VoiceName } }
  usage: RealtimeUsage | null
  metadata: Record<string, string> | null
}

/** The part of an answer that a `response.content_part` event is about. `image` is Tony's own. */
export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'audio'; transcript: string }
  | { type: 'image'; image_url?: string }

interface Place {
  response_id: string
  item_id: string
  output_index: number
  content_index: number
}

/** What the server says, less the `event_id` that every event carries. */
export type ServerEventBody =
  | { type: 'session.created' | 'session.updated'; session: RealtimeSessionConfig }
  | {
      type: 'conversation.item.added' | 'conversation.item.done'
      item: RealtimeItem
      previous_item_id: string | null
    }
  | { type: 'conversation.item.retrieved'; item: RealtimeItem }
  | { type: 'conversation.item.truncated'; item_id: string; content_index: number; audio_end_ms: number }
  | { type: 'conversation.item.deleted'; item_id: string }
  | {
      type: 'conversation.item.input_audio_transcription.delta'
      item_id: string
      content_index: number
      delta: string
      logprobs?: LogprobObject[]
    }
  | {
      type: 'conversation.item.input_audio_transcription.completed'
      item_id: string
      content_index: number
      transcript: string
      logprobs?: LogprobObject[]
      usage: { type: 'duration'; seconds: number }
    }
  | {
      type: 'conversation.item.input_audio_transcription.failed'
      item_id: string
      content_index: number
      error: { type: string; code: string | null; message: string; param: string | null }
    }
  | { type: 'input_audio_buffer.speech_started'; item_id: string; audio_start_ms: number }
  | { type: 'input_audio_buffer.speech_stopped'; item_id: string; audio_end_ms: number }
  | { type: 'input_audio_buffer.committed'; item_id: string; previous_item_id: string | null }
  | { type: 'input_audio_buffer.cleared' }
  | { type: 'response.created' | 'response.done'; response: RealtimeResponse }
  | {
      type: 'response.output_item.added' | 'response.output_item.done'
      response_id: string
      output_index: number
      item: RealtimeItem
    }
  | ({ type: 'response.content_part.added' | 'response.content_part.done'; part: ContentPart } & Place)
  | ({
      type: 'response.output_text.delta' | 'response.output_audio_transcript.delta' | 'response.output_audio.delta'
      delta: string
    } & Place)
  | ({ type: 'response.output_text.done'; text: string } & Place)
  | ({ type: 'response.output_audio_transcript.done'; transcript: string } & Place)
  | ({ type: 'response.output_audio.done' } & Place)
  | { type: 'rate_limits.updated'; rate_limits: unknown[] }
  | {
      type: 'error'
      error: { type: string; code: string | null; message: string; param: string | null; event_id: string | null }
    }

/** What the server says. */
export type ServerEvent = ServerEventBody & { event_id: string }

/** An item as a client creates it. */
export interface ItemInput {
  id?: string | undefined
  type: 'message'
  role: 'system' | 'user' | 'assistant'
  content: (
    | { type: 'input_text' | 'output_text' | 'text'; text: string }
    | { type: 'input_audio'; audio: string; transcript?: string | null | undefined }
    | { type: 'input_image'; image_url: string; detail?: string | undefined }
  )[]
}

/** A change of the session; what is left out stays. */
export interface SessionPatch {
  type: 'realtime'
  output_modalities?: ('text' | 'audio')[] | undefined
  instructions?: string | null | undefined
  tools?: unknown[] | null | undefined
  tool_choice?: unknown
  max_output_tokens?: number | 'inf' | null | undefined
  tracing?: unknown
  truncation?: unknown
  prompt?: unknown
  include?: string[] | null | undefined
  model?: string | undefined
  audio?:
    | {
        input?:
          | {
              format?: FormatPatch | undefined
              transcription?: Record<string, unknown> | null | undefined
              noise_reduction?: Record<string, unknown> | null | undefined
              turn_detection?: TurnDetectionPatch | null | undefined
            }
          | undefined
        output?:
          | { format?: FormatPatch | undefined; voice?: VoiceName | undefined; speed?: number | undefined }
          | undefined
      }
    | undefined
}

/** A sound format as a client names it. */
export interface FormatPatch {
  type: 'audio/pcm'
  rate?: 16000 | 24000 | undefined
}

/** A change of turn detection. */
export interface TurnDetectionPatch {
  type?: 'server_vad' | 'semantic_vad' | undefined
  threshold?: number | undefined
  prefix_padding_ms?: number | undefined
  silence_duration_ms?: number | undefined
  idle_timeout_ms?: number | null | undefined
  eagerness?: 'low' | 'medium' | 'high' | 'auto' | undefined
  create_response?: boolean | undefined
  interrupt_response?: boolean | undefined
}

/** What one response does differently from the session. */
export interface ResponsePatch {
  output_modalities?: ('text' | 'audio')[] | undefined
  instructions?: string | null | undefined
  max_output_tokens?: number | 'inf' | null | undefined
  conversation?: 'auto' | 'none' | null | undefined
  metadata?: Record<string, string> | null | undefined
  input?: (ItemInput | { type: 'item_reference'; id: string })[] | null | undefined
  audio?: { output?: { format?: FormatPatch | undefined; voice?: VoiceName | undefined } | undefined } | undefined
}

/** What a client says, less the optional `event_id`. */
export type ClientEventBody =
  | { type: 'session.update'; session: SessionPatch }
  | { type: 'input_audio_buffer.append'; audio: string }
  | { type: 'input_audio_buffer.commit' }
  | { type: 'input_audio_buffer.clear' }
  | { type: 'conversation.item.create'; item: ItemInput; previous_item_id?: string | null | undefined }
  | { type: 'conversation.item.retrieve'; item_id: string }
  | { type: 'conversation.item.truncate'; item_id: string; content_index: number; audio_end_ms: number }
  | { type: 'conversation.item.delete'; item_id: string }
  | { type: 'response.create'; response?: ResponsePatch | null | undefined }
  | { type: 'response.cancel'; response_id?: string | null | undefined }

/** What a client says. */
export type ClientEvent = ClientEventBody & { event_id?: string | null | undefined }

/** The events that clients may send. */
export type ClientEventType = ClientEvent['type']

const format = z.strictObject({
  type: z.literal('audio/pcm'),
  rate: z.union([z.literal(24000), z.literal(16000)]).optional(),
})
const voice = z.union([z.string().min(1), z.object({ id: z.string().min(1) })])
const modalities = z.array(z.enum(['text', 'audio'])).min(1)
const maxTokens = z.union([z.int().min(1).max(4096), z.literal('inf')]).nullish()

const turnDetection = z.strictObject({
  type: z.enum(['server_vad', 'semantic_vad']).optional(),
  threshold: z.number().min(0).max(1).optional(),
  prefix_padding_ms: z.int().min(0).max(5000).optional(),
  silence_duration_ms: z.int().min(0).max(10_000).optional(),
  idle_timeout_ms: z.int().min(5000).max(30_000).nullish(),
  eagerness: z.enum(['low', 'medium', 'high', 'auto']).optional(),
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
})

const session: z.ZodType<SessionPatch> = z.strictObject({
  type: z.literal('realtime'),
  output_modalities: modalities.optional(),
  instructions: z.string().nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.unknown().optional(),
  reasoning: z.unknown().optional(),
  max_output_tokens: maxTokens,
  tracing: z.unknown().optional(),
  truncation: z.unknown().optional(),
  prompt: z.unknown().optional(),
  include: z.array(z.string()).nullish(),
  model: z.string().optional(),
  audio: z
    .strictObject({
      input: z
        .strictObject({
          format: format.optional(),
          transcription: z.record(z.string(), z.unknown()).nullish(),
          noise_reduction: z.record(z.string(), z.unknown()).nullish(),
          turn_detection: turnDetection.nullish(),
        })
        .optional(),
      output: z
        .strictObject({
          format: format.optional(),
          voice: voice.optional(),
          speed: z.number().min(0.25).max(1.5).optional(),
        })
        .optional(),
    })
    .optional(),
})

const item = z.object({
  id: z.string().min(1).max(128).optional(),
  type: z.literal('message'),
  role: z.enum(['system', 'user', 'assistant']),
  content: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ type: z.enum(['input_text', 'output_text', 'text']), text: z.string() }),
        z.object({ type: z.literal('input_audio'), audio: z.string(), transcript: z.string().nullish() }),
        z.object({ type: z.literal('input_image'), image_url: z.string(), detail: z.string().optional() }),
      ]),
    )
    .min(1),
})

const response = z.object({
  output_modalities: modalities.optional(),
  instructions: z.string().nullish(),
  max_output_tokens: maxTokens,
  conversation: z.enum(['auto', 'none']).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  input: z
    .array(z.discriminatedUnion('type', [item, z.object({ type: z.literal('item_reference'), id: z.string() })]))
    .nullish(),
  audio: z.object({ output: z.object({ format: format.optional(), voice: voice.optional() }).optional() }).optional(),
})

const eventId = z.string().nullish()

/** The schema of each event that a client may send. */
export const clientEvents: { readonly [T in ClientEventType]: z.ZodType<Extract<ClientEvent, { type: T }>> } = {
  'session.update': z.object({ type: z.literal('session.update'), event_id: eventId, session }),
  'input_audio_buffer.append': z.object({
    type: z.literal('input_audio_buffer.append'),
    event_id: eventId,
    audio: z.string(),
  }),
  'input_audio_buffer.commit': z.object({ type: z.literal('input_audio_buffer.commit'), event_id: eventId }),
  'input_audio_buffer.clear': z.object({ type: z.literal('input_audio_buffer.clear'), event_id: eventId }),
  'conversation.item.create': z.object({
    type: z.literal('conversation.item.create'),
    event_id: eventId,
    item,
    previous_item_id: z.string().nullish(),
  }),
  'conversation.item.retrieve': z.object({
    type: z.literal('conversation.item.retrieve'),
    event_id: eventId,
    item_id: z.string(),
  }),
  'conversation.item.truncate': z.object({
    type: z.literal('conversation.item.truncate'),
    event_id: eventId,
    item_id: z.string(),
    content_index: z.int().min(0),
    audio_end_ms: z.int().min(0),
  }),
  'conversation.item.delete': z.object({
    type: z.literal('conversation.item.delete'),
    event_id: eventId,
    item_id: z.string(),
  }),
  'response.create': z.object({ type: z.literal('response.create'), event_id: eventId, response: response.nullish() }),
  'response.cancel': z.object({
    type: z.literal('response.cancel'),
    event_id: eventId,
    response_id: z.string().nullish(),
  }),
}
