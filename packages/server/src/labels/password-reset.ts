/**
 * @file Links with which people who forgot their password set a new one.
 *
 * An account has one link at most: a new one takes its place, and using it deletes it. Whatever changes one locks the
 * account first.
 */
import { and, eq, gt, isNull, type SQL } from 'drizzle-orm'
import { ApiError, conflict, notFound } from '../errors.ts'
import { accounts, passwordResets, sessions } from '../store/schema.ts'
import { checkPassword, LINK_MS, newToken, startSession, toAccount } from './accounts.ts'
import { audit } from './audit.ts'
import { type Account, type LabelContext, sha256 } from './context.ts'
import { hashPassword } from './password.ts'

/**
 * Makes the link for an account; an older one opens nothing any more.
 *
 * @returns the token for the link, which is stored only as a hash.
 * @throws ApiError 404, or 409 for a closed account.
 */
export async function createReset(
  ctx: LabelContext,
  admin: Account,
  accountId: string,
): Promise<{ token: string; expiresAt: Date }> {
  const token = newToken()
  const link = { tokenHash: sha256(token), expiresAt: new Date(ctx.now() + LINK_MS) }
  await ctx.db.transaction(async (tx) => {
    const [found] = await tx.select().from(accounts).where(eq(accounts.id, accountId)).for('update')
    if (found === undefined) throw notFound('account')
    if (found.disabledAt !== null) throw conflict('This account is closed; open it again first.', 'account_closed')
    await tx
      .insert(passwordResets)
      .values({ accountId, ...link })
      .onConflictDoUpdate({ target: passwordResets.accountId, set: link })
    await audit(tx, ctx, admin, { action: 'reset.create', subject: accountId })
  })
  return { token, expiresAt: link.expiresAt }
}

/** Whose password a link sets. @throws ApiError 404 for a link that is used, unknown or old. */
export async function accountOfReset(ctx: LabelContext, token: string): Promise<Account> {
  const [found] = await ctx.db
    .select({ id: accounts.id, name: accounts.name, role: accounts.role })
    .from(passwordResets)
    .innerJoin(accounts, eq(accounts.id, passwordResets.accountId))
    .where(and(usable(ctx, token), isNull(accounts.disabledAt)))
  if (found === undefined) throw noReset()
  return found
}

/** Sets the password of a link's account, ends all of its sessions and signs it in. @throws ApiError 400 or 404. */
export async function acceptReset(
  ctx: LabelContext,
  { token, password }: { readonly token: string; readonly password: string },
): Promise<{ account: Account; token: string }> {
  // Asked before the password is hashed: strangers must not make the server work.
  const { id } = await accountOfReset(ctx, token)
  checkPassword(password)
  const passwordHash = await hashPassword(password)
  return ctx.db.transaction(async (tx) => {
    const [found] = await tx
      .update(accounts)
      .set({ passwordHash })
      .where(and(eq(accounts.id, id), isNull(accounts.disabledAt)))
      .returning()
    const used = await tx.delete(passwordResets).where(usable(ctx, token)).returning()
    if (found === undefined || used.length === 0) throw noReset()
    await tx.delete(sessions).where(eq(sessions.accountId, id))
    const account = toAccount(found)
    await audit(tx, ctx, account, { action: 'reset.accept', subject: id })
    return { account, token: await startSession({ ...ctx, db: tx }, id) }
  })
}

function usable(ctx: LabelContext, token: string): SQL | undefined {
  return and(eq(passwordResets.tokenHash, sha256(token)), gt(passwordResets.expiresAt, new Date(ctx.now())))
}

function noReset(): ApiError {
  return new ApiError(404, 'This link does not exist, has been used, or is too old; ask an admin for a new one.', {
    code: 'reset_not_found',
  })
}
