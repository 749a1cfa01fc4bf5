/** @file What an item is there for, as queries and code ask it: one place says so for all of labeling. */
import { type SQL, sql } from 'drizzle-orm'
import { items } from '../store/schema.ts'

/**
 * `work` is labeled to be used; `screening` is the test before it; `gold` is a control item, which comes among the work
 * and looks like it. Only work counts in progress, agreement between labelers, adjudication and training data.
 */
export type Purpose = 'work' | 'screening' | 'gold'

/** What an item is there for. */
export function purposeOf({ expected, gold }: { readonly expected: object | null; readonly gold: boolean }): Purpose {
  return expected === null ? 'work' : gold ? 'gold' : 'screening'
}

/** Condition on `items`: to be labeled and used. */
export const isWork: SQL = sql`${items.expected} is null`
/** Condition on `items`: of the screening test. */
export const isScreening: SQL = sql`(${items.expected} is not null and not ${items.gold})`
/** Condition on `items`: a control item. */
export const isGold: SQL = sql`${items.gold}`
