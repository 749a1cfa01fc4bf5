/** @file Server-sent events. */
import { toApiError } from './errors.ts'

/** One event: its data, and the `event:` line for endpoints that have one. */
export interface SseFrame {
  readonly event?: string
  /** An object is sent as JSON. */
  readonly data: object | string
}

/** Options of a stream. */
export interface SseOptions {
  readonly headers?: Record<string, string>
  /** Called when the client goes away. */
  readonly onCancel: () => void
  /** Told about what ends the stream early; the client gets it as an error frame. */
  readonly onError: (error: unknown) => void
  /** Silence after which a comment is sent, so that nobody between takes the connection for dead. */
  readonly pingMs?: number
}

/**
 * Sends frames as they come. A slow reader does not slow the model down: what waits is at most one answer, and the
 * model's slot is free as soon as the answer is made.
 */
export function sseResponse(frames: AsyncIterable<SseFrame>, options: SseOptions): Response {
  const stream = byteStream(async (send) => {
    const pingMs = options.pingMs ?? 15_000
    let ping = setInterval(() => send(': ping\n\n'), pingMs)
    try {
      for await (const frame of frames) {
        clearInterval(ping)
        ping = setInterval(() => send(': ping\n\n'), pingMs)
        const data = typeof frame.data === 'string' ? frame.data : JSON.stringify(frame.data)
        send(`${frame.event === undefined ? '' : `event: ${frame.event}\n`}data: ${data}\n\n`)
      }
    } catch (error) {
      options.onError(error)
      send(`data: ${JSON.stringify(toApiError(error).body())}\n\n`)
    } finally {
      clearInterval(ping)
    }
  }, options.onCancel)
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...options.headers,
    },
  })
}

/** A body that `write` fills; what it sends after the client has gone is dropped. */
export function byteStream(
  write: (send: (chunk: string | Uint8Array) => void) => Promise<void>,
  onCancel: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let open = true
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const send = (chunk: string | Uint8Array): void => {
        if (open) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
      }
      write(send).then(
        () => {
          if (open) controller.close()
          open = false
        },
        (error: unknown) => {
          if (open) controller.error(error)
          open = false
        },
      )
    },
    cancel: () => {
      open = false
      onCancel()
    },
  })
}
