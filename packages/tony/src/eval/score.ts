/** @file Scores: edit distances, error rates and their intervals. */
import type { Rng } from '../util/rng.ts'

/** Levenshtein distance: insertions, deletions and substitutions cost 1. */
export function editDistance<T>(a: readonly T[], b: readonly T[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

/** Lower case, letters, digits and apostrophes only, single spaces. */
export function plainText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' ]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** One scored item: errors out of `length`, or 0 / 1 right out of 1. */
export interface Scored {
  readonly errors: number
  readonly length: number
}

/** Word errors of `hypothesis` against `reference`, after `plainText`. */
export function wordErrors(reference: string, hypothesis: string): Scored {
  const words = (text: string): string[] =>
    plainText(text)
      .split(' ')
      .filter((word) => word !== '')
  return { errors: editDistance(words(reference), words(hypothesis)), length: words(reference).length }
}

/** Character errors, spaces counted, after `plainText`. */
export function characterErrors(reference: string, hypothesis: string): Scored {
  return {
    errors: editDistance([...plainText(reference)], [...plainText(hypothesis)]),
    length: plainText(reference).length,
  }
}

/** Errors over lengths of all items, with a 95% bootstrap interval over items (1,000 draws). */
export function rate(items: readonly Scored[], rng: Rng): { value: number; low: number; high: number } {
  const of = (list: readonly Scored[]): number =>
    list.reduce((s, i) => s + i.errors, 0) /
    Math.max(
      1,
      list.reduce((s, i) => s + i.length, 0),
    )
  const draws = Array.from({ length: 1000 }, () => of(items.map(() => rng.pick(items)))).sort((a, b) => a - b)
  return { value: of(items), low: draws[25]!, high: draws[974]! }
}
