/** @file What all routes under `/api` do first: open the store, find out who asks, read the body. */
import { getCookie } from 'hono/cookie'
import { TonyError } from 'tony'
import type { z } from 'zod'
import { readJson } from '../../body.ts'
import type { AppContext, AppRequest } from '../../context.ts'
import { ApiError, invalid, quote } from '../../errors.ts'
import { accountOfSession } from '../../labels/accounts.ts'
import type { Account, LabelContext } from '../../labels/context.ts'
import { requireStorable } from '../../labels/storable.ts'
import type { LazyStore } from '../../store/open.ts'
import type { AccountRole } from '../../store/records.ts'

/** Name of the cookie that holds the session's token. */
export const SESSION_COOKIE = 'tony_session'

/** A request of someone who is signed in. */
export interface SignedIn {
  readonly labels: LabelContext
  readonly account: Account
  readonly token: string
}

/** Helpers of the routes. */
export interface LabelApi {
  /** The open store. @throws ApiError 503 if it cannot be opened. */
  open(): Promise<LabelContext>
  /** Who asks. @throws ApiError 401 if nobody is signed in, 403 for another role than `roles`. */
  signedIn(c: AppRequest, ...roles: readonly AccountRole[]): Promise<SignedIn>
  /** The body. @throws ApiError 400, 413 or 415. */
  body<T>(c: AppRequest, schema: z.ZodType<T>): Promise<T>
}

/** Makes the helpers. */
export function labelApi(ctx: AppContext, store: LazyStore): LabelApi {
  const open = async (): Promise<LabelContext> => {
    try {
      return { ...(await store.get()), now: ctx.now, newId: ctx.newId }
    } catch (cause) {
      if (!(cause instanceof TonyError)) throw cause
      // The message names folders and hosts, which is for the log.
      throw new ApiError(503, 'The store of labels cannot be opened; the log of the server says why.', {
        code: 'store_unavailable',
        cause,
      })
    }
  }
  return {
    open,
    signedIn: async (c, ...roles) => {
      const token = getCookie(c, SESSION_COOKIE)
      const labels = token === undefined ? undefined : await open()
      const account = labels === undefined ? undefined : await accountOfSession(labels, token!)
      if (labels === undefined || account === undefined) {
        throw new ApiError(401, 'Nobody is signed in; POST /api/session with name and password.', {
          code: 'not_signed_in',
        })
      }
      if (roles.length > 0 && !roles.includes(account.role)) {
        throw new ApiError(403, `This needs the role ${roles.join(' or ')}; you are ${account.role}.`, {
          code: 'wrong_role',
        })
      }
      return { labels, account, token: token! }
    },
    body: async (c, schema) => requireStorable(await readJson(c, schema, ctx.limits.bodyBytes)),
  }
}

/** A whole number in the query. @throws ApiError 400. */
export function queryNumber(
  c: AppRequest,
  name: string,
  { otherwise, most }: { otherwise: number; most: number },
): number {
  const text = c.req.query(name)
  if (text === undefined) return otherwise
  if (/^\d{1,9}$/.test(text) && Number(text) <= most) return Number(text)
  throw invalid(`${name} is ${quote(text)} (expected a whole number, 0 to ${most}).`, name)
}

/** One of some words in the query. @throws ApiError 400. */
export function queryChoice<T extends string>(c: AppRequest, name: string, choices: readonly T[], otherwise?: T): T {
  const text = c.req.query(name) ?? otherwise
  const found = choices.find((choice) => choice === text)
  if (found !== undefined) return found
  throw invalid(`${name} is ${text === undefined ? 'missing' : quote(text)} (expected ${choices.join(', ')}).`, name)
}

/** A stored file as an answer that a page may show but never run. */
export function mediaResponse({ bytes, type }: { bytes: Uint8Array<ArrayBuffer>; type: string }): Response {
  return new Response(bytes, {
    headers: {
      'content-type': type,
      'content-length': String(bytes.length),
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      // The name is the content's hash.
      'cache-control': 'private, max-age=31536000, immutable',
    },
  })
}
