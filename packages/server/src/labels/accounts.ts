/** @file Accounts, sessions and invites. */
import { randomBytes } from 'node:crypto'
import { and, asc, eq, gt, isNull, lte, ne } from 'drizzle-orm'
import { TonyError } from 'tony'
import { ApiError, conflict, invalid, notFound } from '../errors.ts'
import { openStore, type StoreOptions } from '../store/open.ts'
import type { AccountRole } from '../store/records.ts'
import { accounts, invites, members, passwordResets, projects, sessions } from '../store/schema.ts'
import { audit } from './audit.ts'
import { type Account, type LabelContext, sha256 } from './context.ts'
import { hashPassword, verifyPassword } from './password.ts'

const DAY = 24 * 60 * 60_000

/** How long a browser stays signed in. */
export const SESSION_MS: number = 14 * DAY
/** How long the link of an invite, or to reset a password, can be used. */
export const LINK_MS: number = 7 * DAY

/** An account as admins see it. */
export interface AccountInfo extends Account {
  readonly createdAt: Date
  readonly disabled: boolean
}

/**
 * Makes an admin account in a store that no server has open; the first way in.
 *
 * @example
 * await createAdmin({ dir: '.tony' }, { name: 'ada', password: 'correct horse' })
 *
 * @throws TonyError `invalid` for a bad name or password or a name that is taken, `io` as {@link openStore}.
 */
export async function createAdmin(
  options: StoreOptions,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<Account> {
  const store = await openStore(options)
  try {
    const ctx = { ...store, now: Date.now, newId: (prefix: string) => prefix + randomBytes(16).toString('hex') }
    return await createAccount(ctx, { name, password, role: 'admin' })
  } catch (cause) {
    if (cause instanceof ApiError) {
      const forgotten = cause.code === 'name_taken' ? ` ${FORGOTTEN}` : ''
      throw new TonyError('invalid', `admin: ${cause.message}${forgotten}`, { cause })
    }
    throw cause
  } finally {
    await store.close()
  }
}

/** Who makes an admin under a name that is there has mostly forgotten its password. */
const FORGOTTEN =
  'If its password is forgotten, any admin can make a link for a new one: #/label/accounts, "Reset password"; where no admin is left, make one under another name first.'

/** Makes an account. @throws ApiError 400 for a bad name or password, 409 for a name that is taken. */
export async function createAccount(
  ctx: LabelContext,
  { name, password, role }: { readonly name: string; readonly password: string; readonly role: AccountRole },
): Promise<Account> {
  const account = { id: ctx.newId('acct_'), name: checkName(name), role }
  checkPassword(password)
  const passwordHash = await hashPassword(password)
  const made = await ctx.db
    .insert(accounts)
    .values({ ...account, passwordHash, createdAt: new Date(ctx.now()) })
    .onConflictDoNothing()
    .returning({ id: accounts.id })
  if (made.length === 0) throw conflict(`The name "${account.name}" is taken; choose another.`, 'name_taken')
  return account
}

/** All accounts, by name. */
export async function listAccounts(ctx: LabelContext): Promise<AccountInfo[]> {
  const rows = await ctx.db.select().from(accounts).orderBy(asc(accounts.name))
  return rows.map(({ id, name, role, createdAt, disabledAt }) => ({
    id,
    name,
    role,
    createdAt,
    disabled: disabledAt !== null,
  }))
}

/** Changes an account's role, or closes or opens it. The last admin stays. @throws ApiError 404 or 409. */
export async function changeAccount(
  ctx: LabelContext,
  admin: Account,
  id: string,
  change: { readonly role?: AccountRole; readonly disabled?: boolean },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    // All admins are locked, so that two cannot take the last place from each other.
    const admins = await tx
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(eq(accounts.role, 'admin'), isNull(accounts.disabledAt)))
      .orderBy(asc(accounts.id))
      .for('update')
    const losesAdmin = change.disabled === true || (change.role !== undefined && change.role !== 'admin')
    if (losesAdmin && admins.length === 1 && admins[0]!.id === id) {
      throw conflict('This is the only admin; make another one first.', 'last_admin')
    }
    const [found] = await tx.select().from(accounts).where(eq(accounts.id, id))
    if (found === undefined) throw notFound('account')
    await tx
      .update(accounts)
      .set({
        role: change.role ?? found.role,
        disabledAt: change.disabled === undefined ? found.disabledAt : change.disabled ? new Date(ctx.now()) : null,
      })
      .where(eq(accounts.id, id))
    if (change.disabled === true) {
      await tx.delete(sessions).where(eq(sessions.accountId, id))
      await tx.delete(passwordResets).where(eq(passwordResets.accountId, id))
    }
    await audit(tx, ctx, admin, { action: 'account.change', subject: id, details: change })
  })
}

/**
 * Signs in.
 *
 * @returns the account and the token for the cookie; undefined if name and password do not belong together.
 */
export async function signIn(
  ctx: LabelContext,
  name: string,
  password: string,
): Promise<{ account: Account; token: string } | undefined> {
  const [found] = await ctx.db
    .select()
    .from(accounts)
    .where(and(eq(accounts.name, name.trim().toLowerCase()), isNull(accounts.disabledAt)))
  // An unknown name must take as long as a wrong password.
  const right = await verifyPassword(password, found?.passwordHash ?? (await someHash()))
  if (found === undefined || !right) return undefined
  return { account: toAccount(found), token: await startSession(ctx, found.id) }
}

let cachedHash: Promise<string> | undefined
function someHash(): Promise<string> {
  cachedHash ??= hashPassword(randomBytes(16).toString('hex'))
  return cachedHash
}

/** Signs an account in. @returns the token for the cookie. */
export async function startSession(ctx: LabelContext, accountId: string): Promise<string> {
  const token = newToken()
  await ctx.db.delete(sessions).where(lte(sessions.expiresAt, new Date(ctx.now())))
  await ctx.db
    .insert(sessions)
    .values({ tokenHash: sha256(token), accountId, expiresAt: new Date(ctx.now() + SESSION_MS) })
  return token
}

/** Who a cookie's token belongs to; undefined for an unknown or old one. */
export async function accountOfSession(ctx: LabelContext, token: string): Promise<Account | undefined> {
  const [found] = await ctx.db
    .select({ id: accounts.id, name: accounts.name, role: accounts.role })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .where(
      and(
        eq(sessions.tokenHash, sha256(token)),
        gt(sessions.expiresAt, new Date(ctx.now())),
        isNull(accounts.disabledAt),
      ),
    )
  return found
}

/** Ends the session of a token. */
export async function signOut(ctx: LabelContext, token: string): Promise<void> {
  await ctx.db.delete(sessions).where(eq(sessions.tokenHash, sha256(token)))
}

/** Changes one's own password and signs out everywhere else. @throws ApiError 400 or 403. */
export async function changePassword(
  ctx: LabelContext,
  account: Account,
  passwords: { readonly old: string; readonly new: string },
  token: string,
): Promise<void> {
  const [found] = await ctx.db.select().from(accounts).where(eq(accounts.id, account.id))
  if (found === undefined || !(await verifyPassword(passwords.old, found.passwordHash))) {
    throw new ApiError(403, 'The old password is not right; type it again.', { code: 'wrong_password' })
  }
  checkPassword(passwords.new)
  const passwordHash = await hashPassword(passwords.new)
  await ctx.db.transaction(async (tx) => {
    await tx.update(accounts).set({ passwordHash }).where(eq(accounts.id, account.id))
    await tx.delete(sessions).where(and(eq(sessions.accountId, account.id), ne(sessions.tokenHash, sha256(token))))
    // Who knows the password needs no link any more.
    await tx.delete(passwordResets).where(eq(passwordResets.accountId, account.id))
    await audit(tx, ctx, account, { action: 'account.password', subject: account.id })
  })
}

/** Makes an invite for one person. @returns the token for the link, which is stored only as a hash. */
export async function createInvite(
  ctx: LabelContext,
  admin: Account,
  { role, projectId }: { readonly role: AccountRole; readonly projectId: string | null },
): Promise<{ token: string; expiresAt: Date }> {
  if (projectId !== null) {
    const [project] = await ctx.db.select({ id: projects.id }).from(projects).where(eq(projects.id, projectId))
    if (project === undefined) throw notFound('project')
  }
  const token = newToken()
  const expiresAt = new Date(ctx.now() + LINK_MS)
  await ctx.db.transaction(async (tx) => {
    await tx.insert(invites).values({
      tokenHash: sha256(token),
      role,
      projectId,
      createdBy: admin.id,
      createdAt: new Date(ctx.now()),
      expiresAt,
    })
    await audit(tx, ctx, admin, { action: 'invite.create', subject: projectId ?? 'invites', details: { role } })
  })
  return { token, expiresAt }
}

/** Makes an account from an invite and signs it in. @throws ApiError 400, 404 or 409. */
export async function acceptInvite(
  ctx: LabelContext,
  { token, name, password }: { readonly token: string; readonly name: string; readonly password: string },
): Promise<{ account: Account; token: string }> {
  const usable = and(
    eq(invites.tokenHash, sha256(token)),
    isNull(invites.usedBy),
    gt(invites.expiresAt, new Date(ctx.now())),
  )
  // Asked before the password is hashed: strangers must not make the server work.
  if ((await ctx.db.select({ role: invites.role }).from(invites).where(usable)).length === 0) throw noInvite()
  const account = await ctx.db.transaction(async (tx) => {
    const [invite] = await tx.update(invites).set({ usedBy: 'nobody yet' }).where(usable).returning()
    if (invite === undefined) throw noInvite()
    const made = await createAccount({ ...ctx, db: tx }, { name, password, role: invite.role })
    await tx.update(invites).set({ usedBy: made.id }).where(eq(invites.tokenHash, invite.tokenHash))
    if (invite.projectId !== null) await addMember({ ...ctx, db: tx }, invite.projectId, made.id)
    await audit(tx, ctx, made, {
      action: 'account.create',
      subject: made.id,
      details: { role: made.role, project: invite.projectId },
    })
    return made
  })
  return { account, token: await startSession(ctx, account.id) }
}

/** Lets an account label in a project; screening begins where the project asks for it. @throws ApiError 404. */
export async function addMember(ctx: LabelContext, projectId: string, accountId: string): Promise<void> {
  // Held until the member is stored: a minimum that is set meanwhile would miss them.
  const [project] = await ctx.db.select().from(projects).where(eq(projects.id, projectId)).for('share')
  if (project === undefined) throw notFound('project')
  const [account] = await ctx.db.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, accountId))
  if (account === undefined) throw notFound('account')
  await ctx.db
    .insert(members)
    .values({ projectId, accountId, screening: project.screeningMinimum === null ? 'none' : 'pending' })
    .onConflictDoNothing()
}

function noInvite(): ApiError {
  return new ApiError(404, 'This invite does not exist, has been used, or is too old; ask for a new one.', {
    code: 'invite_not_found',
  })
}

/** An account without what only the store knows. */
export function toAccount({ id, name, role }: Account): Account {
  return { id, name, role }
}

/** A token that nobody can guess, for a cookie or a link. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function checkName(name: string): string {
  const plain = name.trim().toLowerCase()
  if (/^[\p{L}\p{N}._@-]{1,64}$/u.test(plain)) return plain
  throw invalid('name is not valid: use 1 to 64 letters, digits, dots, hyphens, underscores or @.', 'name')
}

/** Refuses a password that is too short or too long. @throws ApiError 400. */
export function checkPassword(password: string): void {
  if (password.length < 8) throw invalid('password is too short (at least 8 characters).', 'password', 'too_short')
  if (password.length > 256) throw invalid('password is too long (at most 256 characters).', 'password', 'too_long')
}
