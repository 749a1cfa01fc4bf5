/** @file Who may talk to the server: keys, and without keys only pages and programs of this machine. */
import { ApiError } from './errors.ts'
import type { KeyRing } from './keys.ts'

/** What the guard looks at, the same for HTTP requests and WebSocket upgrades. */
export interface Visitor {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly key: string | undefined
  /** Address of the peer; unknown in tests without a port. */
  readonly remoteAddress: string | undefined
}

/** Settings of the guard. */
export interface GuardOptions {
  readonly keys: KeyRing
  /** Whether an admin has made this key in the page; asked only for keys that are not in the ring. */
  readonly isIssued: (key: string) => Promise<boolean>
  /** Origins of other sites whose pages may call the API. */
  readonly corsOrigins: readonly string[]
}

/**
 * Refuses visitors that may not use the API.
 *
 * With keys, the key decides. Without, the peer must be this machine, and `Host` and `Origin` must name it too: a page
 * of another site can make a browser of this machine connect here (DNS rebinding, cross-site requests), but it cannot
 * forge these two headers.
 *
 * @throws ApiError 401 or 403.
 */
export async function checkVisitor(visitor: Visitor, options: GuardOptions): Promise<void> {
  if (options.keys.size > 0) {
    if (visitor.key === undefined) {
      throw new ApiError(401, 'No API key was given; send it as "Authorization: Bearer KEY".', {
        code: 'missing_api_key',
      })
    }
    if (!options.keys.accepts(visitor.key) && !(await options.isIssued(visitor.key))) {
      throw new ApiError(401, 'The API key is not one of this server.', { code: 'invalid_api_key' })
    }
    return
  }
  if (visitor.remoteAddress !== undefined && !isLoopbackAddress(visitor.remoteAddress)) {
    throw forbidden('Without API keys this server answers its own machine only; set TONY_API_KEYS to open it.')
  }
  if (visitor.host === undefined || !isLoopbackName(hostName(visitor.host))) {
    throw forbidden('Without API keys this server answers to localhost only; the Host header names something else.')
  }
  const { origin } = visitor
  if (origin !== undefined && !options.corsOrigins.includes(origin) && !isOwnOrigin(origin, visitor.host)) {
    throw forbidden('Pages of other sites may not use this server; allow their origin with TONY_CORS_ORIGINS.')
  }
}

/**
 * Refuses requests that change something and that a page of another site may have sent with the visitor's cookie.
 * Browsers name the page in `Origin`; programs send none, and hold no cookie that a page could misuse.
 *
 * @throws ApiError 403.
 */
export function checkSameOrigin(
  method: string,
  visitor: Pick<Visitor, 'host' | 'origin'>,
  site: string | undefined,
): void {
  if (method === 'GET' || method === 'HEAD') return
  const { host, origin } = visitor
  const own = origin === undefined ? site === undefined || site === 'same-origin' : isOwnOrigin(origin, host ?? '')
  if (!own) throw forbidden('This request came from a page of another site; open the page of this server and use that.')
}

/** The key in an `Authorization: Bearer` header. */
export function bearerKey(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +(\S+)\s*$/i.exec(header)?.[1]
}

/** Whether an address that a server binds to or a peer has is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  return plain === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain)
}

/** Whether a host name, as bound to or as in a `Host` header, can only mean this machine. */
export function isLoopbackName(name: string): boolean {
  return name.toLowerCase() === 'localhost' || isLoopbackAddress(name)
}

/** `Host` without its port and without the brackets of an IPv6 address. */
function hostName(host: string): string {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host)
  return match?.[1] ?? match?.[2] ?? ''
}

/** A page that this server sent: same host and port. The scheme may be https where a proxy ends TLS. */
function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`
}

function forbidden(message: string): ApiError {
  return new ApiError(403, message, { code: 'forbidden' })
}
