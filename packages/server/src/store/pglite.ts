/** @file The store in a folder: PostgreSQL as WebAssembly inside this process (PGlite). */
import { spawn } from 'node:child_process'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { TonyError } from 'tony'
import type { Database } from './database.ts'

/**
 * PostgreSQL's default of 128 MB of buffers is touched in whole at the start; labels need little of it. Measured on 2
 * cores: 143 MB resident instead of 284 MB.
 */
const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=8MB']

/** Opens the database in `dir`, making it where there is none. @throws TonyError `io` if another process has it open. */
export async function openPglite(dir: string): Promise<{ db: Database; close(): Promise<void> }> {
  await mkdir(dirname(dir), { recursive: true })
  const unlock = await lock(`${dir}.lock`)
  try {
    if (!(await exists(dir))) await create(dir)
    const client = await PGlite.create(dir, { startParams })
    return {
      db: drizzle(client) as Database,
      close: async () => {
        await client.close()
        await unlock()
      },
    }
  } catch (error) {
    await unlock()
    throw error
  }
}

/**
 * Makes the database in a process of its own: `initdb` leaves 0.8 GB of WebAssembly memory behind, which only the end
 * of a process gives back. The folder gets its name when it is complete.
 */
async function create(dir: string): Promise<void> {
  const temporary = `${dir}.${process.pid}.tmp`
  await rm(temporary, { recursive: true, force: true })
  const library = pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite')).href
  const script = `const { PGlite } = await import(process.argv[1]); const db = await PGlite.create(process.argv[2]); await db.close()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, library, temporary], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Options meant for this process, a loader above all, are not the child's.
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  let trouble = ''
  child.stderr.on('data', (data: Buffer) => {
    trouble = (trouble + data.toString()).slice(-2000)
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) {
    await rm(temporary, { recursive: true, force: true })
    throw new TonyError(
      'io',
      `store: the database in ${dir} cannot be made: ${trouble.trim() || `exit status ${code}`}`,
    )
  }
  await rename(temporary, dir)
}

/**
 * Two processes in one folder would destroy it, and PGlite does not look. The lock is a file with the process id; one
 * whose process is gone is taken over.
 */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(String(process.pid))
      await file.close()
      return () => rm(path, { force: true })
    } catch (cause) {
      if ((cause as { code?: string }).code !== 'EEXIST') {
        throw new TonyError('io', `store: ${path} cannot be written: ${(cause as Error).message}`, { cause })
      }
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''))
    if (owner > 0 && isRunning(owner)) {
      throw new TonyError(
        'io',
        `store: process ${owner} has the database in ${dirname(path)} open; stop it, or use a PostgreSQL with DATABASE_URL for several at once`,
      )
    }
    await rm(path, { force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It runs, under another user.
    return (error as { code?: string }).code === 'EPERM'
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
