/** @file Prompts in the store: consent, duplicates, limits, the split by user. */
import { and, asc, count, desc, eq, inArray, isNotNull, isNull, ne, or, type SQL, sql } from 'drizzle-orm'
import type { PreferenceMessage, PreferencePart } from 'tony'
import { conflict, notFound } from '../errors.ts'
import { audit } from '../labels/audit.ts'
import { type Account, type LabelContext, pseudonym, sha256 } from '../labels/context.ts'
import { addItems, lockProject } from '../labels/projects.ts'
import type { PromptBody, PromptCount, PromptFilter, PromptStored, Taken, UseCase } from '../protocol/labels.ts'
import type { Database } from '../store/database.ts'
import type { PromptKind, Split } from '../store/records.ts'
import { items, prompts } from '../store/schema.ts'
import { suggestUseCase } from './use-case.ts'

/** InstructGPT's limit of prompts from one user. */
export const PROMPTS_PER_USER = 200

/** Two prompts that begin with this many equal characters are duplicates: of one template, or of one conversation. */
export const COMMON_PREFIX = 96

/** How much of a prompt is kept for comparing; an index of PostgreSQL takes rows of at most 2,704 bytes. */
const PREFIX_STORED = 512

/** A prompt as stored. */
export type StoredPrompt = typeof prompts.$inferSelect

/** What became of a prompt that was offered. */
export type Offered = { readonly stored: PromptStored } | { readonly refused: 'duplicate' | 'user_limit' }

/**
 * The part of the data that a user belongs to: eight tenths train, one validation, one test. A hash decides, so that it
 * needs no table and never changes.
 */
export function splitOfUser(userHash: string): Split {
  const share = Number.parseInt(sha256(`split:${userHash}`).slice(0, 12), 16) / 16 ** 12
  return share < 0.8 ? 'train' : share < 0.9 ? 'validation' : 'test'
}

/** Stores a prompt unless it is a duplicate or its user has given enough. */
export async function addPrompt(
  ctx: LabelContext,
  prompt: {
    readonly kind: PromptKind
    readonly userHash: string
    /** The key that it came through; none for what a labeler wrote. */
    readonly keyHash?: string
    readonly messages: readonly PreferenceMessage[]
    readonly useCase?: UseCase | undefined
    readonly replaced: Readonly<Record<string, number>>
  },
): Promise<Offered> {
  const text = comparedText(prompt.messages)
  const prefix = normalised(text).slice(0, PREFIX_STORED)
  return ctx.db.transaction(async (tx) => {
    // One at a time: two equal prompts at once must not both pass. The number only has to be ours.
    await tx.execute(sql`select pg_advisory_xact_lock(74661002)`)
    if (prompt.kind === 'api') {
      const [given] = await tx.select({ n: count() }).from(prompts).where(eq(prompts.userHash, prompt.userHash))
      if (given!.n >= PROMPTS_PER_USER) return { refused: 'user_limit' }
    }
    if (await hasDuplicate(tx, prefix)) return { refused: 'duplicate' }
    const stored: PromptStored = {
      id: ctx.newId('prompt_'),
      suggested_use_case: suggestUseCase(text, prompt.messages.filter(({ role }) => role === 'user').length),
      split: splitOfUser(prompt.userHash),
    }
    await tx.insert(prompts).values({
      id: stored.id,
      kind: prompt.kind,
      userHash: prompt.userHash,
      keyHash: prompt.keyHash ?? null,
      messages: prompt.messages,
      prefix,
      useCase: prompt.useCase ?? null,
      suggestedUseCase: stored.suggested_use_case,
      split: stored.split,
      replaced: prompt.replaced,
      createdAt: new Date(ctx.now()),
    })
    return { stored }
  })
}

/** A labeler's own prompt. Few-shot ones get their examples as text, the open query last. */
export async function writePrompt(ctx: LabelContext, account: Account, body: PromptBody): Promise<Offered> {
  const examples = body.examples.map(({ query, response }) => `\n\nInput: ${query}\nOutput: ${response}`)
  if (body.query !== undefined) examples.push(`\n\nInput: ${body.query}\nOutput:`)
  return addPrompt(ctx, {
    kind: body.kind,
    userHash: pseudonym(account.id),
    messages: [{ role: 'user', content: [{ type: 'text', text: body.text + examples.join('') }] }],
    useCase: body.use_case,
    replaced: {},
  })
}

/** A page of prompts, newest first. */
export async function listPrompts(
  ctx: LabelContext,
  filter: OwnFilter & { readonly offset: number; readonly limit: number },
): Promise<{ prompts: StoredPrompt[]; total: number }> {
  const where = matching(filter)
  const [total] = await ctx.db.select({ n: count() }).from(prompts).where(where)
  const found = await ctx.db
    .select()
    .from(prompts)
    .where(where)
    .orderBy(desc(prompts.createdAt), asc(prompts.id))
    .offset(filter.offset)
    .limit(filter.limit)
  return { prompts: found, total: total!.n }
}

/** A line of an export: what the recipes of alignment read. */
export interface PromptRow {
  /** The text of a prompt of one message, or a whole conversation as TRL has it. */
  readonly prompt: string | readonly { readonly role: string; readonly content: string }[]
  readonly id: string
  readonly kind: PromptKind
  readonly split: Split
  readonly use_case: string | null
}

/**
 * Prompts as rows, the oldest first.
 *
 * @param options - `conversations`: also those of several messages, which not everything reads.
 */
export async function exportPrompts(
  ctx: LabelContext,
  admin: Account,
  filter: PromptFilter,
  { conversations }: { readonly conversations: boolean },
): Promise<PromptRow[]> {
  return ctx.db.transaction(async (tx) => {
    const found = await tx
      .select({
        id: prompts.id,
        kind: prompts.kind,
        split: prompts.split,
        use_case: decidedOrSuggested,
        messages: prompts.messages,
      })
      .from(prompts)
      .where(matching(filter))
      .orderBy(asc(prompts.createdAt), asc(prompts.id))
    const rows = found.flatMap(({ messages, ...row }): PromptRow[] => {
      const turns = messages.map(({ role, content }) => ({ role, content: textOf(content) }))
      const [first, ...more] = turns
      if (first?.role === 'user' && more.length === 0) return [{ prompt: first.content, ...row }]
      // Where the assistant has spoken last, nothing is asked.
      return conversations && turns.at(-1)?.role === 'user' ? [{ prompt: turns, ...row }] : []
    })
    const details = { filter, conversations, count: rows.length }
    await audit(tx, ctx, admin, { action: 'prompt.export', subject: 'prompts', details })
    return rows
  })
}

/** How many prompts there are of each use case in each split. */
export async function countPrompts(ctx: LabelContext, filter: OwnFilter): Promise<PromptCount[]> {
  return ctx.db
    .select({
      use_case: decidedOrSuggested,
      split: prompts.split,
      prompts: count(),
      decided: count(prompts.useCase),
    })
    .from(prompts)
    .where(matching(filter))
    .groupBy(decidedOrSuggested, prompts.split)
}

/**
 * Makes prompts items of a project, the oldest first; those that it has already are left out.
 *
 * @throws ApiError 404, or 409 for a project whose items need outputs.
 */
export async function takePrompts(
  ctx: LabelContext,
  admin: Account,
  projectId: string,
  { most, ...filter }: PromptFilter & { readonly most: number },
): Promise<Taken> {
  return ctx.db.transaction(async (tx) => {
    // Locked, so that the same prompt taken twice at once becomes one item.
    const project = await lockProject(tx, projectId)
    if (project.kind !== 'demonstration') {
      throw conflict(
        'Prompts have no outputs to compare or rate; take them into a project of kind demonstration.',
        'outputs_needed',
      )
    }
    const taken = sql`exists (select 1 from ${items} where ${items.projectId} = ${projectId} and ${items.source} = ${prompts.id})`
    const [present] = await tx
      .select({ n: count() })
      .from(prompts)
      .where(and(matching(filter), taken))
    const found = await tx
      .select({ id: prompts.id, messages: prompts.messages })
      .from(prompts)
      .where(and(matching(filter), sql`not ${taken}`))
      .orderBy(asc(prompts.createdAt), asc(prompts.id))
      .limit(most)
    const list = found.map(({ id, messages }) => ({ prompt: [...messages], outputs: [], source: id }))
    if (list.length > 0) await addItems({ ...ctx, db: tx }, admin, projectId, list, { from: 'prompts', filter })
    return { items: list.length, present: present!.n }
  })
}

/** Sets a prompt's use case. @throws ApiError 404. */
export async function tagPrompt(
  ctx: LabelContext,
  account: Account,
  id: string,
  useCase: UseCase | null,
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const changed = await tx.update(prompts).set({ useCase }).where(eq(prompts.id, id)).returning({ id: prompts.id })
    if (changed.length === 0) throw notFound('prompt')
    await audit(tx, ctx, account, { action: 'prompt.tag', subject: id, details: { use_case: useCase } })
  })
}

/** Deletes prompts. @returns how many there were. */
export async function deletePrompts(ctx: LabelContext, account: Account, ids: readonly string[]): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const gone = await tx
      .delete(prompts)
      .where(inArray(prompts.id, [...ids]))
      .returning({ id: prompts.id })
    await audit(tx, ctx, account, { action: 'prompt.delete', subject: 'prompts', details: { count: gone.length } })
    return gone.length
  })
}

/** Pseudonym of a user of an application: who it is must not be readable from the store, not even as the application's own id. */
export function userOfKey(keyHash: string, user: string | null): string {
  return `u_${sha256(`${keyHash}\0${user ?? ''}`).slice(0, 16)}`
}

/**
 * Deletes everything that came through a key. Prompts from before the store knew their key are found only where the request
 * named no user.
 *
 * @returns how many there were, and how many items of projects were made of them, which stay.
 */
export async function deletePromptsOfKey(
  ctx: LabelContext,
  admin: Account,
  keyHash: string,
): Promise<{ deleted: number; items: number }> {
  return ctx.db.transaction(async (tx) => {
    const older = and(eq(prompts.kind, 'api'), isNull(prompts.keyHash), eq(prompts.userHash, userOfKey(keyHash, null)))
    const own = or(eq(prompts.keyHash, keyHash), older)
    const [taken] = await tx
      .select({ n: count() })
      .from(items)
      .innerJoin(prompts, eq(items.source, prompts.id))
      .where(own)
    const gone = await tx.delete(prompts).where(own).returning({ id: prompts.id })
    const details = { count: gone.length, items: taken!.n }
    await audit(tx, ctx, admin, { action: 'key.delete_prompts', subject: keyHash, details })
    return { deleted: gone.length, items: taken!.n }
  })
}

/** What people have decided comes before what is suggested. */
const decidedOrSuggested = sql<UseCase | null>`coalesce(${prompts.useCase}, ${prompts.suggestedUseCase})`

/** A filter, of one writer's prompts if `userHash` is given. */
export interface OwnFilter extends PromptFilter {
  readonly userHash?: string | undefined
}

function matching({ split, use_case, kind, source, decided, userHash }: OwnFilter): SQL | undefined {
  return and(
    split === undefined ? undefined : eq(prompts.split, split),
    use_case === undefined
      ? undefined
      : use_case === 'none'
        ? sql`${decidedOrSuggested} is null`
        : sql`${decidedOrSuggested} = ${use_case}`,
    kind === undefined ? undefined : eq(prompts.kind, kind),
    source === undefined ? undefined : source === 'api' ? eq(prompts.kind, 'api') : ne(prompts.kind, 'api'),
    decided === undefined ? undefined : decided === 'yes' ? isNotNull(prompts.useCase) : isNull(prompts.useCase),
    userHash === undefined ? undefined : eq(prompts.userHash, userHash),
  )
}

/**
 * Whether a stored prompt is the same or shares a long beginning. In the order of bytes, the prompt with the longest
 * common prefix is a neighbour, so that two rows decide.
 */
async function hasDuplicate(tx: Database, prefix: string): Promise<boolean> {
  const bytes = sql`${prompts.prefix} collate "C"`
  const [before] = await tx
    .select({ prefix: prompts.prefix })
    .from(prompts)
    .where(sql`${bytes} <= ${prefix}`)
    .orderBy(sql`${bytes} desc`)
    .limit(1)
  const [after] = await tx
    .select({ prefix: prompts.prefix })
    .from(prompts)
    .where(sql`${bytes} > ${prefix}`)
    .orderBy(bytes)
    .limit(1)
  return [before, after].some((other) => {
    if (other === undefined) return false
    return other.prefix === prefix || commonLength(other.prefix, prefix) >= COMMON_PREFIX
  })
}

function commonLength(a: string, b: string): number {
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return i
}

/** What people said: an application's system message is the same in all its prompts and says nothing about them. */
function comparedText(messages: readonly PreferenceMessage[]): string {
  return messages
    .filter(({ role }) => role !== 'system')
    .map(({ content }) => textOf(content))
    .join('\n')
}

function textOf(content: readonly PreferencePart[]): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}

function normalised(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}
