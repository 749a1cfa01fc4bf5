/** @file `tony curves`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { TonyError } from 'tony'
import { writeCurves } from '../curves/write.ts'
import type { Terminal } from '../terminal.ts'

/** Draws the curves of a run folder. */
export async function curves(run: string, { stdout }: Terminal): Promise<number> {
  if (!existsSync(join(run, 'log.jsonl')))
    throw new TonyError('not_found', `curves: there is no ${join(run, 'log.jsonl')}; name the folder of a run`)
  const files = await writeCurves(run)
  if (files === undefined) throw new TonyError('invalid', `curves: ${join(run, 'log.jsonl')} holds no step yet`)
  stdout.write(`curves: ${files.html} and ${files.png}\n`)
  return 0
}
