/** @file The omni model's shape and its control tokens. */
import { type BlockConfig, blockConfig } from '../../nn/block.ts'

/** Control tokens, in the order of their ids after the text vocabulary. */
export const controlTokens = [
  '<|pad|>',
  '<|end|>',
  '<|system|>',
  '<|user|>',
  '<|assistant|>',
  '<|text|>', // the assistant answers in writing
  '<|speech|>', // the assistant answers aloud, text one word ahead
  '<|draw|>', // picture codes follow
  '<|audio|>', // a window of sound stands at this position
  '<|audio_end|>',
  '<|image|>', // a window of pixels stands at this position
  '<|image_end|>',
  '<|frame|>', // a codec frame stands at this position
] as const

export type ControlToken = (typeof controlTokens)[number]

export interface OmniConfig {
  readonly block: BlockConfig
  /** The small transformer that listens before it (hearing.ts): two positions of its own for each of the model's. */
  readonly hearing: BlockConfig
  /** Size of the text vocabulary; control tokens and picture codes follow it. */
  readonly textVocab: number
  /** Number of values of one picture code. */
  readonly imageCodes: number
  /** Codes of one codec frame that the model reads and writes: the first ones, and the values of each. */
  readonly audioCodes: number
  readonly audioCodebook: number
  /** FSQ levels of one audio code: how codes enter as coordinates. */
  readonly audioLevels: readonly number[]
  /** Values in one window of log-mel and one of pixels. */
  readonly melWindow: number
  readonly pixelWindow: number
  /** Places of pixel windows: 16 of a picture, then 4 for each of 8 video frames. */
  readonly places: number
  /** Width of the depth head that writes the codes of a frame. */
  readonly depthWidth: number
  /** Longest context in positions. */
  readonly contextLength: number
  /** Phones that helper losses of training tell apart, in heard and in spoken sound. */
  readonly phones: number
  /** The tokens of each word that hearing tells apart as it ends: after a sound its words enter as if they were read. Empty where only sound enters. */
  readonly heardTokens: readonly (readonly number[])[]
}

/** The depth of hearing before it had a field of its own. */
const FIRST_HEARING: BlockConfig = blockConfig({ width: 192, layers: 4, heads: 3 })

/** The defaults for a width and depth. */
export function omniConfig({
  width = 256,
  layers = 6,
  textVocab = 4096,
  audioCodes = 6,
}: {
  width?: number
  layers?: number
  textVocab?: number
  audioCodes?: number
} = {}): OmniConfig {
  return {
    block: blockConfig({ width, layers }),
    hearing: FIRST_HEARING,
    textVocab,
    imageCodes: 1000,
    audioCodes,
    audioCodebook: 1000,
    audioLevels: [8, 5, 5, 5],
    melWindow: 12 * 80,
    pixelWindow: 4 * 16 * 16 * 3,
    places: 16 + 8 * 4,
    depthWidth: 256,
    contextLength: 1024,
    phones: 41,
    heardTokens: [],
  }
}

/** A config as files keep it; those written before `hearing` or `heardTokens` was part of it, or words had one token each, are read too. */
export function readOmniConfig(json: unknown): OmniConfig {
  const { heardTokens = [], ...config } = json as Omit<OmniConfig, 'hearing' | 'heardTokens'> & {
    readonly heardTokens?: unknown
  }
  // Whoever reads a file checks its fields.
  const words = Array.isArray(heardTokens)
    ? heardTokens.map((tokens: unknown) => (typeof tokens === 'number' ? [tokens] : tokens))
    : heardTokens
  return { hearing: FIRST_HEARING, ...config, heardTokens: words as OmniConfig['heardTokens'] }
}

/** Text, control tokens and picture codes, rounded up to a multiple of 64. */
export function vocabSize({ textVocab, imageCodes }: OmniConfig): number {
  return Math.ceil((textVocab + controlTokens.length + imageCodes) / 64) * 64
}

/** The id of a control token. */
export function controlId({ textVocab }: OmniConfig, token: ControlToken): number {
  return textVocab + controlTokens.indexOf(token)
}

/** The token that stands where a sound has no more words: one that nothing else uses. */
export function wordSlot(config: OmniConfig): number {
  return controlId(config, '<|pad|>')
}

/** The id of picture code `code`. */
export function imageCodeId({ textVocab }: OmniConfig, code: number): number {
  return textVocab + controlTokens.length + code
}

/** What the end-of-turn head says of each audio patch. */
export const turnStates = ['speaking', 'pause', 'end-of-turn', 'before-speech'] as const
