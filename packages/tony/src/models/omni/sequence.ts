/** @file The one sequence format: a chat of messages as positions of the network. */
import type { RgbImage, WordTiming } from '../../media/types.ts'
import { TonyError } from '../../util/errors.ts'
import { type ControlToken, controlId, imageCodeId, type OmniConfig, wordSlot } from './config.ts'
import { MelWindows, PATCH_SECONDS, pixelWindows } from './windows.ts'

/** Which mean of the loss a predicted token belongs to; `undefined` where it is only read. */
export type Predict = 'text' | 'control' | 'image'

/** One position. */
export type Element =
  | { readonly kind: 'token'; readonly id: number; readonly predict?: Predict; readonly weight?: number }
  /** The 80 ms of a sound at window `at`, with what training knows of it; heard in the light of what came before. */
  | { readonly kind: 'mel'; readonly sound: HeardSound; readonly at: number; readonly label?: HeardLabel }
  /** Word `at` of those that hearing tells in a sound, after it; nothing where it tells fewer. */
  | { readonly kind: 'word'; readonly sound: HeardSound; readonly at: number }
  /** Part `part` of a picture; each part is seen in the light of the others. */
  | { readonly kind: 'pixels'; readonly picture: SeenPicture; readonly part: number }
  | {
      readonly kind: 'frame'
      readonly codes: ArrayLike<number>
      /** What enters in place of its codes, in training: a slip, from which what follows learns to recover. */
      readonly entering?: ArrayLike<number>
      readonly predict: boolean
      readonly phones?: readonly number[]
    }

/** A sound from its beginning, as `MelWindows` gives it; while it is live, windows are added. */
export interface HeardSound {
  readonly windows: readonly Float32Array[]
}

/** Patches for which there is room for one word: nobody says more than four words a second for long. */
const PATCHES_A_WORD = 3

/** Positions for the words of a sound of `patches`: as many as it may have words, known before anything was heard. */
export const roomForWords = (patches: number, { heardTokens }: OmniConfig): number =>
  heardTokens.length === 0 ? 0 : Math.ceil(patches / PATCHES_A_WORD)

/** Where the words of a sound stand once it is over: a question that is asked aloud goes on as it would in writing. */
export function toldWords(sound: HeardSound, config: OmniConfig): Element[] {
  return Array.from({ length: roomForWords(sound.windows.length, config) }, (_, at) => ({ kind: 'word', sound, at }))
}

/** A still picture (16 parts) or a video frame (4), each part as `pixelWindows` gives it. */
export interface SeenPicture {
  readonly windows: readonly Float32Array[]
  /** The place of its first part: 0 of a still picture, 16 + 4·t of frame t. */
  readonly place: number
}

/** What is known of one heard patch; helper losses teach the network to tell it. */
export interface HeardLabel {
  /** An index into `turnStates`. */
  readonly turn: number
  /** The token of a word that has just ended, if one has. */
  readonly word?: number
  /** Ids of the phones that sound. */
  readonly phones?: readonly number[]
}

/** What turns text into ids; `media/text` has one. */
export interface TextEncoder {
  encode(text: string): number[]
}

/** Halves the sides of a picture by averaging, for video frames. */
export function halve({ width, height, data }: RgbImage): RgbImage {
  const w = width / 2
  const h = height / 2
  const out = new Uint8Array(w * h * 3)
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < 3; c++) {
        const at = (y * 2 * width + x * 2) * 3 + c
        out[(y * w + x) * 3 + c] =
          (data[at]! + data[at + 3]! + data[at + width * 3]! + data[at + width * 3 + 3]! + 2) >> 2
      }
    }
  }
  return { width: w, height: h, data: out }
}

/** Speech to be said: its words with their times, and the codec's codes, one row per 80 ms. */
export interface SpokenAnswer {
  readonly words: readonly WordTiming[]
  readonly codes: readonly ArrayLike<number>[]
  /** What enters in place of the codes, in training. */
  readonly entering?: readonly ArrayLike<number>[]
  /** Ids of the phones that sound in each row, for a helper loss of training. */
  readonly phones?: readonly (readonly number[])[]
  /** Whether its words are written letter by letter, as what is read is. */
  readonly spelled?: boolean
}

/** Builds the positions of one chat. Every method gives the builder back. */
export class SequenceBuilder {
  readonly elements: Element[] = []
  readonly config: OmniConfig
  private readonly text_: TextEncoder
  constructor(config: OmniConfig, text: TextEncoder) {
    this.config = config
    this.text_ = text
  }

  /** Whether words of sounds stand after them. */
  get tells(): boolean {
    return this.config.heardTokens.length > 0
  }

  control(token: ControlToken, predict?: { weight: number }): this {
    const id = controlId(this.config, token)
    this.elements.push(
      predict === undefined ? { kind: 'token', id } : { kind: 'token', id, predict: 'control', weight: predict.weight },
    )
    return this
  }

  /** Text that is read or, with `predict`, written; a weight of its own makes it count more or less in the loss. */
  text(text: string, predict: boolean | { readonly weight: number } = false): this {
    const weight = typeof predict === 'object' ? predict : {}
    for (const id of this.text_.encode(text))
      this.elements.push(predict === false ? { kind: 'token', id } : { kind: 'token', id, predict: 'text', ...weight })
    return this
  }

  /** A word letter by letter, to be predicted: the same text in more tokens, so that a word never met can be spelled. */
  spelled(word: string, predict: boolean | { readonly weight: number } = true): this {
    for (const letter of word) this.text(letter, predict)
    return this
  }

  /** Sound that is heard, in patches of 80 ms. `labels[i]` is what is known of patch i. */
  audio(patches: readonly Float32Array[], labels?: readonly HeardLabel[]): this {
    const sound = MelWindows.of(patches)
    patches.forEach((_, at) => {
      const label = labels?.[at]
      this.elements.push({ kind: 'mel', sound, at, ...(label === undefined ? {} : { label }) })
    })
    this.elements.push(...toldWords(sound, this.config))
    return this.control('<|audio_end|>')
  }

  /** What hearing tells of a sound of so many `patches` without the sound itself: tokens of words as `audio` puts words after it. */
  told(tokens: readonly number[], patches: number): this {
    const id = wordSlot(this.config)
    const more = Array.from({ length: Math.max(0, roomForWords(patches, this.config) - tokens.length) }, () => id)
    this.elements.push(...[...tokens, ...more].map((token): Element => ({ kind: 'token', id: token })))
    return this.control('<|audio_end|>')
  }

  /** A 64×64 picture that is seen. */
  image(image: RgbImage): this {
    if (image.width !== 64 || image.height !== 64)
      throw new TonyError('shape', `image: must be 64×64, got ${image.width}×${image.height}; resize it first`)
    this.picture({ windows: pixelWindows(image), place: 0 })
    return this.control('<|image_end|>')
  }

  /** Up to 8 frames of 64×64, seen at half size. */
  video(frames: readonly RgbImage[]): this {
    frames.slice(0, 8).forEach((frame, time) => {
      this.picture({ windows: pixelWindows(halve(frame)), place: 16 + time * 4 })
    })
    return this.control('<|image_end|>')
  }

  private picture(picture: SeenPicture): void {
    picture.windows.forEach((_, part) => this.elements.push({ kind: 'pixels', picture, part }))
  }

  /** Picture codes that are drawn. */
  drawing(codes: ArrayLike<number>, predict = false): this {
    for (const code of Array.from(codes)) {
      const id = imageCodeId(this.config, code)
      this.elements.push(predict ? { kind: 'token', id, predict: 'image' } : { kind: 'token', id })
    }
    return this
  }

  /**
   * Speech word by word, text one word ahead of its sound: the tokens of word k stand where word k - 1 begins to sound.
   * (MODEL.md, "Speaking".)
   */
  speech({ words, codes, entering, phones, spelled = false }: SpokenAnswer, predict = false): this {
    let said = 0
    const write = (word: string): this => (spelled ? this.spelled(word, predict) : this.text(word, predict))
    for (let at = 0; at < codes.length; at++) {
      while (said < words.length && (said < 2 || words[said - 1]!.start < (at + 0.5) * PATCH_SECONDS)) {
        write((said === 0 ? '' : ' ') + words[said]!.text)
        said++
      }
      const sounding = phones?.[at]
      const slip = entering?.[at]
      this.elements.push({
        kind: 'frame',
        codes: codes[at]!,
        predict,
        ...(slip === undefined ? {} : { entering: slip }),
        ...(sounding === undefined ? {} : { phones: sounding }),
      })
    }
    for (; said < words.length; said++) write((said === 0 ? '' : ' ') + words[said]!.text)
    return this
  }

  /** End of the assistant's answer. */
  end(predict = false): this {
    return this.control('<|end|>', predict ? { weight: 5 } : undefined)
  }
}
