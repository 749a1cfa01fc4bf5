/**
 * @file Who labels what: giving out items, drafts, submitting, skipping, undoing.
 *
 * Giving out and everything that takes or frees a place happens with the project locked, so that an item never gets more
 * labelers than it should, however many ask at once. That is a queue per project of steps of some milliseconds.
 */
import { randomInt } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { and, asc, desc, eq, inArray, lt, or, sql } from 'drizzle-orm'
import { type ApiError, conflict, notFound } from '../errors.ts'
import type { NextObject } from '../protocol/label-reports.ts'
import type { AnswerBody, AssignmentObject, DraftResult } from '../protocol/labels.ts'
import type { Database } from '../store/database.ts'
import { adjudications, assignments, items, members, projects } from '../store/schema.ts'
import { toAnswer, toBody } from './answer.ts'
import { audit } from './audit.ts'
import { type Account, type LabelContext, pseudonym } from './context.ts'
import { dueGold } from './gold.ts'
import { hasUploaded, mediaNames, mediaNotFound } from './media.ts'
import { type Item, lockProject, newestGuidelines, type Project } from './projects.ts'
import { isGold, isScreening, isWork, purposeOf } from './purpose.ts'
import { finishScreening } from './screening.ts'

/**
 * How long a submission can be taken back. What an item's other labelers thought must not be found out by submitting,
 * looking at one's own agreement and undoing, as often as one likes, and neither must what is expected of a control item:
 * so until then a label does not count in its labeler's own agreement, and when it does, it is final.
 */
const UNDO_MS = 60 * 60_000

type Assignment = typeof assignments.$inferSelect
type Member = typeof members.$inferSelect

/** An assignment with all that belongs to it. */
interface Work {
  readonly assignment: Assignment
  readonly item: Item
  readonly project: Project
}

/**
 * Gives a labeler the next item: the one that they hold, else one whose draft they have begun, else the item that needs
 * fewest more labels, with control items among the new ones. Screening items come first where a project screens; what is
 * begun of other work waits meanwhile.
 *
 * @throws ApiError 404 for a project that the account does not label in, 409 for an archived one.
 */
export async function nextAssignment(ctx: LabelContext, account: Account, projectId: string): Promise<NextObject> {
  return ctx.db.transaction(async (tx) => {
    const member = await memberOf(tx, projectId, account)
    const project = await lockProject(tx, projectId)
    if (project.archivedAt !== null) throw conflict('This project is closed.', 'project_archived')
    await expireLeases(tx, ctx, projectId)
    // Who has answered the whole test before its minimum changed has nothing left to answer, so it is judged here.
    const screening =
      member.screening === 'pending' ? await finishScreening({ ...ctx, db: tx }, account, project) : member.screening
    const testing = screening === 'pending'
    const held = await heldAssignment(tx, account, projectId, testing)
    if (held !== undefined) return work(await renew(tx, ctx, held))
    if (screening === 'review') return none('waiting_for_review')
    if (screening === 'failed') return none('screening_failed')
    const found = await pickItem(tx, account, project, testing)
    if (found === undefined) return none('done')
    return work({ item: found.item, project, assignment: await giveOut(tx, ctx, account, { ...found, project }) })
  })
}

/** An assignment of one's own. @throws ApiError 404. */
export async function ownAssignment(ctx: LabelContext, account: Account, id: string): Promise<AssignmentObject> {
  return toObject(await findWork(ctx.db, account, id))
}

/** One's own assignments, newest first. */
export async function ownAssignments(
  ctx: LabelContext,
  account: Account,
  {
    projectId,
    offset,
    limit,
  }: { readonly projectId: string | undefined; readonly offset: number; readonly limit: number },
): Promise<AssignmentObject[]> {
  const rows = await ctx.db
    .select({ assignment: assignments, item: items, project: projects })
    .from(assignments)
    .innerJoin(items, eq(items.id, assignments.itemId))
    .innerJoin(projects, eq(projects.id, items.projectId))
    .where(
      and(eq(assignments.accountId, account.id), projectId === undefined ? undefined : eq(items.projectId, projectId)),
    )
    .orderBy(desc(assignments.startedAt), desc(assignments.id))
    .offset(offset)
    .limit(limit)
  return rows.map(toObject)
}

/**
 * Keeps a draft and renews the lease. Saves may overtake each other on the way, so each carries a revision that grows:
 * the highest wins, and one that is not higher than what is stored is answered with what is stored.
 *
 * @throws ApiError 404, or 409 for an assignment that is submitted or skipped.
 */
export async function saveDraft(
  ctx: LabelContext,
  account: Account,
  id: string,
  { revision, draft }: { readonly revision: number; readonly draft: unknown },
): Promise<DraftResult> {
  const { project } = await findWork(ctx.db, account, id)
  const leaseUntil = new Date(ctx.now() + 1000 * project.leaseSeconds)
  // Without a lock: the condition and the change are one statement. A draft is kept even if the lease has ended.
  const [stored] = await ctx.db
    .update(assignments)
    .set({
      draft,
      draftRevision: revision,
      leaseUntil: sql`case when ${assignments.state} = 'active' then ${leaseUntil.toISOString()}::timestamptz else ${assignments.leaseUntil} end`,
    })
    .where(
      and(
        eq(assignments.id, id),
        lt(assignments.draftRevision, revision),
        inArray(assignments.state, ['active', 'expired']),
      ),
    )
    .returning()
  if (stored !== undefined) return draftResult(stored, true)
  const { assignment } = await findWork(ctx.db, account, id)
  if (assignment.state === 'submitted' || assignment.state === 'skipped') throw finished(assignment)
  return draftResult(assignment, false)
}

/**
 * Stores a label. Sending the same again is answered like the first time: a page that lost the connection may try again.
 *
 * @throws ApiError 400 for an incomplete answer, 404, or 409: for another answer than the one stored, or because the
 *   lease ended and the item has got all its labelers (the answer is kept as draft).
 */
export async function submit(
  ctx: LabelContext,
  account: Account,
  id: string,
  { answer: body, seconds }: { readonly answer: AnswerBody; readonly seconds?: number | undefined },
): Promise<AssignmentObject> {
  const before = await findWork(ctx.db, account, id)
  const answer = toAnswer(body, shapeOf(before))
  await requireOwnMedia(ctx, account, before.item, body)
  const done = await inProject(ctx, account, id, async (tx, { assignment, item, project }) => {
    if (assignment.state === 'submitted') {
      if (isDeepStrictEqual(assignment.answer, answer)) return { assignment, item, project }
      throw conflict(
        'This item is already submitted with another answer; undo the submission to change it.',
        'already_submitted',
      )
    }
    if (assignment.state === 'skipped') throw finished(assignment)
    if (assignment.state === 'expired' && !(await hasPlace(tx, item, project))) return undefined
    const now = ctx.now()
    const elapsed = Math.max(0, (now - assignment.startedAt.getTime()) / 1000)
    const [stored] = await tx
      .update(assignments)
      .set({
        state: 'submitted',
        answer,
        draft: null,
        submittedAt: new Date(now),
        // A page can count pauses out, but not more time in than has passed.
        seconds: Math.min(seconds ?? elapsed, elapsed),
      })
      .where(eq(assignments.id, id))
      .returning()
    if (purposeOf(item) === 'screening') await finishScreening({ ...ctx, db: tx }, account, project)
    return { assignment: stored!, item, project }
  })
  if (done !== undefined) return toObject(done)
  await ctx.db
    .update(assignments)
    .set({ draft: body, draftRevision: sql`${assignments.draftRevision} + 1` })
    .where(eq(assignments.id, id))
  throw conflict(
    'The time for this item ran out and it went to other labelers; your answer is kept as a draft.',
    'lease_expired',
  )
}

/** Gives an item back with a reason; the labeler does not get it again. @throws ApiError 404 or 409. */
export async function skip(ctx: LabelContext, account: Account, id: string, reason: string): Promise<AssignmentObject> {
  const done = await inProject(ctx, account, id, async (tx, { assignment, item, project }) => {
    if (assignment.state === 'submitted') throw finished(assignment)
    if (purposeOf(item) === 'screening') {
      throw conflict('Items of the screening test cannot be skipped.', 'screening_item')
    }
    if (assignment.state === 'skipped') return { assignment, item, project }
    const [stored] = await tx
      .update(assignments)
      .set({ state: 'skipped', skipReason: reason, submittedAt: new Date(ctx.now()) })
      .where(eq(assignments.id, id))
      .returning()
    return { assignment: stored!, item, project }
  })
  return toObject(done)
}

/** Whether a label can no longer be taken back, so that its labeler may learn how far others agree with it. */
export function isFinal({ submittedAt }: Pick<Assignment, 'submittedAt'>, now: number): boolean {
  return submittedAt === null || now - submittedAt.getTime() >= UNDO_MS
}

/**
 * Takes a submission or a skip back; the answer becomes the draft again. A submission only for an hour: after that it
 * counts in its labeler's own agreement, which tells what others thought of the item.
 *
 * @throws ApiError 404, or 409: for a screening item, an item with a final answer, a submission that is final, or a
 *   place that another has taken.
 */
export async function undo(ctx: LabelContext, account: Account, id: string): Promise<AssignmentObject> {
  const done = await inProject(ctx, account, id, async (tx, { assignment, item, project }) => {
    const { state } = assignment
    if (state === 'active' || state === 'expired') return { assignment, item, project }
    if (purposeOf(item) === 'screening') {
      throw conflict('Items of the screening test cannot be changed.', 'screening_item')
    }
    const final = await tx.select().from(adjudications).where(eq(adjudications.itemId, item.id))
    if (final.length > 0) throw conflict('This item has its final answer and cannot be changed.', 'adjudicated')
    if (state === 'submitted' && isFinal(assignment, ctx.now())) {
      throw conflict('A label can be taken back for an hour; this one is final.', 'label_final')
    }
    // A submission keeps its place while it is changed; a skip has given it up.
    if (state === 'skipped' && !(await hasPlace(tx, item, project))) {
      throw conflict('This item has gone to other labelers.', 'no_place')
    }
    const [stored] = await tx
      .update(assignments)
      .set({
        state: 'active',
        answer: null,
        skipReason: null,
        submittedAt: null,
        seconds: null,
        draft: assignment.answer === null ? assignment.draft : toBody(assignment.answer, assignment.permutation),
        draftRevision: assignment.draftRevision + 1,
        leaseUntil: new Date(ctx.now() + 1000 * project.leaseSeconds),
      })
      .where(eq(assignments.id, id))
      .returning()
    await audit(tx, ctx, account, { action: 'assignment.undo', subject: item.id, details: { from: state } })
    return { assignment: stored!, item, project }
  })
  return toObject(done)
}

/** Refuses a file that is neither in the item nor brought by this account. @throws ApiError 404. */
export async function requireVisibleMedia(
  ctx: LabelContext,
  account: Account,
  assignmentId: string,
  sha256: string,
): Promise<void> {
  const { item } = await findWork(ctx.db, account, assignmentId)
  if (mediaNames([item.prompt, item.outputs]).includes(sha256)) return
  if (!(await hasUploaded(ctx, account, sha256))) throw mediaNotFound()
}

async function requireOwnMedia(ctx: LabelContext, account: Account, item: Item, body: AnswerBody): Promise<void> {
  const known = new Set(mediaNames([item.prompt, item.outputs]))
  for (const name of mediaNames(body))
    if (!known.has(name) && !(await hasUploaded(ctx, account, name))) throw mediaNotFound()
}

async function memberOf(tx: Database, projectId: string, account: Account): Promise<Member> {
  const [member] = await tx
    .select()
    .from(members)
    .where(and(eq(members.projectId, projectId), eq(members.accountId, account.id)))
  if (member === undefined) throw notFound('project among yours')
  return member
}

/** Places whose time has run out go back. */
async function expireLeases(tx: Database, ctx: LabelContext, projectId: string): Promise<void> {
  await tx
    .update(assignments)
    .set({ state: 'expired' })
    .where(
      and(
        eq(assignments.state, 'active'),
        lt(assignments.leaseUntil, new Date(ctx.now())),
        inArray(assignments.itemId, tx.select({ id: items.id }).from(items).where(eq(items.projectId, projectId))),
      ),
    )
}

async function heldAssignment(
  tx: Database,
  account: Account,
  projectId: string,
  testing: boolean,
): Promise<Work | undefined> {
  const [held] = await tx
    .select({ assignment: assignments, item: items, project: projects })
    .from(assignments)
    .innerJoin(items, eq(items.id, assignments.itemId))
    .innerJoin(projects, eq(projects.id, items.projectId))
    .where(
      and(
        eq(assignments.accountId, account.id),
        eq(assignments.state, 'active'),
        eq(items.projectId, projectId),
        testing ? isScreening : undefined,
      ),
    )
    .orderBy(asc(assignments.startedAt))
    .limit(1)
  return held
}

async function renew(tx: Database, ctx: LabelContext, { assignment, item, project }: Work): Promise<Work> {
  const [renewed] = await tx
    .update(assignments)
    .set({ leaseUntil: new Date(ctx.now() + 1000 * project.leaseSeconds) })
    .where(eq(assignments.id, assignment.id))
    .returning()
  return { assignment: renewed!, item, project }
}

/** Taken places of an item. */
const taken = sql<number>`(
  select count(*) from assignments as others
  where others.item_id = items.id and others.state in ('active', 'submitted')
)`.mapWith(Number)

async function pickItem(
  tx: Database,
  account: Account,
  project: Project,
  testing: boolean,
): Promise<{ item: Item; own: Assignment | null } | undefined> {
  const labeler = pseudonym(account.id)
  const open = sql`coalesce(${items.overlap}, ${project.overlap})`
  const [found] = await tx
    .select({ item: items, own: assignments })
    .from(items)
    .leftJoin(assignments, and(eq(assignments.itemId, items.id), eq(assignments.labeler, labeler)))
    .where(
      and(
        eq(items.projectId, project.id),
        // Everyone answers all items of the screening test; a control item is here only if it was begun.
        testing
          ? isScreening
          : or(and(isWork, sql`${taken} < ${open}`), and(isGold, sql`${assignments.state} is not null`)),
        // What this labeler has submitted or skipped does not come again.
        sql`coalesce(${assignments.state}, 'expired') = 'expired'`,
      ),
    )
    .orderBy(
      sql`${assignments.draft} is null`,
      ...(testing ? [] : [sql`not ${isGold}`, sql`${open} - ${taken}`]),
      asc(items.position),
    )
    .limit(1)
  if (found === undefined || found.own !== null || testing) return found
  const gold = await dueGold(tx, project, labeler)
  return gold === undefined ? found : { item: gold, own: null }
}

async function giveOut(
  tx: Database,
  ctx: LabelContext,
  account: Account,
  { item, own, project }: { readonly item: Item; readonly own: Assignment | null; readonly project: Project },
): Promise<Assignment> {
  const now = ctx.now()
  const lease = { state: 'active' as const, leaseUntil: new Date(now + 1000 * project.leaseSeconds) }
  if (own !== null) {
    const [again] = await tx.update(assignments).set(lease).where(eq(assignments.id, own.id)).returning()
    return again!
  }
  const [made] = await tx
    .insert(assignments)
    .values({
      ...lease,
      id: ctx.newId('asgn_'),
      itemId: item.id,
      accountId: account.id,
      labeler: pseudonym(account.id),
      permutation: shuffled(item.outputs.length),
      guidelinesVersion: (await newestGuidelines(tx, project.id)).version,
      startedAt: new Date(now),
      draftRevision: 0,
    })
    .returning()
  return made!
}

/** A random order, so that the place of an output says nothing about who made it. */
function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = randomInt(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

async function hasPlace(tx: Database, item: Item, project: Project): Promise<boolean> {
  // Everyone answers all items of the test, and each control item that they are given.
  if (purposeOf(item) !== 'work') return true
  const [row] = await tx.select({ taken }).from(items).where(eq(items.id, item.id))
  return row!.taken < (item.overlap ?? project.overlap)
}

/** Runs a step on an assignment with its project locked and its lease up to date. */
async function inProject<T>(
  ctx: LabelContext,
  account: Account,
  id: string,
  step: (tx: Database, work: Work) => Promise<T>,
): Promise<T> {
  return ctx.db.transaction(async (tx) => {
    const { project } = await findWork(tx, account, id)
    await lockProject(tx, project.id)
    await expireLeases(tx, ctx, project.id)
    return step(tx, await findWork(tx, account, id))
  })
}

async function findWork(db: Database, account: Account, id: string): Promise<Work> {
  const [found] = await db
    .select({ assignment: assignments, item: items, project: projects })
    .from(assignments)
    .innerJoin(items, eq(items.id, assignments.itemId))
    .innerJoin(projects, eq(projects.id, items.projectId))
    // Another's work is answered like work that does not exist.
    .where(and(eq(assignments.id, id), eq(assignments.accountId, account.id)))
  if (found === undefined) throw notFound('assignment among yours')
  return found
}

function shapeOf({ assignment, item, project }: Work): Parameters<typeof toAnswer>[1] {
  return {
    kind: project.kind,
    outputs: item.outputs.length,
    ratingsRequired: project.ratingsRequired,
    permutation: assignment.permutation,
  }
}

function work(found: Work): NextObject {
  return { assignment: toObject(found), reason: null }
}

function none(reason: 'done' | 'waiting_for_review' | 'screening_failed'): NextObject {
  return { assignment: null, reason }
}

function draftResult(assignment: Assignment, stored: boolean): DraftResult {
  return {
    stored,
    draft: assignment.draft,
    draft_revision: assignment.draftRevision,
    lease_until: assignment.leaseUntil.toISOString(),
  }
}

function finished({ state }: Assignment): ApiError {
  return conflict(`This item is already ${state}; undo that to change it.`, `already_${state}`)
}

function toObject({ assignment, item, project }: Work): AssignmentObject {
  return {
    id: assignment.id,
    project_id: project.id,
    kind: project.kind,
    state: assignment.state,
    prompt: item.prompt,
    // The content only: a model's name would end the blindness.
    outputs: assignment.permutation.map((i) => ({ content: item.outputs[i]!.content })),
    guidelines_version: assignment.guidelinesVersion,
    lease_until: assignment.leaseUntil.toISOString(),
    draft: assignment.draft,
    draft_revision: assignment.draftRevision,
    answer: assignment.answer === null ? null : toBody(assignment.answer, assignment.permutation),
    skip_reason: assignment.skipReason,
  }
}
