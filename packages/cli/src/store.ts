/** @file Where accounts, prompts and labels are kept. */
import type { StoreOptions } from '@tony/server'

/** The folder of `--store`; `DATABASE_URL` names a PostgreSQL that is used instead of the database in it. */
export function storeOptions(dir: string, env: Readonly<Record<string, string | undefined>>): StoreOptions {
  const databaseUrl = env['DATABASE_URL']
  return { dir, ...(databaseUrl === undefined || databaseUrl === '' ? {} : { databaseUrl }) }
}
