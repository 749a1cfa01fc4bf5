/** @file Learning byte pair merges from text (Gage 1994; Sennrich, Haddow and Birch 2016). */
import { TonyError } from '../../util/errors.ts'
import { preTokenize } from './pre-tokenize.ts'
import { encodeUtf8 } from './utf8.ts'

/** A merge of two token ids. Bytes are the ids 0 to 255; merge number i makes the id 256 + i. */
export type Merge = readonly [left: number, right: number]

/** What to learn. */
export interface BpeOptions {
  /** Bytes and merges together, special tokens not counted; 256 to 65536. */
  readonly vocabSize: number
  /** Pairs seen less often are not merged; default 2. */
  readonly minCount?: number
}

/** Counts the words of a corpus, then learns merges from the counts. */
export class BpeTrainer {
  readonly #words = new Map<string, Counted>()

  /**
   * Counts the words of a text. Call it with whole documents or lines: words are not joined across calls.
   *
   * @param weight how many times the text counts; a positive integer.
   */
  add(text: string, weight = 1): void {
    for (const word of preTokenize(text)) {
      const seen = this.#words.get(word)
      if (seen === undefined) this.#words.set(word, { count: weight })
      else seen.count += weight
    }
  }

  /** Different words counted so far. */
  get words(): number {
    return this.#words.size
  }

  /**
   * The merges, most frequent pair first; fewer than asked for if the corpus runs out of pairs. Equal counts go to the
   * pair with the smaller ids, so the result depends on the counts alone.
   *
   * @throws TonyError `invalid` for a vocabulary size out of range.
   */
  train(options: BpeOptions): Merge[] {
    const { vocabSize, minCount = 2 } = options
    if (!Number.isInteger(vocabSize) || vocabSize < 256 || vocabSize > MAX_IDS) {
      throw new TonyError('invalid', `BpeTrainer: vocabSize ${vocabSize} (expected an integer from 256 to ${MAX_IDS})`)
    }
    const pairs = new PairIndex(this.#words, minCount)
    const merges: Merge[] = []
    while (merges.length < vocabSize - 256) {
      const best = pairs.popBest()
      if (!best || best.count < minCount) break
      const [left, right] = [Math.floor(best.key / MAX_IDS), best.key % MAX_IDS]
      pairs.merge(left, right, 256 + merges.length)
      merges.push([left, right])
    }
    return merges
  }
}

interface Counted {
  count: number
}

const MAX_IDS = 65536

interface Pair {
  /** left * MAX_IDS + right. */
  readonly key: number
  count: number
  /** Words that hold the pair or held it once; may repeat. */
  readonly words: readonly number[]
}

/**
 * All words as token lists, with the count of every adjacent pair and the words it is in. A merge touches only those
 * words. A pair comes into being with the younger of its tokens and is only ever lost afterwards: its words are all known
 * then, and what is too rare by then need not be kept. The heap is lazy: entries whose count has changed since are put
 * back with the new one when they surface.
 */
class PairIndex {
  /** Tokens of all words, each word with the room that its bytes took; and where words begin, with an end of the last. */
  readonly #tokens: Uint16Array
  readonly #starts: Int32Array
  readonly #lengths: Uint16Array
  readonly #weights: Float64Array
  readonly #minCount: number
  readonly #pairs = new Map<number, Pair>()
  readonly #heap: Entry[] = []
  readonly #before = new Neighbours(MAX_IDS)
  readonly #after = new Neighbours(MAX_IDS)

  constructor(counted: ReadonlyMap<string, Counted>, minCount: number) {
    this.#minCount = minCount
    const words: Uint8Array[] = []
    const weights: number[] = []
    for (const [text, { count }] of counted) {
      const bytes = encodeUtf8(text)
      if (bytes.length < 2) continue
      words.push(bytes)
      weights.push(count)
    }
    this.#weights = Float64Array.from(weights)
    this.#lengths = new Uint16Array(words.length)
    this.#starts = new Int32Array(words.length + 1)
    this.#tokens = new Uint16Array(words.reduce((sum, { length }) => sum + length, 0))
    const firsts = Array.from({ length: 256 }, () => new Neighbours(256))
    words.forEach((bytes, index) => {
      const start = this.#starts[index]!
      this.#tokens.set(bytes, start)
      this.#lengths[index] = bytes.length
      this.#starts[index + 1] = start + bytes.length
      for (let i = 1; i < bytes.length; i++) firsts[bytes[i - 1]!]!.add(bytes[i]!, index, weights[index]!)
    })
    firsts.forEach((seconds, first) => {
      seconds.take((second, count, found) => this.#make(first * MAX_IDS + second, count, found))
    })
  }

  popBest(): Entry | undefined {
    for (let top = this.#pop(); top; top = this.#pop()) {
      const pair = this.#pairs.get(top.key)
      if (!pair || pair.count <= 0) continue
      if (pair.count === top.count) return top
      this.#push(pair)
    }
    return undefined
  }

  /** Replaces a pair by `id` in every word. */
  merge(left: number, right: number, id: number): void {
    const tokens = this.#tokens
    const pair = this.#pairs.get(left * MAX_IDS + right)!
    this.#pairs.delete(pair.key)
    for (const index of pair.words) {
      const weight = this.#weights[index]!
      const start = this.#starts[index]!
      const end = start + this.#lengths[index]!
      let at = start
      for (let i = start; i < end; i++) {
        if (tokens[i] !== left || i + 1 >= end || tokens[i + 1] !== right) {
          tokens[at++] = tokens[i]!
          continue
        }
        // What stands before is already merged, what follows is not yet: pairs between two merged tokens come out right.
        if (at > start) this.#before.add(tokens[at - 1]!, index, weight)
        if (i + 2 < end) this.#after.add(tokens[i + 2]!, index, weight)
        tokens[at++] = id
        i++
      }
      this.#lengths[index] = at - start
    }
    // Two merged tokens side by side: the first of them counted the second's left half as what follows it.
    const twice = this.#before.weightOf(id)
    this.#before.take((token, count, words) => {
      if (token !== id) this.#lose(token * MAX_IDS + left, count)
      this.#make(token * MAX_IDS + id, count, words)
    })
    this.#after.take((token, count, words) => {
      this.#lose(right * MAX_IDS + token, count)
      this.#make(id * MAX_IDS + token, token === left ? count - twice : count, words)
    })
  }

  #make(key: number, count: number, words: readonly number[]): void {
    if (count < this.#minCount) return
    const pair = { key, count, words }
    this.#pairs.set(key, pair)
    this.#push(pair)
  }

  #lose(key: number, count: number): void {
    const pair = this.#pairs.get(key)
    if (pair !== undefined) pair.count -= count
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    const item = { key: entry.key, count: entry.count }
    let at = heap.length
    heap.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(item, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = item
  }

  #pop(): Entry | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (!top || !last || heap.length === 0) return top
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }
}

interface Entry {
  readonly key: number
  readonly count: number
}

function before(a: Entry, b: Entry): boolean {
  return a.count > b.count || (a.count === b.count && a.key < b.key)
}

/** Tokens that stand on one side of a merged pair: how often in all, and in which words. */
class Neighbours {
  readonly #weights: Float64Array
  /** By token; empty for those that were not met. */
  readonly #words: number[][]
  readonly #met: number[] = []

  constructor(tokens: number) {
    this.#weights = new Float64Array(tokens)
    this.#words = Array.from({ length: tokens }, () => none)
  }

  add(token: number, word: number, weight: number): void {
    this.#weights[token]! += weight
    const words = this.#words[token]!
    if (words === none) {
      this.#words[token] = [word]
      this.#met.push(token)
    } else if (words[words.length - 1] !== word) words.push(word)
  }

  weightOf(token: number): number {
    return this.#weights[token]!
  }

  /** Hands over all of them, and forgets them. */
  take(each: (token: number, weight: number, words: readonly number[]) => void): void {
    for (const token of this.#met) {
      each(token, this.#weights[token]!, this.#words[token]!)
      this.#weights[token] = 0
      this.#words[token] = none
    }
    this.#met.length = 0
  }
}

const none: number[] = []
