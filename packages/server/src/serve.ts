/** @file Opens the port. */
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { TonyError } from 'tony'
import { type AppDeps, buildApp, makeContext } from './app.ts'
import { isLoopbackName } from './guard.ts'
import { attachRealtime } from './realtime/connect.ts'

/** Where and how to serve. */
export interface ServerOptions extends Omit<AppDeps, 'shutdown'> {
  /** Default 8080; 0 takes a free one. */
  readonly port?: number
  /** Default 127.0.0.1. Others need keys. */
  readonly host?: string
  /** Milliseconds that running answers get to finish when the server closes; default 5000. */
  readonly graceMs?: number
}

/** A server that runs. */
export interface RunningServer {
  /** Without a slash at the end. */
  readonly url: string
  /** Takes no more requests, lets running answers finish for a while, then ends everything. */
  close(): Promise<void>
}

/**
 * Starts the server.
 *
 * @example
 * const server = await startServer({ assistant, media, port: 8080 })
 * await server.close()
 *
 * @throws TonyError `invalid` for a host that needs keys, `io` for a port that cannot be opened.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port = 8080, host = '127.0.0.1', graceMs = 5000, ...deps } = options
  if ((deps.keys?.size ?? 0) === 0 && !isLoopbackName(host)) {
    throw new TonyError(
      'invalid',
      `server: host ${host} can be reached from other machines, which needs API keys; set TONY_API_KEYS or use 127.0.0.1`,
    )
  }
  const shutdown = new AbortController()
  const ctx = makeContext({ ...deps, shutdown: shutdown.signal })
  const app = buildApp(ctx, deps.studioDir)
  const server = createAdaptorServer({ fetch: app.fetch }) as Server // no TLS option was given, so it is plain HTTP/1
  const realtime = attachRealtime(server, ctx)
  await listen(server, port, host)
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${boundPort(server)}`
  ctx.logger.info('server started', { url })
  let closing: Promise<void> | undefined
  return {
    url,
    close: () => {
      closing ??= (async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeIdleConnections()
        await realtime.close()
        const grace = setTimeout(() => {
          shutdown.abort(new TonyError('aborted', 'server: shutting down'))
          setTimeout(() => server.closeAllConnections(), 100)
        }, graceMs)
        await closed
        clearTimeout(grace)
        shutdown.abort(new TonyError('aborted', 'server: shutting down'))
        await ctx.prompts?.idle()
        await ctx.store?.close()
        ctx.logger.info('server stopped', { url })
      })()
      return closing
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const where = `port ${port} on ${host}`
      const reasons: Record<string, string> = {
        EADDRINUSE: `${where} is already in use; stop the other program or choose another port`,
        EACCES: `${where} needs more rights; choose a port above 1023`,
        EADDRNOTAVAIL: `${host} is not an address of this machine; use 127.0.0.1 or 0.0.0.0`,
      }
      reject(
        new TonyError('io', `server: ${reasons[cause.code ?? ''] ?? `${where} cannot be opened: ${cause.message}`}`, {
          cause,
        }),
      )
    }
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

function boundPort(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TonyError('internal', 'the server has no port')
  return address.port
}
