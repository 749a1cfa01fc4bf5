/** @file API keys that admins make in the page, and which keys have consented that their prompts are kept. */
import { randomBytes } from 'node:crypto'
import { and, asc, eq, isNotNull, isNull } from 'drizzle-orm'
import { TonyError } from 'tony'
import { ApiError, conflict, notFound } from '../errors.ts'
import type { KeyRing } from '../keys.ts'
import { audit } from '../labels/audit.ts'
import { type Account, type LabelContext, sha256 } from '../labels/context.ts'
import type { KeyObject } from '../protocol/labels.ts'
import type { LazyStore } from '../store/open.ts'
import { keyConsents } from '../store/schema.ts'

/** Requests of this machine without a key. */
export const LOCAL = 'local'

/** 256 bits at random; the beginning tells people, and scanners of leaked secrets, what it is. */
const issuedForm = /^tony-[\w-]{43}$/

type StoredKey = typeof keyConsents.$inferSelect

/**
 * Whether an admin has made this key and nobody has revoked it. The store is asked each time, so that revoking works at
 * once, whichever server of a shared database was told.
 *
 * @throws ApiError 503 if the store cannot be opened.
 */
export async function isIssuedKey(store: LazyStore, key: string): Promise<boolean> {
  // Strangers must not make the server open its store by trying words.
  if (!issuedForm.test(key) || !store.exists()) return false
  try {
    const { db } = await store.get()
    const found = await db
      .select({ keyHash: keyConsents.keyHash })
      .from(keyConsents)
      .where(and(eq(keyConsents.keyHash, sha256(key)), isNotNull(keyConsents.issuedAt), isNull(keyConsents.revokedAt)))
    return found.length > 0
  } catch (cause) {
    if (!(cause instanceof TonyError)) throw cause
    throw new ApiError(503, 'The key cannot be checked because the store cannot be opened; try again later.', {
      code: 'store_unavailable',
      cause,
    })
  }
}

/** Hashes of the keys whose prompts are kept. */
export async function consentingKeys(ctx: LabelContext): Promise<Set<string>> {
  const rows = await ctx.db
    .select({ keyHash: keyConsents.keyHash })
    .from(keyConsents)
    .where(eq(keyConsents.collect, true))
  return new Set(rows.map(({ keyHash }) => keyHash))
}

/** Every key that is known: those of the store by name, then those of the server's settings that nobody has named. */
export async function listKeys(ctx: LabelContext, ring: KeyRing): Promise<KeyObject[]> {
  const rows = await ctx.db.select().from(keyConsents).orderBy(asc(keyConsents.label), asc(keyConsents.keyHash))
  const named = new Set(rows.map(({ keyHash }) => keyHash))
  // With keys, nothing gets in without one.
  const others = ring.size === 0 ? [LOCAL] : ring.hashes
  return [
    ...rows.map((row) => toObject(row, ring)),
    ...others
      .filter((hash) => !named.has(hash))
      .map((hash): KeyObject => ({ ...unnamed, key_hash: hash, source: hash === LOCAL ? 'local' : 'configured' })),
  ]
}

/** Makes a key. @returns the key, which is stored only as a hash, and what is known of it. */
export async function createKey(
  ctx: LabelContext,
  admin: Account,
  { label, collect }: { readonly label: string; readonly collect: boolean },
): Promise<{ key: string; stored: KeyObject }> {
  const key = `tony-${randomBytes(32).toString('base64url')}`
  const now = new Date(ctx.now())
  const row: StoredKey = {
    keyHash: sha256(key),
    label,
    collect,
    updatedAt: now,
    issuedAt: now,
    revokedAt: null,
    hint: key.slice(-4),
  }
  await ctx.db.transaction(async (tx) => {
    await tx.insert(keyConsents).values(row)
    await audit(tx, ctx, admin, { action: 'key.create', subject: row.keyHash, details: { label, collect } })
  })
  return { key, stored: toObject(row, undefined) }
}

/** Revokes a key that was made here: it opens nothing and collects nothing any more. @throws ApiError 404 or 409. */
export async function revokeKey(ctx: LabelContext, admin: Account, keyHash: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [found] = await tx.select().from(keyConsents).where(eq(keyConsents.keyHash, keyHash)).for('update')
    if (found === undefined) throw notFound('key')
    if (found.issuedAt === null) {
      throw conflict(
        'This key is one of the settings of the server; take it out of TONY_API_KEYS or its file and start the server again.',
        'key_not_issued',
      )
    }
    if (found.revokedAt !== null) return
    const now = new Date(ctx.now())
    await tx
      .update(keyConsents)
      .set({ revokedAt: now, updatedAt: now, collect: false })
      .where(eq(keyConsents.keyHash, keyHash))
    await audit(tx, ctx, admin, { action: 'key.revoke', subject: keyHash, details: { label: found.label } })
  })
}

/** Sets whether prompts of a key are kept from now on. @throws ApiError 409 for a key that was revoked. */
export async function setConsent(
  ctx: LabelContext,
  account: Account,
  { keyHash, label, collect }: { readonly keyHash: string; readonly label: string; readonly collect: boolean },
): Promise<void> {
  const values = { label, collect, updatedAt: new Date(ctx.now()) }
  await ctx.db.transaction(async (tx) => {
    const [found] = await tx.select().from(keyConsents).where(eq(keyConsents.keyHash, keyHash)).for('update')
    if (found !== undefined && found.revokedAt !== null) {
      throw conflict('This key is revoked; make a new one.', 'key_revoked')
    }
    await tx
      .insert(keyConsents)
      .values({ keyHash, ...values })
      .onConflictDoUpdate({ target: keyConsents.keyHash, set: values })
    const before = found === undefined ? null : { label: found.label, collect: found.collect }
    await audit(tx, ctx, account, { action: 'consent.set', subject: keyHash, details: { label, collect, before } })
  })
}

const unnamed = {
  label: null,
  collect: false,
  hint: null,
  issued_at: null,
  revoked_at: null,
  updated_at: null,
} as const

function toObject(row: StoredKey, ring: KeyRing | undefined): KeyObject {
  return {
    key_hash: row.keyHash,
    label: row.label,
    collect: row.collect,
    source: sourceOf(row, ring),
    hint: row.hint,
    issued_at: row.issuedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    updated_at: row.updatedAt.toISOString(),
  }
}

function sourceOf({ keyHash, issuedAt }: StoredKey, ring: KeyRing | undefined): KeyObject['source'] {
  if (issuedAt !== null) return 'issued'
  if (keyHash === LOCAL) return 'local'
  return ring?.hashes.includes(keyHash) === true ? 'configured' : 'other'
}
