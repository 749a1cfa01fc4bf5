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
  readonly #counts = new Map<string, number>()

  /**
   * Counts the words of a text. Call it with whole documents or lines: words are not joined across calls.
   *
   * @param weight how many times the text counts; a positive integer.
   */
  add(text: string, weight = 1): void {
    for (const word of preTokenize(text)) this.#counts.set(word, (this.#counts.get(word) ?? 0) + weight)
  }

  /** Different words counted so far. */
  get words(): number {
    return this.#counts.size
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
    const pairs = new PairIndex(this.#counts)
    const merges: Merge[] = []
    while (merges.length < vocabSize - 256) {
      const best = pairs.popBest()
      if (!best || best.count < minCount) break
      const [left, right] = [Math.floor(best.key / MAX_IDS), best.key % MAX_IDS]
      pairs.merge(best.key, 256 + merges.length)
      merges.push([left, right])
    }
    return merges
  }
}

const MAX_IDS = 65536

interface Pair {
  /** left * MAX_IDS + right. */
  readonly key: number
  count: number
  /** Words that hold the pair or held it once; may repeat. */
  readonly words: number[]
}

/**
 * All words as token lists, with the count of every adjacent pair and the words it is in. A merge touches only those
 * words. The heap is lazy: entries whose count has changed since are put back with the new one when they surface.
 */
class PairIndex {
  readonly #words: Uint16Array[] = []
  readonly #weights: number[] = []
  readonly #pairs = new Map<number, Pair>()
  readonly #heap: Entry[] = []

  constructor(counts: ReadonlyMap<string, number>) {
    for (const [word, count] of counts) {
      const bytes = encodeUtf8(word)
      if (bytes.length < 2) continue
      const index = this.#words.length
      this.#words.push(Uint16Array.from(bytes))
      this.#weights.push(count)
      for (let i = 1; i < bytes.length; i++) this.#count(bytes[i - 1]! * MAX_IDS + bytes[i]!, count, index)
    }
    for (const pair of this.#pairs.values()) this.#push(pair)
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

  /** Replaces the pair by `id` in every word. */
  merge(key: number, id: number): void {
    const pair = this.#pairs.get(key)!
    const [left, right] = [Math.floor(key / MAX_IDS), key % MAX_IDS]
    const grown = new Set<number>()
    for (const index of pair.words) {
      const word = this.#words[index]!
      const weight = this.#weights[index]!
      let at = 0
      for (let i = 0; i < word.length; i++) {
        if (word[i] !== left || i + 1 >= word.length || word[i + 1] !== right) {
          word[at++] = word[i]!
          continue
        }
        // `word[at - 1]` is already merged, what follows is not yet: pairs between two merged tokens come out right.
        if (at > 0) {
          this.#count(word[at - 1]! * MAX_IDS + left, -weight, -1)
          this.#count(word[at - 1]! * MAX_IDS + id, weight, index)
          grown.add(word[at - 1]! * MAX_IDS + id)
        }
        if (i + 2 < word.length) {
          this.#count(right * MAX_IDS + word[i + 2]!, -weight, -1)
          this.#count(id * MAX_IDS + word[i + 2]!, weight, index)
          grown.add(id * MAX_IDS + word[i + 2]!)
        }
        word[at++] = id
        i++
      }
      if (at < word.length) this.#words[index] = word.subarray(0, at)
    }
    this.#pairs.delete(key)
    for (const next of grown) {
      const made = this.#pairs.get(next)
      if (made && made.count > 0) this.#push(made)
    }
  }

  #count(key: number, by: number, word: number): void {
    let pair = this.#pairs.get(key)
    if (!pair) {
      if (by < 0) return // the pair being merged, which is gone when the merge ends
      pair = { key, count: 0, words: [] }
      this.#pairs.set(key, pair)
    }
    pair.count += by
    if (word >= 0 && pair.words.at(-1) !== word) pair.words.push(word)
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
