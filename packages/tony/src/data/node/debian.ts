/** @file Installs Debian packages that a data builder or a benchmark needs, where the machine allows it; otherwise says why not. */
import { spawnSync } from 'node:child_process'
import type { Report } from './pictures-packages.ts'

/** Installs `packages` unless `works` already says so; gives the reason where they cannot be had. */
export function ensureDebian(packages: readonly string[], works: () => boolean, report: Report): string | undefined {
  if (works()) return undefined
  const names = packages.join(', ')
  report(`installing ${names} (once)`)
  const apt = (...args: readonly string[]): string | undefined => {
    const { status, stderr, error } = spawnSync('apt-get', args, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    return status === 0 ? undefined : (error?.message ?? stderr).trim().split('\n').at(-1)
  }
  apt('update')
  const failed = apt('install', '-y', '--no-install-recommends', ...packages)
  if (failed !== undefined) return `apt-get cannot install ${names}: ${failed}`
  return works() ? undefined : `${names}: installed, but does not run`
}

/** Whether a program can be started. */
export const runs = (program: string): boolean =>
  spawnSync(program, ['--help'], { stdio: 'ignore' }).error === undefined
