/** @file What `npm test` and `npm start` do by themselves, in a small workspace of their own. */
import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tony-scripts-'))
  await cp(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true })
  await writeFile(join(folder, 'package-lock.json'), '{}')
  // Older than what is installed.
  await utimes(join(folder, 'package-lock.json'), 1, 1)
})
afterEach(() => rm(folder, { recursive: true }))

function script(
  name: string,
  env: Record<string, string>,
): { status: number | null; out: string; err: string; last: string } {
  // A PATH without apt-get: nothing may be installed from here.
  const { VITEST: _vitest, ...rest } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'scripts', name)], {
    encoding: 'utf8',
    env: { ...rest, PATH: folder, NO_COLOR: '1', ...env },
  })
  return { status, out: stdout, err: stderr, last: stdout.trimEnd().split('\n').at(-1) ?? '' }
}

async function workspace(tests: Record<string, string>): Promise<void> {
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [name, body] of Object.entries(tests)) {
    await writeFile(join(folder, name), `import { expect, it } from 'vitest'\n${body}\n`)
  }
}

describe('scripts/test.mjs', () => {
  it('ends with the count and says what is not installed', async () => {
    await workspace({ 'a.test.mjs': "it('passes', () => {}); it.skip('waits', () => {}); it.todo('comes')" })
    const { status, out, last } = script('test.mjs', {})
    expect(last).toBe('1 passed, 0 failed, 2 skipped')
    expect(status).toBe(0)
    expect(out).toMatch(/flite is not installed \(this system has no apt-get\)/)
  })

  it('fails where a test fails or a file cannot be loaded', async () => {
    await workspace({
      'a.test.mjs': "it('passes', () => {}); it('fails', () => expect(1).toBe(2))",
      'b.test.mjs': "throw new Error('broken')",
    })
    const { status, last } = script('test.mjs', {})
    expect(last).toBe('1 passed, 2 failed, 0 skipped')
    expect(status).toBe(1)
  })
})

describe('scripts/start.mjs', () => {
  it('installs on a fresh machine and says so when that fails', async () => {
    const npm = join(folder, 'npm.mjs')
    await writeFile(npm, "console.log('npm', ...process.argv.slice(2)); process.exit(7)")
    const { status, out, err } = script('start.mjs', { npm_execpath: npm })
    expect(out).toContain('npm ci')
    expect(err).toContain('npm ci failed')
    expect(status).toBe(1)
  })
})
