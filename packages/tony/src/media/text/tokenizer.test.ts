import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TonyError } from '../../util/errors.ts'
import { BpeTrainer } from './bpe.ts'
import { preTokenize } from './pre-tokenize.ts'
import { Tokenizer } from './tokenizer.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

const corpus = [
  "She sells sea shells by the sea shore; the shells she sells aren't cheap, I'm sure they're 25 dollars.",
  'Größe, naïve café, Ελληνικά, русский язык, 日本語のテキスト, हिन्दी में पाठ, العربية, 한국어, 👩‍👩‍👧 🎉',
  '  indented\n\n\tcode(x) { return x + 1; }  // trailing   \r\n',
]
const trainer = new BpeTrainer()
for (let i = 0; i < 3; i++) for (const text of corpus) trainer.add(text)
const specials = ['<|user|>', '<|end|>', '<|end', '<|image:12|>']
const tokenizer = Tokenizer.fromMerges(trainer.train({ vocabSize: 420 }), specials)

const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 80 }))

/** The parts of a `tokenizer.json` that the tests below break. */
interface TokenizerFile {
  model: { type: string; vocab: Record<string, number>; merges: unknown[] }
  pre_tokenizer: { pretokenizers: [{ pattern: { Regex: string } }] }
  added_tokens: [{ id: number }]
}

describe('utf8', () => {
  it('equals the platform on any bytes', () => {
    const platform = new TextDecoder('utf-8', { ignoreBOM: true })
    const tricky = fc.constantFrom(
      0x41,
      0xc0,
      0xc3,
      0xa9,
      0xe2,
      0x82,
      0xac,
      0xed,
      0xa0,
      0x80,
      0xf0,
      0x9f,
      0xf4,
      0x90,
      0xff,
    )
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.array(tricky).map((list) => Uint8Array.from(list)),
    )
    fc.assert(
      fc.property(bytes, (input) => decodeUtf8(input) === platform.decode(input)),
      { numRuns: 500 },
    )
  })

  it('equals the platform on any string, lone surrogates included', () => {
    const units = fc.array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd700, max: 0xe000 })), { maxLength: 30 })
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes)
        expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text))
      }),
    )
  })
})

describe('preTokenize', () => {
  it('splits words, endings, digits, punctuation and spaces', () => {
    expect(preTokenize("I'm sure, it's 25!\n\n  ok")).toEqual([
      'I',
      "'m",
      ' sure',
      ',',
      ' it',
      "'s",
      ' ',
      '2',
      '5',
      '!\n\n',
      ' ',
      ' ok',
    ])
    expect(preTokenize('हिन्दी पाठ')).toEqual(['हिन्दी', ' पाठ'])
  })

  it('covers every string, in pieces of bounded length, in little time', () => {
    fc.assert(fc.property(anyText, (text) => preTokenize(text).join('') === text))
    for (const hostile of ['a', ' ', '\n', '!', ' a', '!\n', "'", '\u0301']) {
      const text = hostile.repeat(100_000)
      const started = performance.now()
      const words = preTokenize(text)
      expect(performance.now() - started, JSON.stringify(hostile)).toBeLessThan(500)
      expect(words.join('') === text).toBe(true)
      expect(Math.max(...words.map((word) => word.length))).toBeLessThanOrEqual(82)
    }
  })
})

describe('BpeTrainer', () => {
  it('merges the most frequent pair first and breaks ties by id', () => {
    const small = new BpeTrainer()
    small.add('abab', 3)
    small.add('cd', 3)
    const [a, b, c, d] = [97, 98, 99, 100]
    expect(small.train({ vocabSize: 300 })).toEqual([
      [a, b],
      [c, d],
      [256, 256],
    ])
  })

  it('counts overlapping pairs as they merge', () => {
    const small = new BpeTrainer()
    small.add('aaaaa')
    small.add('aaaaa')
    // One pair of 256s and one of 256 and 97 in each word: the tie goes to the smaller right id.
    expect(small.train({ vocabSize: 300 })).toEqual([
      [97, 97],
      [256, 97],
      [256, 257],
    ])
  })

  it('equals a training that counts anew for every merge', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 9 }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(words, (list) => {
        const fast = new BpeTrainer()
        for (const word of list) fast.add(word)
        expect(fast.train({ vocabSize: 276 })).toEqual(slowMerges(list, 20))
      }),
    )
  })

  it('does not depend on the order of the text', () => {
    const forward = new BpeTrainer()
    const backward = new BpeTrainer()
    for (const text of corpus) forward.add(text)
    for (const text of [...corpus].reverse()) backward.add(text)
    expect(backward.train({ vocabSize: 300, minCount: 1 })).toEqual(forward.train({ vocabSize: 300, minCount: 1 }))
  })

  it('gives no merges for nothing and rejects sizes below the bytes', () => {
    expect(new BpeTrainer().train({ vocabSize: 1000 })).toEqual([])
    expect(() => new BpeTrainer().train({ vocabSize: 255 })).toThrow('vocabSize 255')
  })
})

/** The definition: count all pairs, merge the best everywhere, repeat. Equal counts beyond ids go by smaller pair. */
function slowMerges(list: readonly string[], limit: number): [number, number][] {
  let words = list.flatMap((text) => preTokenize(text)).map((word) => [...encodeUtf8(word)])
  const merges: [number, number][] = []
  while (merges.length < limit) {
    const counts = new Map<string, { pair: [number, number]; count: number }>()
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const pair: [number, number] = [word[i - 1]!, word[i]!]
        const entry = counts.get(pair.join()) ?? { pair, count: 0 }
        counts.set(pair.join(), { pair, count: entry.count + 1 })
      }
    }
    const best = [...counts.values()].sort(
      (x, y) => y.count - x.count || x.pair[0] - y.pair[0] || x.pair[1] - y.pair[1],
    )[0]
    if (!best || best.count < 2) break
    const id = 256 + merges.length
    merges.push(best.pair)
    words = words.map((word) => {
      const out: number[] = []
      for (let i = 0; i < word.length; i++) {
        if (word[i] === best.pair[0] && word[i + 1] === best.pair[1]) {
          out.push(id)
          i++
        } else out.push(word[i]!)
      }
      return out
    })
  }
  return merges
}

describe('Tokenizer', () => {
  it('loses nothing of any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const want = decodeUtf8(encodeUtf8(text))
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(want)
      }),
      { numRuns: 300 },
    )
  })

  it('loses nothing of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(tokenizer.decodeBytes(tokenizer.encodeBytes(bytes))).toEqual(Uint8Array.from(bytes))
      }),
    )
  })

  it('is shorter than bytes on text like its corpus', () => {
    const text = 'she sells shells by the sea'
    expect(tokenizer.encode(text).length).toBeLessThan(text.length / 2)
  })

  it('reads special tokens only where they are allowed', () => {
    const text = 'a<|user|>b<|end|>'
    expect(tokenizer.encode(text).every((id) => !tokenizer.isSpecial(id))).toBe(true)
    const ids = tokenizer.encode(text, { allowSpecial: true })
    expect(ids).toEqual([97, tokenizer.idOf('<|user|>'), 98, tokenizer.idOf('<|end|>')])
    expect(tokenizer.decode(ids)).toBe('ab')
    expect(tokenizer.decode(ids, { keepSpecial: true })).toBe(text)
    expect(tokenizer.tokenOf(ids[1]!)).toBe('<|user|>')
    expect(() => tokenizer.idOf('<|none|>')).toThrow('<|none|>')
  })

  it('holds back half a character while streaming', () => {
    const stream = tokenizer.streamDecoder()
    const bytes = encodeUtf8('é€😀')
    const pieces = Array.from(bytes, (byte) => stream.push(byte))
    expect(pieces).toEqual(['', 'é', '', '', '€', '', '', '', '😀'])
    expect(stream.end()).toBe('')
    stream.push(0xe2)
    expect(stream.end()).toBe('\ufffd')
  })

  it('rejects ids outside the vocabulary', () => {
    expect(() => tokenizer.decode([tokenizer.vocabSize])).toThrow(`token id ${tokenizer.vocabSize}`)
    expect(() => tokenizer.decode([-1])).toThrow('token id -1')
    expect(() => Tokenizer.fromMerges([[97, 300]])).toThrow('merge [97, 300]')
    expect(() => Tokenizer.fromMerges([], ['x', 'x'])).toThrow('different')
  })

  it('comes back from its own file', () => {
    const again = Tokenizer.fromJson(tokenizer.toJson())
    expect(again.toJson()).toBe(tokenizer.toJson())
    expect(again.vocabSize).toBe(tokenizer.vocabSize)
    for (const text of corpus) expect(again.encode(text)).toEqual(tokenizer.encode(text))
  })

  it('is read alike by Hugging Face', () => {
    const theirs = new HuggingFaceTokenizer(JSON.parse(tokenizer.toJson()), {})
    const same = (text: string): void => {
      const ids = tokenizer.encode(text, { allowSpecial: true })
      expect(theirs.encode(text, { add_special_tokens: false }).ids).toEqual(ids)
      expect(theirs.decode(ids, { skip_special_tokens: true, clean_up_tokenization_spaces: false })).toBe(
        tokenizer.decode(ids),
      )
    }
    for (const text of [...corpus, 'a <|user|> b<|end|><|image:12|>', '\ufeffx']) same(text)
    fc.assert(
      fc.property(
        anyText.filter((text) => text !== '' && decodeUtf8(encodeUtf8(text)) === text),
        same,
      ),
      { numRuns: 200 },
    )
  })

  it('names what is wrong with a file', () => {
    const change = (edit: (file: TokenizerFile) => void): string => {
      const file = JSON.parse(tokenizer.toJson())
      edit(file)
      return JSON.stringify(file)
    }
    const cases: [string, string][] = [
      ['{', 'not JSON'],
      ['[]', 'expected an object'],
      [
        change((f) => {
          f.model.type = 'Unigram'
        }),
        "'Unigram' (expected BPE)",
      ],
      [
        change((f) => {
          f.pre_tokenizer.pretokenizers[0].pattern.Regex = '(a+)+'
        }),
        'split pattern',
      ],
      [
        change((f) => {
          f.model.vocab['a'] = -1
        }),
        "model.vocab['a']",
      ],
      [
        change((f) => {
          delete f.model.vocab['a']
        }),
        'model.merges',
      ],
      [
        change((f) => {
          f.model.merges[0] = ['a']
        }),
        'model.merges[0]',
      ],
      [
        change((f) => {
          f.added_tokens[0].id = 97
        }),
        'id 97 of another token',
      ],
    ]
    for (const [json, message] of cases) {
      expect(() => Tokenizer.fromJson(json)).toThrow(message)
      expect(() => Tokenizer.fromJson(json)).toThrow(TonyError)
    }
  })
})
