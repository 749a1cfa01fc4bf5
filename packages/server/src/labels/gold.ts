/**
 * @file Control items ("gold"): where among a labeler's work they come, and how many are still to come.
 *
 * Nothing is planned ahead and stored: how many items lie between two of them is a keyed hash of the labeler and of how
 * many they have had, so that the answer is the same whenever it is asked for, and nobody can compute it who does not
 * know the project's key, which is never sent.
 */
import { createHmac } from 'node:crypto'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../store/database.ts'
import { assignments, items } from '../store/schema.ts'
import type { Item, Project } from './projects.ts'
import { isGold, isWork } from './purpose.ts'

/** What control items need of a project; without `goldEvery` none are given out. */
type Controlled = Pick<Project, 'id' | 'goldEvery' | 'goldKey'>

/** Where a labeler stands between two control items. */
interface Place {
  /** Control items that they have had. */
  readonly given: number
  /** Other items that they have had since the last of these. */
  readonly since: number
}

/**
 * How many items of work come before a labeler's control item number `nth`, counted from 0. With the control item itself
 * it is half to one and a half of `every`, each number as likely, so that on average one item of `every` is one.
 */
export function goldGap(key: string, labeler: string, every: number, nth: number): number {
  const least = Math.ceil(every / 2)
  const drawn = createHmac('sha256', key).update(`${labeler}:${nth}`).digest().readUInt32BE()
  return least + (drawn % (2 * (every - least) + 1)) - 1
}

/**
 * The control item that a labeler gets next in place of new work; undefined where it is not time for one, or they have
 * had them all. To be asked only when there is new work: control items come among work and never after it.
 */
export async function dueGold(tx: Database, project: Controlled, labeler: string): Promise<Item | undefined> {
  if (project.goldEvery === null) return undefined
  const [next] = await tx
    .select({ item: items })
    .from(items)
    .leftJoin(assignments, and(eq(assignments.itemId, items.id), eq(assignments.labeler, labeler)))
    .where(and(eq(items.projectId, project.id), isGold, isNull(assignments.id)))
    // Each labeler gets them in an order of their own, so that comparing with others tells nothing.
    .orderBy(sql`md5(${labeler}::text || ${items.id})`)
    .limit(1)
  if (next === undefined) return undefined
  const { given, since } = await placeOf(tx, project.id, labeler)
  return since >= goldGap(project.goldKey, labeler, project.goldEvery, given) ? next.item : undefined
}

/**
 * How many control items will come among a labeler's new work. Counted with what is left, they make that number fall by
 * one with each item, whatever the item is.
 *
 * @param fresh - items of work that they could get and have not had.
 * @param unseen - control items that they have not had.
 */
export async function goldAhead(
  db: Database,
  project: Controlled,
  labeler: string,
  { fresh, unseen }: { readonly fresh: number; readonly unseen: number },
): Promise<number> {
  const { goldEvery, goldKey } = project
  if (goldEvery === null || unseen === 0) return 0
  const place = await placeOf(db, project.id, labeler)
  let { since } = place
  let left = fresh
  for (let ahead = 0; ahead < unseen; ahead++) {
    const wait = Math.max(0, goldGap(goldKey, labeler, goldEvery, place.given + ahead) - since)
    if (wait >= left) return ahead
    left -= wait
    since = 0
  }
  return unseen
}

async function placeOf(db: Database, projectId: string, labeler: string): Promise<Place> {
  const lastGold = sql`(
    select max(past.started_at) from assignments as past join items as controls on controls.id = past.item_id
    where controls.project_id = ${projectId} and controls.gold and past.labeler = ${labeler}
  )`
  const [place] = await db
    .select({
      given: sql`count(*) filter (where ${isGold})`.mapWith(Number),
      since: sql`count(*) filter (
        where ${isWork} and ${assignments.startedAt} > coalesce(${lastGold}, '-infinity')
      )`.mapWith(Number),
    })
    .from(assignments)
    .innerJoin(items, eq(items.id, assignments.itemId))
    .where(and(eq(items.projectId, projectId), eq(assignments.labeler, labeler)))
  return place!
}
