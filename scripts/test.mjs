// `npm test [-- options of vitest]`: installs what tests need, runs them all; the last line says how it went.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkNode, install, root, runChild } from './setup.mjs'

/** Debian packages that some tests compare with, and what is left out without them. */
const debian = {
  'espeak-ng': 'speech synthesis (espeak-ng)',
  flite: 'speech synthesis (flite)',
  pocketsphinx: 'the outside recogniser',
  'pocketsphinx-en-us': 'the outside recogniser',
  chromium: 'the page in a browser',
  postgresql: 'labels in PostgreSQL',
  'python3-onnx': 'the ONNX checker',
}

checkNode()
install()
installDebian()

const folder = mkdtempSync(join(tmpdir(), 'tony-test-'))
const report = join(folder, 'report.json')
const status = await runChild(process.execPath, [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
])
const { passed, failed, skipped, broken } = counts(report)
rmSync(folder, { recursive: true, force: true })
if (broken > 0)
  console.log(
    `${broken} test ${broken === 1 ? 'file' : 'files'} could not be run and ${broken === 1 ? 'counts' : 'count'} as failed.`,
  )
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 ? 1 : status

function counts(path) {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0, broken: 0 }
  const {
    testResults,
    numPassedTests,
    numFailedTests,
    numPendingTests,
    numTodoTests = 0,
  } = JSON.parse(readFileSync(path, 'utf8'))
  // A file that throws while it is loaded fails without a failed test in it.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  ).length
  return { passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests + numTodoTests, broken }
}

function installDebian() {
  const missing = Object.keys(debian).filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const reason = whyNot()
  if (reason === undefined) {
    console.log(`Installing ${missing.join(', ')} with apt-get (once).`)
    const apt = (...args) =>
      spawnSync('apt-get', args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      })
    const add = () => apt('install', '-y', '-qq', '--no-install-recommends', ...missing).status === 0
    // The lists may be missing or old: fetch them only where the first attempt fails.
    if (!add()) {
      apt('update', '-qq')
      add()
    }
  }
  for (const name of missing.filter((name) => !isInstalled(name))) {
    console.log(`Tests of ${debian[name]} are skipped: ${name} is not installed (${reason ?? 'apt-get failed'}).`)
  }
}

function isInstalled(name) {
  const { status, stdout } = spawnSync('dpkg', ['-s', name], { encoding: 'utf8' })
  return status === 0 && stdout.includes('Status: install ok installed')
}

/** Why Debian packages cannot be installed here, if they cannot. */
function whyNot() {
  if (spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) return 'this system has no apt-get'
  if (process.getuid?.() !== 0) return 'installing needs root'
  return undefined
}
