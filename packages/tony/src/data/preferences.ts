/** @file Demonstrations and comparisons as people make them, and the checks that hold for every ranking. */
import { TonyError } from '../util/errors.ts'

/** One piece of a prompt or an output. Sound and pictures are named by the SHA-256 of their file. */
export type PreferencePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'audio'; readonly sha256: string }
  | { readonly type: 'image'; readonly sha256: string }

/** One turn of a prompt. */
export interface PreferenceMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: readonly PreferencePart[]
}

/** One answer to a prompt. */
export interface PreferenceOutput {
  readonly content: readonly PreferencePart[]
  /** Who made it; null where that is not known. */
  readonly model: string | null
}

/** The yes/no questions of InstructGPT's Table 3, asked of each output. */
export const outputFlags = [
  'fails_instruction',
  'inappropriate_for_assistant',
  'hallucination',
  'satisfies_constraint',
  'sexual_content',
  'violent_content',
  'encourages_harm',
  'denigrates_protected_class',
  'harmful_advice',
  'expresses_opinion',
  'expresses_moral_judgment',
] as const

/** A yes/no question of InstructGPT's Table 3. */
export type OutputFlag = (typeof outputFlags)[number]

/** What one labeler says of one output; null where nothing was said. */
export interface OutputRating {
  /** Overall quality, 1 (worst) to 7 (best). */
  readonly overall: number | null
  readonly flags: Readonly<Record<OutputFlag, boolean | null>>
}

/** Most outputs that people rank at once: InstructGPT's K is 4 to 9. */
export const MOST_OUTPUTS = 9

/** Outputs of one prompt in a weak order. */
export interface Comparison {
  readonly id: string
  readonly prompt: readonly PreferenceMessage[]
  readonly outputs: readonly PreferenceOutput[]
  /** Rank of each output, 1 is best; equal ranks are ties. Dense: 1, 2, 2, 3. */
  readonly ranks: readonly number[]
  readonly ratings: readonly OutputRating[] | null
  /** Pseudonym of the labeler. */
  readonly labeler: string | null
  /** When it was submitted, ISO 8601. */
  readonly time: string | null
}

/** An answer that a labeler wrote. */
export interface Demonstration {
  readonly id: string
  readonly prompt: readonly PreferenceMessage[]
  readonly completion: readonly PreferencePart[]
  readonly labeler: string | null
  readonly time: string | null
}

/** Text as the parts of a message. */
export function textContent(text: string): PreferencePart[] {
  return [{ type: 'text', text }]
}

/** A rating that says nothing yet. */
export function emptyRating(): OutputRating {
  return { overall: null, flags: Object.fromEntries(outputFlags.map((flag) => [flag, null])) as OutputRating['flags'] }
}

/**
 * Checks a ranking and makes it dense.
 *
 * @param ranks - the rank of each output, null where it has none.
 * @param options - `restTied` puts those without a rank last, all tied ("the best n, the rest tied last").
 * @throws TonyError `invalid` that names the output that is missing or wrong.
 */
export function checkRanks(
  ranks: readonly (number | null)[],
  count: number,
  options: { readonly restTied?: boolean } = {},
): number[] {
  if (ranks.length !== count) {
    throw new TonyError('invalid', `ranks: ${ranks.length} ranks for ${count} outputs; give each output one rank`)
  }
  for (const [i, rank] of ranks.entries()) {
    if (rank === null) {
      if (options.restTied) continue
      throw new TonyError(
        'invalid',
        `ranks: output ${i + 1} has no rank; rank all ${count} outputs, or say that the rest is tied last`,
      )
    }
    if (!Number.isInteger(rank) || rank < 1 || rank > count) {
      throw new TonyError('invalid', `ranks: output ${i + 1} has rank ${rank} (expected a whole number 1 to ${count})`)
    }
  }
  return denseRanks(ranks.map((rank) => rank ?? count + 1))
}

/** The same order with ranks 1, 2, 3 ... and no gaps. */
export function denseRanks(ranks: readonly number[]): number[] {
  const levels = [...new Set(ranks)].sort((a, b) => a - b)
  return ranks.map((rank) => levels.indexOf(rank) + 1)
}

/** Every pair of outputs that is not tied: indices of the better and the worse one. */
export function preferencePairs(ranks: readonly number[]): { readonly chosen: number; readonly rejected: number }[] {
  return ranks.flatMap((rank, chosen) =>
    ranks.flatMap((other, rejected) => (rank < other ? [{ chosen, rejected }] : [])),
  )
}

/** What pairwise preferences say together. */
export type PairwiseOrder =
  /** They are the pairs of one weak order. */
  | { readonly kind: 'weak-order'; readonly ranks: number[] }
  /** They contradict each other: each output of `cycle` is preferred to the next, and the last to the first. */
  | { readonly kind: 'cycle'; readonly cycle: number[] }
  /** They leave some pairs open which no weak order would leave open. */
  | { readonly kind: 'partial' }

/** Finds the weak order behind pairwise preferences, or the cycle that forbids one. Pairs not given are ties. */
export function orderOfPairs(
  count: number,
  pairs: readonly { readonly chosen: number; readonly rejected: number }[],
): PairwiseOrder {
  const worse = Array.from({ length: count }, () => new Set<number>())
  for (const { chosen, rejected } of pairs) worse[chosen]!.add(rejected)
  const cycle = findCycle(worse)
  if (cycle !== undefined) return { kind: 'cycle', cycle }
  // Everything that each output is preferred to, directly or through others.
  const below: (ReadonlySet<number> | undefined)[] = []
  const reach = (i: number): ReadonlySet<number> => {
    const all = below[i] ?? new Set([...worse[i]!].flatMap((next) => [next, ...reach(next)]))
    below[i] = all
    return all
  }
  const sets = worse.map((_, i) => reach(i))
  const ranks = sets.map((_, i) => sets.filter((set) => set.has(i)).length)
  const implied = preferencePairs(ranks).every(({ chosen, rejected }) => sets[chosen]!.has(rejected))
  return implied ? { kind: 'weak-order', ranks: denseRanks(ranks) } : { kind: 'partial' }
}

function findCycle(worse: readonly ReadonlySet<number>[]): number[] | undefined {
  const done = new Set<number>()
  const path: number[] = []
  const visit = (i: number): number[] | undefined => {
    if (done.has(i)) return undefined
    const at = path.indexOf(i)
    if (at >= 0) return path.slice(at)
    path.push(i)
    for (const next of worse[i]!) {
      const cycle = visit(next)
      if (cycle !== undefined) return cycle
    }
    path.pop()
    done.add(i)
    return undefined
  }
  for (let i = 0; i < worse.length; i++) {
    const cycle = visit(i)
    if (cycle !== undefined) return cycle
  }
  return undefined
}
