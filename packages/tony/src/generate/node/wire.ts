/** @file What the server's process and the model's process say to each other. Typed arrays travel as they are. */
import type { ErrorCode } from '../../util/errors.ts'
import type { GenerateEvent, GenerateRequest, ModelInfo, VoiceEvent, VoiceOptions } from '../types.ts'

/** How the model is run. */
export interface LoadOptions {
  /** Conversations that advance at once; default 32. */
  readonly slots?: number
  /** Runs the network on its published 8-bit weights; `false` unpacks them to float32. Default true. */
  readonly quantized?: boolean
  /** Threads of one run; default: all cores. */
  readonly threads?: number
}

export type ToWorker =
  | { readonly type: 'load'; readonly folder: string; readonly options: LoadOptions }
  | { readonly type: 'generate'; readonly id: number; readonly request: GenerateRequest }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'voice'; readonly id: number; readonly options: VoiceOptions }
  | { readonly type: 'append'; readonly id: number; readonly samples: Float32Array }
  | { readonly type: 'cancel' | 'commit' | 'close'; readonly id: number }

export type FromWorker =
  | { readonly type: 'loaded'; readonly info: ModelInfo }
  | { readonly type: 'event'; readonly id: number; readonly event: GenerateEvent | VoiceEvent }
  | { readonly type: 'end'; readonly id: number }
  | { readonly type: 'error'; readonly id: number; readonly code: ErrorCode; readonly message: string }
