/** @file Text to token ids and back: byte-level BPE, read from and written to `tokenizer.json`. */
import { TonyError } from '../../util/errors.ts'
import type { Merge } from './bpe.ts'
import { bytesToChars } from './byte-level.ts'
import { preTokenize } from './pre-tokenize.ts'
import { parseTokenizerJson, type SpecialToken, type TokenizerParts, writeTokenizerJson } from './tokenizer-json.ts'
import { encodeUtf8, Utf8Decoder } from './utf8.ts'

/** Words whose ids are remembered; beyond that the memory starts anew. */
const CACHE_WORDS = 50_000

/** How `encode` treats special tokens. */
export interface EncodeOptions {
  /**
   * Whether the text may name special tokens, for example `<|end|>`. Default false: text from users must not be able to
   * forge control tokens. Set it for templates of your own.
   */
  readonly allowSpecial?: boolean
}

/**
 * A byte-level BPE tokenizer. `decode(encode(text))` is `text` for every string that has a UTF-8 form, and
 * `decodeBytes(encodeBytes(bytes))` is `bytes` for all bytes.
 *
 * @example
 * const trainer = new BpeTrainer()
 * trainer.add('she sells sea shells')
 * const tokenizer = Tokenizer.fromMerges(trainer.train({ vocabSize: 300 }), ['<|end|>'])
 * tokenizer.decode(tokenizer.encode('sea shells')) // 'sea shells'
 */
export class Tokenizer {
  /** One more than the largest id. */
  readonly vocabSize: number
  /** Special tokens in the order of their ids. */
  readonly specialTokens: readonly SpecialToken[]
  readonly #parts: TokenizerParts
  readonly #tokens: (Uint8Array | undefined)[]
  readonly #byteIds: number[] = []
  /** left * stride + right -> rank * stride + id. */
  readonly #merges = new Map<number, number>()
  readonly #stride: number
  readonly #specialIds: Map<string, number>
  readonly #specialPattern: RegExp | undefined
  readonly #cache = new Map<string, readonly number[]>()

  private constructor(parts: TokenizerParts) {
    this.#parts = parts
    this.#tokens = [...parts.tokens]
    this.specialTokens = parts.specialTokens
    this.vocabSize = Math.max(parts.tokens.length, ...parts.specialTokens.map((t) => t.id + 1))
    this.#stride = this.vocabSize
    for (const [id, bytes] of parts.tokens.entries()) if (bytes?.length === 1) this.#byteIds[bytes[0]!] = id
    for (let byte = 0; byte < 256; byte++) {
      if (this.#byteIds[byte] === undefined) {
        throw new TonyError('invalid', `Tokenizer: no token for byte ${byte} (expected a byte-level vocabulary)`)
      }
    }
    for (const [rank, { left, right, id }] of parts.merges.entries()) {
      const key = left * this.#stride + right
      if (!this.#merges.has(key)) this.#merges.set(key, rank * this.#stride + id)
    }
    this.#specialIds = new Map(parts.specialTokens.map((t) => [t.content, t.id]))
    for (const { id, content } of parts.specialTokens) this.#tokens[id] = encodeUtf8(content)
    this.#specialPattern = alternation([...this.#specialIds.keys()])
  }

  /**
   * A tokenizer with the bytes as ids 0 to 255, then one id per merge, then the special tokens.
   *
   * @throws TonyError `invalid` if a merge uses an id that does not exist yet, or a special token is empty or double.
   */
  static fromMerges(merges: readonly Merge[], specialTokens: readonly string[] = []): Tokenizer {
    const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
    const parts: TokenizerParts['merges'][number][] = []
    for (const [left, right] of merges) {
      const [a, b] = [tokens[left], tokens[right]]
      if (!a || !b) throw new TonyError('invalid', `Tokenizer: merge [${left}, ${right}] uses an id not made before it`)
      parts.push({ left, right, id: tokens.length })
      tokens.push(Uint8Array.of(...a, ...b))
    }
    if (new Set(specialTokens).size < specialTokens.length || specialTokens.includes('')) {
      throw new TonyError('invalid', 'Tokenizer: special tokens must be different and not empty')
    }
    const specials = specialTokens.map((content, i) => ({ id: tokens.length + i, content }))
    return new Tokenizer({ tokens, merges: parts, specialTokens: specials })
  }

  /**
   * Reads a `tokenizer.json` written by `toJson` (the Hugging Face layout, with our split pattern).
   *
   * @throws TonyError `invalid` for a broken file, `unsupported` for another kind of tokenizer.
   */
  static fromJson(json: string): Tokenizer {
    return new Tokenizer(parseTokenizerJson(json))
  }

  /** The `tokenizer.json` of this tokenizer, which Hugging Face's tokenizers read too. */
  toJson(): string {
    return writeTokenizerJson(this.#parts)
  }

  /** Ids of a text. Lone surrogates, which have no UTF-8 form, become U+FFFD. */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const out: number[] = []
    if (!options.allowSpecial || !this.#specialPattern) {
      this.#encodeText(text, out)
      return out
    }
    let at = 0
    for (const match of text.matchAll(this.#specialPattern)) {
      this.#encodeText(text.slice(at, match.index), out)
      out.push(this.#specialIds.get(match[0])!)
      at = match.index + match[0].length
    }
    this.#encodeText(text.slice(at), out)
    return out
  }

  /** Ids of any bytes, valid UTF-8 or not. */
  encodeBytes(bytes: Uint8Array): number[] {
    const text = new Utf8Decoder().push(bytes)
    // Equal lengths and bytes mean that nothing was broken; else bytes are taken one by one.
    const again = encodeUtf8(text)
    if (again.length === bytes.length && again.every((byte, i) => byte === bytes[i])) return this.encode(text)
    return Array.from(bytes, (byte) => this.#byteIds[byte]!)
  }

  /**
   * Text of ids. Special tokens are left out unless `keepSpecial`; bytes that are not UTF-8 become U+FFFD.
   *
   * @throws TonyError `invalid` for an id that is not in the vocabulary.
   */
  decode(ids: readonly number[], options: { readonly keepSpecial?: boolean } = {}): string {
    const stream = this.streamDecoder(options)
    let text = ''
    for (const id of ids) text += stream.push(id)
    return text + stream.end()
  }

  /** Bytes of ids, special tokens left out. */
  decodeBytes(ids: readonly number[]): Uint8Array {
    const out: number[] = []
    for (const id of ids) if (!this.isSpecial(id)) for (const byte of this.bytesOf(id)) out.push(byte)
    return Uint8Array.from(out)
  }

  /** A decoder for ids that come one by one; it holds back a character until all of its bytes are there. */
  streamDecoder(options: { readonly keepSpecial?: boolean } = {}): StreamDecoder {
    const utf8 = new Utf8Decoder()
    return {
      push: (id) => {
        const bytes = this.bytesOf(id)
        if (!this.isSpecial(id)) return utf8.push(bytes)
        // A character that a special token cuts in two is over.
        return options.keepSpecial ? utf8.end() + new Utf8Decoder().push(bytes) : ''
      },
      end: () => utf8.end(),
    }
  }

  /**
   * Bytes of one token.
   *
   * @throws TonyError `invalid` for an id that is not in the vocabulary.
   */
  bytesOf(id: number): Uint8Array {
    const bytes = this.#tokens[id]
    if (!bytes) throw new TonyError('invalid', `Tokenizer: token id ${id} (expected 0 to ${this.vocabSize - 1})`)
    return bytes
  }

  /** One token as people may read it: special tokens by name, others in GPT-2's printable bytes. */
  tokenOf(id: number): string {
    const special = this.isSpecial(id) && this.specialTokens.find((t) => t.id === id)
    return special ? special.content : bytesToChars(this.bytesOf(id))
  }

  /**
   * Id of a special token.
   *
   * @throws TonyError `not_found` if there is no such token.
   */
  idOf(special: string): number {
    const id = this.#specialIds.get(special)
    if (id === undefined) throw new TonyError('not_found', `Tokenizer: no special token '${special}'`)
    return id
  }

  /** Whether an id is a special token. */
  isSpecial(id: number): boolean {
    return this.#parts.tokens[id] === undefined && this.#tokens[id] !== undefined
  }

  #encodeText(text: string, out: number[]): void {
    for (const word of preTokenize(text)) {
      let ids = this.#cache.get(word)
      if (!ids) {
        ids = this.#encodeWord(encodeUtf8(word))
        if (this.#cache.size >= CACHE_WORDS) this.#cache.clear()
        this.#cache.set(word, ids)
      }
      for (const id of ids) out.push(id)
    }
  }

  /** Merges the pair of lowest rank until none is left. Words have at most 260 bytes or so, so a plain scan is fastest. */
  #encodeWord(bytes: Uint8Array): number[] {
    const ids = Array.from(bytes, (byte) => this.#byteIds[byte]!)
    while (ids.length > 1) {
      let best = Number.POSITIVE_INFINITY
      let at = 0
      for (let i = 1; i < ids.length; i++) {
        const found = this.#merges.get(ids[i - 1]! * this.#stride + ids[i]!)
        if (found !== undefined && found < best) {
          best = found
          at = i
        }
      }
      if (best === Number.POSITIVE_INFINITY) break
      ids.splice(at - 1, 2, best % this.#stride)
    }
    return ids
  }
}

/** Turns ids into text as they come. */
export interface StreamDecoder {
  /** The text that is certain after this id, perhaps none. */
  push(id: number): string
  /** What is left when the ids end: U+FFFD for half a character, else nothing. */
  end(): string
}

function alternation(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined
  // Longest first, so that a token which begins like another one wins where both fit.
  const sorted = [...words].sort((a, b) => b.length - a.length)
  return new RegExp(sorted.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'gu')
}
