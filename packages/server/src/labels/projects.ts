/** @file Projects, their guidelines, members and items. */
import { and, asc, desc, eq, inArray, isNull, max } from 'drizzle-orm'
import { MOST_OUTPUTS } from 'tony'
import { ApiError, conflict, invalid, notFound } from '../errors.ts'
import type { ItemBody, ProjectBody, ProjectObject } from '../protocol/labels.ts'
import type { Database } from '../store/database.ts'
import type { ScreeningState } from '../store/records.ts'
import { accounts, guidelines, items, members, projects } from '../store/schema.ts'
import { addMember } from './accounts.ts'
import { toAnswer } from './answer.ts'
import { audit } from './audit.ts'
import type { Account, LabelContext } from './context.ts'
import { mediaNames, requireMedia } from './media.ts'
import { renewScreening } from './screening.ts'

/** A project as stored. */
export type Project = typeof projects.$inferSelect
/** An item as stored. */
export type Item = typeof items.$inferSelect

/** Fewest and most outputs of an item to compare: InstructGPT's K is 4 to 9, two models are compared by two. */
export const COMPARED: { readonly least: number; readonly most: number } = { least: 2, most: MOST_OUTPUTS }

/** Makes a project with its first guidelines. */
export async function createProject(ctx: LabelContext, admin: Account, body: ProjectBody): Promise<string> {
  const id = ctx.newId('proj_')
  const createdAt = new Date(ctx.now())
  await ctx.db.transaction(async (tx) => {
    await tx.insert(projects).values({
      id,
      name: body.name,
      kind: body.kind,
      overlap: body.overlap,
      leaseSeconds: body.lease_seconds,
      ratingsRequired: body.ratings_required,
      screeningMinimum: body.screening_minimum,
      goldEvery: body.gold_every,
      createdAt,
      archivedAt: null,
    })
    await tx.insert(guidelines).values({ projectId: id, version: 1, text: body.guidelines, createdAt })
    await audit(tx, ctx, admin, { action: 'project.create', subject: id })
  })
  return id
}

/**
 * Changes a project; what is already labeled stays as it is. A screening minimum that is set or changed holds for those
 * too who are members already.
 *
 * @throws ApiError 404.
 */
export async function changeProject(
  ctx: LabelContext,
  admin: Account,
  id: string,
  change: { readonly [K in keyof Omit<ProjectBody, 'kind' | 'guidelines'>]?: ProjectBody[K] | undefined } & {
    readonly archived?: boolean | undefined
  },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const project = await lockProject(tx, id)
    const [changed] = await tx
      .update(projects)
      .set({
        name: change.name ?? project.name,
        overlap: change.overlap ?? project.overlap,
        leaseSeconds: change.lease_seconds ?? project.leaseSeconds,
        ratingsRequired: change.ratings_required ?? project.ratingsRequired,
        screeningMinimum: change.screening_minimum === undefined ? project.screeningMinimum : change.screening_minimum,
        goldEvery: change.gold_every === undefined ? project.goldEvery : change.gold_every,
        archivedAt: change.archived === undefined ? project.archivedAt : change.archived ? new Date(ctx.now()) : null,
      })
      .where(eq(projects.id, id))
      .returning()
    // A page sends all settings, also those that stay. As stored, because the column rounds.
    if (changed!.screeningMinimum !== project.screeningMinimum) {
      await renewScreening(tx, changed!, project.screeningMinimum)
    }
    await audit(tx, ctx, admin, { action: 'project.change', subject: id, details: change })
  })
}

/** What a project is set to, as it travels. */
export function projectFields(
  project: Project,
): Required<
  Pick<
    ProjectObject,
    'id' | 'name' | 'kind' | 'overlap' | 'lease_seconds' | 'ratings_required' | 'screening_minimum' | 'gold_every'
  >
> {
  return {
    id: project.id,
    name: project.name,
    kind: project.kind,
    overlap: project.overlap,
    lease_seconds: project.leaseSeconds,
    ratings_required: project.ratingsRequired,
    screening_minimum: project.screeningMinimum,
    gold_every: project.goldEvery,
  }
}

/** Projects that an account may see: all for admins and reviewers, their own for labelers; `id` names one of them. */
export async function visibleProjects(ctx: LabelContext, account: Account, id?: string): Promise<ProjectObject[]> {
  const rows = await ctx.db
    .select({ project: projects, member: members })
    .from(projects)
    .leftJoin(members, and(eq(members.projectId, projects.id), eq(members.accountId, account.id)))
    .where(
      and(
        id === undefined ? undefined : eq(projects.id, id),
        account.role === 'labeler' ? isNull(projects.archivedAt) : undefined,
      ),
    )
    .orderBy(asc(projects.createdAt), asc(projects.id))
  const seen = rows.filter(({ member }) => account.role !== 'labeler' || member !== null)
  return Promise.all(
    seen.map(async ({ project, member }) => {
      const { gold_every, ...fields } = projectFields(project)
      return {
        ...fields,
        ...(account.role === 'labeler' ? {} : { gold_every }),
        archived: project.archivedAt !== null,
        guidelines: await newestGuidelines(ctx.db, project.id),
        membership: member === null ? null : { screening: member.screening, screening_score: member.screeningScore },
      }
    }),
  )
}

/** One project that an account may see. @throws ApiError 404. */
export async function visibleProject(ctx: LabelContext, account: Account, id: string): Promise<ProjectObject> {
  const [found] = await visibleProjects(ctx, account, id)
  if (found === undefined) throw notFound('project')
  return found
}

/** A project. @throws ApiError 404. */
export async function findProject(db: Database, id: string): Promise<Project> {
  const [project] = await db.select().from(projects).where(eq(projects.id, id))
  if (project === undefined) throw notFound('project')
  return project
}

/** A project, locked until the transaction ends. @throws ApiError 404. */
export async function lockProject(tx: Database, id: string): Promise<Project> {
  const [project] = await tx.select().from(projects).where(eq(projects.id, id)).for('update')
  if (project === undefined) throw notFound('project')
  return project
}

/** The guidelines that are shown now. */
export async function newestGuidelines(db: Database, projectId: string): Promise<{ version: number; text: string }> {
  const [newest] = await db
    .select({ version: guidelines.version, text: guidelines.text })
    .from(guidelines)
    .where(eq(guidelines.projectId, projectId))
    .orderBy(desc(guidelines.version))
    .limit(1)
  return newest ?? { version: 0, text: '' }
}

/** All versions of the guidelines, newest first. */
export async function guidelinesHistory(
  ctx: LabelContext,
  projectId: string,
): Promise<{ version: number; text: string; createdAt: Date }[]> {
  return ctx.db
    .select({ version: guidelines.version, text: guidelines.text, createdAt: guidelines.createdAt })
    .from(guidelines)
    .where(eq(guidelines.projectId, projectId))
    .orderBy(desc(guidelines.version))
}

/** Adds a version of the guidelines and says its number. @throws ApiError 404. */
export async function addGuidelines(
  ctx: LabelContext,
  admin: Account,
  projectId: string,
  text: string,
): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    await lockProject(tx, projectId)
    const version = (await newestGuidelines(tx, projectId)).version + 1
    await tx.insert(guidelines).values({ projectId, version, text, createdAt: new Date(ctx.now()) })
    await audit(tx, ctx, admin, { action: 'guidelines.add', subject: projectId, details: { version } })
    return version
  })
}

/** Who labels in a project. */
export async function listMembers(
  ctx: LabelContext,
  projectId: string,
): Promise<{ account: Account; screening: ScreeningState; screeningScore: number | null }[]> {
  const rows = await ctx.db
    .select({
      id: accounts.id,
      name: accounts.name,
      role: accounts.role,
      screening: members.screening,
      screeningScore: members.screeningScore,
    })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .where(eq(members.projectId, projectId))
    .orderBy(asc(accounts.name))
  return rows.map(({ screening, screeningScore, ...account }) => ({ account, screening, screeningScore }))
}

/** Adds a member, or decides by hand how a member's screening ended. @throws ApiError 404. */
export async function setMember(
  ctx: LabelContext,
  admin: Account,
  projectId: string,
  accountId: string,
  { screening, reason }: { readonly screening?: ScreeningState | undefined; readonly reason?: string | undefined },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await addMember({ ...ctx, db: tx }, projectId, accountId)
    const mine = and(eq(members.projectId, projectId), eq(members.accountId, accountId))
    if (screening !== undefined) await tx.update(members).set({ screening }).where(mine)
    await audit(tx, ctx, admin, {
      action: 'member.set',
      subject: projectId,
      details: { account: accountId, screening: screening ?? null, reason: reason ?? null },
    })
  })
}

/** Refuses a project that takes nothing more. @throws ApiError 409. */
export function requireOpen({ archivedAt }: Project): void {
  if (archivedAt !== null) throw conflict('The project is archived; open it again first.', 'project_archived')
}

/**
 * Adds items at the end of a project, all or none.
 *
 * @param origin - where they come from, for the log.
 * @throws ApiError 400 that names the item, 404 or 409.
 */
export async function addItems(
  ctx: LabelContext,
  admin: Account,
  projectId: string,
  list: readonly ItemBody[],
  origin: object = {},
): Promise<string[]> {
  await requireMedia(
    ctx,
    list.flatMap((item) => mediaNames(item)),
  )
  return ctx.db.transaction(async (tx) => {
    const project = await lockProject(tx, projectId)
    requireOpen(project)
    const first = await nextPosition(tx, projectId)
    const createdAt = new Date(ctx.now())
    const rows = list.map((item, i) => {
      const outputs = item.outputs.map(({ content, model }) => ({ content, model: model ?? null }))
      checkOutputs(project, outputs.length, `items[${i}]`)
      const gold = item.gold ?? false
      if (gold) checkGold({ expected: item.expected ?? null }, project, `items[${i}]`)
      return {
        id: ctx.newId('item_'),
        projectId,
        position: first + i,
        prompt: item.prompt,
        outputs,
        expected: item.expected === undefined ? null : expectedAnswer(item, project, i),
        gold,
        overlap: item.overlap ?? null,
        source: item.source ?? null,
        createdAt,
      }
    })
    await insertItems(tx, rows)
    await audit(tx, ctx, admin, {
      action: 'items.add',
      subject: projectId,
      details: { count: rows.length, ...origin },
    })
    return rows.map((row) => row.id)
  })
}

/** Writes rows in pieces: a statement takes at most 65,535 values. */
export async function insertItems(tx: Database, rows: readonly (typeof items.$inferInsert)[]): Promise<void> {
  for (let i = 0; i < rows.length; i += 1000) await tx.insert(items).values(rows.slice(i, i + 1000))
}

/** The position after the last item. */
export async function nextPosition(tx: Database, projectId: string): Promise<number> {
  const [row] = await tx
    .select({ last: max(items.position) })
    .from(items)
    .where(eq(items.projectId, projectId))
  return (row?.last ?? 0) + 1
}

/** Changes how many labelers an item gets; null means the project's number. @throws ApiError 404. */
export async function changeItem(ctx: LabelContext, admin: Account, id: string, overlap: number | null): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const changed = await tx.update(items).set({ overlap }).where(eq(items.id, id)).returning({ id: items.id })
    if (changed.length === 0) throw notFound('item')
    await audit(tx, ctx, admin, { action: 'item.change', subject: id, details: { overlap } })
  })
}

/** An item and its project. @throws ApiError 404. */
export async function itemWithProject(db: Database, id: string): Promise<{ item: Item; project: Project }> {
  const [found] = await db
    .select({ item: items, project: projects })
    .from(items)
    .innerJoin(projects, eq(projects.id, items.projectId))
    .where(eq(items.id, id))
  if (found === undefined) throw notFound('item')
  return found
}

/** Which of the ids are taken. */
export async function knownItems(db: Database, ids: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>()
  for (let i = 0; i < ids.length; i += 5000) {
    const found = await db
      .select({ id: items.id })
      .from(items)
      .where(inArray(items.id, ids.slice(i, i + 5000)))
    for (const { id } of found) known.add(id)
  }
  return known
}

/** Refuses a number of outputs that nobody could label in a project. @throws ApiError 400. */
export function checkOutputs({ kind }: Pick<Project, 'kind'>, outputs: number, at: string): void {
  const { least, most } = {
    demonstration: { least: 0, most: 0 },
    comparison: COMPARED,
    ratings: { least: 1, most: MOST_OUTPUTS },
  }[kind]
  if (outputs >= least && outputs <= most) return
  const expected = least === most ? `${least}` : `${least} to ${most}`
  throw invalid(
    `${at} has ${outputs} outputs; a project of kind ${kind} takes ${expected}.`,
    `${at}.outputs`,
    'wrong_number_of_outputs',
  )
}

/**
 * Refuses a control item that no answer could be compared with: one without an expected answer, or a demonstration, which
 * only a person can judge.
 *
 * @throws ApiError 400.
 */
export function checkGold(
  { expected }: { readonly expected: object | null },
  { kind }: Pick<Project, 'kind'>,
  at: string,
): void {
  if (expected === null) {
    throw invalid(
      `${at} is gold but has no expected answer; add "expected", or leave "gold" out.`,
      `${at}.expected`,
      'missing_required_parameter',
    )
  }
  if (kind === 'demonstration') {
    throw invalid(
      `${at} is gold, but demonstrations cannot be compared with an expected answer; leave "gold" out.`,
      `${at}.gold`,
    )
  }
}

function expectedAnswer(item: ItemBody, project: Project, i: number): ReturnType<typeof toAnswer> {
  try {
    return toAnswer(item.expected!, {
      kind: project.kind,
      outputs: item.outputs.length,
      ratingsRequired: false,
      permutation: item.outputs.map((_, index) => index),
    })
  } catch (error) {
    if (error instanceof ApiError) throw invalid(`items[${i}].expected: ${error.message}`, `items[${i}].expected`)
    throw error
  }
}
