/** @file Scores: edit distances, error rates and their intervals. */
import { editDistance } from '../util/edit-distance.ts'
import { TonyError } from '../util/errors.ts'
import type { Rng } from '../util/rng.ts'

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
  const draws = Array.from({ length: 1000 }, () => ratio(items.map(() => rng.pick(items)))).sort((a, b) => a - b)
  return { value: ratio(items), low: draws[25]!, high: draws[974]! }
}

/** Share of wrong ones among items of length 1, with its 95% interval (Wilson 1927): never of no width, not even at 0 or 1. */
export function proportion(items: readonly Scored[]): { value: number; low: number; high: number } {
  const n = items.length
  if (n === 0) return { value: 0, low: 0, high: 1 }
  const value = items.reduce((sum, { errors }) => sum + errors, 0) / n
  const z = 1.959964
  const middle = (value + (z * z) / (2 * n)) / (1 + (z * z) / n)
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n))
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/** The rate of `a` less that of `b` over the same items, with a 95% bootstrap interval over items (1,000 draws). */
export function rateDifference(
  a: readonly Scored[],
  b: readonly Scored[],
  rng: Rng,
): { value: number; low: number; high: number } {
  if (a.length !== b.length || a.length === 0)
    throw new TonyError('invalid', `rateDifference: got ${a.length} and ${b.length} items (expected as many, and some)`)
  const places = a.map((_, i) => i)
  const of = (chosen: readonly number[]): number => ratio(chosen.map((i) => a[i]!)) - ratio(chosen.map((i) => b[i]!))
  const draws = Array.from({ length: 1000 }, () => of(places.map(() => rng.int(a.length)))).sort((x, y) => x - y)
  return { value: of(places), low: draws[25]!, high: draws[974]! }
}

/** The reply that is right for most of `items`, whose right replies are given: what is said by who knows only the task. */
export function bestConstant(items: readonly (readonly string[])[]): string {
  const counts = new Map<string, number>()
  for (const right of items) for (const reply of new Set(right)) counts.set(reply, (counts.get(reply) ?? 0) + 1)
  let best: [string, number] = ['', 0]
  for (const entry of counts) if (entry[1] > best[1]) best = entry
  return best[0]
}

/** Each item's place taken by one half the list away: the same things, put to the wrong items. Fewer than two have no others. */
export function others<T>(items: readonly T[]): T[] {
  const by = items.length >> 1
  return items.length < 2 ? [] : items.map((_, i) => items[(i + by) % items.length]!)
}

function ratio(items: readonly Scored[]): number {
  const errors = items.reduce((sum, item) => sum + item.errors, 0)
  return (
    errors /
    Math.max(
      1,
      items.reduce((sum, item) => sum + item.length, 0),
    )
  )
}
