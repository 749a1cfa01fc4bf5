/** @file Chooses the next token from logits. */
import type { Span } from '../models/omni/choices.ts'
import type { Rng } from '../util/rng.ts'

export interface SampleOptions {
  /** 0 is greedy. */
  readonly temperature: number
  /** Smallest set of tokens whose probabilities sum to this (Holtzman et al. 2020), at least the likeliest; 1 is all. */
  readonly topP: number
}

/** A chosen token, and the log-probability in nats that it was drawn with: 0 where there was no choice. */
export interface Draw {
  readonly id: number
  readonly logprob: number
}

/** Below a millionth of the best a token is never drawn in practice. */
const NEVER = Math.log(1e-6)

/** Room for one draw, used again by the next: thousands of them are made a second. */
let weights = new Float64Array(0)

/** What tokens lose that an answer already has: `frequency` for each time, `presence` once. Below 0 they gain. */
export interface Penalties {
  readonly frequency: number
  readonly presence: number
}

/** `logits` less what the tokens lose that were `written`, with how often they were. */
export function penalise(
  logits: Float32Array,
  written: ReadonlyMap<number, number>,
  { frequency, presence }: Penalties,
): Float32Array {
  const out = Float32Array.from(logits)
  for (const [id, times] of written) out[id]! -= frequency * times + presence
  return out
}

/** Draws a token from the spans of those that may be chosen at all; its id is -1 where there is none. */
export function sampleToken(
  logits: Float32Array,
  { temperature, topP }: SampleOptions,
  { allowed, rng }: { allowed: readonly Span[]; rng: Rng },
): Draw {
  let best = -1
  let top = Number.NEGATIVE_INFINITY
  for (const [from, to] of allowed) {
    if (best < 0 && from < to) best = from
    for (let id = from; id < to; id++) {
      if (logits[id]! > top) {
        top = logits[id]!
        best = id
      }
    }
  }
  if (temperature <= 0 || best < 0) return { id: best, logprob: 0 }
  if (weights.length < logits.length) weights = new Float64Array(logits.length)
  let total = 0
  for (const [from, to] of allowed) {
    for (let id = from; id < to; id++) {
      const below = (logits[id]! - top) / temperature
      const weight = below < NEVER ? 0 : Math.exp(below)
      weights[id] = weight
      total += weight
    }
  }
  if (topP < 1) return fromTop(allowed, { least: topP * total, rng })
  const drawn = (id: number): Draw => ({ id, logprob: Math.log(weights[id]! / total) })
  let at = rng.next() * total
  let last = best
  for (const [from, to] of allowed) {
    for (let id = from; id < to; id++) {
      if (weights[id] === 0) continue
      last = id
      at -= weights[id]!
      if (at <= 0) return drawn(id)
    }
  }
  return drawn(last)
}

/** Log-probabilities in nats, at temperature 1, of `chosen` and of the `top` likeliest tokens among the allowed, the likeliest first. */
export function logprobsOf(
  logits: Float32Array,
  { allowed, chosen, top }: { allowed: readonly Span[]; chosen: number; top: number },
): { readonly logprob: number; readonly top: readonly Draw[] } {
  const best: number[] = []
  for (const [from, to] of allowed) {
    for (let id = from; id < to; id++) {
      if (best.length >= Math.max(1, top) && logits[id]! <= logits[best.at(-1)!]!) continue
      let at = best.length
      while (at > 0 && logits[best[at - 1]!]! < logits[id]!) at--
      best.splice(at, 0, id)
      best.length = Math.min(best.length, Math.max(1, top))
    }
  }
  const most = logits[best[0]!]!
  let sum = 0
  for (const [from, to] of allowed) for (let id = from; id < to; id++) sum += Math.exp(logits[id]! - most)
  const total = most + Math.log(sum)
  return {
    logprob: logits[chosen]! - total,
    top: best.slice(0, top).map((id) => ({ id, logprob: logits[id]! - total })),
  }
}

/** Draws among the heaviest tokens that weigh `least` together; of nothing there is still the heaviest. */
function fromTop(allowed: readonly Span[], { least, rng }: { least: number; rng: Rng }): Draw {
  const candidates: number[] = []
  for (const [from, to] of allowed) for (let id = from; id < to; id++) if (weights[id]! > 0) candidates.push(id)
  candidates.sort((a, b) => weights[b]! - weights[a]! || a - b)
  let kept = 0
  let mass = 0
  while (kept < candidates.length && (kept === 0 || mass < least)) mass += weights[candidates[kept++]!]!
  let at = rng.next() * mass
  let chosen = 0
  for (; chosen < kept - 1; chosen++) {
    at -= weights[candidates[chosen]!]!
    if (at <= 0) break
  }
  const id = candidates[chosen]!
  return { id, logprob: Math.log(weights[id]! / mass) }
}
