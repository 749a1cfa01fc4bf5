/** @file The `tokenizer.json` layout of Hugging Face's tokenizers, as far as byte-level BPE goes. */
import { TonyError } from '../../util/errors.ts'
import { bytesToChars, charsToBytes } from './byte-level.ts'
import { SPLIT_PATTERN } from './pre-tokenize.ts'

/** A token that text never yields by itself. */
export interface SpecialToken {
  readonly id: number
  readonly content: string
}

/** What a tokenizer is made of. */
export interface TokenizerParts {
  /** Bytes by id; holes are special tokens. */
  readonly tokens: readonly (Uint8Array | undefined)[]
  /** In order of rank. */
  readonly merges: readonly { readonly left: number; readonly right: number; readonly id: number }[]
  readonly specialTokens: readonly SpecialToken[]
}

/** Ids above this are taken for a broken file. */
const MAX_ID = 1_000_000

/** Writes the file: words split by our pattern, spelt in GPT-2's byte characters, merged by rank. */
export function writeTokenizerJson(parts: TokenizerParts): string {
  const chars = parts.tokens.map((bytes) => (bytes ? bytesToChars(bytes) : undefined))
  const vocab: Record<string, number> = {}
  for (const [id, token] of chars.entries()) if (token !== undefined) vocab[token] = id
  return JSON.stringify(
    {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: parts.specialTokens.map(({ id, content }) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: SPLIT_PATTERN }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
        ],
      },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab,
        merges: parts.merges.map(({ left, right }) => [chars[left], chars[right]]),
      },
    },
    null,
    1,
  )
}

/**
 * Reads the file, checking every field that is used.
 *
 * @throws TonyError `invalid` for a broken file, `unsupported` for another model or another split pattern.
 */
export function parseTokenizerJson(json: string): TokenizerParts {
  let file: unknown
  try {
    file = JSON.parse(json)
  } catch (cause) {
    throw new TonyError('invalid', 'tokenizer.json: not JSON', { cause })
  }
  const root = asRecord(file, 'the file')
  const model = asRecord(root['model'], 'model')
  if (model['type'] !== 'BPE') {
    throw new TonyError('unsupported', `tokenizer.json: model type '${String(model['type'])}' (expected BPE)`)
  }
  checkSplit(root['pre_tokenizer'])
  const specialTokens = asArray(root['added_tokens'] ?? [], 'added_tokens').map(parseSpecial)
  const names = new Set(specialTokens.map((t) => t.content))
  if (names.size < specialTokens.length) throw invalid('added_tokens', 'a token twice', 'different ones')
  const ids = new Map<string, number>()
  const tokens: (Uint8Array | undefined)[] = []
  for (const [token, value] of Object.entries(asRecord(model['vocab'], 'model.vocab'))) {
    if (names.has(token)) continue // some files list special tokens in both places
    const id = asId(value, `model.vocab['${token}']`)
    const bytes = charsToBytes(token)
    if (!bytes || bytes.length === 0 || tokens[id]) {
      throw invalid(`model.vocab['${token}']`, `${id}`, 'one id of its own for each byte-level token')
    }
    tokens[id] = bytes
    ids.set(token, id)
  }
  const merges = asArray(model['merges'], 'model.merges').map((merge, rank) => {
    const [a, b] = typeof merge === 'string' ? merge.split(' ') : asArray(merge, `model.merges[${rank}]`)
    const [left, right, id] = [ids.get(String(a)), ids.get(String(b)), ids.get(String(a) + String(b))]
    if (left === undefined || right === undefined || id === undefined) {
      throw invalid(`model.merges[${rank}]`, `${String(a)} ${String(b)}`, 'two tokens whose join is in the vocabulary')
    }
    return { left, right, id }
  })
  for (const { id, content } of specialTokens) {
    if (tokens[id]) throw invalid('added_tokens', `'${content}' with the id ${id} of another token`, 'an id of its own')
  }
  return { tokens, merges, specialTokens }
}

/** Other patterns would give other ids than the model learned, and a pattern from a file could take forever to match. */
function checkSplit(value: unknown): void {
  const step = asRecord(value, 'pre_tokenizer')
  const first = asRecord(asArray(step['pretokenizers'] ?? [], 'pre_tokenizer.pretokenizers')[0] ?? {}, 'pre_tokenizer')
  const pattern = asRecord(first['pattern'] ?? {}, 'pre_tokenizer.pattern')['Regex']
  if (pattern !== SPLIT_PATTERN) {
    throw new TonyError('unsupported', 'tokenizer.json: split pattern is not the one of this library')
  }
}

function parseSpecial(value: unknown, index: number): SpecialToken {
  const token = asRecord(value, `added_tokens[${index}]`)
  const content = token['content']
  if (typeof content !== 'string' || content === '') {
    throw invalid(`added_tokens[${index}].content`, String(content), 'a text')
  }
  return { id: asId(token['id'], `added_tokens[${index}].id`), content }
}

function asRecord(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(where, typeof value, 'an object')
  return value as Record<string, unknown> // the check above is what the type says
}

function asArray(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw invalid(where, typeof value, 'a list')
  return value
}

function asId(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_ID) {
    throw invalid(where, String(value), `an integer from 0 to ${MAX_ID}`)
  }
  return value
}

function invalid(where: string, got: string, expected: string): TonyError {
  return new TonyError('invalid', `tokenizer.json: ${where}: got ${got} (expected ${expected})`)
}
