/** @file How often one system's answers are preferred to another's, and reports of such figures. */
import { TonyError } from '../util/errors.ts'
import type { Rng } from '../util/rng.ts'

/** A figure with its 95% interval. */
export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/**
 * Mean of `points` (1: preferred, 0.5: a tie, 0: the other one is) with its 95% interval by bootstrap over clusters, 1,000
 * draws. Judgements of one prompt depend on each other, so `clusters` names the prompt of each.
 *
 * @throws TonyError `invalid` for no points, or lists of different lengths.
 */
export function winRate(points: readonly number[], clusters: readonly (string | number)[], rng: Rng): Interval {
  if (points.length === 0 || points.length !== clusters.length)
    throw new TonyError(
      'invalid',
      `winRate: ${points.length} judgements of ${clusters.length} prompts (expected as many, and some)`,
    )
  const groups = new Map<string | number, { sum: number; count: number }>()
  points.forEach((point, i) => {
    const group = groups.get(clusters[i]!) ?? { sum: 0, count: 0 }
    groups.set(clusters[i]!, { sum: group.sum + point, count: group.count + 1 })
  })
  const all = [...groups.values()]
  const mean = (some: typeof all): number =>
    some.reduce((sum, group) => sum + group.sum, 0) / some.reduce((sum, group) => sum + group.count, 0)
  const draws = Array.from({ length: 1000 }, () => mean(all.map(() => rng.pick(all)))).sort((a, b) => a - b)
  return { value: mean(all), low: draws[25]!, high: draws[974]! }
}
