/** @file Host-side media and the chat format that every model, data set and server shares. */

/** Mono sound: `samples` in [-1, 1] at `sampleRate` hertz. */
export interface AudioClip {
  readonly samples: Float32Array
  readonly sampleRate: number
}

/** An 8-bit RGB picture, rows from top to bottom: `data.length === width * height * 3`. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** Frames over time; `times[i]` is the moment of `frames[i]` in seconds, rising. */
export interface VideoClip {
  readonly frames: readonly RgbImage[]
  readonly times: readonly number[]
  /** What is heard beside them, where there is any. */
  readonly sound?: AudioClip
}

/** One part of a message. Parts come in any order and number, on both sides. */
export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'audio'; readonly audio: AudioClip }
  | { readonly type: 'image'; readonly image: RgbImage }
  | { readonly type: 'video'; readonly video: VideoClip }

export type Role = 'system' | 'user' | 'assistant'

/** One message of a chat. */
export interface Message {
  readonly role: Role
  readonly content: readonly Part[]
}

/** A word of a recording with its span in seconds. */
export interface WordTiming {
  readonly text: string
  readonly start: number
  readonly end: number
}
