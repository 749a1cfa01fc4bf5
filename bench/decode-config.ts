/** @file What `bench/decode` measures, and what its two workers are asked. */

import type { GptConfig } from '../packages/tony/src/models/gpt.ts'
import { blockConfig } from '../packages/tony/src/nn/block.ts'

export const precisions = ['f32', 'q8', 'q4'] as const
export type Precision = (typeof precisions)[number]

export const model: GptConfig = { ...blockConfig({ width: 512, layers: 8 }), vocab: 8192 }

export interface DecodeJob {
  readonly sequences: number
  readonly cached: number
  readonly precision: Precision
  /** Positions that will be generated after `cached`. */
  readonly room: number
}

/** `start` fills the caches, `steps` generates one token for every sequence that many times, `prompt` continues one greedily. */
export type DecodeRequest =
  | { readonly start: DecodeJob }
  | { readonly steps: number }
  | { readonly prompt: readonly number[]; readonly precision: Precision; readonly tokens: number }

export interface DecodeAnswer {
  readonly seconds?: number
  readonly tokens?: readonly number[]
  readonly peak_mb?: number
}
