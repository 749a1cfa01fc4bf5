/** @file Opens the store: PGlite in a folder, or any PostgreSQL; the tables are made or brought up to date. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { TonyError } from 'tony'
import type { Database } from './database.ts'
import { MediaFolder } from './media.ts'
import { migrations } from './migrations.ts'

/** The open store. */
export interface Store {
  readonly db: Database
  readonly media: MediaFolder
  close(): Promise<void>
}

/** Where the store is. */
export interface StoreOptions {
  /** Folder of media and, without `databaseUrl`, of the database. */
  readonly dir: string
  /** A PostgreSQL to use instead of PGlite: `postgres://...`. */
  readonly databaseUrl?: string
}

/**
 * Opens the store, making it where there is none.
 *
 * @throws TonyError `io` for a database that cannot be reached or a folder that another process has open.
 */
export async function openStore({ dir, databaseUrl }: StoreOptions): Promise<Store> {
  // Each driver is loaded only where it is used: PGlite is 20 MB of WebAssembly.
  const { db, close } =
    databaseUrl === undefined
      ? await (await import('./pglite.ts')).openPglite(join(dir, 'pglite'))
      : await (await import('./postgres.ts')).openPostgres(databaseUrl)
  try {
    await migrate(db)
  } catch (error) {
    await close()
    throw error
  }
  return { db, media: new MediaFolder(join(dir, 'media')), close }
}

/** A store that is opened when it is first asked for, once. A failed opening is tried again at the next call. */
export class LazyStore {
  readonly #options: StoreOptions
  #opening: Promise<Store> | undefined

  constructor(options: StoreOptions) {
    this.#options = options
  }

  /** The options that it was made with. */
  get options(): StoreOptions {
    return this.#options
  }

  /** The open store. @throws TonyError as {@link openStore}. */
  get(): Promise<Store> {
    this.#opening ??= openStore(this.#options).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** Whether there is a store already, found out without opening it. */
  exists(): boolean {
    const { dir, databaseUrl } = this.#options
    return this.opened || databaseUrl !== undefined || existsSync(join(dir, 'pglite'))
  }

  /** Whether anyone has asked for it. */
  get opened(): boolean {
    return this.#opening !== undefined
  }

  /** Closes it if it is open. */
  async close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    await (await opening?.catch(() => undefined))?.close()
  }
}

/** Runs the steps that the database has not seen. @throws TonyError `unsupported` for a database of a newer Tony. */
async function migrate(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    // Two servers that start at once must not both make the tables. The number only has to be ours.
    await tx.execute(sql`select pg_advisory_xact_lock(74661001)`)
    await tx.execute(
      sql`create table if not exists tony_migrations (name text primary key, applied_at timestamptz not null)`,
    )
    const { rows } = (await tx.execute(sql`select name from tony_migrations`)) as unknown as {
      rows: { name: string }[]
    }
    const done = new Set(rows.map(({ name }) => name))
    const unknown = [...done].find((name) => migrations.every((migration) => migration.name !== name))
    if (unknown !== undefined) {
      throw new TonyError('unsupported', `store: the database was made by a newer Tony (step ${unknown}); update Tony`)
    }
    for (const migration of migrations) {
      if (done.has(migration.name)) continue
      for (const statement of migration.sql.split(';\n')) {
        if (statement.trim() !== '') await tx.execute(sql.raw(statement))
      }
      await tx.execute(sql`insert into tony_migrations values (${migration.name}, now())`)
    }
  })
}
