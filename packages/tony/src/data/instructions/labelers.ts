/**
 * @file Simulated labelers: people stand behind preferences (Ouyang et al. 2022, section 3.4); where none are at hand, these
 * judge by the checkable criteria of `criteria.ts`, each with weights of its own and as much noise as people have. Whatever
 * is learned or measured with them is called simulated.
 */
import { makeRng, type Rng } from '../../util/rng.ts'
import type { Findings } from './criteria.ts'

/** How much a labeler minds each criterion. */
export interface Weights {
  readonly followed: number
  readonly truthful: number
  readonly constraint: number
  readonly harmless: number
  readonly attempted: number
  /** Of each word more than `long`. */
  readonly rambling: number
}

/** One simulated labeler. */
export interface Labeler {
  readonly name: string
  readonly weights: Weights
}

const LONG = 24

/** When training data is labelled, what helps the user comes first (Ouyang et al. 2022, section 3.4). */
const HELPFUL: Weights = { followed: 3, truthful: 2, constraint: 1, harmless: 2, attempted: 1, rambling: 0.05 }
/** In the final evaluation truth and harmlessness come first. */
const HONEST: Weights = { followed: 2, truthful: 3, constraint: 1, harmless: 3, attempted: 1, rambling: 0.05 }

function group(name: string, base: Weights, factors: readonly number[]): Labeler[] {
  const names = Object.keys(base) as (keyof Weights)[]
  return factors.map((factor, i) => ({
    name: `${name}-${i + 1}`,
    // Each minds one criterion more or less than the others do.
    weights: { ...base, [names[i % names.length]!]: base[names[i % names.length]!] * factor },
  }))
}

/** Those whose rankings train the reward model. */
export const TRAINING_LABELERS: readonly Labeler[] = group('simulated-training', HELPFUL, [1.3, 0.7, 1.4, 1.2, 0.8])
/** Those who judge at the end, and who label nothing that anything is trained on. */
export const EVALUATION_LABELERS: readonly Labeler[] = group('simulated-held-out', HONEST, [0.7, 1.3, 1.2, 0.8, 1.4])

/** How good an answer is to a labeler, without noise. */
export function utility({ weights }: Labeler, found: Findings): number {
  return (
    weights.followed * Number(found.followed) +
    weights.truthful * Number(found.truthful) +
    weights.constraint * Number(found.constraint ?? true) +
    weights.harmless * Number(found.harmless) +
    weights.attempted * Number(found.attempted) -
    weights.rambling * Math.max(0, found.words - LONG)
  )
}

/** How good an answer is to some labelers on average, without noise. */
export function meanUtility(labelers: readonly Labeler[], found: Findings): number {
  return labelers.reduce((sum, labeler) => sum + utility(labeler, found), 0) / labelers.length
}

/** Gumbel noise: the difference of two is logistic, so that preferences follow Bradley and Terry's model. */
function gumbel(rng: Rng): number {
  return -Math.log(-Math.log(Math.max(rng.next(), 1e-12)))
}

/** Utilities as one labeler feels them on one day: with noise of scale `noise`. */
export function felt(rng: Rng, utilities: readonly number[], noise: number): number[] {
  return utilities.map((value) => value + noise * gumbel(rng))
}

/** Felt differences below so many times the noise are called a tie: labelers were encouraged to use them (appendix B). */
const TIE = 1

/** Ranks of felt values, 1 for the largest; a value too close to the best of those before it that are alike shares their rank. */
export function ranksOf(values: readonly number[], noise: number): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]!)
  const ranks = new Array<number>(values.length)
  let rank = 0
  let best = Number.POSITIVE_INFINITY
  for (const at of order) {
    if (rank === 0 || best - values[at]! > TIE * noise) {
      rank++
      best = values[at]!
    }
    ranks[at] = rank
  }
  return ranks
}

/** Overall quality, 1 to 7 (table 3 of the paper), of a felt utility between `worst` and `best`. */
export function likert(value: number, { worst, best }: { worst: number; best: number }): number {
  const share = (value - worst) / (best - worst)
  return 1 + Math.round(6 * Math.min(1, Math.max(0, share)))
}

/** What two labelers think of the same answers, without noise. */
export type TwoViews = readonly [first: readonly number[], second: readonly number[]]

/** How often two labelers with noise of scale `noise` who rank the same answers prefer the same one of a pair, where both prefer one. */
export function agreementAt(noise: number, items: readonly TwoViews[]): number {
  // The same chances for every noise: what grows with it is then found by halving.
  const rng = makeRng(71)
  let same = 0
  let both = 0
  for (const views of items) {
    const [a, b] = views.map((utilities) => ranksOf(felt(rng, utilities, noise), noise)) as [number[], number[]]
    for (let i = 0; i < a.length; i++) {
      for (let j = 0; j < i; j++) {
        const votes = Math.sign(a[i]! - a[j]!) * Math.sign(b[i]! - b[j]!)
        if (votes !== 0) both++
        if (votes > 0) same++
      }
    }
  }
  return both === 0 ? Number.NaN : same / both
}

/** The scale of noise at which two labelers agree on `items` as often as the paper's did: 72.6% (section 3.4). */
export function noiseFor(items: readonly TwoViews[], agreement = 0.726): number {
  let [low, high] = [1e-2, 100]
  for (let i = 0; i < 30; i++) {
    const middle = Math.sqrt(low * high)
    if (agreementAt(middle, items) > agreement) low = middle
    else high = middle
  }
  return Math.sqrt(low * high)
}
