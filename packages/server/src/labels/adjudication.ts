/** @file The final word on items that labelers disagree about. */
import { and, asc, eq, inArray } from 'drizzle-orm'
import { groupBy, rankingAgreement, totalAgreement } from 'tony'
import type { AnswerBody, LabelObject } from '../protocol/labels.ts'
import type { Answer } from '../store/records.ts'
import { adjudications, assignments, items } from '../store/schema.ts'
import { toAnswer } from './answer.ts'
import { audit } from './audit.ts'
import { type Account, type LabelContext, pseudonym } from './context.ts'
import { mediaNames, requireMedia } from './media.ts'
import { type Item, itemWithProject } from './projects.ts'
import { isWork } from './purpose.ts'

/** A final answer as stored. */
export type Adjudication = typeof adjudications.$inferSelect

/** All labels of an item side by side, outputs in the item's own order. */
export interface Review {
  readonly item: Item
  readonly labels: readonly LabelObject[]
  /** Share of pairs that two labelers put in the same order, over all two labelers; null where nothing compares. */
  readonly agreement: number | null
  readonly adjudication: Adjudication | null
}

/** All labels of an item. @throws ApiError 404. */
export async function reviewItem(ctx: LabelContext, itemId: string): Promise<Review> {
  const { item } = await itemWithProject(ctx.db, itemId)
  const rows = await ctx.db
    .select()
    .from(assignments)
    .where(and(eq(assignments.itemId, itemId), inArray(assignments.state, ['submitted', 'skipped'])))
    .orderBy(asc(assignments.submittedAt), asc(assignments.id))
  const [adjudication] = await ctx.db.select().from(adjudications).where(eq(adjudications.itemId, itemId))
  return {
    item,
    labels: rows.map(toLabel),
    agreement: rankingsAgree(rows.flatMap(({ answer }) => (answer === null ? [] : [answer]))) ?? null,
    adjudication: adjudication ?? null,
  }
}

/** Items of work with at least two labels, least agreement first: where a final answer helps most. */
export async function disagreements(
  ctx: LabelContext,
  projectId: string,
  limit: number,
): Promise<{ itemId: string; labels: number; agreement: number | null; adjudicated: boolean }[]> {
  const rows = await ctx.db
    .select({ itemId: items.id, position: items.position, answer: assignments.answer, final: adjudications.itemId })
    .from(items)
    .innerJoin(assignments, eq(assignments.itemId, items.id))
    .leftJoin(adjudications, eq(adjudications.itemId, items.id))
    .where(and(eq(items.projectId, projectId), isWork, eq(assignments.state, 'submitted')))
    .orderBy(asc(items.position))
  const groups = groupBy(rows, (row) => row.itemId)
  return [...groups]
    .filter(([, group]) => group.length >= 2)
    .map(([itemId, group]) => ({
      itemId,
      labels: group.length,
      agreement: rankingsAgree(group.map((row) => row.answer!)) ?? null,
      adjudicated: group[0]!.final !== null,
    }))
    .sort((a, b) => Number(a.adjudicated) - Number(b.adjudicated) || (a.agreement ?? 2) - (b.agreement ?? 2))
    .slice(0, limit)
}

/** Sets the final answer of an item; an earlier one goes into the log. @throws ApiError 400 or 404. */
export async function adjudicate(
  ctx: LabelContext,
  account: Account,
  itemId: string,
  { answer: body, reason }: { readonly answer: AnswerBody; readonly reason: string },
): Promise<void> {
  await requireMedia(ctx, mediaNames(body))
  await ctx.db.transaction(async (tx) => {
    const { item, project } = await itemWithProject(tx, itemId)
    const answer = toAnswer(body, {
      kind: project.kind,
      outputs: item.outputs.length,
      ratingsRequired: false,
      permutation: item.outputs.map((_, i) => i),
    })
    const [before] = await tx.select().from(adjudications).where(eq(adjudications.itemId, itemId)).for('update')
    const values = { answer, reason, adjudicator: pseudonym(account.id), createdAt: new Date(ctx.now()) }
    await tx
      .insert(adjudications)
      .values({ itemId, ...values })
      .onConflictDoUpdate({ target: adjudications.itemId, set: values })
    await audit(tx, ctx, account, {
      action: 'item.adjudicate',
      subject: itemId,
      details: {
        answer,
        reason,
        before: before === undefined ? null : { answer: before.answer, reason: before.reason },
      },
    })
  })
}

/** Agreement of every two rankings; undefined where there are none. */
export function rankingsAgree(answers: readonly Answer[]): number | undefined {
  const rankings = answers.flatMap((answer) => (answer.kind === 'comparison' ? [answer.ranks] : []))
  const parts = rankings.flatMap((a, i) => rankings.slice(i + 1).map((b) => rankingAgreement(a, b)))
  return totalAgreement(parts).share
}

function toLabel(row: typeof assignments.$inferSelect): LabelObject {
  const { answer } = row
  const { kind: _, ...rest } = answer ?? { kind: null, notes: null }
  return {
    id: row.id,
    labeler: row.labeler,
    state: row.state,
    answer: answer === null ? null : rest,
    skip_reason: row.skipReason,
    submitted_at: row.submittedAt?.toISOString() ?? null,
    seconds: row.seconds,
  }
}
