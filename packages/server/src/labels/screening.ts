/** @file The screening test: how well a labeler's answers agree with the expected ones. */
import { and, count, eq, gte, isNotNull, isNull, not, or } from 'drizzle-orm'
import { type OutputRating, outputFlags, rankingAgreement, totalAgreement } from 'tony'
import type { Database } from '../store/database.ts'
import type { Answer, ScreeningState } from '../store/records.ts'
import { assignments, items, members } from '../store/schema.ts'
import { audit } from './audit.ts'
import type { Account, LabelContext } from './context.ts'
import { isScreening } from './purpose.ts'

/** What the test needs of a project. */
interface Screened {
  readonly id: string
  readonly screeningMinimum: number | null
}

/** How many judgments agree, out of how many that can be compared. */
interface Agreement {
  readonly agreed: number
  readonly pairs: number
}

/**
 * Compares an answer with the expected one: rankings pair by pair, yes/no questions one by one where the expected answer
 * has them, overall quality within one step of seven.
 *
 * @returns undefined for a demonstration: only a person can judge one.
 */
export function agreementWithExpected(answer: Answer, expected: Answer): Agreement | undefined {
  if (answer.kind === 'demonstration' || expected.kind === 'demonstration') return undefined
  const parts: Agreement[] = []
  if (answer.kind === 'comparison' && expected.kind === 'comparison') {
    parts.push(rankingAgreement(answer.ranks, expected.ranks))
  }
  for (const [i, rating] of (expected.ratings ?? []).entries()) parts.push(ratingAgreement(answer.ratings?.[i], rating))
  return totalAgreement(parts)
}

function ratingAgreement(given: OutputRating | undefined, expected: OutputRating): Agreement {
  const flags = outputFlags.filter((flag) => expected.flags[flag] !== null)
  const right = flags.filter((flag) => given?.flags[flag] === expected.flags[flag]).length
  if (expected.overall === null) return { agreed: right, pairs: flags.length }
  const near = given?.overall != null && Math.abs(given.overall - expected.overall) <= 1
  return { agreed: right + (near ? 1 : 0), pairs: flags.length + 1 }
}

/**
 * After the last item of the test, says whether the labeler may go on.
 *
 * @returns where they stand now; `none` while the test has no items, which keeps nobody out.
 */
export async function finishScreening(ctx: LabelContext, account: Account, project: Screened): Promise<ScreeningState> {
  const [asked] = await ctx.db
    .select({ n: count() })
    .from(items)
    .where(and(eq(items.projectId, project.id), isScreening))
  const answered = await ctx.db
    .select({ answer: assignments.answer, expected: items.expected })
    .from(assignments)
    .innerJoin(items, eq(items.id, assignments.itemId))
    .where(
      and(
        eq(items.projectId, project.id),
        isScreening,
        eq(assignments.accountId, account.id),
        eq(assignments.state, 'submitted'),
      ),
    )
  if (asked!.n === 0) return 'none'
  if (answered.length < asked!.n) return 'pending'
  const parts = answered.map(({ answer, expected }) => agreementWithExpected(answer!, expected!))
  const { share } = totalAgreement(parts.filter((part) => part !== undefined))
  const screening: ScreeningState =
    share === undefined ? 'review' : share >= (project.screeningMinimum ?? 0) ? 'passed' : 'failed'
  const mine = and(eq(members.projectId, project.id), eq(members.accountId, account.id))
  await ctx.db
    .update(members)
    .set({ screening, screeningScore: share ?? null })
    .where(mine)
  await audit(ctx.db, ctx, account, {
    action: 'screening.end',
    subject: project.id,
    details: { screening, score: share ?? null },
  })
  return screening
}

/**
 * After a project's minimum was set or changed, asks its members for the test: who has passed with a score that meets
 * the new minimum stays, everyone else is pending, but for those whom an admin keeps out. Answers to the test stay, so
 * whoever has given them all is judged by the new minimum when they come for work. Labels stay too.
 *
 * @param project - with its new minimum; locked, so that nobody finishes the test meanwhile.
 */
export async function renewScreening(
  tx: Database,
  { id, screeningMinimum: minimum }: Screened,
  before: number | null,
): Promise<void> {
  if (minimum === null) return
  const passed = and(
    eq(members.screening, 'passed'),
    isNotNull(members.screeningScore),
    gte(members.screeningScore, minimum),
  )
  // Who is out with a score that was enough, or with none, was kept out by an admin: old answers must not let them in.
  const keptOut = and(
    eq(members.screening, 'failed'),
    or(isNull(members.screeningScore), before === null ? undefined : gte(members.screeningScore, before)),
  )
  await tx
    .update(members)
    .set({ screening: 'pending' })
    .where(and(eq(members.projectId, id), not(or(passed, keptOut)!)))
}
