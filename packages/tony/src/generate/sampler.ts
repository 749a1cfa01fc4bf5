/** @file Chooses the next token from logits. */
import type { Rng } from '../util/rng.ts'

export interface SampleOptions {
  /** 0 is greedy. */
  readonly temperature: number
  /** Smallest set of tokens whose probabilities sum to this (Holtzman et al. 2020); 1 is all. */
  readonly topP: number
}

/** Below a millionth of the best a token is never drawn in practice. */
const NEVER = Math.log(1e-6)

/** Room for one draw, used again by the next: thousands of them are made a second. */
let ids = new Int32Array(0)
let weights = new Float64Array(0)

/** Index of the chosen token; `allowed` says which may be chosen at all. */
export function sampleToken(
  logits: Float32Array,
  { temperature, topP }: SampleOptions,
  { allowed, rng }: { allowed: (id: number) => boolean; rng: Rng },
): number {
  if (ids.length < logits.length) {
    ids = new Int32Array(logits.length)
    weights = new Float64Array(logits.length)
  }
  let count = 0
  let best = -1
  for (let id = 0; id < logits.length; id++) {
    if (!allowed(id)) continue
    ids[count++] = id
    if (best < 0 || logits[id]! > logits[best]!) best = id
  }
  if (temperature <= 0 || best < 0) return best
  const top = logits[best]!
  let kept = 0
  let total = 0
  for (let i = 0; i < count; i++) {
    const id = ids[i]!
    const below = (logits[id]! - top) / temperature
    if (below < NEVER) continue
    const weight = Math.exp(below)
    ids[kept++] = id
    weights[id] = weight
    total += weight
  }
  const candidates = ids.subarray(0, kept)
  let mass = total
  if (topP < 1) {
    candidates.sort((a, b) => weights[b]! - weights[a]! || a - b)
    kept = 0
    mass = 0
    while (kept < candidates.length && mass < topP * total) mass += weights[candidates[kept++]!]!
  }
  let at = rng.next() * mass
  for (let i = 0; i < kept; i++) {
    at -= weights[candidates[i]!]!
    if (at <= 0) return candidates[i]!
  }
  return candidates[kept - 1]!
}
