/** @file The full record of a project as JSONL: one line for the project, one for each file and each item. */
import { isDeepStrictEqual } from 'node:util'
import { denseRanks, type OutputRating, outputFlags, type PreferenceMessage, type PreferenceOutput } from 'tony'
import { z } from 'zod'
import { invalid } from '../errors.ts'
import { contentSchema, GOLD_EVERY, goldEverySchema, promptSchema } from '../protocol/labels.ts'
import type { Answer, ProjectKind } from '../store/records.ts'
import { checkGold, checkOutputs } from './projects.ts'

/** The first line. */
export interface ProjectRecord {
  readonly type: 'project'
  readonly id: string
  readonly name: string
  readonly kind: ProjectKind
  readonly overlap: number
  readonly lease_seconds: number
  readonly ratings_required: boolean
  readonly screening_minimum: number | null
  readonly gold_every: number | null
  readonly created_at: string
  readonly guidelines: readonly { readonly version: number; readonly text: string; readonly created_at: string }[]
}

/** A file that items name. */
export interface MediaRecord {
  readonly type: 'media'
  readonly sha256: string
  /** Base64. */
  readonly data: string
}

/** A label. Outputs are in the item's own order; `permutation` is the output shown at each place. */
export interface LabelRecord {
  readonly id: string
  readonly labeler: string
  readonly state: 'submitted' | 'skipped'
  readonly permutation: readonly number[]
  readonly guidelines_version: number
  readonly started_at: string
  readonly submitted_at: string | null
  readonly seconds: number | null
  readonly answer: Answer | null
  readonly skip_reason: string | null
}

/** An item with its labels and its final answer. */
export interface ItemRecord {
  readonly type: 'item'
  readonly id: string
  readonly position: number
  readonly prompt: readonly PreferenceMessage[]
  readonly outputs: readonly PreferenceOutput[]
  readonly expected: Answer | null
  readonly gold: boolean
  readonly overlap: number | null
  readonly source: string | null
  readonly created_at: string
  readonly labels: readonly LabelRecord[]
  readonly adjudication: {
    readonly answer: Answer
    readonly reason: string
    readonly adjudicator: string
    readonly created_at: string
  } | null
}

/** A line of the full record. */
export type FullRecord = ProjectRecord | MediaRecord | ItemRecord

const id = z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/, 'an id of letters, digits and _ . : -')
const kind = z.enum(['demonstration', 'comparison', 'ratings'])
const time = z.iso.datetime()
const whole = z.int().min(1)

const rating: z.ZodType<OutputRating> = z.strictObject({
  overall: z.int().min(1).max(7).nullable(),
  flags: z.strictObject(
    Object.fromEntries(outputFlags.map((flag) => [flag, z.boolean().nullable()])),
  ) as unknown as z.ZodType<OutputRating['flags']>,
})

const notes = z.string().nullable()
const answer: z.ZodType<Answer> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('demonstration'), content: contentSchema, notes }),
  z.strictObject({ kind: z.literal('comparison'), ranks: z.array(whole), ratings: z.array(rating).nullable(), notes }),
  z.strictObject({ kind: z.literal('ratings'), ratings: z.array(rating), notes }),
])

const label: z.ZodType<LabelRecord> = z.strictObject({
  id,
  labeler: id,
  state: z.enum(['submitted', 'skipped']),
  permutation: z.array(z.int().min(0)),
  guidelines_version: z.int().min(0),
  started_at: time,
  submitted_at: time.nullable(),
  seconds: z.number().min(0).nullable(),
  answer: answer.nullable(),
  skip_reason: z.string().nullable(),
})

/** Schema of a line. */
export const fullRecord: z.ZodType<FullRecord> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('project'),
    id,
    name: z.string().min(1),
    kind,
    overlap: whole,
    lease_seconds: whole,
    ratings_required: z.boolean(),
    screening_minimum: z.number().min(0).max(1).nullable(),
    // Records that are older than control items do not say; they have none.
    gold_every: goldEverySchema.default(GOLD_EVERY.usual),
    created_at: time,
    guidelines: z.array(z.strictObject({ version: whole, text: z.string(), created_at: time })),
  }),
  z.strictObject({ type: z.literal('media'), sha256: z.string().regex(/^[0-9a-f]{64}$/), data: z.base64() }),
  z.strictObject({
    type: z.literal('item'),
    id,
    position: whole,
    prompt: promptSchema,
    outputs: z.array(z.strictObject({ content: contentSchema, model: z.string().nullable() })),
    expected: answer.nullable(),
    gold: z.boolean().default(false),
    overlap: whole.nullable(),
    source: z.string().nullable(),
    created_at: time,
    labels: z.array(label),
    adjudication: z.strictObject({ answer, reason: z.string(), adjudicator: z.string(), created_at: time }).nullable(),
  }),
])

/** Checks what a schema cannot: that answers fit the project and the outputs. @throws ApiError 400. */
export function checkItemRecord(item: ItemRecord, project: ProjectRecord): void {
  const count = item.outputs.length
  checkOutputs(project, count, 'the item')
  if (item.gold) checkGold(item, project, 'the item')
  const check = (given: Answer | null, at: string): void => {
    if (given === null) return
    if (given.kind !== project.kind)
      throw invalid(`${at}.kind is "${given.kind}" in a project of kind "${project.kind}".`)
    if (given.kind === 'demonstration') return
    if (given.kind === 'comparison' && given.ranks.length !== count) {
      throw invalid(`${at}.ranks has ${given.ranks.length} ranks for ${count} outputs.`)
    }
    if (given.kind === 'comparison' && !isDeepStrictEqual(given.ranks, denseRanks(given.ranks))) {
      throw invalid(`${at}.ranks leaves a rank out (expected 1, 2, 3 ... without gaps).`)
    }
    if (given.ratings !== null && given.ratings.length !== count) {
      throw invalid(`${at}.ratings has ${given.ratings.length} ratings for ${count} outputs.`)
    }
  }
  check(item.expected, 'expected')
  check(item.adjudication?.answer ?? null, 'adjudication.answer')
  const labelers = new Set<string>()
  for (const [i, given] of item.labels.entries()) {
    const at = `labels[${i}]`
    check(given.answer, `${at}.answer`)
    if ((given.state === 'submitted') !== (given.answer !== null))
      throw invalid(`${at} is ${given.state}, which does not fit its answer.`)
    if ((given.state === 'skipped') !== (given.skip_reason !== null))
      throw invalid(`${at} is ${given.state}, which does not fit its skip_reason.`)
    const sorted = [...given.permutation].sort((a, b) => a - b)
    if (
      !isDeepStrictEqual(
        sorted,
        item.outputs.map((_, index) => index),
      )
    ) {
      throw invalid(`${at}.permutation is not an order of the ${count} outputs.`)
    }
    if (labelers.has(given.labeler)) throw invalid(`${at} is a second label of ${given.labeler}.`)
    labelers.add(given.labeler)
  }
}
