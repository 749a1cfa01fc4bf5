/** @file Reading JSONL into projects: everything or nothing, and the line that is broken is named. */
import { createHash } from 'node:crypto'
import { eq, inArray } from 'drizzle-orm'
import { fromRows, type JsonLine, type PreferenceFormat, parseJsonLines, TonyError } from 'tony'
import { ApiError, conflict, invalid } from '../errors.ts'
import { type ItemBody, itemBody } from '../protocol/labels.ts'
import type { Database } from '../store/database.ts'
import { mediaTypeOf } from '../store/media.ts'
import { adjudications, assignments, guidelines, projects } from '../store/schema.ts'
import { validate } from '../validate.ts'
import { audit } from './audit.ts'
import { type Account, type LabelContext, sha256 } from './context.ts'
import { mediaNames } from './media.ts'
import { addItems, insertItems, knownItems, lockProject, nextPosition, requireOpen } from './projects.ts'
import { checkItemRecord, type FullRecord, fullRecord, type ItemRecord, type ProjectRecord } from './record.ts'
import { requireStorable } from './storable.ts'

/** What can be imported: the full record makes a project, the others add items to one. */
export const importFormats = ['full', 'items', 'trl', 'hh', 'sff', 'lhp'] as const
/** A format of an import. */
export type ImportFormat = (typeof importFormats)[number]

/** What an import has added. */
export interface ImportResult {
  readonly projectId: string
  readonly items: number
  readonly labels: number
}

/**
 * Imports a file.
 *
 * @param projectId - the project that the items go to; none for the full record, which brings its own.
 * @throws ApiError 400 that names the broken line, 404 or 409; then nothing has been imported.
 */
export async function importLines(
  ctx: LabelContext,
  admin: Account,
  text: string,
  { format, projectId }: { readonly format: ImportFormat; readonly projectId: string | undefined },
): Promise<ImportResult> {
  const lines = asRequestError(() => parseJsonLines(text))
  if (lines.length === 0) throw invalid('The file has no lines.', undefined, 'empty_body')
  for (const { line, value } of lines) atLine(line, () => requireStorable(value))
  if (format === 'full') return importFull(ctx, admin, lines)
  if (projectId === undefined) throw invalid('project is missing; say which project the items go to.', 'project')
  return format === 'items'
    ? importItems(ctx, admin, lines, projectId)
    : importRows(ctx, admin, lines, { format, projectId })
}

/** Items to be labeled, as in `POST /api/projects/:id/items`, one a line. */
async function importItems(
  ctx: LabelContext,
  admin: Account,
  lines: readonly JsonLine[],
  projectId: string,
): Promise<ImportResult> {
  const list: ItemBody[] = lines.map(({ line, value }) => atLine(line, () => validate(itemBody, value)))
  try {
    const ids = await addItems(ctx, admin, projectId, list)
    return { projectId, items: ids.length, labels: 0 }
  } catch (error) {
    // Items are counted from 0 where they come in one body; here the line is what people see.
    const index = error instanceof ApiError ? /^items\[(\d+)\]/.exec(error.param ?? '')?.[1] : undefined
    if (index === undefined) throw error
    return atLine(lines[Number(index)]!.line, () => {
      throw error
    })
  }
}

/** Comparisons of others: items that bring their label. */
async function importRows(
  ctx: LabelContext,
  admin: Account,
  lines: readonly JsonLine[],
  { format, projectId }: { readonly format: PreferenceFormat; readonly projectId: string },
): Promise<ImportResult> {
  const found = asRequestError(() => fromRows(format, lines, () => ctx.newId('item_')))
  await requireFiles(ctx, mediaNames(found), new Set())
  await ctx.db.transaction(async (tx) => {
    const project = await lockProject(tx, projectId)
    requireOpen(project)
    if (project.kind !== 'comparison') {
      throw invalid(`Preferences belong into a project of kind comparison, not ${project.kind}.`, 'project')
    }
    const first = await nextPosition(tx, projectId)
    const now = new Date(ctx.now())
    await insertItems(
      tx,
      found.map(({ id, prompt, outputs }, i) => ({
        id,
        projectId,
        position: first + i,
        prompt,
        outputs,
        expected: null,
        gold: false,
        // It has its label; more labelers are asked only if someone raises this.
        overlap: 1,
        source: `import:${format}`,
        createdAt: now,
      })),
    )
    await insertLabels(
      tx,
      found.map((comparison) => ({
        id: ctx.newId('asgn_'),
        itemId: comparison.id,
        accountId: null,
        labeler: labelerName(comparison.labeler),
        state: 'submitted' as const,
        permutation: comparison.outputs.map((_, i) => i),
        guidelinesVersion: 0,
        startedAt: timeOf(comparison.time, now),
        leaseUntil: now,
        draftRevision: 0,
        answer: { kind: 'comparison' as const, ranks: comparison.ranks, ratings: null, notes: null },
        submittedAt: timeOf(comparison.time, now),
      })),
    )
    await audit(tx, ctx, admin, { action: 'import', subject: projectId, details: { format, items: found.length } })
  })
  return { projectId, items: found.length, labels: found.length }
}

async function importFull(ctx: LabelContext, admin: Account, lines: readonly JsonLine[]): Promise<ImportResult> {
  const records = lines.map(({ line, value }) => ({ line, record: atLine(line, () => validate(fullRecord, value)) }))
  const project = records[0]!.record
  if (project.type !== 'project') {
    throw invalid(
      `line ${records[0]!.line}: the full record begins with a line of type "project"; nothing was imported.`,
    )
  }
  const list = checkRecords(records, project)
  const files = new Map(
    records.flatMap(({ line, record }) =>
      record.type === 'media' ? [[record.sha256, fileOf(line, record)] as const] : [],
    ),
  )
  await requireFiles(ctx, mediaNames(list), new Set(files.keys()))
  for (const bytes of files.values()) await ctx.media.put(bytes)
  const labels = list.flatMap((item) => item.labels.map((label) => ({ item, label })))
  await ctx.db.transaction(async (tx) => {
    await refuseKnown(tx, project, list)
    const createdAt = new Date(project.created_at)
    await tx.insert(projects).values({
      id: project.id,
      name: project.name,
      kind: project.kind,
      overlap: project.overlap,
      leaseSeconds: project.lease_seconds,
      ratingsRequired: project.ratings_required,
      screeningMinimum: project.screening_minimum,
      goldEvery: project.gold_every,
      createdAt,
      archivedAt: null,
    })
    const versions = project.guidelines.map(({ version, text, created_at }) => ({
      projectId: project.id,
      version,
      text,
      createdAt: new Date(created_at),
    }))
    if (versions.length > 0) await tx.insert(guidelines).values(versions)
    await insertItems(
      tx,
      list.map(({ id, position, prompt, outputs, expected, gold, overlap, source, created_at }) => ({
        id,
        projectId: project.id,
        position,
        prompt,
        outputs,
        expected,
        gold,
        overlap,
        source,
        createdAt: new Date(created_at),
      })),
    )
    await insertLabels(
      tx,
      labels.map(({ item, label }) => ({
        id: label.id,
        itemId: item.id,
        accountId: null,
        labeler: label.labeler,
        state: label.state,
        permutation: label.permutation,
        guidelinesVersion: label.guidelines_version,
        startedAt: new Date(label.started_at),
        leaseUntil: new Date(label.started_at),
        draftRevision: 0,
        answer: label.answer,
        skipReason: label.skip_reason,
        submittedAt: label.submitted_at === null ? null : new Date(label.submitted_at),
        seconds: label.seconds,
      })),
    )
    for (const { id, adjudication } of list) {
      if (adjudication === null) continue
      const { created_at, ...rest } = adjudication
      await tx.insert(adjudications).values({ itemId: id, ...rest, createdAt: new Date(created_at) })
    }
    await audit(tx, ctx, admin, {
      action: 'import',
      subject: project.id,
      details: { format: 'full', items: list.length },
    })
  })
  return { projectId: project.id, items: list.length, labels: labels.length }
}

/** The items of a full record, each checked by itself and against those before it. */
function checkRecords(
  records: readonly { readonly line: number; readonly record: FullRecord }[],
  project: ProjectRecord,
): ItemRecord[] {
  const ids = new Map<string, number>()
  const once = (line: number, what: string): void => {
    const before = ids.get(what)
    if (before !== undefined) throw invalid(`${what} is on line ${before} already`)
    ids.set(what, line)
  }
  return records.flatMap(({ line, record }, i) =>
    atLine(line, () => {
      if (record.type === 'project' && i > 0) throw invalid('a second project')
      if (record.type !== 'item') return []
      checkItemRecord(record, project)
      once(line, `item ${record.id}`)
      once(line, `position ${record.position}`)
      for (const { id } of record.labels) once(line, `label ${id}`)
      return [record]
    }),
  )
}

async function refuseKnown(tx: Database, project: ProjectRecord, list: readonly ItemRecord[]): Promise<void> {
  const [known] = await tx.select({ id: projects.id }).from(projects).where(eq(projects.id, project.id))
  if (known !== undefined) {
    throw conflict(`The project ${project.id} is already in this store; nothing was imported.`, 'project_exists')
  }
  const [item] = await knownItems(
    tx,
    list.map(({ id }) => id),
  )
  if (item !== undefined)
    throw conflict(`The item ${item} is already in this store; nothing was imported.`, 'item_exists')
  const ids = list.flatMap(({ labels }) => labels.map(({ id }) => id))
  for (let i = 0; i < ids.length; i += 5000) {
    const [label] = await tx
      .select({ id: assignments.id })
      .from(assignments)
      .where(inArray(assignments.id, ids.slice(i, i + 5000)))
    if (label !== undefined) {
      throw conflict(`The label ${label.id} is already in this store; nothing was imported.`, 'label_exists')
    }
  }
}

async function insertLabels(tx: Database, rows: readonly (typeof assignments.$inferInsert)[]): Promise<void> {
  for (let i = 0; i < rows.length; i += 1000) await tx.insert(assignments).values(rows.slice(i, i + 1000))
}

async function requireFiles(ctx: LabelContext, names: readonly string[], brought: ReadonlySet<string>): Promise<void> {
  for (const name of new Set(names)) {
    if (brought.has(name) || (await ctx.media.has(name))) continue
    throw invalid(
      `The file ${name} is neither in the import nor in this store; export with media=1, or upload it first. Nothing was imported.`,
      undefined,
      'media_not_found',
    )
  }
}

function fileOf(line: number, { sha256: name, data }: { readonly sha256: string; readonly data: string }): Uint8Array {
  const bytes = Buffer.from(data, 'base64')
  return atLine(line, () => {
    if (createHash('sha256').update(bytes).digest('hex') !== name)
      throw invalid('data does not have the SHA-256 that it should')
    if (mediaTypeOf(bytes) === undefined) throw invalid('data is neither a WAV nor a PNG file')
    return bytes
  })
}

/** A name from elsewhere as a pseudonym: kept if it has the form of one, so that an export comes back the same. */
function labelerName(given: string | null): string {
  if (given === null) return 'imported'
  return /^l_[0-9a-f]{16}$/.test(given) ? given : `l_${sha256(`imported:${given}`).slice(0, 16)}`
}

function timeOf(given: string | null, otherwise: Date): Date {
  const time = new Date(given ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? otherwise : time
}

/** Runs a check; what it refuses is refused with the number of the line. */
function atLine<T>(line: number, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new ApiError(error.status, `line ${line}: ${error.message.replace(/\.$/, '')}; nothing was imported.`, {
      code: 'invalid_line',
      param: `line ${line}`,
    })
  }
}

function asRequestError<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof TonyError && error.code === 'invalid') {
      const line = /^lines? ([\d, ]*\d)/.exec(error.message)?.[0]
      throw new ApiError(400, `${error.message}.`, {
        code: 'invalid_line',
        ...(line === undefined ? {} : { param: line }),
      })
    }
    throw error
  }
}
