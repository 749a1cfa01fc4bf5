// What `npm start` and `npm test` do first on a fresh machine. Plain Node, as nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Node's options for running TypeScript sources of the workspace. */
export const sourceOptions = ['--conditions=@tony/source', '--import', 'tsx']

/** Ends the process with one sentence. */
export function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`Tony needs Node 20.19 or newer; this is ${process.versions.node}.`)
}

/** Runs `npm ci` if nothing is installed, or something older than the lock file. */
export function install() {
  const installed = join(root, 'node_modules/.package-lock.json')
  if (existsSync(installed) && modified(installed) >= modified(join(root, 'package-lock.json'))) return
  console.log('Installing packages (npm ci); once, a minute or two.')
  if (npm(['ci', '--no-audit', '--no-fund']) !== 0) fail('npm ci failed; see above. Is the package registry reachable?')
}

/** Builds the page if it is missing or older than its sources. */
export function buildStudio() {
  const built = join(root, 'apps/studio/dist/index.html')
  const sources = ['apps/studio', 'packages/server/src/protocol', 'package-lock.json']
  if (existsSync(built) && modified(built) >= Math.max(...sources.map((path) => newest(join(root, path))))) return
  console.log('Building the page.')
  if (npm(['run', '--silent', 'build']) !== 0) fail('The page could not be built; see above.')
}

/** Runs a child to its end with this terminal, passing signals on; resolves to its exit status. */
export function runChild(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', cwd: root, ...options })
    // Ctrl-C in a terminal reaches the child by itself; without one only this process may have been asked.
    process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.on('error', (error) => fail(`${command} cannot be started: ${error.message}`))
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}

function npm(args) {
  const path = process.env.npm_execpath
  const [command, first] = path === undefined ? ['npm', []] : [process.execPath, [path]]
  const { status } = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: 'inherit',
    shell: path === undefined && process.platform === 'win32',
  })
  return status
}

function modified(path) {
  return statSync(path).mtimeMs
}

function newest(path) {
  if (!statSync(path).isDirectory()) return modified(path)
  const names = readdirSync(path).filter((name) => name !== 'dist' && name !== 'node_modules')
  return Math.max(0, ...names.map((name) => newest(join(path, name))))
}
