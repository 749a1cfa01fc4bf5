import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../../../test/helpers/stores.ts'
import type { Database } from './database.ts'
import { MediaFolder, mediaTypeOf } from './media.ts'
import { migrations } from './migrations.ts'
import { LazyStore, openStore, type Store } from './open.ts'
import * as schema from './schema.ts'

/** Opens a database without bringing its tables up to date. */
async function openPlain({ options }: TestDatabase): Promise<{ db: Database; close(): Promise<void> }> {
  return options.databaseUrl === undefined
    ? (await import('./pglite.ts')).openPglite(join(options.dir, 'pglite'))
    : (await import('./postgres.ts')).openPostgres(options.databaseUrl)
}

for (const { name, missing, start } of databases) {
  describe.skipIf(missing !== undefined)(`the store in ${name}`, () => {
    let database: TestDatabase
    let store: Store
    beforeAll(async () => {
      database = await start()
      store = await openStore(database.options)
    }, 120_000)
    afterAll(async () => {
      await store?.close()
      await database?.stop()
    })

    it('has the tables and columns that queries expect', async () => {
      const { rows } = (await store.db.execute(sql`
        select table_name, column_name, data_type, is_nullable, datetime_precision from information_schema.columns
        where table_schema = 'public' and table_name <> 'tony_migrations'`)) as unknown as {
        rows: Record<'table_name' | 'column_name' | 'data_type' | 'is_nullable', string>[]
      }
      const made = rows.map((row) => `${row.table_name}.${row.column_name} ${row.data_type} ${row.is_nullable}`).sort()
      const types: Record<string, string> = { 'timestamp (3) with time zone': 'timestamp with time zone' }
      const expected = (Object.values(schema) as PgTable[])
        .flatMap((table) => {
          const { name, columns } = getTableConfig(table)
          return columns.map((column) => {
            const type = column.getSQLType()
            return `${name}.${column.name} ${types[type] ?? type} ${column.notNull ? 'NO' : 'YES'}`
          })
        })
        .sort()
      expect(made).toEqual(expected)
    })

    it('opens a second time without making the tables again', async () => {
      await store.close()
      store = await openStore(database.options)
      const { rows } = (await store.db.execute(sql`select name from tony_migrations`)) as unknown as { rows: unknown[] }
      expect(rows).toEqual(migrations.map((migration) => ({ name: migration.name })))
    })

    it('refuses a database of a newer Tony', async () => {
      await store.db.execute(sql`insert into tony_migrations values ('9999-future', now())`)
      await store.close()
      await expect(openStore(database.options)).rejects.toThrow('made by a newer Tony (step 9999-future)')
      const { db, close } = await openPlain(database)
      await db.execute(sql`delete from tony_migrations where name = '9999-future'`)
      await close()
      store = await openStore(database.options)
    })

    it('brings an older store up to date, in which no item is a control item', async () => {
      const older = await start()
      const { db, close } = await openPlain(older)
      await db.execute(sql`create table tony_migrations (name text primary key, applied_at timestamptz not null)`)
      for (const migration of migrations.filter(({ name }) => name < '0005')) {
        for (const statement of migration.sql.split(';\n')) {
          if (statement.trim() !== '') await db.execute(sql.raw(statement))
        }
        await db.execute(sql`insert into tony_migrations values (${migration.name}, now())`)
      }
      for (const id of ['one', 'two']) {
        await db.execute(sql`insert into projects values (${id}, 'p', 'comparison', 2, 60, true, 0.5, now(), null)`)
      }
      await db.execute(sql`insert into items values
        ('work', 'one', 1, '[]', '[]', null, null, null, now()), ('test', 'one', 2, '[]', '[]', '{}', null, null, now())`)
      await close()
      const opened = await openStore(older.options)
      const projects = await opened.db.select().from(schema.projects)
      expect(projects.map(({ goldEvery }) => goldEvery)).toEqual([10, 10])
      expect(new Set(projects.map(({ goldKey }) => goldKey)).size).toBe(2)
      for (const { goldKey } of projects) expect(goldKey).toMatch(/^[0-9a-f-]{36}$/)
      expect((await opened.db.select().from(schema.items)).map(({ gold }) => gold)).toEqual([false, false])
      // What could not be compared with anything is refused here too.
      await expect(
        opened.db.update(schema.items).set({ gold: true }).where(eq(schema.items.id, 'work')),
      ).rejects.toThrow()
      await opened.close()
      await older.stop()
    }, 120_000)

    it('keeps times and JSON as they were', async () => {
      const at = new Date(1_700_000_000_123)
      await store.db.insert(schema.auditLog).values({ at, action: 'x', subject: 's', details: { a: [1, null, 'ü'] } })
      const [row] = await store.db.select().from(schema.auditLog)
      expect(row).toMatchObject({ at, details: { a: [1, null, 'ü'] } })
    })
  })
}

describe('the folder of PGlite', () => {
  it('is opened by one process at a time, and again after a process that was killed', async () => {
    const database = await databases[0]!.start()
    const lock = join(database.options.dir, 'pglite.lock')
    // This test's parent runs.
    writeFileSync(lock, String(process.ppid))
    await expect(openStore(database.options)).rejects.toThrow(`process ${process.ppid} has the database in`)
    const ended = spawnSync(process.execPath, ['-e', '']).pid
    writeFileSync(lock, String(ended))
    const store = await openStore(database.options)
    await store.close()
    expect(readdirSync(database.options.dir)).not.toContain('pglite.lock')
    await database.stop()
  }, 120_000)

  it('is not touched before the store is asked for', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tony-lazy-'))
    const lazy = new LazyStore({ dir })
    expect(lazy.opened).toBe(false)
    await lazy.close()
    expect(readdirSync(dir)).toEqual([])
    rmSync(dir, { recursive: true })
  })
})

describe('a PostgreSQL that is not there', () => {
  it('is named by its setting', async () => {
    const options = { dir: tmpdir(), databaseUrl: 'postgres://tony@127.0.0.1:1/none' }
    await expect(openStore(options)).rejects.toThrow('the database of DATABASE_URL cannot be used')
  })
})

describe('the media folder', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tony-media-'))
  afterAll(() => rmSync(dir, { recursive: true }))

  it('names files by their content and keeps each once', async () => {
    const media = new MediaFolder(dir)
    const bytes = new TextEncoder().encode('abc')
    const name = await media.put(bytes)
    expect(name).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(await media.put(bytes)).toBe(name)
    expect(await media.get(name)).toEqual(bytes)
    expect(readdirSync(join(dir, 'ba'))).toEqual([name])
    expect(await media.get('0'.repeat(64))).toBeUndefined()
  })

  it('takes nothing else as a name', async () => {
    const media = new MediaFolder(dir)
    for (const name of ['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(63)}/`, `${'a'.repeat(64)}\n`]) {
      await expect(media.get(name)).rejects.toThrow('a name that is not a SHA-256')
    }
  })

  it('knows sound and pictures by their first bytes', () => {
    expect(mediaTypeOf(new TextEncoder().encode('RIFF0000WAVEfmt '))).toBe('audio/wav')
    expect(mediaTypeOf(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]))).toBe('image/png')
    expect(mediaTypeOf(new TextEncoder().encode('<svg>'))).toBeUndefined()
    expect(mediaTypeOf(new Uint8Array())).toBeUndefined()
  })
})
