/**
 * @file What one person said in the voice of another, in the log-mel domain: each 40 ms are those of the other's recordings
 * that a hearing network takes for the most alike (kNN-VC: Baas, van Niekerk & Kamper 2023, arXiv 2305.18975). Recordings
 * need no transcript, and may be in another language.
 */
import { MEL_BANDS } from '../media/audio/mel.ts'

/** Frames of one cell, 10 ms each. */
export const CELL_FRAMES = 4
const CELL = CELL_FRAMES * MEL_BANDS

/** A recording as cells: what a hearing network makes of each, in rows of one length (unit vectors), and its features [n · 4 · 80]. */
export interface Recording {
  readonly rows: Float32Array
  readonly mels: Float32Array
}

/** All cells of some recordings of one speaker. */
export interface VoiceBank {
  readonly count: number
  readonly rows: Float32Array
  readonly mels: Float32Array
  /** 1 for a cell after which the next one of the bank was said. */
  readonly goesOn: Uint8Array
}

export function bankOf(recordings: readonly Recording[]): VoiceBank {
  const counts = recordings.map(({ mels }) => mels.length / CELL)
  const count = counts.reduce((a, b) => a + b, 0)
  const width = recordings.length === 0 ? 0 : recordings[0]!.rows.length / counts[0]!
  const bank = {
    count,
    rows: new Float32Array(count * width),
    mels: new Float32Array(count * CELL),
    goesOn: new Uint8Array(count).fill(1),
  }
  let at = 0
  for (const [i, { rows, mels }] of recordings.entries()) {
    bank.rows.set(rows, at * width)
    bank.mels.set(mels, at * CELL)
    at += counts[i]!
    if (at > 0) bank.goesOn[at - 1] = 0
  }
  return bank
}

/** How many of the cells most alike are considered. */
const CONSIDERED = 12
/** Weight of how badly two cells fit together that were not said one after the other, beside how unlike they are to what was said. */
const JOIN = 0.2

/**
 * Features [n · 4 · 80] of n cells in the voice of `bank`: the cells of which `alike` [n · count] (cosines) says that they are
 * most like what was said, and which follow each other well (Viterbi).
 *
 * @throws RangeError where the bank has no cells.
 */
export function inVoiceOf(bank: VoiceBank, alike: Float32Array): Float32Array {
  if (bank.count === 0) throw new RangeError('inVoiceOf: the bank has no cells; give it recordings')
  const n = alike.length / bank.count
  const considered = Math.min(CONSIDERED, bank.count)
  const candidates = Array.from({ length: n }, (_, i) =>
    mostAlike(alike.subarray(i * bank.count, (i + 1) * bank.count), considered),
  )
  const cost = (i: number, candidate: number): number => 1 - alike[i * bank.count + candidate]!
  let total = Float64Array.from(candidates[0] ?? [], (candidate) => cost(0, candidate))
  const cameFrom: Int32Array[] = []
  for (let i = 1; i < n; i++) {
    const next = new Float64Array(considered)
    const from = new Int32Array(considered)
    for (const [k, candidate] of candidates[i]!.entries()) {
      let best = Number.POSITIVE_INFINITY
      for (const [j, earlier] of candidates[i - 1]!.entries()) {
        const value = total[j]! + JOIN * joinCost(bank, earlier, candidate)
        if (value >= best) continue
        best = value
        from[k] = j
      }
      next[k] = best + cost(i, candidate)
    }
    total = next
    cameFrom.push(from)
  }
  const out = new Float32Array(n * CELL)
  let k = total.indexOf(total.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY))
  for (let i = n - 1; i >= 0; i--) {
    const cell = candidates[i]![k]!
    out.set(bank.mels.subarray(cell * CELL, (cell + 1) * CELL), i * CELL)
    if (i > 0) k = cameFrom[i - 1]![k]!
  }
  return out
}

/** The places of the largest values, largest first. */
function mostAlike(values: Float32Array, count: number): Int32Array {
  const places = new Int32Array(count)
  const best = new Float32Array(count).fill(Number.NEGATIVE_INFINITY)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value <= best[count - 1]!) continue
    let at = count - 1
    for (; at > 0 && best[at - 1]! < value; at--) {
      best[at] = best[at - 1]!
      places[at] = places[at - 1]!
    }
    best[at] = value
    places[at] = i
  }
  return places
}

/** 0 for cells that were said one after the other, else how far the end of the first is from the beginning of the second. */
function joinCost({ mels, goesOn }: VoiceBank, first: number, second: number): number {
  if (second === first + 1 && goesOn[first] === 1) return 0
  let sum = 0
  const end = (first + 1) * CELL - MEL_BANDS
  for (let b = 0; b < MEL_BANDS; b++) sum += Math.abs(mels[end + b]! - mels[second * CELL + b]!)
  return sum / MEL_BANDS
}

/** Average spectrum of the loud frames of features [frames · 80], whatever its level: recordings of one speaker have much the same. */
export function colourOf(mels: Float32Array): Float32Array {
  const colour = new Float32Array(MEL_BANDS)
  for (let at = 0; at < mels.length; at += MEL_BANDS) {
    const frame = mels.subarray(at, at + MEL_BANDS)
    if (frame.reduce((a, b) => a + b, 0) <= 0) continue
    for (let b = 0; b < MEL_BANDS; b++) colour[b]! += frame[b]!
  }
  const size = Math.max(1e-9, Math.sqrt(colour.reduce((sum, x) => sum + x * x, 0)))
  const mean = colour.reduce((a, b) => a + b, 0) / MEL_BANDS
  return colour.map((x) => (x - mean) / size)
}
