/** @file One realtime conversation: client events in, server events out; knows nothing of sockets. */
import type { ModelInfo } from 'tony'
import { type AppContext, requireInput } from '../context.ts'
import { ApiError, invalid, quote } from '../errors.ts'
import {
  type ClientEvent,
  type ClientEventType,
  clientEvents,
  type ItemInput,
  type RealtimeSessionConfig,
  type SessionPatch,
} from '../protocol/realtime.ts'
import { validate } from '../validate.ts'
import { Answers } from './answers.ts'
import { defaultConfig, patchConfig } from './config.ts'
import { Conversation } from './conversation.ts'
import { Outbox, type SessionCore } from './core.ts'
import { toEntry, withSound } from './items.ts'
import { Listener } from './listener.ts'
import { Transcriber } from './transcriber.ts'

/** The state machine of one connection. */
export class RealtimeSession {
  readonly #core: SessionCore
  readonly #life = new AbortController()
  readonly #answers: Answers
  readonly #listener: Listener
  /** One event after the other, in the order they came. */
  #queue: Promise<void> = Promise.resolve()

  constructor(ctx: AppContext, model: ModelInfo, send: (text: string) => void) {
    const expiresAt = Math.floor((ctx.now() + ctx.limits.realtimeSessionMs) / 1000)
    this.#core = {
      ctx,
      model,
      conversation: new Conversation(ctx.newId('conv_')),
      outbox: new Outbox(ctx, send, this.#life.signal),
      life: this.#life.signal,
      config: defaultConfig(ctx.newId('sess_'), model.id, expiresAt),
    }
    const transcriber = new Transcriber(this.#core)
    this.#answers = new Answers(this.#core, {
      onAnswered: () => this.#listener.conversationChanged(),
      onIdle: () => {
        this.#listener.release()
        transcriber.run()
      },
    })
    this.#listener = new Listener(this.#core, this.#answers, transcriber)
  }

  /** Sends the first event. */
  start(): void {
    this.#core.outbox.emit({ type: 'session.created', session: this.#core.config })
  }

  /** Takes one frame; resolves when it has been dealt with. */
  receive(text: string): Promise<void> {
    this.#queue = this.#queue.then(() => this.#receive(text))
    return this.#queue
  }

  /** Refuses a frame that is no text. */
  refuseBinary(): void {
    this.#core.outbox.report(invalid('Binary frames are not understood; send JSON text.', undefined, 'invalid_frame'))
  }

  /** Stops everything; nothing is sent any more. */
  async close(): Promise<void> {
    this.#life.abort()
    this.#answers.close()
    await this.#listener.close()
  }

  async #receive(text: string): Promise<void> {
    if (this.#life.signal.aborted) return
    let eventId: string | null = null
    try {
      const raw = parseObject(text)
      if (typeof raw['event_id'] === 'string') eventId = raw['event_id'].slice(0, 512)
      const type = raw['type']
      if (typeof type !== 'string') throw invalid('type is missing.', 'type', 'missing_required_parameter')
      if (!Object.hasOwn(clientEvents, type)) {
        const known = Object.keys(clientEvents).join(', ')
        throw invalid(`type is ${quote(type)}, which this server does not understand; it knows ${known}.`, 'type')
      }
      await this.#handle(validate<ClientEvent>(clientEvents[type as ClientEventType], raw))
    } catch (error) {
      this.#core.outbox.report(error, eventId)
    }
  }

  async #handle(event: ClientEvent): Promise<void> {
    const { conversation, outbox } = this.#core
    switch (event.type) {
      case 'session.update':
        return this.#update(event.session)
      case 'input_audio_buffer.append':
        return this.#listener.append(event.audio)
      case 'input_audio_buffer.commit':
        return this.#listener.commit()
      case 'input_audio_buffer.clear':
        return this.#listener.clear()
      case 'conversation.item.create':
        return this.#createItem(event.item, event.previous_item_id)
      case 'conversation.item.retrieve': {
        const entry = conversation.require(event.item_id, 'item_retrieve_invalid_item_id')
        return outbox.emit({ type: 'conversation.item.retrieved', item: withSound(entry) })
      }
      case 'conversation.item.truncate': {
        const { item_id, content_index, audio_end_ms } = event
        conversation.truncate(item_id, content_index, audio_end_ms)
        this.#listener.conversationChanged()
        return outbox.emit({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms })
      }
      case 'conversation.item.delete':
        conversation.remove(event.item_id)
        this.#listener.conversationChanged()
        return outbox.emit({ type: 'conversation.item.deleted', item_id: event.item_id })
      case 'response.create':
        return this.#answers.create(event.response ?? {})
      case 'response.cancel':
        if (this.#answers.cancel(event.response_id ?? undefined)) this.#listener.cancelAnswer()
    }
  }

  async #update(patch: SessionPatch): Promise<void> {
    const old = this.#core.config
    const next = patchConfig(old, patch, this.#answers.spoke)
    if (next.audio.input.turn_detection !== null) requireInput(this.#core.model, 'audio', 'session.audio.input')
    this.#core.config = next
    if (old.audio.input.format.rate !== next.audio.input.format.rate) this.#listener.resetFormat()
    const detection = (config: RealtimeSessionConfig): string => JSON.stringify(config.audio.input.turn_detection)
    if (detection(old) !== detection(next)) await this.#listener.restart()
    if (old.instructions !== next.instructions) this.#listener.conversationChanged()
    this.#listener.retry()
    this.#core.outbox.emit({ type: 'session.updated', session: next })
  }

  async #createItem(input: ItemInput, after: string | null | undefined): Promise<void> {
    const entry = await toEntry(this.#core, input)
    const previous = this.#core.conversation.add(entry, after)
    this.#listener.conversationChanged()
    this.#core.outbox.emitItem(entry.item, previous)
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ApiError(400, 'The frame is not valid JSON.', { code: 'invalid_json', cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('The frame is not a JSON object.', undefined, 'invalid_type')
  }
  return value as Record<string, unknown>
}
