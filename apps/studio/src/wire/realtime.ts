/** @file The socket of a live conversation: events in, events out. */
import type { ClientEventBody, ServerEvent } from '@tony/server/protocol'
import { apiUrl, Failure, offline } from './failure.ts'

/** An open socket. */
export interface RealtimeSocket {
  send(event: ClientEventBody): void
  close(): void
}

/** Who listens to the socket. */
export interface RealtimeListener {
  onEvent(event: ServerEvent): void
  /** The connection ended without being asked to. */
  onLost(failure: Failure): void
}

/** Opens a live conversation; resolves when the server accepts it. @throws Failure */
export function openRealtime(model: string, apiKey: string, listener: RealtimeListener): Promise<RealtimeSocket> {
  const url = apiUrl(`realtime?model=${encodeURIComponent(model)}`)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  // Browsers cannot set headers on a socket; OpenAI's clients send the key as a subprotocol.
  const protocols = apiKey === '' ? ['realtime'] : ['realtime', `openai-insecure-api-key.${apiKey}`]
  const socket = new WebSocket(url, protocols)
  return new Promise((resolve, reject) => {
    let open = false
    let closing = false
    socket.onopen = () => {
      open = true
      resolve({
        send: (event) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event))
        },
        close: () => {
          closing = true
          socket.close(1000)
        },
      })
    }
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (typeof message.data === 'string') listener.onEvent(JSON.parse(message.data) as ServerEvent)
    }
    socket.onclose = (event) => {
      if (closing) return
      const failure =
        event.reason === '' ? offline() : new Failure('server', `The live conversation ended: ${event.reason}`)
      if (open) listener.onLost(failure)
      else reject(failure)
    }
  })
}
