/** @file What the guard looks at in an HTTP request. */
import type { AppRequest } from './context.ts'
import { bearerKey, type Visitor } from './guard.ts'

/** The visitor of a request. */
export function visitorOf(c: AppRequest): Visitor {
  return {
    host: c.req.header('host') ?? new URL(c.req.url).host,
    origin: c.req.header('origin'),
    key: bearerKey(c.req.header('authorization')),
    remoteAddress: c.env?.incoming?.socket?.remoteAddress,
  }
}
