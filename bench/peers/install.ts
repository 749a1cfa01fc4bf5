/** @file Installs what the benchmarks compare with, where the machine allows it; otherwise says why not. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

/** Debian's PyTorch on a threaded OpenBLAS; gives the reason where it cannot be had. */
export function ensureTorch(): string | undefined {
  const works = (): boolean =>
    spawnSync('/usr/bin/python3', ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0
  if (works()) return undefined
  console.log('bench: installing python3-torch (once)')
  const run = (args: readonly string[]): string | undefined => {
    const { status, stderr, error } = spawnSync('apt-get', args, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    return status === 0 ? undefined : lastLine(error?.message ?? stderr)
  }
  const packages = ['python3-torch', 'python3-numpy', 'libopenblas0-pthread']
  run(['update'])
  const failed = run(['install', '-y', '--no-install-recommends', ...packages])
  if (failed !== undefined) return `apt-get cannot install python3-torch: ${failed}`
  return works() ? undefined : 'python3-torch is installed but does not load'
}

/** A folder of its own with node-llama-cpp, which is no dependency of the workspace; or the reason why there is none. */
export function ensureLlama(version = '3.22.1'): { folder: string } | { reason: string } {
  const folder = resolve(import.meta.dirname, '../../.cache/peers/llama')
  if (existsSync(join(folder, 'node_modules/node-llama-cpp/package.json'))) return { folder }
  console.log(`bench: installing node-llama-cpp ${version} (once, several hundred MB)`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const { status, stderr, error } = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', `node-llama-cpp@${version}`],
    { cwd: folder, encoding: 'utf8' },
  )
  return status === 0
    ? { folder }
    : { reason: `npm cannot install node-llama-cpp: ${lastLine(error?.message ?? stderr)}` }
}
