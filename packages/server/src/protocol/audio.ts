/** @file Bodies of `POST /v1/audio/speech` and `POST /v1/audio/transcriptions`. */
import { z } from 'zod'
import { voiceName } from './chat.ts'
import type { LogprobObject, Opt, VoiceName } from './common.ts'

/** What is read of a speech request. */
export interface SpeechRequest {
  model: string
  input: string
  voice: VoiceName
  /**
   * `wav`, the default here, or `pcm`. OpenAI's default is mp3, which this server does not write: a client that names no format
   * gets WAV, and the Content-Type (`audio/wav`) says so.
   */
  response_format?: Opt<string>
  speed?: Opt<number>
  stream_format?: Opt<'audio' | 'sse'>
}

/** Events of a speech answer with `stream_format: "sse"`. */
export type SpeechEvent =
  | { type: 'speech.audio.delta'; audio: string }
  | { type: 'speech.audio.done'; usage: { input_tokens: number; output_tokens: number; total_tokens: number } }

/** Formats of a transcription. */
export type TranscriptionFormat = 'json' | 'text' | 'srt' | 'verbose_json' | 'vtt'

/** The form fields of a transcription request, besides `file`. */
export interface TranscriptionFields {
  model: string
  response_format?: Opt<TranscriptionFormat>
  temperature?: Opt<number>
  language?: Opt<string>
  stream?: Opt<boolean>
  /** With `logprobs` the `json` answer and the events say how likely each token was. */
  'include[]'?: Opt<'logprobs'[]>
  'timestamp_granularities[]'?: Opt<('word' | 'segment')[]>
}

/** Tokens of a transcription. */
export interface TranscriptionUsage {
  type: 'tokens'
  input_tokens: number
  input_token_details: { text_tokens: number; audio_tokens: number }
  output_tokens: number
  total_tokens: number
}

/** The `json` answer. */
export interface Transcription {
  text: string
  logprobs?: LogprobObject[]
  usage: TranscriptionUsage
}

/** The `verbose_json` answer. */
export interface VerboseTranscription {
  task: 'transcribe'
  language: string
  duration: number
  text: string
  segments: {
    id: number
    seek: number
    start: number
    end: number
    text: string
    tokens: number[]
    temperature: number
    /** Mean of its tokens, in nats. */
    avg_logprob: number
    /** Of its UTF-8 bytes by zlib; above 2.4 a text repeats itself. */
    compression_ratio: number
    /** Probability that nothing at all would have been written; 0 where 20 first words were likelier. */
    no_speech_prob: number
  }[]
  usage: { type: 'duration'; seconds: number }
}

/** Events of a streamed transcription. */
export type TranscriptionEvent =
  | { type: 'transcript.text.delta'; delta: string; logprobs?: LogprobObject[] }
  | { type: 'transcript.text.done'; text: string; logprobs?: LogprobObject[]; usage: TranscriptionUsage }

/** Schema of {@link SpeechRequest}. */
export const speechRequest: z.ZodType<SpeechRequest> = z.object({
  model: z.string(),
  input: z.string().min(1).max(4096),
  voice: voiceName,
  response_format: z.string().nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  stream_format: z.enum(['audio', 'sse']).nullish(),
})

/** Schema of {@link TranscriptionFields}; form fields arrive as strings. */
export const transcriptionFields: z.ZodType<TranscriptionFields> = z.object({
  model: z.string(),
  response_format: z.enum(['json', 'text', 'srt', 'verbose_json', 'vtt']).nullish(),
  temperature: z.coerce.number().min(0).max(1).nullish(),
  language: z.string().nullish(),
  stream: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .nullish(),
  'include[]': z.array(z.literal('logprobs')).nullish(),
  'timestamp_granularities[]': z.array(z.enum(['word', 'segment'])).nullish(),
})
