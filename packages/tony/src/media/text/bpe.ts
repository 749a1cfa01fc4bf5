/** @file Trains a byte-level BPE vocabulary (Sennrich et al. 2016; Radford et al. 2019). */
import { byteToChar, splitWords } from './pretokenize.ts'

/** Merges in the order they were learned; each is a pair of token strings in byte-level characters. */
export interface BpeModel {
  /** Token strings in byte-level characters, by id: 256 bytes first, then one for each merge. */
  readonly tokens: readonly string[]
  readonly merges: readonly (readonly [string, string])[]
}

interface Word {
  ids: number[]
  readonly count: number
}

/**
 * Learns `vocab - 256` merges from texts. The most frequent pair wins; ties go to the pair that comes first in id
 * order, so that the result depends on the texts alone. Pair counts are kept up to date word by word and looked up
 * through a heap with stale entries.
 */
export function trainBpe(texts: Iterable<string>, { vocab }: { vocab: number }): BpeModel {
  const counts = new Map<string, number>()
  for (const text of texts) for (const word of splitWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const tokens = Array.from({ length: 256 }, (_, byte) => byteToChar[byte]!)
  const idOf = new Map(tokens.map((char, id) => [char, id]))
  const words: Word[] = [...counts].map(([word, count]) => ({ ids: [...word].map((char) => idOf.get(char)!), count }))

  const STRIDE = 2 ** 20
  const pairCounts = new Map<number, number>()
  const where = new Map<number, Set<number>>()
  const heap: { pair: number; count: number }[] = []
  const before = (a: { pair: number; count: number }, b: { pair: number; count: number }): boolean => a.count > b.count || (a.count === b.count && a.pair < b.pair)
  const push = (entry: { pair: number; count: number }): void => {
    let i = heap.push(entry) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(heap[i]!, heap[parent]!)) break
      ;[heap[i], heap[parent]] = [heap[parent]!, heap[i]!]
      i = parent
    }
  }
  const pop = (): { pair: number; count: number } | undefined => {
    const top = heap[0]
    const last = heap.pop()
    if (heap.length > 0 && last !== undefined) {
      heap[0] = last
      for (let i = 0; ; ) {
        let best = i
        for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && before(heap[child]!, heap[best]!)) best = child
        if (best === i) break
        ;[heap[i], heap[best]] = [heap[best]!, heap[i]!]
        i = best
      }
    }
    return top
  }
  const change = (a: number, b: number, delta: number, word: number): number => {
    const pair = a * STRIDE + b
    pairCounts.set(pair, (pairCounts.get(pair) ?? 0) + delta)
    if (delta > 0) {
      const set = where.get(pair)
      if (set === undefined) where.set(pair, new Set([word]))
      else set.add(word)
    }
    return pair
  }
  words.forEach(({ ids, count }, w) => {
    for (let i = 0; i + 1 < ids.length; i++) change(ids[i]!, ids[i + 1]!, count, w)
  })
  for (const [pair, count] of pairCounts) push({ pair, count })

  const merges: [string, string][] = []
  while (tokens.length < vocab) {
    const top = pop()
    if (top === undefined) break
    const count = pairCounts.get(top.pair) ?? 0
    if (count !== top.count) {
      if (count > 0) push({ pair: top.pair, count })
      continue
    }
    if (count < 2) break
    const a = Math.floor(top.pair / STRIDE)
    const b = top.pair % STRIDE
    const id = tokens.push(tokens[a]! + tokens[b]!) - 1
    merges.push([tokens[a]!, tokens[b]!])
    const touched = new Set<number>()
    for (const w of where.get(top.pair) ?? []) {
      const word = words[w]!
      const { ids, count: times } = word
      for (let i = 0; i + 1 < ids.length; i++) {
        if (ids[i] !== a || ids[i + 1] !== b) continue
        if (i > 0) {
          change(ids[i - 1]!, a, -times, w)
          touched.add(change(ids[i - 1]!, id, times, w))
        }
        if (i + 2 < ids.length) {
          change(b, ids[i + 2]!, -times, w)
          touched.add(change(id, ids[i + 2]!, times, w))
        }
        ids.splice(i, 2, id)
      }
    }
    pairCounts.delete(top.pair)
    where.delete(top.pair)
    for (const pair of touched) {
      const now = pairCounts.get(pair) ?? 0
      if (now > 0) push({ pair, count: now })
    }
  }
  return { tokens, merges }
}
