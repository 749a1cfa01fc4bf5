/** @file Prompts in the store: consent, duplicates, limits, the split by user. */
import { and, asc, count, desc, eq, inArray, sql } from 'drizzle-orm'
import type { PreferenceMessage } from 'tony'
import { notFound } from '../errors.ts'
import { audit } from '../labels/audit.ts'
import { type Account, type LabelContext, pseudonym, sha256 } from '../labels/context.ts'
import type { PromptBody, UseCase } from '../protocol/labels.ts'
import type { Database } from '../store/database.ts'
import type { PromptKind, Split } from '../store/records.ts'
import { keyConsents, prompts } from '../store/schema.ts'
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
export type Offered = { readonly stored: string } | { readonly refused: 'duplicate' | 'user_limit' }

/** A key's setting. */
export type Consent = typeof keyConsents.$inferSelect

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
    const id = ctx.newId('prompt_')
    await tx.insert(prompts).values({
      id,
      kind: prompt.kind,
      userHash: prompt.userHash,
      messages: prompt.messages,
      prefix,
      useCase: prompt.useCase ?? null,
      suggestedUseCase: suggestUseCase(text, prompt.messages.filter(({ role }) => role === 'user').length),
      split: splitOfUser(prompt.userHash),
      replaced: prompt.replaced,
      createdAt: new Date(ctx.now()),
    })
    return { stored: id }
  })
}

/** A labeler's own prompt. Few-shot ones get their examples as text, the query last. */
export async function writePrompt(ctx: LabelContext, account: Account, body: PromptBody): Promise<Offered> {
  const examples = body.examples.map(({ query, response }) => `\n\nInput: ${query}\nOutput: ${response}`)
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
  filter: {
    readonly split?: Split | undefined
    readonly useCase?: string | undefined
    readonly kind?: PromptKind | undefined
    readonly userHash?: string | undefined
    readonly offset: number
    readonly limit: number
  },
): Promise<{ prompts: StoredPrompt[]; total: number }> {
  const where = and(
    filter.split === undefined ? undefined : eq(prompts.split, filter.split),
    filter.useCase === undefined ? undefined : eq(prompts.useCase, filter.useCase),
    filter.kind === undefined ? undefined : eq(prompts.kind, filter.kind),
    filter.userHash === undefined ? undefined : eq(prompts.userHash, filter.userHash),
  )
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

/** The settings of all keys. */
export async function listConsents(ctx: LabelContext): Promise<Consent[]> {
  return ctx.db.select().from(keyConsents).orderBy(asc(keyConsents.label))
}

/** Sets whether prompts of a key are kept from now on. */
export async function setConsent(
  ctx: LabelContext,
  account: Account,
  { keyHash, label, collect }: { readonly keyHash: string; readonly label: string; readonly collect: boolean },
): Promise<void> {
  const values = { label, collect, updatedAt: new Date(ctx.now()) }
  await ctx.db.transaction(async (tx) => {
    await tx
      .insert(keyConsents)
      .values({ keyHash, ...values })
      .onConflictDoUpdate({ target: keyConsents.keyHash, set: values })
    await audit(tx, ctx, account, { action: 'consent.set', subject: keyHash, details: { label, collect } })
  })
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
    .flatMap(({ content }) => content.flatMap((part) => (part.type === 'text' ? [part.text] : [])))
    .join('\n')
}

function normalised(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}
