/** @file Sound and pictures of labels: who may bring them and who may see them. */
import { and, eq } from 'drizzle-orm'
import { ApiError, invalid } from '../errors.ts'
import { mediaTypeOf } from '../store/media.ts'
import { uploads } from '../store/schema.ts'
import type { Account, LabelContext } from './context.ts'

/** Names of all files in prompts, outputs or answers, wherever they stand in them. */
export function mediaNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mediaNames)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'sha256' && typeof inner === 'string' ? [inner] : mediaNames(inner),
  )
}

/** Checks that files are there. @throws ApiError 400 that names one that is not. */
export async function requireMedia(ctx: LabelContext, names: readonly string[]): Promise<void> {
  for (const name of new Set(names)) {
    if (!(await ctx.media.has(name))) {
      throw invalid(`There is no file ${name}; upload it with POST /api/media first.`, undefined, 'media_not_found')
    }
  }
}

/** Keeps a file. @throws ApiError 400 for anything but WAV and PNG. */
export async function upload(
  ctx: LabelContext,
  account: Account,
  bytes: Uint8Array,
): Promise<{ sha256: string; type: string }> {
  const type = mediaTypeOf(bytes)
  if (type === undefined) throw invalid('The file is neither a WAV nor a PNG file.', undefined, 'unsupported_media')
  const sha256 = await ctx.media.put(bytes)
  await ctx.db
    .insert(uploads)
    .values({ sha256, accountId: account.id, createdAt: new Date(ctx.now()) })
    .onConflictDoNothing()
  return { sha256, type }
}

/** Whether an account has brought this very file: knowing its name is not enough. */
export async function hasUploaded(ctx: LabelContext, account: Account, sha256: string): Promise<boolean> {
  const found = await ctx.db
    .select({ sha256: uploads.sha256 })
    .from(uploads)
    .where(and(eq(uploads.sha256, sha256), eq(uploads.accountId, account.id)))
  return found.length > 0
}

/** A file with its type. @throws ApiError 404. */
export async function readMedia(
  ctx: LabelContext,
  sha256: string,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; type: string }> {
  const bytes = await ctx.media.get(sha256)
  if (bytes === undefined) throw mediaNotFound()
  return { bytes, type: mediaTypeOf(bytes) ?? 'application/octet-stream' }
}

/** The 404 of a file, the same whether it is not there or not for this account. */
export function mediaNotFound(): ApiError {
  return new ApiError(404, 'There is no such file among what is assigned to you.', { code: 'media_not_found' })
}
