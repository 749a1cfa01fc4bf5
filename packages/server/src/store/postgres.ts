/** @file The store in a PostgreSQL server. */
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { TonyError } from 'tony'
import type { Database } from './database.ts'

/** Connects. @throws TonyError `io` for a server that cannot be reached or refuses. */
export async function openPostgres(url: string): Promise<{ db: Database; close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 10_000 })
  // An idle connection that the server closes must not end this process; the next query gets another one.
  pool.on('error', () => {})
  try {
    await pool.query('select 1')
  } catch (cause) {
    await pool.end()
    throw new TonyError('io', `store: the database of DATABASE_URL cannot be used: ${(cause as Error).message}`, {
      cause,
    })
  }
  return { db: drizzle(pool) as Database, close: () => pool.end() }
}
