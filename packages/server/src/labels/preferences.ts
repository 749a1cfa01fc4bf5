/** @file How often labelers preferred one model's outputs to another's, without knowing whose they were. */
import { and, eq } from 'drizzle-orm'
import { type Interval, makeRng, winRate } from 'tony'
import { assignments, items } from '../store/schema.ts'
import type { LabelContext } from './context.ts'
import { isWork } from './purpose.ts'

/** Two models' outputs of the same prompts, as people ranked them. */
export interface ModelPreference {
  readonly model: string
  readonly over: string
  /** Share of comparisons in which `model` was ranked before `over`, ties half, with a 95% interval by bootstrap over items. */
  readonly share: Interval
  readonly comparisons: number
  readonly ties: number
  readonly items: number
}

/**
 * Every two models of a project that were ranked together, the one that was preferred first, most comparisons first. Every
 * label of work counts once; outputs that name no model do not.
 */
export async function modelPreferences(ctx: LabelContext, projectId: string): Promise<ModelPreference[]> {
  const rows = await ctx.db
    .select({ itemId: items.id, outputs: items.outputs, answer: assignments.answer })
    .from(assignments)
    .innerJoin(items, eq(items.id, assignments.itemId))
    .where(and(eq(items.projectId, projectId), isWork, eq(assignments.state, 'submitted')))
    .orderBy(items.position, assignments.id)
  const met = new Map<string, { models: readonly [string, string]; points: number[]; clusters: string[] }>()
  for (const { itemId, outputs, answer } of rows) {
    if (answer?.kind !== 'comparison') continue
    const ranked = outputs.map(({ model }, i) => ({ model, rank: answer.ranks[i]! }))
    ranked.forEach((a, i) => {
      for (const b of ranked.slice(i + 1)) {
        if (a.model == null || b.model == null || a.model === b.model) continue
        const [first, second] = a.model < b.model ? [a, b] : [b, a]
        const models = [first.model!, second.model!] as const
        const pair = met.get(JSON.stringify(models)) ?? { models, points: [], clusters: [] }
        pair.points.push(first.rank === second.rank ? 0.5 : first.rank < second.rank ? 1 : 0)
        pair.clusters.push(itemId)
        met.set(JSON.stringify(models), pair)
      }
    })
  }
  return [...met.values()]
    .map(({ models: [a, b], points, clusters }): ModelPreference => {
      const turned = points.reduce((sum, point) => sum + point, 0) < points.length / 2
      return {
        model: turned ? b : a,
        over: turned ? a : b,
        share: winRate(turned ? points.map((point) => 1 - point) : points, clusters, makeRng(1)),
        comparisons: points.length,
        ties: points.filter((point) => point === 0.5).length,
        items: new Set(clusters).size,
      }
    })
    .sort((a, b) => b.comparisons - a.comparisons || (a.model < b.model ? -1 : 1))
}
