/** @file What a running assistant takes and gives; the server, the CLI and the page speak through this and nothing else. */
import type { Message, RgbImage } from '../media/types.ts'
import type { AbortLike } from '../util/abort.ts'

/** What an answer may contain. Audio always comes with its text. */
export type OutputModality = 'text' | 'audio' | 'image'

/** A word token as it stands in a text, and how likely it was there. */
export interface TokenLogprob {
  readonly id: number
  /** U+FFFD in place of half a character. */
  readonly token: string
  /** Of its UTF-8 form. */
  readonly bytes: readonly number[]
  /** Natural logarithm of its probability at temperature 1, among all that might have stood there and without penalties. */
  readonly logprob: number
}

/** A written token, and what else was likely in its place. */
export interface WrittenToken extends TokenLogprob {
  /** The likeliest first, as many as were asked for; the end of the answer is one of them (`<|end|>`). */
  readonly top: readonly TokenLogprob[]
}

/** One request for an answer. */
export interface GenerateRequest {
  readonly model: string
  readonly messages: readonly Message[]
  /** Default `['text']`. With `image` beside others the model draws where it finds a picture wanted; alone it always does. */
  readonly modalities?: readonly OutputModality[]
  /**
   * Upper bound on generated positions (text tokens + audio frames + image codes); default: the model's own, 400 (`generation`
   * in its `config.json`), or what is left of the context if that is less.
   */
  readonly maxTokens?: number
  /** Of text and pictures; 0, the default, is greedy. Codes of speech have their own (`generation` in `config.json`). */
  readonly temperature?: number
  readonly topP?: number
  /** Taken from the logit of each word token for every time that it already stands in the answer, and once if it stands there at all; -2 to 2, default 0 (OpenAI's API). */
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
  /** Says of each word token how likely it was, with this many of the likeliest in its place, 0 to 20; left out: says nothing. */
  readonly topLogprobs?: number
  /**
   * Of an answer aloud: it is first written, which nobody sees, and then said word for word; it is as often right as a
   * written one then. Default: as `config.json` of the model says; `false`, for reading out, where the text is known, finds each word while it is said.
   */
  readonly draft?: boolean
  /** Of writing at temperature 0: gives the likeliest text that a beam search of this width finds, 1 to 16; left out: the likeliest token each time. */
  readonly beams?: number
  /** Same seed, same answer; left out, a running assistant takes a new one for each request. */
  readonly seed?: number
  /** Up to four strings that end the answer and are not part of it. */
  readonly stop?: readonly string[]
}

/** Positions used, in the shape of OpenAI's usage object. */
export interface Usage {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly promptAudioTokens: number
  readonly promptImageTokens: number
  readonly completionAudioTokens: number
  readonly completionImageTokens: number
}

/** What comes out while an answer is made, in order; `done` is always last unless the iteration throws. */
export type GenerateEvent =
  /** `tokens` where the request has `topLogprobs`: those whose text begins in `delta` or before; `delta` may be empty then. */
  | { readonly type: 'text'; readonly delta: string; readonly tokens?: readonly WrittenToken[] }
  /** Mono samples at 16 kHz, one codec frame (80 ms) or more. */
  | { readonly type: 'audio'; readonly samples: Float32Array }
  | { readonly type: 'image'; readonly image: RgbImage; readonly preview: boolean }
  | { readonly type: 'done'; readonly finishReason: 'stop' | 'length'; readonly usage: Usage }

/** What a live voice session reports. */
export type VoiceEvent =
  | { readonly type: 'speech-started'; readonly atMs: number }
  /** The model's end-of-turn head decided; an answer follows. */
  | { readonly type: 'turn-ended'; readonly atMs: number }
  | { readonly type: 'response-started' }
  | { readonly type: 'response'; readonly event: GenerateEvent }
  /** The running answer was thrown away (the user went on speaking, or `cancel` was called). */
  | { readonly type: 'response-cancelled' }

/** Options of a live voice session. */
export interface VoiceOptions {
  readonly model: string
  /** Earlier messages of the conversation. */
  readonly history?: readonly Message[]
  /** Probability of end of turn above which the model answers; 0 to 1, default 0.95. */
  readonly threshold?: number
  /** Probability of end of turn above which an answer is begun that nobody hears unless the turn has ended; from 1: none is. Default 0.5. */
  readonly aheadThreshold?: number
  /** Longest silence in milliseconds before a turn is taken as ended anyway; default 700. */
  readonly maxSilenceMs?: number
}

/** A live conversation: sound goes in as it is heard, events come out. */
export interface VoiceSession {
  /** Mono samples at 16 kHz, any number of them. */
  append(samples: Float32Array): void
  /** Stops the running answer, if any. */
  cancel(): void
  /** Takes the turn as ended now (push to talk). */
  commit(): void
  close(): Promise<void>
  readonly events: AsyncIterable<VoiceEvent>
}

/** A model that can be asked. */
export interface ModelInfo {
  readonly id: string
  /** Unix seconds. */
  readonly created: number
  readonly parameters: number
  readonly input: readonly ('text' | 'audio' | 'image' | 'video')[]
  readonly output: readonly OutputModality[]
  readonly contextLength: number
}

/** A running assistant. Implementations live in another process or thread, so no call blocks the caller's event loop. */
export interface Assistant {
  readonly models: readonly ModelInfo[]
  /** Whether a request would be answered without waiting for the model to be loaded again; left out: always. */
  readonly running?: boolean
  /** Streams one answer. Aborting `signal` frees its slot within one step; an unknown model throws `TonyError('not_found')`. */
  generate(request: GenerateRequest, signal?: AbortLike): AsyncIterable<GenerateEvent>
  openVoice(options: VoiceOptions): Promise<VoiceSession>
  close(): Promise<void>
}
