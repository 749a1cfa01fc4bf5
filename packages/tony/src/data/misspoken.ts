/** @file What a voice might have said by mistake: codes of speech with slips, from which it learns to recover. */
import type { Rng } from '../util/rng.ts'

/** Largest share of frames with a slip; each answer has its own, evenly from none. */
const MOST = 0.4
/** Frames away from which another frame is taken. */
const NEAR = 4

/**
 * The rows of codes of an answer with slips: a row is that of a frame close by, or some of its codes are grid points beside the right
 * ones. In training a network reads what was recorded, in use what it has said itself; where every row before the next one is
 * right it learns to go on from them rather than to say its words (exposure bias: Ranzato et al. 2016, arXiv 1511.06732).
 * `levels` are those of one code, the first dimension least significant.
 */
export function misspoken(
  rng: Rng,
  rows: readonly ArrayLike<number>[],
  levels: readonly number[],
): readonly ArrayLike<number>[] {
  const rate = MOST * rng.next()
  return rows.map((row, at) => {
    if (rng.next() >= rate) return row
    if (rng.next() < 0.5) {
      const other = at - NEAR + rng.int(2 * NEAR + 1)
      return rows[Math.min(rows.length - 1, Math.max(0, other))]!
    }
    return Int32Array.from(row, (code) => (rng.next() < 0.5 ? code : beside(rng, code, levels)))
  })
}

/** A code one step away in one dimension of the grid. */
function beside(rng: Rng, code: number, levels: readonly number[]): number {
  const dimension = rng.int(levels.length)
  const size = levels.slice(0, dimension).reduce((product, level) => product * level, 1)
  const step = Math.floor(code / size) % levels[dimension]!
  const up = step === 0 || (step < levels[dimension]! - 1 && rng.next() < 0.5)
  return up ? code + size : code - size
}
