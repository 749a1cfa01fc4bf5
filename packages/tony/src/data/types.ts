/** @file The on-disk corpora that training reads: one JSONL index and one raw binary file each, plus a manifest. */
import type { WordTiming } from '../media/types.ts'

export type Split = 'train' | 'held-out' | 'unseen-voice' | 'unseen-style' | 'human'

/** One row of `<corpus>/index.jsonl` beside `<corpus>/audio.s16` (s16le, mono, 16 kHz). */
export interface SpeechRow {
  readonly id: string
  readonly text: string
  /** BCP 47, for example `en`. */
  readonly lang: string
  /** For example `flite/slt`, `espeak/en-us+f3`. */
  readonly voice: string
  readonly split: Split
  /** Position and length in samples. */
  readonly offset: number
  readonly length: number
  readonly words: readonly WordTiming[]
  /** Phones with their spans where the engine gives them. */
  readonly phones?: readonly WordTiming[]
  readonly license: string
}

/** One row of `<corpus>/index.jsonl` beside `<corpus>/pixels.rgb` (64×64×3 bytes a picture or frame). */
export interface PictureRow {
  readonly id: string
  /** What is pictured, the same for all pictures of one thing, for example `dog`. */
  readonly thing: string
  /** Names by language. */
  readonly names: Readonly<Record<string, string>>
  /** Drawing style, for example `twemoji`, `fluent-3d`, `stamp`. */
  readonly style: string
  readonly split: Split
  /** Index of the first frame, in frames. */
  readonly offset: number
  /** 1 for a still picture. */
  readonly frames: number
  /** Of a written word: the centres of its letters in pixels, x and y of each. */
  readonly letters?: readonly number[]
  readonly license: string
}

/** One exchange of the closed world: what is asked and what is answered. */
export interface WorldItem {
  readonly id: string
  /** One of the 30 to 60 kinds of question, for example `opposite`. */
  readonly kind: string
  readonly question: string
  readonly answer: string
  readonly split: 'train' | 'held-out'
}

/** `<corpus>/manifest.json`. */
export interface Manifest {
  readonly name: string
  readonly created: string
  readonly command: string
  readonly sources: readonly {
    readonly name: string
    readonly license: string
    readonly items: number
    readonly shipped: boolean
  }[]
  readonly counts: Readonly<Record<string, number>>
}
