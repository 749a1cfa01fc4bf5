/** @file The text tokenizer: byte-level BPE, saved and read as a Hugging Face `tokenizer.json`. */
import { TonyError } from '../../util/errors.ts'
import type { BpeModel } from './bpe.ts'
import { charToByte, splitWords, SPLIT_PATTERN } from './pretokenize.ts'

declare const TextDecoder: new (label?: string, options?: { fatal?: boolean }) => { decode(bytes?: Uint8Array, options?: { stream?: boolean }): string }

/** Turns text into token ids and back, without loss. */
export class Tokenizer {
  /** Token strings in byte-level characters, by id. */
  readonly tokens: readonly string[]
  /** Strings that stand for themselves, by id; they follow the text vocabulary. */
  readonly special: ReadonlyMap<number, string>
  private readonly merges: readonly (readonly [string, string])[]
  private readonly ranks = new Map<string, number>()
  private readonly ids: ReadonlyMap<string, number>
  private readonly cache = new Map<string, readonly number[]>()

  constructor({ tokens, merges }: BpeModel, special: readonly string[] = []) {
    this.tokens = tokens
    this.merges = merges
    this.ids = new Map(tokens.map((token, id) => [token, id]))
    this.special = new Map(special.map((text, i) => [tokens.length + i, text]))
    merges.forEach(([a, b], rank) => this.ranks.set(`${a} ${b}`, rank))
  }

  /** Ids of a text. Special tokens in it are read as plain text: nobody can forge a control token. */
  encode(text: string): number[] {
    const out: number[] = []
    for (const word of splitWords(text)) {
      let ids = this.cache.get(word)
      if (ids === undefined) {
        ids = this.merge(word)
        if (this.cache.size > 50_000) this.cache.clear()
        this.cache.set(word, ids)
      }
      out.push(...ids)
    }
    return out
  }

  private merge(word: string): number[] {
    const parts = [...word]
    for (;;) {
      let best = Number.POSITIVE_INFINITY
      let at = -1
      for (let i = 0; i + 1 < parts.length; i++) {
        const rank = this.ranks.get(`${parts[i]} ${parts[i + 1]}`)
        if (rank !== undefined && rank < best) {
          best = rank
          at = i
        }
      }
      if (at < 0) return parts.map((part) => this.ids.get(part)!)
      parts.splice(at, 2, parts[at]! + parts[at + 1]!)
    }
  }

  /** The bytes of one token; none for special and unknown ids. */
  bytesOf(id: number): Uint8Array {
    const token = this.tokens[id]
    return token === undefined ? new Uint8Array(0) : Uint8Array.from(token, (char) => charToByte.get(char)!)
  }

  /** The text of ids; bytes that are no UTF-8 become U+FFFD, special tokens are left out. */
  decode(ids: Iterable<number>): string {
    const stream = this.stream()
    let out = ''
    for (const id of ids) out += stream.push(id)
    return out + stream.end()
  }

  /** Decodes token by token, holding back characters that are not complete yet. */
  stream(): { push(id: number): string; end(): string } {
    const decoder = new TextDecoder('utf-8')
    return { push: (id) => decoder.decode(this.bytesOf(id), { stream: true }), end: () => decoder.decode() }
  }

  /** The text of a `tokenizer.json`. */
  toJson(): string {
    const split = { type: 'Split', pattern: { Regex: SPLIT_PATTERN }, behavior: 'Isolated', invert: false }
    const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }
    return JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [...this.special].map(([id, content]) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
      normalizer: null,
      pre_tokenizer: { type: 'Sequence', pretokenizers: [split, bytes] },
      post_processor: null,
      decoder: bytes,
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(this.tokens.map((token, id) => [token, id])),
        merges: this.merges.map(([a, b]) => `${a} ${b}`),
      },
    })
  }

  /** Reads a `tokenizer.json` of this kind; throws `invalid` where it is broken or of another kind. */
  static fromJson(text: string, name = 'tokenizer.json'): Tokenizer {
    try {
      const { model, added_tokens: added } = JSON.parse(text) as { model: { type: string; vocab: Record<string, number>; merges: (string | [string, string])[] }; added_tokens: { id: number; content: string }[] }
      if (model.type !== 'BPE') throw new Error(`its model is ${model.type}`)
      const tokens: string[] = []
      for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token
      const merges = model.merges.map((merge) => (typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge))
      return new Tokenizer({ tokens, merges }, [...added].sort((a, b) => a.id - b.id).map(({ content }) => content))
    } catch (cause) {
      throw new TonyError('invalid', `${name}: not a byte-level BPE tokenizer.json (${(cause as Error).message}); restore the file`, { cause })
    }
  }
}
