/** @file The databases that tests of the store run against: PGlite always, PostgreSQL where it is installed. */
import { spawnSync } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPglite } from '../../packages/server/src/store/pglite.ts'

/** A database of its own for one test file. */
export interface TestDatabase {
  /** Options for `openStore`. */
  readonly options: { readonly dir: string; readonly databaseUrl?: string }
  stop(): Promise<void>
}

/** One kind of database. */
export interface DatabaseKind {
  readonly name: string
  /** Why tests with it are skipped here. */
  readonly missing: string | undefined
  start(): Promise<TestDatabase>
}

const binaries = findBinaries()

/** Both kinds. */
export const databases: readonly DatabaseKind[] = [
  { name: 'PGlite', missing: undefined, start: startPglite },
  {
    name: binaries === undefined ? 'PostgreSQL (not installed: apt-get install postgresql)' : 'PostgreSQL',
    missing: binaries === undefined ? 'initdb and pg_ctl were not found' : undefined,
    start: startPostgres,
  },
]

/** Making a database takes seconds, copying one does not: the first test ever on a machine makes it. */
async function startPglite(): Promise<TestDatabase> {
  const dir = mkdtempSync(join(tmpdir(), 'tony-store-'))
  const manifest = createRequire(import.meta.url)('../../packages/server/package.json') as {
    dependencies: Record<string, string>
  }
  const version = manifest.dependencies['@electric-sql/pglite']
  const template = join(tmpdir(), `tony-pglite-${version}-${process.getuid?.() ?? 0}`)
  if (!existsSync(template)) {
    const made = mkdtempSync(join(tmpdir(), 'tony-pglite-new-'))
    await (await openPglite(join(made, 'pglite'))).close()
    try {
      renameSync(join(made, 'pglite'), template)
    } catch {
      // Another test process was faster.
    }
    rmSync(made, { recursive: true, force: true })
  }
  cpSync(template, join(dir, 'pglite'), { recursive: true })
  return { options: { dir }, stop: async () => rmSync(dir, { recursive: true, force: true }) }
}

/** A cluster in a temporary folder, reached through a socket in it. */
async function startPostgres(): Promise<TestDatabase> {
  const dir = mkdtempSync(join(tmpdir(), 'tony-pg-'))
  const data = join(dir, 'data')
  mkdirSync(data)
  // PostgreSQL refuses to run as root; Debian's package makes a user for it.
  const root = process.getuid?.() === 0
  if (root) for (const folder of [dir, data]) chownSync(folder, userId('-u'), userId('-g'))
  const run = (name: string, ...args: string[]): void => {
    const command = [join(binaries!, name), ...args]
    const [program, ...rest] = root ? ['runuser', '-u', 'postgres', '--', ...command] : command
    const { status, error, stderr } = spawnSync(program!, rest, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
    if (status !== 0) throw new Error(`${name} failed: ${error?.message ?? stderr.toString()}`)
  }
  run('initdb', '-D', data, '-U', 'tony', '-A', 'trust', '-E', 'UTF8', '--no-sync')
  const log = join(dir, 'log')
  run('pg_ctl', '-D', data, '-l', log, '-w', '-o', `-k ${dir} -c listen_addresses= -c fsync=off`, 'start')
  const databaseUrl = `postgres://tony@/postgres?host=${encodeURIComponent(dir)}`
  return {
    options: { dir: join(dir, 'files'), databaseUrl },
    stop: async () => {
      run('pg_ctl', '-D', data, '-m', 'immediate', 'stop')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function userId(option: '-u' | '-g'): number {
  return Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout)
}

function findBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const folders = [
    ...(existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []).map((version) =>
      join(debian, version, 'bin'),
    ),
    ...(process.env['PATH'] ?? '').split(':'),
  ]
  const found = folders.find((folder) => ['initdb', 'pg_ctl'].every((name) => existsSync(join(folder, name))))
  if (found === undefined) return undefined
  const root = process.getuid?.() === 0
  return root && spawnSync('id', ['postgres'], { stdio: 'ignore' }).status !== 0 ? undefined : found
}
