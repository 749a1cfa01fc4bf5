/** @file Labels as JSONL: the full record, and the formats of others. */
import { and, asc, eq, gt, inArray } from 'drizzle-orm'
import {
  groupBy,
  type PreferenceFormat,
  type PreferencePart,
  preferenceFormats,
  toCompletionRow,
  toRows,
  toUnpairedRows,
} from 'tony'
import { invalid } from '../errors.ts'
import { adjudications, assignments, guidelines, items } from '../store/schema.ts'
import type { LabelContext } from './context.ts'
import { type CountedLabel, csvHeader, csvLines } from './csv.ts'
import { mediaNames } from './media.ts'
import { type Item, type Project, projectFields } from './projects.ts'
import { purposeOf } from './purpose.ts'
import type { FullRecord, ItemRecord, LabelRecord } from './record.ts'

/**
 * What a project can be exported as: `sft` for demonstrations, the formats of others for comparisons, `full` and `csv` (a
 * table for people and spreadsheets) for all.
 */
export const exportFormats = ['full', 'csv', 'sft', 'trl', 'kto', 'hh', 'sff', 'lhp'] as const
/** A format of an export. */
export type ExportFormat = (typeof exportFormats)[number]

/** How many items are read at once. */
const PAGE = 200

/**
 * The lines of an export. Where an item has a final answer, formats of others get that one, else every label.
 *
 * @throws ApiError 400 for a format that the project's kind does not have; TonyError `unsupported` for an item that the
 *   format cannot hold.
 */
export async function* exportLines(
  ctx: LabelContext,
  project: Project,
  format: ExportFormat,
  options: { readonly media?: boolean } = {},
): AsyncGenerator<string> {
  const fitting = {
    demonstration: ['full', 'csv', 'sft'],
    comparison: ['full', 'csv', 'kto', ...preferenceFormats],
    ratings: ['full', 'csv'],
  }
  if (!fitting[project.kind].includes(format)) {
    throw invalid(
      `format is "${format}"; a project of kind ${project.kind} can be exported as ${fitting[project.kind].join(', ')}.`,
      'format',
    )
  }
  if (format === 'full') {
    for await (const record of fullRecords(ctx, project, options.media === true)) yield `${JSON.stringify(record)}\n`
    return
  }
  if (format === 'csv') yield csvHeader()
  for await (const record of itemRecords(ctx, project.id)) {
    // The screening test and control items measure labelers, not outputs.
    if (purposeOf(record) !== 'work') continue
    if (format === 'csv') yield csvLines(record, countedLabels(record))
    else for (const row of rowsOf(record, format)) yield `${JSON.stringify(row)}\n`
  }
}

async function* fullRecords(ctx: LabelContext, project: Project, media: boolean): AsyncGenerator<FullRecord> {
  const versions = await ctx.db
    .select()
    .from(guidelines)
    .where(eq(guidelines.projectId, project.id))
    .orderBy(asc(guidelines.version))
  yield {
    type: 'project',
    ...projectFields(project),
    created_at: project.createdAt.toISOString(),
    guidelines: versions.map(({ version, text, createdAt }) => ({
      version,
      text,
      created_at: createdAt.toISOString(),
    })),
  }
  const sent = new Set<string>()
  for await (const record of itemRecords(ctx, project.id)) {
    for (const sha256 of media ? mediaNames(record) : []) {
      if (sent.has(sha256)) continue
      sent.add(sha256)
      const bytes = await ctx.media.get(sha256)
      if (bytes !== undefined) yield { type: 'media', sha256, data: Buffer.from(bytes).toString('base64') }
    }
    yield record
  }
}

async function* itemRecords(ctx: LabelContext, projectId: string): AsyncGenerator<ItemRecord> {
  let last = 0
  for (;;) {
    const page = await ctx.db
      .select()
      .from(items)
      .where(and(eq(items.projectId, projectId), gt(items.position, last)))
      .orderBy(asc(items.position))
      .limit(PAGE)
    if (page.length === 0) return
    last = page.at(-1)!.position
    const ids = page.map((item) => item.id)
    const labels = await ctx.db
      .select()
      .from(assignments)
      .where(and(inArray(assignments.itemId, ids), inArray(assignments.state, ['submitted', 'skipped'])))
      .orderBy(asc(assignments.submittedAt), asc(assignments.id))
    const finals = await ctx.db.select().from(adjudications).where(inArray(adjudications.itemId, ids))
    const byItem = groupBy(labels, (label) => label.itemId)
    for (const item of page) {
      const final = finals.find((one) => one.itemId === item.id)
      yield toRecord(item, (byItem.get(item.id) ?? []).map(toLabel), final)
    }
  }
}

function toRecord(
  item: Item,
  labels: readonly LabelRecord[],
  final: typeof adjudications.$inferSelect | undefined,
): ItemRecord {
  return {
    type: 'item',
    id: item.id,
    position: item.position,
    prompt: item.prompt,
    outputs: item.outputs,
    expected: item.expected,
    gold: item.gold,
    overlap: item.overlap,
    source: item.source,
    created_at: item.createdAt.toISOString(),
    labels,
    adjudication:
      final === undefined
        ? null
        : {
            answer: final.answer,
            reason: final.reason,
            adjudicator: final.adjudicator,
            created_at: final.createdAt.toISOString(),
          },
  }
}

function toLabel(row: typeof assignments.$inferSelect): LabelRecord {
  return {
    id: row.id,
    labeler: row.labeler,
    state: row.state === 'skipped' ? 'skipped' : 'submitted',
    permutation: row.permutation,
    guidelines_version: row.guidelinesVersion,
    started_at: row.startedAt.toISOString(),
    submitted_at: row.submittedAt?.toISOString() ?? null,
    seconds: row.seconds,
    answer: row.answer,
    skip_reason: row.skipReason,
  }
}

/** The final answer of an item where there is one, else every label. */
function countedLabels({ labels, adjudication }: ItemRecord): CountedLabel[] {
  if (adjudication === null)
    return labels.map(({ answer, labeler, submitted_at: time, seconds }) => ({ answer, labeler, time, seconds }))
  const { answer, adjudicator, created_at } = adjudication
  return [{ answer, labeler: adjudicator, time: created_at, seconds: null }]
}

function rowsOf(record: ItemRecord, format: PreferenceFormat | 'sft' | 'kto'): object[] {
  return countedLabels(record).flatMap(({ answer, labeler, time }) => {
    const { id, prompt, outputs } = record
    if (answer?.kind === 'demonstration') {
      const completion: readonly PreferencePart[] = answer.content
      return format === 'sft' ? [toCompletionRow({ id, prompt, completion, labeler, time })] : []
    }
    if (answer?.kind !== 'comparison' || format === 'sft') return []
    const comparison = { id, prompt, outputs, ranks: answer.ranks, ratings: answer.ratings, labeler, time }
    return format === 'kto' ? toUnpairedRows(comparison) : toRows(format, comparison)
  })
}
