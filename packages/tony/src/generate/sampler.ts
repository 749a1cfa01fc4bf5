/** @file Chooses the next token from logits. */
import type { Rng } from '../util/rng.ts'

export interface SampleOptions {
  /** 0 is greedy. */
  readonly temperature: number
  /** Smallest set of tokens whose probabilities sum to this (Holtzman et al. 2020); 1 is all. */
  readonly topP: number
}

/** Index of the chosen token; `allowed` says which may be chosen at all. */
export function sampleToken(
  logits: Float32Array,
  { temperature, topP }: SampleOptions,
  { allowed, rng }: { allowed: (id: number) => boolean; rng: Rng },
): number {
  let best = -1
  for (let id = 0; id < logits.length; id++) if (allowed(id) && (best < 0 || logits[id]! > logits[best]!)) best = id
  if (temperature <= 0 || best < 0) return best
  const top = logits[best]!
  const candidates: { id: number; p: number }[] = []
  let total = 0
  for (let id = 0; id < logits.length; id++) {
    if (!allowed(id)) continue
    const p = Math.exp((logits[id]! - top) / temperature)
    // Below a millionth of the best a token is never drawn in practice.
    if (p < 1e-6) continue
    candidates.push({ id, p })
    total += p
  }
  candidates.sort((a, b) => b.p - a.p || a.id - b.id)
  let kept = 0
  let mass = 0
  while (kept < candidates.length && mass < topP * total) mass += candidates[kept++]!.p
  let at = rng.next() * mass
  for (let i = 0; i < kept; i++) {
    at -= candidates[i]!.p
    if (at <= 0) return candidates[i]!.id
  }
  return candidates[kept - 1]!.id
}
