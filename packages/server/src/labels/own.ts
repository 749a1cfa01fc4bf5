/** @file What a labeler may know of their own work in a project. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { assignments, items } from '../store/schema.ts'
import { isFinal } from './assignment.ts'
import { type Account, type LabelContext, pseudonym } from './context.ts'
import type { Project } from './projects.ts'
import { computeStatistics, type LabelerStatistics, type LabelRow, labelRows } from './statistics.ts'

/** Figures of one's own work. */
export interface OwnStatistics extends LabelerStatistics {
  /** Items that one could label now. */
  readonly open: number
  readonly screening: { readonly done: number; readonly total: number }
}

/**
 * Counts a labeler's work, and compares those of their labels that are final with what others said of the same items: a
 * label that can still be undone must tell nothing about its item.
 */
export async function ownFigures(ctx: LabelContext, account: Account, project: Project): Promise<OwnStatistics> {
  const labeler = pseudonym(account.id)
  const now = new Date(ctx.now()).toISOString()
  const taken = sql`(
    select count(*) from assignments as others where others.item_id = ${items.id} and (
      others.state = 'submitted' or (others.state = 'active' and others.lease_until >= ${now}::timestamptz)
    )
  )`
  const [counts] = await ctx.db
    .select({
      open: sql`count(*) filter (where ${items.expected} is null and (
        ${assignments.state} = 'active' or (
          coalesce(${assignments.state}, 'expired') = 'expired' and ${taken} < coalesce(${items.overlap}, ${project.overlap})
        )
      ))`.mapWith(Number),
      total: sql`count(*) filter (where ${items.expected} is not null)`.mapWith(Number),
      done: sql`count(*) filter (
        where ${items.expected} is not null and ${assignments.state} in ('submitted', 'skipped')
      )`.mapWith(Number),
    })
    .from(items)
    .leftJoin(assignments, and(eq(assignments.itemId, items.id), eq(assignments.labeler, labeler)))
    .where(eq(items.projectId, project.id))
  const { open, total, done } = counts!
  return { ...(await statisticsOfLabeler(ctx, labeler, project.id)), open, screening: { done, total } }
}

async function statisticsOfLabeler(ctx: LabelContext, labeler: string, projectId: string): Promise<LabelerStatistics> {
  // Before the labels are read: what is final now cannot be undone while they are.
  const now = ctx.now()
  const mine = ctx.db.select({ id: assignments.itemId }).from(assignments).where(eq(assignments.labeler, labeler))
  const rows = await labelRows(ctx, projectId, inArray(items.id, mine))
  const figures = (known: readonly LabelRow[]): LabelerStatistics =>
    computeStatistics(known).labelers.find((one) => one.labeler === labeler) ?? {
      labeler,
      submitted: 0,
      skipped: 0,
      medianSeconds: null,
      agreementWithOthers: null,
      pairsWithOthers: 0,
    }
  const { agreementWithOthers, pairsWithOthers } = figures(
    rows.filter((row) => row.labeler !== labeler || isFinal(row, now)),
  )
  return { ...figures(rows), agreementWithOthers, pairsWithOthers }
}
