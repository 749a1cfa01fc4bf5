/** @file Brings the npm and Debian packages that the data builders read into a cache folder; nothing of them enters the workspace. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { TonyError } from '../../util/errors.ts'

const runFile = promisify(execFile)

/** Called with one line of progress. */
export type Report = (line: string) => void

/** Installs npm packages (`name@version`) under `<cache>/npm` where missing and returns its `node_modules`. */
export async function installNpm(cache: string, specs: readonly string[], report: Report): Promise<string> {
  const folder = resolve(cache, 'npm')
  const modules = join(folder, 'node_modules')
  const missing = specs.filter((spec) => !hasVersion(modules, spec))
  if (missing.length > 0) {
    mkdirSync(folder, { recursive: true })
    if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
    report(`installing ${missing.join(', ')}`)
    await command(
      'npm',
      ['install', '--prefix', folder, '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', ...missing],
      folder,
    )
  }
  return modules
}

/** Downloads and unpacks Debian packages under `<cache>/deb/root` where missing and returns that folder; the system is not touched. */
export async function installDeb(cache: string, names: readonly string[], report: Report): Promise<string> {
  const folder = resolve(cache, 'deb')
  const root = join(folder, 'root')
  const missing = names.filter((name) => !existsSync(join(root, 'usr/share/doc', name)))
  if (missing.length > 0) {
    mkdirSync(root, { recursive: true })
    for (const name of missing) {
      report(`downloading ${name}`)
      await command('apt-get', ['-q', 'download', name], folder)
      for (const file of readdirSync(folder).filter(
        (entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'),
      )) {
        await command('dpkg', ['-x', join(folder, file), root], folder)
        rmSync(join(folder, file))
      }
    }
  }
  return root
}

/** The paths of all files under `folder`, sorted, that `wanted` accepts. */
export function filesUnder(folder: string, wanted: (path: string) => boolean): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(wanted)
    .sort()
}

/** Runs a program and fails with the end of what it said. */
export async function command(program: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await runFile(program, [...args], { cwd, maxBuffer: 64 << 20 })
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.trim().split('\n').slice(-3).join(' ') : String(cause)
    throw new TonyError(
      'missing_dependency',
      `data packages: '${program} ${args[0] ?? ''}' failed, got '${said}'; check the package sources of this machine`,
      { cause },
    )
  }
}

function hasVersion(modules: string, spec: string): boolean {
  const at = spec.lastIndexOf('@')
  const file = join(modules, spec.slice(0, at), 'package.json')
  if (!existsSync(file)) return false
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
  return typeof found === 'object' && found !== null && 'version' in found && found.version === spec.slice(at + 1)
}
