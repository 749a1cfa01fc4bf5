/** @file How far a project's labelers agree. */
import { and, eq, inArray, not, type SQL } from 'drizzle-orm'
import {
  consensusRanks,
  groupBy,
  kendallTauB,
  krippendorffAlpha,
  type OutputFlag,
  outputFlags,
  preferenceSigns,
  rankingAgreement,
  totalAgreement,
} from 'tony'
import type { Answer } from '../store/records.ts'
import { assignments, items } from '../store/schema.ts'
import type { LabelContext } from './context.ts'
import { isScreening } from './purpose.ts'
import { agreementWithExpected } from './screening.ts'

/** A label with what statistics need of it. */
export interface LabelRow {
  readonly itemId: string
  readonly labeler: string
  readonly state: 'submitted' | 'skipped'
  readonly answer: Answer | null
  /** What is expected where the item is a control item; null for work. */
  readonly expected: Answer | null
  readonly submittedAt: Date | null
  readonly seconds: number | null
}

/** Figures of one labeler, of control items only in `gold`. Null where there is nothing to compute them from. */
export interface LabelerStatistics {
  readonly labeler: string
  readonly submitted: number
  readonly skipped: number
  readonly medianSeconds: number | null
  /** Agreement of rankings with the consensus of the others on the same items. */
  readonly agreementWithOthers: number | null
  readonly pairsWithOthers: number
  readonly gold: GoldStatistics
}

/** How a labeler does on control items. */
export interface GoldStatistics {
  readonly answered: number
  /** Share of judgments that agree with the expected ones. */
  readonly agreement: number | null
  /** Judgments that could be compared. */
  readonly judgments: number
}

/** Figures of a project. Null where there is nothing to compute them from. */
export interface Statistics {
  readonly labels: number
  readonly itemsWithTwoLabels: number
  /** Rankings: share of pairs that two labelers put in the same order; a tie against a preference counts half. */
  readonly pairwiseAgreement: number | null
  readonly pairs: number
  /** The same without pairs that either of the two tied. */
  readonly strictAgreement: number | null
  /** Mean over all two labelers of an item. */
  readonly kendallTauB: number | null
  /** Krippendorff's alpha of the order of pairs (nominal: before, tied, after). */
  readonly preferenceAlpha: number | null
  /** Krippendorff's alpha of overall quality. */
  readonly overallAlpha: { readonly ordinal: number | null; readonly interval: number | null }
  /** Krippendorff's alpha (nominal) of each yes/no question. */
  readonly flagAlpha: Readonly<Record<OutputFlag, number | null>>
  readonly medianSeconds: number | null
  readonly labelers: readonly LabelerStatistics[]
}

/** Reads a project's labels and computes their figures. Labels of the screening test are left out. */
export async function statisticsOf(ctx: LabelContext, projectId: string): Promise<Statistics> {
  return computeStatistics(await labelRows(ctx, projectId))
}

/** A project's labels of work and of control items, without those of the screening test; `only` narrows them. */
export async function labelRows(ctx: LabelContext, projectId: string, only?: SQL): Promise<LabelRow[]> {
  const rows = await ctx.db
    .select({
      itemId: assignments.itemId,
      labeler: assignments.labeler,
      state: assignments.state,
      answer: assignments.answer,
      expected: items.expected,
      submittedAt: assignments.submittedAt,
      seconds: assignments.seconds,
    })
    .from(assignments)
    .innerJoin(items, eq(items.id, assignments.itemId))
    .where(
      and(eq(items.projectId, projectId), not(isScreening), inArray(assignments.state, ['submitted', 'skipped']), only),
    )
  return rows as LabelRow[]
}

/** Computes the figures of labels; those of control items count only in `gold` of their labelers. */
export function computeStatistics(rows: readonly LabelRow[]): Statistics {
  const work = rows.filter((row) => row.expected === null)
  const submitted = work.flatMap((row) => (row.answer === null ? [] : [{ ...row, answer: row.answer }]))
  const groups = [...groupBy(submitted, (row) => row.itemId).values()]
  const rankings = groups.map((group) =>
    group.flatMap(({ answer }) => (answer.kind === 'comparison' ? [answer.ranks] : [])),
  )
  const two = rankings.flatMap((ranks) => ranks.flatMap((a, i) => ranks.slice(i + 1).map((b) => [a, b] as const)))
  const agreement = totalAgreement(two.map(([a, b]) => rankingAgreement(a, b)))
  const ratings = groups.flatMap((group) => ratingsPerOutput(group.map(({ answer }) => answer)))
  const overall = ratings.map((unit) => unit.flatMap((rating) => rating.overall ?? []))
  return {
    labels: submitted.length,
    itemsWithTwoLabels: groups.filter((group) => group.length >= 2).length,
    pairwiseAgreement: agreement.share ?? null,
    pairs: agreement.pairs,
    strictAgreement: totalAgreement(two.map(([a, b]) => strictAgreement(a, b))).share ?? null,
    kendallTauB: mean(two.flatMap(([a, b]) => kendallTauB(a, b) ?? [])),
    preferenceAlpha: krippendorffAlpha(rankings.flatMap(signsPerPair)) ?? null,
    overallAlpha: {
      ordinal: krippendorffAlpha(overall, 'ordinal') ?? null,
      interval: krippendorffAlpha(overall, 'interval') ?? null,
    },
    flagAlpha: Object.fromEntries(
      outputFlags.map((flag) => [
        flag,
        krippendorffAlpha(ratings.map((unit) => unit.flatMap(({ flags }) => toNumber(flags[flag])))) ?? null,
      ]),
    ) as Statistics['flagAlpha'],
    medianSeconds: median(submitted.flatMap((row) => row.seconds ?? [])),
    labelers: [...groupBy(rows, (row) => row.labeler)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([labeler, own]) => labelerStatistics(labeler, own, groups)),
  }
}

function labelerStatistics(
  labeler: string,
  own: readonly LabelRow[],
  groups: readonly (readonly (LabelRow & { readonly answer: Answer })[])[],
): LabelerStatistics {
  const parts = groups.flatMap((group) => {
    const mine = group.find((row) => row.labeler === labeler)?.answer
    // Without the labeler's own ranking, which would agree with itself.
    const others = group.flatMap(({ labeler: other, answer }) =>
      other !== labeler && answer.kind === 'comparison' ? [answer.ranks] : [],
    )
    return mine?.kind === 'comparison' && others.length > 0
      ? [rankingAgreement(mine.ranks, consensusRanks(others))]
      : []
  })
  const { share, pairs } = totalAgreement(parts)
  const rows = own.filter((row) => row.expected === null)
  return {
    labeler,
    submitted: rows.filter((row) => row.state === 'submitted').length,
    skipped: rows.filter((row) => row.state === 'skipped').length,
    medianSeconds: median(rows.flatMap((row) => (row.state === 'submitted' ? (row.seconds ?? []) : []))),
    agreementWithOthers: share ?? null,
    pairsWithOthers: pairs,
    gold: goldStatistics(own),
  }
}

function goldStatistics(rows: readonly LabelRow[]): GoldStatistics {
  const parts = rows.flatMap(({ answer, expected }) =>
    answer === null || expected === null ? [] : [agreementWithExpected(answer, expected)],
  )
  const { share, pairs } = totalAgreement(parts.filter((part) => part !== undefined))
  return { answered: parts.length, agreement: share ?? null, judgments: pairs }
}

type Rated = NonNullable<Extract<Answer, { kind: 'ratings' }>['ratings']>[number]

/** For each output of one item, what everyone said of it. */
function ratingsPerOutput(answers: readonly Answer[]): Rated[][] {
  const given = answers.flatMap((answer) =>
    answer.kind === 'demonstration' || answer.ratings === null ? [] : [answer.ratings],
  )
  return (given[0] ?? []).map((_, output) => given.map((ratings) => ratings[output]!))
}

/**
 * For each pair of outputs of one item, in which order everyone put it. Each pair counts both ways: which output an item
 * names first is chance, and where the better one is always first, its order would never vary and alpha had no meaning.
 */
function signsPerPair(rankings: readonly (readonly number[])[]): number[][] {
  const signs = rankings.map(preferenceSigns)
  return (signs[0] ?? []).flatMap((_, pair) => {
    const said = signs.map((each) => each[pair]!)
    return [said, said.map((sign) => 0 - sign)]
  })
}

function strictAgreement(a: readonly number[], b: readonly number[]): { agreed: number; pairs: number } {
  const inB = preferenceSigns(b)
  const both = preferenceSigns(a).flatMap((sign, i) => (sign === 0 || inB[i] === 0 ? [] : [sign === inB[i]]))
  return { agreed: both.filter(Boolean).length, pairs: both.length }
}

function toNumber(flag: boolean | null): number[] {
  return flag === null ? [] : [flag ? 1 : 0]
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length === 0 ? null : (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
}
