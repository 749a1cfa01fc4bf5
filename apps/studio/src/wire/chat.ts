/** @file One answer from `POST /v1/chat/completions`, as it comes. */
import type { ChatChunk, ChatRequest, ErrorBody } from '@tony/server/protocol'
import { base64ToPcm16 } from '../sound/pcm.ts'
import { classify, Failure, request } from './failure.ts'
import { readEvents } from './sse.ts'

/** What comes out while an answer is made. */
export type AnswerEvent =
  | { readonly type: 'text'; readonly delta: string }
  | { readonly type: 'transcript'; readonly delta: string }
  | { readonly type: 'audio'; readonly samples: Int16Array<ArrayBuffer> }
  /** A picture with the same index replaces the earlier one. */
  | { readonly type: 'image'; readonly index: number; readonly url: string }
  | { readonly type: 'end'; readonly reason: 'stop' | 'length' }

/** How to reach the server. */
export interface ChatOptions {
  readonly apiKey: string
  readonly signal: AbortSignal
}

/** Asks, and yields the answer piece by piece. @throws Failure */
export async function* streamChat(
  body: ChatRequest,
  options: ChatOptions,
): AsyncGenerator<AnswerEvent, void, undefined> {
  const response = await request('chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ ...body, stream: true }),
    ...options,
  })
  let ended = false
  try {
    for await (const data of readEvents(response.body ?? new ReadableStream())) {
      for (const event of answerEvents(data)) {
        if (event.type === 'end') ended = true
        yield event
      }
    }
  } catch (cause) {
    if (cause instanceof Failure || options.signal.aborted) throw cause
    throw brokeOff()
  }
  if (!ended) throw brokeOff()
}

/** What one event of the stream adds. @throws Failure if it reports an error. */
export function answerEvents(data: string): AnswerEvent[] {
  const chunk = parse(data)
  if ('error' in chunk)
    throw classify(chunk.error.type === 'server_error' ? 500 : 400, chunk.error.code, chunk.error.message)
  const choice = chunk.choices[0]
  if (choice === undefined) return []
  const { delta, finish_reason: reason } = choice
  const events: AnswerEvent[] = []
  if (delta.content) events.push({ type: 'text', delta: delta.content })
  if (delta.audio?.transcript) events.push({ type: 'transcript', delta: delta.audio.transcript })
  if (delta.audio?.data) events.push({ type: 'audio', samples: base64ToPcm16(delta.audio.data) })
  for (const [position, image] of (delta.images ?? []).entries()) {
    events.push({ type: 'image', index: image.index ?? position, url: image.image_url.url })
  }
  if (reason !== null && reason !== undefined) events.push({ type: 'end', reason })
  return events
}

function parse(data: string): ChatChunk | ErrorBody {
  try {
    return JSON.parse(data) as ChatChunk | ErrorBody
  } catch {
    throw brokeOff()
  }
}

function brokeOff(): Failure {
  return new Failure('server', 'The answer broke off before its end.')
}
