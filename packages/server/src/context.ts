/** @file What the application is made of: everything from outside comes in here. */
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { Assistant, AudioClip, ModelInfo, OutputModality, RgbImage, VideoClip } from 'tony'
import type { AudioStore } from './audio-store.ts'
import { invalid, modelNotFound } from './errors.ts'
import type { Gate } from './gate.ts'
import type { KeyRing } from './keys.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { PromptCollector } from './prompts/collector.ts'
import type { LazyStore } from './store/open.ts'

/** Decoders and the encoder that need a platform; `tony/media/node` has them. */
export interface MediaCodecs {
  decodeAudio(bytes: Uint8Array): Promise<AudioClip>
  decodeImage(bytes: Uint8Array): Promise<RgbImage>
  decodeVideo(bytes: Uint8Array): Promise<VideoClip>
  encodePng(image: RgbImage): Promise<Uint8Array>
}

/** How much the server takes on. */
export interface Limits {
  /** Largest request body in bytes. */
  readonly bodyBytes: number
  /** Largest file of an import in bytes. */
  readonly importBytes: number
  /** Answers made at once. */
  readonly generations: number
  /** Requests that wait beyond that; the next gets a 429. */
  readonly queue: number
  /** Open realtime connections. */
  readonly realtimeSessions: number
  /** Longest realtime session in milliseconds. */
  readonly realtimeSessionMs: number
  /** Sound of earlier answers kept for `audio: {id}`, in bytes. */
  readonly audioStoreBytes: number
  /** Answers kept for requests with an `Idempotency-Key`, in bytes. */
  readonly replyBytes: number
}

/** Limits that suit a machine with a few cores. */
export const defaultLimits: Limits = {
  bodyBytes: 32 * 2 ** 20,
  importBytes: 256 * 2 ** 20,
  generations: 32,
  queue: 32,
  realtimeSessions: 8,
  realtimeSessionMs: 60 * 60_000,
  audioStoreBytes: 64 * 2 ** 20,
  replyBytes: 64 * 2 ** 20,
}

/** What every route and the realtime endpoint work with. */
export interface AppContext {
  readonly assistant: Assistant
  readonly media: MediaCodecs
  readonly logger: Logger
  readonly metrics: Metrics
  readonly gate: Gate
  readonly audio: AudioStore
  readonly keys: KeyRing
  /** Whether an admin has made this key in the page, and nobody has revoked it. */
  readonly isIssued: (key: string) => Promise<boolean>
  readonly corsOrigins: readonly string[]
  readonly limits: Limits
  /** Labels, prompts and accounts; opened when something needs it. */
  readonly store: LazyStore | undefined
  /** Collects prompts of keys that have consented. */
  readonly prompts: PromptCollector | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** A new unique id that begins with `prefix`. */
  readonly newId: (prefix: string) => string
  /** Aborts when the server must stop at once. */
  readonly shutdown: AbortSignal
}

/** Hono's types for this application. `incoming` is missing when no port is open. */
export interface AppEnv {
  /** `broken`: a streamed answer that ended with an error. */
  Variables: { requestId: string; broken?: true }
  Bindings: Partial<HttpBindings>
}

/** The application. */
export type App = Hono<AppEnv>

/** One request of the application. */
export type AppRequest = Context<AppEnv>

/** The model that a request names. @throws ApiError 404. */
export function requireModel(assistant: Assistant, id: string): ModelInfo {
  const model = assistant.models.find((info) => info.id === id)
  if (model === undefined) throw modelNotFound(id)
  return model
}

/** Refuses what the model cannot put out. @throws ApiError 400. */
export function requireOutput(model: ModelInfo, modality: OutputModality, param: string): void {
  if (model.output.includes(modality)) return
  throw invalid(
    `The model "${model.id}" does not answer with ${modality}; it answers with ${model.output.join(', ')}.`,
    param,
    'unsupported_value',
  )
}

/** Refuses what the model cannot take in. @throws ApiError 400. */
export function requireInput(model: ModelInfo, modality: ModelInfo['input'][number], param: string): void {
  if (model.input.includes(modality)) return
  throw invalid(
    `The model "${model.id}" does not take ${modality}; it takes ${model.input.join(', ')}.`,
    param,
    'unsupported_value',
  )
}
