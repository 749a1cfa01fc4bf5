/** @file What a labeler may know of their own work in a project. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { assignments, items } from '../store/schema.ts'
import { isFinal } from './assignment.ts'
import { type Account, type LabelContext, pseudonym } from './context.ts'
import { goldAhead } from './gold.ts'
import type { Project } from './projects.ts'
import { isGold, isScreening, isWork } from './purpose.ts'
import { computeStatistics, type LabelerStatistics, type LabelRow, labelRows } from './statistics.ts'

const HOUR_MS = 60 * 60_000

/** Figures of one's own work. */
export interface OwnStatistics extends LabelerStatistics {
  /** Items that one could label now, with the control items that would come among them. */
  readonly open: number
  readonly screening: { readonly done: number; readonly total: number }
}

/**
 * Counts a labeler's work, and compares those of their labels that are final with what others said of the same items, or
 * with what is expected of a control item: a label that can still be undone must tell nothing about its item.
 */
export async function ownFigures(ctx: LabelContext, account: Account, project: Project): Promise<OwnStatistics> {
  const labeler = pseudonym(account.id)
  const now = new Date(ctx.now()).toISOString()
  const taken = sql`(
    select count(*) from assignments as others where others.item_id = ${items.id} and (
      others.state = 'submitted' or (others.state = 'active' and others.lease_until >= ${now}::timestamptz)
    )
  )`
  const hasPlace = sql`${taken} < coalesce(${items.overlap}, ${project.overlap})`
  const [counts] = await ctx.db
    .select({
      begun: sql`count(*) filter (where
        (${isWork} and (${assignments.state} = 'active' or (${assignments.state} = 'expired' and ${hasPlace})))
        or (${isGold} and ${assignments.state} in ('active', 'expired'))
      )`.mapWith(Number),
      fresh: sql`count(*) filter (where ${isWork} and ${assignments.state} is null and ${hasPlace})`.mapWith(Number),
      unseen: sql`count(*) filter (where ${isGold} and ${assignments.state} is null)`.mapWith(Number),
      total: sql`count(*) filter (where ${isScreening})`.mapWith(Number),
      done: sql`count(*) filter (where ${isScreening} and ${assignments.state} in ('submitted', 'skipped'))`.mapWith(
        Number,
      ),
    })
    .from(items)
    .leftJoin(assignments, and(eq(assignments.itemId, items.id), eq(assignments.labeler, labeler)))
    .where(eq(items.projectId, project.id))
  const { begun, fresh, unseen, total, done } = counts!
  const open = begun + fresh + (await goldAhead(ctx.db, project, labeler, { fresh, unseen }))
  return { ...(await statisticsOfLabeler(ctx, labeler, project.id)), open, screening: { done, total } }
}

async function statisticsOfLabeler(ctx: LabelContext, labeler: string, projectId: string): Promise<LabelerStatistics> {
  // Before the labels are read: what is final now cannot be undone while they are.
  const now = ctx.now()
  // On the hour alone: a figure that moved an hour after one label would tell whether its item was a control item.
  const onTheHour = now - (now % HOUR_MS)
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
      gold: { answered: 0, agreement: null, judgments: 0 },
    }
  // In one's own count a control item is an item like all others.
  const { submitted, skipped, medianSeconds } = figures(rows.map((row) => ({ ...row, expected: null })))
  const final = figures(rows.filter((row) => row.labeler !== labeler || isFinal(row, onTheHour)))
  return { ...final, submitted, skipped, medianSeconds }
}
