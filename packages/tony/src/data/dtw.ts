/** @file When in one clip what is said is said in another: dynamic time warping of log-mels (Sakoe & Chiba 1978). */
import { MEL_BANDS } from '../media/audio/mel.ts'

/** Bands that are taken together: what the two differ in, pitch and the exact place of formants, matters less then. */
const TOGETHER = 4
const BANDS = MEL_BANDS / TOGETHER
/** How far from the straight line a place may be, as a share of the longer clip. */
const FAR = 0.3

/**
 * For each frame of `from` [n · 80] the frame of `to` [m · 80] at which the same is said; it never goes back.
 *
 * @throws RangeError where a clip has no frame.
 */
export function sameMoments(from: Float32Array, to: Float32Array): Int32Array {
  const a = evenedBands(from)
  const b = evenedBands(to)
  const [n, m] = [a.length / BANDS, b.length / BANDS]
  if (n === 0 || m === 0) throw new RangeError(`sameMoments: clips of ${n} and ${m} frames; each needs one`)
  const reach = Math.ceil(FAR * Math.max(n, m)) + 1
  const cost = new Float64Array(n * m).fill(Number.POSITIVE_INFINITY)
  /** 0: both went on, 1: only `from`, 2: only `to`. */
  const step = new Uint8Array(n * m)
  for (let i = 0; i < n; i++) {
    const middle = (i * m) / n
    const first = Math.max(0, Math.floor(middle - reach))
    const last = Math.min(m - 1, Math.ceil(middle + reach))
    for (let j = first; j <= last; j++) {
      const at = i * m + j
      const own = distance(a, i, b, j)
      if (i === 0 && j === 0) {
        cost[at] = own
        continue
      }
      const ways = [
        i > 0 && j > 0 ? cost[at - m - 1]! : Number.POSITIVE_INFINITY,
        i > 0 ? cost[at - m]! + STILL : Number.POSITIVE_INFINITY,
        j > 0 ? cost[at - 1]! + STILL : Number.POSITIVE_INFINITY,
      ]
      const best = ways.indexOf(Math.min(...ways))
      step[at] = best
      cost[at] = own + ways[best]!
    }
  }
  const out = new Int32Array(n)
  for (let i = n - 1, j = m - 1; i >= 0; ) {
    out[i] = j
    const way = step[i * m + j]!
    if (i === 0 && j === 0) break
    if (way !== 2) i--
    if (way !== 1) j--
  }
  return out
}

/** What it costs that one clip stands still while the other goes on, beside frames that differ by about the root of `2 · BANDS`. */
const STILL = 1

function distance(a: Float32Array, i: number, b: Float32Array, j: number): number {
  let sum = 0
  for (let k = 0; k < BANDS; k++) sum += (a[i * BANDS + k]! - b[j * BANDS + k]!) ** 2
  return Math.sqrt(sum)
}

/** Features of some bands together, each with mean 0 and deviation 1 over the clip: whoever speaks. */
function evenedBands(frames: Float32Array): Float32Array {
  const count = frames.length / MEL_BANDS
  const out = new Float32Array(count * BANDS)
  for (let b = 0; b < BANDS; b++) {
    let sum = 0
    let squares = 0
    for (let f = 0; f < count; f++) {
      let value = 0
      for (let k = 0; k < TOGETHER; k++) value += frames[f * MEL_BANDS + b * TOGETHER + k]!
      out[f * BANDS + b] = value
      sum += value
      squares += value * value
    }
    const mean = sum / count
    const deviation = Math.sqrt(Math.max(1e-6, squares / count - mean * mean))
    for (let f = 0; f < count; f++) out[f * BANDS + b] = (out[f * BANDS + b]! - mean) / deviation
  }
  return out
}
