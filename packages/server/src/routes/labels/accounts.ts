/** @file Signing in, accounts, invites and links that reset a password. */
import { deleteCookie, setCookie } from 'hono/cookie'
import type { App, AppContext, AppRequest } from '../../context.ts'
import { ApiError } from '../../errors.ts'
import {
  acceptInvite,
  changeAccount,
  changePassword,
  createInvite,
  listAccounts,
  SESSION_MS,
  signIn,
  signOut,
} from '../../labels/accounts.ts'
import { SignInAttempts } from '../../labels/attempts.ts'
import type { Account } from '../../labels/context.ts'
import { acceptReset, accountOfReset, createReset } from '../../labels/password-reset.ts'
import type { AccountInfoObject } from '../../protocol/label-reports.ts'
import {
  acceptBody,
  accountChange,
  inviteBody,
  type LinkMade,
  passwordBody,
  type ResetObject,
  resetBody,
  resetFindBody,
  signInBody,
} from '../../protocol/labels.ts'
import { type LabelApi, SESSION_COOKIE } from './api.ts'

/** Adds the routes. */
export function accountRoutes(app: App, ctx: AppContext, api: LabelApi): void {
  const attempts = new SignInAttempts(ctx.now)

  app.post('/api/session', async (c) => {
    const { name, password } = await api.body(c, signInBody)
    attempts.check(name)
    // Counted before the slow comparison, so that tries sent at once are all counted.
    attempts.note(name, false)
    const found = await signIn(await api.open(), name, password)
    if (found === undefined)
      throw new ApiError(401, 'Name and password do not belong together.', { code: 'wrong_password' })
    attempts.note(name, true)
    return signedIn(c, found)
  })
  app.get('/api/session', async (c) => c.json({ account: (await api.signedIn(c)).account }))
  app.delete('/api/session', async (c) => {
    const { labels, token } = await api.signedIn(c)
    await signOut(labels, token)
    deleteCookie(c, SESSION_COOKIE, { path: '/api' })
    return c.json({ account: null })
  })
  app.post('/api/session/password', async (c) => {
    const { labels, account, token } = await api.signedIn(c)
    const { old_password, new_password } = await api.body(c, passwordBody)
    attempts.check(account.name)
    attempts.note(account.name, false)
    await changePassword(labels, account, { old: old_password, new: new_password }, token)
    attempts.note(account.name, true)
    return c.json({ account })
  })

  app.get('/api/accounts', async (c) => {
    const { labels } = await api.signedIn(c, 'admin')
    const list = await listAccounts(labels)
    return c.json({
      accounts: list.map(
        ({ createdAt, ...rest }): AccountInfoObject => ({
          ...rest,
          created_at: createdAt.toISOString(),
        }),
      ),
    })
  })
  app.patch('/api/accounts/:id', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { role, disabled } = await api.body(c, accountChange)
    await changeAccount(labels, account, c.req.param('id'), {
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { disabled }),
    })
    return c.json({ id: c.req.param('id') })
  })

  app.post('/api/invites', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { role, project_id } = await api.body(c, inviteBody)
    const { token, expiresAt } = await createInvite(labels, account, { role, projectId: project_id })
    return c.json<LinkMade, 201>({ token, expires_at: expiresAt.toISOString() }, 201)
  })
  app.post('/api/invites/accept', async (c) =>
    signedIn(c, await acceptInvite(await api.open(), await api.body(c, acceptBody)), 201),
  )

  app.post('/api/accounts/:id/reset', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { token, expiresAt } = await createReset(labels, account, c.req.param('id'))
    return c.json<LinkMade, 201>({ token, expires_at: expiresAt.toISOString() }, 201)
  })
  // Not a GET: addresses are written into logs, and whoever reads the token there could use it.
  app.post('/api/resets/find', async (c) => {
    const { token } = await api.body(c, resetFindBody)
    const { name } = await accountOfReset(await api.open(), token)
    return c.json<ResetObject>({ name })
  })
  app.post('/api/resets/accept', async (c) => {
    const found = await acceptReset(await api.open(), await api.body(c, resetBody))
    // Guesses at the old password must not make its owner wait for the new one.
    attempts.note(found.account.name, true)
    return signedIn(c, found)
  })
}

function signedIn(
  c: AppRequest,
  { account, token }: { account: Account; token: string },
  status: 200 | 201 = 200,
): Response {
  setCookie(c, SESSION_COOKIE, token, {
    path: '/api',
    httpOnly: true,
    sameSite: 'Strict',
    maxAge: SESSION_MS / 1000,
    // Behind a proxy that ends TLS only the page knows that it was loaded with it.
    secure: c.req.header('origin')?.startsWith('https:') === true || new URL(c.req.url).protocol === 'https:',
  })
  return c.json({ account }, status)
}
