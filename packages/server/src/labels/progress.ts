/** @file How far a project is, and each of its items. */
import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { ItemFilter } from '../protocol/label-reports.ts'
import { adjudications, assignments, items } from '../store/schema.ts'
import type { LabelContext } from './context.ts'
import type { Item, Project } from './projects.ts'
import { isGold, isScreening, isWork } from './purpose.ts'

/** How far a project is. Screening and control items are not counted. */
export interface Progress {
  readonly items: number
  /** Items that have all their labels. */
  readonly complete: number
  readonly labelsNeeded: number
  readonly labelsDone: number
  readonly active: number
  readonly skipped: number
  readonly adjudicated: number
}

/** An item with what became of it. */
export interface ListedItem {
  readonly item: Item
  /** Labels that it is to get, and has. */
  readonly needed: number
  readonly done: number
  /** Labelers who have it before them now. */
  readonly active: number
  readonly skips: readonly { readonly labeler: string; readonly reason: string }[]
  readonly adjudicated: boolean
}

/** Counts a project's items and labels. */
export async function progressOf(ctx: LabelContext, project: Project): Promise<Progress> {
  const number = (text: ReturnType<typeof sql>): ReturnType<typeof sql<number>> =>
    text.mapWith(Number) as ReturnType<typeof sql<number>>
  const [row] = await ctx.db
    .select({
      items: number(sql`count(*)`),
      complete: number(sql`count(*) filter (where done >= needed)`),
      labelsNeeded: number(sql`coalesce(sum(needed), 0)`),
      labelsDone: number(sql`coalesce(sum(done), 0)`),
      active: number(sql`coalesce(sum(active), 0)`),
      skipped: number(sql`coalesce(sum(skipped), 0)`),
      adjudicated: number(sql`coalesce(sum(final), 0)`),
    })
    .from(itemStates(ctx, project, isWork))
  return row!
}

/** A page of a project's items in their order, and how many there are in all. */
export async function listItems(
  ctx: LabelContext,
  project: Pick<Project, 'id' | 'overlap'>,
  { show, offset, limit }: { readonly show: ItemFilter; readonly offset: number; readonly limit: number },
): Promise<{ items: ListedItem[]; total: number }> {
  const { which, state } = filters[show]
  const states = itemStates(ctx, project, which)
  const [counted] = await ctx.db
    .select({ total: sql`count(*)`.mapWith(Number) })
    .from(states)
    .where(state)
  const page = await ctx.db.select().from(states).where(state).orderBy(asc(states.position)).offset(offset).limit(limit)
  const ids = page.map(({ id }) => id)
  const stored = new Map(
    (await ctx.db.select().from(items).where(inArray(items.id, ids))).map((item) => [item.id, item]),
  )
  const skips = await ctx.db
    .select({ itemId: assignments.itemId, labeler: assignments.labeler, reason: assignments.skipReason })
    .from(assignments)
    .where(and(inArray(assignments.itemId, ids), eq(assignments.state, 'skipped')))
    .orderBy(asc(assignments.submittedAt), asc(assignments.id))
  return {
    total: counted!.total,
    items: page.map(({ id, needed, done, active, final }) => ({
      item: stored.get(id)!,
      ...{ needed, done, active },
      skips: skips.filter(({ itemId }) => itemId === id).map(({ labeler, reason }) => ({ labeler, reason: reason! })),
      adjudicated: final > 0,
    })),
  }
}

/** What each filter asks of an item, and of its state. */
const filters: Readonly<Record<ItemFilter, { readonly which?: SQL; readonly state?: SQL }>> = {
  all: {},
  open: { which: isWork, state: sql`done < needed` },
  complete: { which: isWork, state: sql`done >= needed` },
  skipped: { state: sql`skipped > 0` },
  screening: { which: isScreening },
  gold: { which: isGold },
}

/** The items of a project that `which` holds for, a row each: `needed`, `done`, `active`, `skipped`, and `final` (1 or 0) for a final decision. */
function itemStates(ctx: LabelContext, { id, overlap }: Pick<Project, 'id' | 'overlap'>, which?: SQL) {
  const now = new Date(ctx.now()).toISOString()
  const labels = (condition: SQL): SQL<number> => sql`count(*) filter (where ${condition})`.mapWith(Number)
  return ctx.db
    .select({
      id: items.id,
      position: items.position,
      needed: sql`coalesce(${items.overlap}, ${overlap})`.mapWith(Number).as('needed'),
      done: labels(sql`${assignments.state} = 'submitted'`).as('done'),
      active: labels(sql`${assignments.state} = 'active' and ${assignments.leaseUntil} >= ${now}::timestamptz`).as(
        'active',
      ),
      skipped: labels(sql`${assignments.state} = 'skipped'`).as('skipped'),
      final: sql`count(distinct ${adjudications.itemId})`.mapWith(Number).as('final'),
    })
    .from(items)
    .leftJoin(assignments, eq(assignments.itemId, items.id))
    .leftJoin(adjudications, eq(adjudications.itemId, items.id))
    .where(and(eq(items.projectId, id), which))
    .groupBy(items.id)
    .as('item_states')
}
