/** @file What the synthesis engines take and give. */
import type { WordTiming } from '../../media/types.ts'

/** What to say and how. */
export interface SynthRequest {
  readonly text: string
  /** For example `flite/slt` or `espeak/en-us+f3`. */
  readonly voice: string
  /** Speed against the voice's usual one. */
  readonly rate?: number
  /** Pitch against the voice's usual one. */
  readonly pitch?: number
}

/** Spoken text: `words[i]` is the i-th piece of the text between white space, as written; times are in seconds. */
export interface SynthResult {
  /** Mono, 16 kHz. */
  readonly samples: Int16Array
  readonly words: readonly WordTiming[]
  /** Phones of `PHONES` (see synth-phones.ts), pauses as `pau`, without gaps. */
  readonly phones: readonly WordTiming[]
}

/** What an engine returns, at its own rate. */
export interface EngineResult {
  readonly samples: Int16Array
  readonly sampleRate: number
  readonly words: readonly WordTiming[]
  readonly phones: readonly WordTiming[]
}

/**
 * One synthesis engine. flite gives the same samples for the same request; espeak-ng the same words and times (within a
 * few samples), but its voice goes on from the phase at which the last text ended.
 */
export interface SynthEngine {
  synthesize(request: SynthRequest): EngineResult
}
