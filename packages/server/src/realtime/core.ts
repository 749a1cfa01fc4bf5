/** @file What the parts of one realtime session share. */
import type { ModelInfo } from 'tony'
import type { AppContext } from '../context.ts'
import { type ApiError, toApiError } from '../errors.ts'
import { describeError } from '../logger.ts'
import type { RealtimeItem, RealtimeSessionConfig, ServerEventBody } from '../protocol/realtime.ts'
import type { Conversation } from './conversation.ts'

/** The common ground of a session's parts. */
export interface SessionCore {
  readonly ctx: AppContext
  readonly model: ModelInfo
  readonly conversation: Conversation
  readonly outbox: Outbox
  /** Ends with the connection. */
  readonly life: AbortSignal
  /** Replaced as a whole by each accepted update. */
  config: RealtimeSessionConfig
}

/** Everything that the session says goes out here, each event with its id. */
export class Outbox {
  readonly #ctx: AppContext
  readonly #send: (text: string) => void
  readonly #life: AbortSignal

  /** After `life` has ended nothing is sent. */
  constructor(ctx: AppContext, send: (text: string) => void, life: AbortSignal) {
    this.#ctx = ctx
    this.#send = send
    this.#life = life
  }

  emit(body: ServerEventBody): void {
    if (this.#life.aborted) return
    this.#send(JSON.stringify({ event_id: this.#ctx.newId('event_'), ...body }))
  }

  /** An item that is complete when it is added. */
  emitItem(item: RealtimeItem, previous: string | null): void {
    this.emit({ type: 'conversation.item.added', item, previous_item_id: previous })
    this.emit({ type: 'conversation.item.done', item, previous_item_id: previous })
  }

  /** Tells the client of a failure; `eventId` is the id of the client's event that failed. */
  report(error: unknown, eventId: string | null = null): void {
    const { type, code, message, param } = this.logged(error)
    this.emit({ type: 'error', error: { type, code, message, param, event_id: eventId } })
  }

  /** What the client is told about an error; bugs of ours are logged. */
  logged(error: unknown): ApiError {
    const known = toApiError(error)
    if (known.status >= 500 && !this.#life.aborted) {
      this.#ctx.logger.error('realtime failed', { error: describeError(error) })
    }
    return known
  }
}

/** As many of the last messages as leave half of the context for what comes. */
export function historyOf(core: SessionCore, instructions: string): ReturnType<Conversation['messages']> {
  return core.conversation.messages(instructions, core.model.contextLength / 2)
}
