/** @file What both drivers have in common. */
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/** A database connection or a transaction on it. */
export type Database = PgDatabase<PgQueryResultHKT>
