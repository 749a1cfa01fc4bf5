#!/usr/bin/env node
// Starts the command: from its TypeScript source in a checkout (so recipes and the library are one program), else from dist.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const source = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const tsx = findTsx()
if (!existsSync(source) || tsx === undefined) {
  await import('../dist/main.js')
} else {
  const child = spawn(
    process.execPath,
    ['--conditions=@tony/source', '--import', tsx, source, ...process.argv.slice(2)],
    { stdio: 'inherit' },
  )
  // Ctrl-C in a terminal reaches the child by itself; this process must only outlive it.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`tony: cannot start ${process.execPath}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
}

/** @returns {string | undefined} */
function findTsx() {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  } catch {
    return undefined
  }
}
