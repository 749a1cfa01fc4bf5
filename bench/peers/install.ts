/** @file Installs what the benchmarks compare with, where the machine allows it; otherwise says why not. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ensureDebian } from '../../packages/tony/src/data/node/debian.ts'

/** Debian's PyTorch on a threaded OpenBLAS; gives the reason where it cannot be had. */
export const ensureTorch = (): string | undefined =>
  ensureDebian(
    ['python3-torch', 'python3-numpy', 'libopenblas0-pthread'],
    () => spawnSync('/usr/bin/python3', ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0,
    console.log,
  )

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
    : { reason: `npm cannot install node-llama-cpp: ${(error?.message ?? stderr).trim().split('\n').at(-1)}` }
}
