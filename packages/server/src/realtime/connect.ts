/** @file The WebSocket side of `GET /v1/realtime`: the handshake, limits, and one session for each connection. */
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { AppContext } from '../context.ts'
import { ApiError, invalid, modelNotFound, toApiError } from '../errors.ts'
import { tooBusy } from '../gate.ts'
import { bearerKey, checkVisitor } from '../guard.ts'
import { describeError } from '../logger.ts'
import { RealtimeSession } from './session.ts'

/** Largest frame: base64 of the largest append and some JSON around it. */
const MAX_FRAME = 21 * 2 ** 20
/** Frames that wait for their turn, in characters; beyond it the socket is not read. */
const MAX_WAITING = 32 * 2 ** 20
/** Bytes that a client may leave unread before it is cut off. */
const MAX_UNREAD = 32 * 2 ** 20
const PING_MS = 20_000
const KEY_PROTOCOL = 'openai-insecure-api-key.'

/** The open connections of one server. */
export interface RealtimeEndpoint {
  /** Tells every client that the server goes away and closes the sessions. */
  close(): Promise<void>
}

/** Answers the upgrade requests of a server. */
export function attachRealtime(server: Server, ctx: AppContext): RealtimeEndpoint {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    // Only `realtime` is selected: the other one has the key in it.
    handleProtocols: (offered) => (offered.has('realtime') ? 'realtime' : false),
  })
  const sessions = new Map<WebSocket, RealtimeSession>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const answer = async (): Promise<void> => {
      const model = await admit(ctx, request, sessions)
      sockets.handleUpgrade(request, socket, head, (client) => {
        if (model instanceof ApiError) refuseAfterUpgrade(ctx, client, model)
        else serveClient(ctx, client, model, sessions)
      })
    }
    answer().catch((error: unknown) => refuseUpgrade(ctx, socket, error))
  })
  return {
    close: async () => {
      for (const client of sessions.keys()) client.close(1001, 'the server is shutting down')
      await Promise.all([...sessions.values()].map((session) => session.close()))
      sockets.close()
    },
  }
}

type Model = AppContext['assistant']['models'][number]

/** Checks everything that a plain HTTP answer can still refuse. A wrong model is told in an event, which pages can read. */
async function admit(
  ctx: AppContext,
  request: IncomingMessage,
  sessions: { readonly size: number },
): Promise<Model | ApiError> {
  const { headers } = request
  const url = new URL(request.url ?? '/', 'http://localhost')
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  await checkVisitor(
    {
      host: headers.host,
      origin: headers.origin,
      key:
        bearerKey(headers.authorization) ??
        offered.find((name) => name.startsWith(KEY_PROTOCOL))?.slice(KEY_PROTOCOL.length),
      remoteAddress: request.socket.remoteAddress,
    },
    ctx,
  )
  if (url.pathname !== '/v1/realtime') {
    throw new ApiError(404, `There is no WebSocket at ${url.pathname.slice(0, 80)}; it is at /v1/realtime.`, {
      code: 'unknown_url',
    })
  }
  if (sessions.size >= ctx.limits.realtimeSessions) throw tooBusy(ctx.limits.realtimeSessions)
  const id = url.searchParams.get('model')
  if (id === null)
    return invalid('model is missing: connect to /v1/realtime?model=ID.', 'model', 'missing_required_parameter')
  const model = ctx.assistant.models.find((info) => info.id === id)
  if (model === undefined) return modelNotFound(id)
  if (!model.input.includes('audio') || !model.output.includes('audio')) {
    return invalid(`The model "${model.id}" does not hear and speak.`, 'model', 'unsupported_value')
  }
  return model
}

function serveClient(
  ctx: AppContext,
  client: WebSocket,
  model: Model,
  sessions: Map<WebSocket, RealtimeSession>,
): void {
  const session = new RealtimeSession(ctx, model, (text) => {
    if (client.readyState !== client.OPEN) return
    if (client.bufferedAmount > MAX_UNREAD) client.close(1013, 'the client reads too slowly')
    else client.send(text)
  })
  sessions.set(client, session)
  ctx.metrics.realtimeSessions = sessions.size

  let alive = true
  const ping = setInterval(() => {
    if (!alive) return client.terminate()
    alive = false
    client.ping()
  }, PING_MS)
  const expiry = setTimeout(
    () => client.close(1001, 'the session has reached its time limit'),
    ctx.limits.realtimeSessionMs,
  )
  client.on('pong', () => {
    alive = true
  })

  let waiting = 0
  client.on('message', (data: RawData, isBinary: boolean) => {
    alive = true
    if (isBinary) return session.refuseBinary()
    const text = data.toString()
    waiting += text.length
    if (waiting > MAX_WAITING) client.pause()
    void session.receive(text).finally(() => {
      waiting -= text.length
      if (waiting <= MAX_WAITING && client.isPaused) client.resume()
    })
  })
  // ws closes the socket itself after an error such as a frame that is too large.
  client.on('error', (error) => ctx.logger.warn('realtime socket failed', { error: error.message }))
  client.on('close', () => {
    clearInterval(ping)
    clearTimeout(expiry)
    sessions.delete(client)
    ctx.metrics.realtimeSessions = sessions.size
    session
      .close()
      .catch((error: unknown) => ctx.logger.error('realtime close failed', { error: describeError(error) }))
  })
  session.start()
}

function refuseAfterUpgrade(ctx: AppContext, client: WebSocket, error: ApiError): void {
  const { type, code, message, param } = error
  client.on('error', () => {})
  client.send(
    JSON.stringify({
      event_id: ctx.newId('event_'),
      type: 'error',
      error: { type, code, message, param, event_id: null },
    }),
  )
  client.close(1008, code ?? 'refused')
}

/** A plain HTTP answer in place of the upgrade. */
function refuseUpgrade(ctx: AppContext, socket: Duplex, error: unknown): void {
  const known = toApiError(error)
  if (known.status >= 500) ctx.logger.error('upgrade failed', { error: describeError(error) })
  const body = JSON.stringify(known.body())
  const lines = [
    `HTTP/1.1 ${known.status} ${STATUS_CODES[known.status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${ctx.newId('req_')}`,
    'connection: close',
    ...Object.entries(known.headers).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
