/** @file `Idempotency-Key`: a request that is sent again gets the answer of the first one, and the work is done once. */
import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { readBytes } from './body.ts'
import type { AppContext, AppEnv } from './context.ts'
import { ApiError, invalid } from './errors.ts'
import { bearerKey } from './guard.ts'
import { makeKept } from './kept.ts'

/** A whole answer as it was sent. */
interface Reply {
  readonly request: string
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
}

/** An answer that is still being made. */
interface Running {
  readonly request: string
  readonly over: Promise<void>
}

/**
 * Answers POST requests that carry a known `Idempotency-Key` as they were answered before, for an hour or until newer
 * answers need the room; while the first is still being answered, they wait for it. What the first gets is made to its
 * end even if nobody listens any more: whoever lost the connection asks again. Only successes are kept.
 *
 * @throws ApiError 400 for a key that is none, 422 for one that came with another request.
 */
export function idempotency({ limits, now }: Pick<AppContext, 'limits' | 'now'>): MiddlewareHandler<AppEnv> {
  const running = new Map<string, Running>()
  const kept = makeKept<Reply>({ maxBytes: limits.replyBytes, now, bytesOf: ({ body }) => body.byteLength + 1024 })
  return async (c, next) => {
    const key = c.req.header('idempotency-key')
    if (key === undefined || c.req.method !== 'POST') return next()
    if (!/^[\x20-\x7e]{1,255}$/.test(key))
      throw invalid(
        'Idempotency-Key must have 1 to 255 printable ASCII characters.',
        undefined,
        'invalid_idempotency_key',
      )
    const bytes = await readBytes(c.req.raw, limits.bodyBytes)
    const id = hash(bearerKey(c.req.header('authorization')) ?? '', c.req.path, key)
    const request = fingerprint(bytes, c.req.header('content-type') ?? '')
    for (;;) {
      const known = kept.get(id) ?? running.get(id)
      if (known === undefined) break
      if (known.request !== request)
        throw new ApiError(422, 'This Idempotency-Key came with another request; take a new key for a new request.', {
          code: 'idempotency_key_reused',
        })
      if ('body' in known) return replay(known)
      await known.over
    }
    const { promise: over, resolve } = withResolvers()
    running.set(id, { request, over })
    const end = (reply?: Reply): void => {
      if (reply !== undefined) kept.set(id, reply)
      running.delete(id)
      resolve()
    }
    try {
      // Without the signal of the client, which may go away and come again.
      const { method, headers, url } = c.req.raw
      c.req.raw = new Request(url, { method, headers, body: bytes })
      await next()
      const { res } = c
      if (!res.ok || res.body === null) return end()
      const { status } = res
      const body = recorded(res.body, (whole) => {
        const sent = whole === undefined || c.get('broken') === true ? undefined : whole
        end(sent && { request, status, headers: new Headers(res.headers), body: sent })
      })
      c.res = new Response(body, res)
    } catch (error) {
      end()
      throw error
    }
  }
}

function replay({ status, headers, body }: Reply): Response {
  const again = new Response(body, { status, headers })
  again.headers.set('idempotent-replayed', 'true')
  return again
}

/** A body that is read to its end whether or not somebody still listens; `onEnd` gets all of it, or nothing if it broke. */
function recorded(
  source: ReadableStream<Uint8Array>,
  onEnd: (whole: Uint8Array<ArrayBuffer> | undefined) => void,
): ReadableStream<Uint8Array> {
  const chunks: Uint8Array[] = []
  let open = true
  return new ReadableStream({
    start(controller) {
      const read = async (): Promise<void> => {
        for await (const chunk of source) {
          chunks.push(chunk)
          if (open) controller.enqueue(chunk)
        }
      }
      read().then(
        () => {
          onEnd(new Uint8Array(Buffer.concat(chunks)))
          if (open) controller.close()
        },
        (error: unknown) => {
          onEnd(undefined)
          if (open) controller.error(error)
        },
      )
    },
    cancel() {
      open = false
    },
  })
}

/** What a request asks, without the line that its form happens to be cut at: a form sent again is cut at another. */
function fingerprint(bytes: Uint8Array, type: string): string {
  const boundary = /^multipart\/form-data\b.*\bboundary="?([^";]+)"?/i.exec(type)?.[1]
  if (boundary === undefined) return hash(bytes)
  return hash(Buffer.from(bytes).toString('latin1').replaceAll(boundary, ''))
}

function hash(...parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part).update('\0')
  return sum.digest('base64')
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
