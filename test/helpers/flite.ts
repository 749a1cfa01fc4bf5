/** @file Speech for tests, where flite is installed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseWav } from '../../packages/tony/src/media/audio/wav.ts'
import type { AudioClip } from '../../packages/tony/src/media/types.ts'

/** `text` by flite's voice slt, or nothing where flite is not installed. */
export function speak(text: string): AudioClip | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tony-flite-'))
  try {
    const file = join(folder, 'a.wav')
    execFileSync('flite', ['-voice', 'slt', '-t', text, '-o', file], { stdio: 'ignore' })
    return parseWav(readFileSync(file))
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true })
  }
}
