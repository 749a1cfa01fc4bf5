/** @file Log-mel features of a whole speech corpus, computed once and kept beside it: `mel.s16` holds them in 16 bits. */
import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { logMel, MEL_BANDS, MEL_HOP } from '../../media/audio/mel.ts'
import { TonyError } from '../../util/errors.ts'
import { MEL_SCALE } from '../hearing.ts'
import type { SpeechRow } from '../types.ts'
import { readSamples } from './read-samples.ts'
import type { SpeechFiles } from './speech-files.ts'

/**
 * Features [floor(length / 160) · 80] of every row of `speech`, as whole numbers of 1 / `MEL_SCALE`. The first call for a
 * corpus computes them (about a second for six minutes of sound) and writes `<folder>/mel.s16`; later ones read it.
 *
 * @throws TonyError `invalid` where two rows have one id.
 */
export function openMels(
  folder: string,
  speech: SpeechFiles,
  report: (line: string) => void = () => undefined,
): (row: SpeechRow) => Int16Array {
  const path = join(folder, 'mel.s16')
  const offsets = new Map<string, number>()
  let total = 0
  for (const { id, length } of speech.rows) {
    if (offsets.has(id))
      throw new TonyError('invalid', `two clips of ${folder} are called ${id}; build the corpus again`)
    offsets.set(id, total)
    total += Math.floor(length / MEL_HOP) * MEL_BANDS
  }
  if (!existsSync(path) || statSync(path).size !== total * 2) {
    // Two programs may open a corpus at one time.
    const part = `${path}.${process.pid}.tmp`
    const file = openSync(part, 'w')
    speech.rows.forEach((row, i) => {
      const { data } = logMel(speech.samples(row))
      const whole = Int16Array.from(data, (x) => Math.max(-32768, Math.min(32767, Math.round(x * MEL_SCALE))))
      writeSync(file, new Uint8Array(whole.buffer))
      if ((i + 1) % 5000 === 0) report(`features of ${i + 1} of ${speech.rows.length} clips`)
    })
    closeSync(file)
    renameSync(part, path)
  }
  const all = readSamples(path)
  return ({ id, length }) => {
    const from = offsets.get(id)!
    return all.subarray(from, from + Math.floor(length / MEL_HOP) * MEL_BANDS)
  }
}
