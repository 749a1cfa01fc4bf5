/** @file The responses of a session: those that the client asks for and those that follow a spoken turn. */
import type { GenerateEvent, GenerateRequest, Message } from 'tony'
import { ApiError, invalid } from '../errors.ts'
import { generate } from '../generation.ts'
import type { ResponsePatch } from '../protocol/realtime.ts'
import { fullFormat, oneModality } from './config.ts'
import type { Conversation } from './conversation.ts'
import { historyOf, type SessionCore } from './core.ts'
import { toEntry } from './items.ts'
import { type ResponseOptions, ResponseWriter } from './response.ts'

interface Asked {
  readonly writer: ResponseWriter
  readonly controller: AbortController
}

/** Who wants to know what. */
export interface AnswerHooks {
  /** A response that the client asked for has ended and is part of the conversation. */
  readonly onAnswered: () => void
  /** A response has ended and none of the conversation is left. */
  readonly onIdle: () => void
}

/** At most one response of the conversation at a time, and any number beside it. */
export class Answers {
  readonly #core: SessionCore
  readonly #hooks: AnswerHooks
  readonly #asked = new Set<Asked>()
  #voice: ResponseWriter | undefined
  #spoke = false

  constructor(core: SessionCore, hooks: AnswerHooks) {
    this.#core = core
    this.#hooks = hooks
  }

  /** Whether the session has put out sound. */
  get spoke(): boolean {
    return this.#spoke
  }

  /** Whether the answer to a spoken turn is being given. */
  get voiceActive(): boolean {
    return this.#voice !== undefined
  }

  /** Whether a response of the conversation is being made. */
  get active(): boolean {
    return this.voiceActive || [...this.#asked].some(({ writer }) => writer.inConversation && !writer.finished)
  }

  /** Begins a response; it goes on by itself. @throws ApiError 400. */
  async create(patch: ResponsePatch): Promise<void> {
    const beside = patch.conversation === 'none'
    if (!beside && this.active) {
      throw new ApiError(
        400,
        'Conversation already has an active response in progress; wait until it is finished or cancel it.',
        { code: 'conversation_already_has_active_response' },
      )
    }
    const options: ResponseOptions = {
      ...this.#options(beside ? null : this.#core.conversation),
      ...(patch.output_modalities
        ? { modalities: oneModality(patch.output_modalities, 'response.output_modalities') }
        : {}),
      ...(patch.max_output_tokens == null ? {} : { maxOutputTokens: patch.max_output_tokens }),
      ...(patch.audio?.output?.format ? { format: fullFormat(patch.audio.output.format) } : {}),
      ...(patch.audio?.output?.voice ? { voice: patch.audio.output.voice } : {}),
      metadata: patch.metadata ?? null,
    }
    const instructions = patch.instructions ?? this.#core.config.instructions
    const request: GenerateRequest = {
      model: this.#core.model.id,
      messages:
        patch.input == null ? historyOf(this.#core, instructions) : await this.#messages(patch.input, instructions),
      // As in an answer to a spoken turn, a model that draws may answer with a picture.
      modalities: [
        'text',
        ...(options.modalities[0] === 'audio' ? (['audio'] as const) : []),
        ...(this.#core.model.output.includes('image') ? (['image'] as const) : []),
      ],
      ...(options.maxOutputTokens === 'inf' ? {} : { maxTokens: options.maxOutputTokens }),
    }
    const asked: Asked = { writer: this.#newWriter(options), controller: new AbortController() }
    this.#asked.add(asked)
    asked.writer.begin()
    // Not awaited: a cancel must get through while the answer is made.
    void this.#run(asked, request)
  }

  /** Cancels a response and says whether it was the answer to a spoken turn. @throws ApiError 400 if there is none. */
  cancel(id: string | undefined): boolean {
    const asked = [...this.#asked].find(({ writer }) => (id === undefined ? writer.inConversation : writer.id === id))
    const voice = id === undefined || this.#voice?.id === id ? this.#voice : undefined
    const writer = asked?.writer ?? voice
    if (writer === undefined || writer.finished) {
      throw new ApiError(400, 'Cancellation failed: no active response found.', { code: 'response_cancel_not_active' })
    }
    if (writer === voice) {
      this.endVoice('client_cancelled')
      return true
    }
    writer.finish('cancelled', { type: 'cancelled', reason: 'client_cancelled' })
    asked?.controller.abort()
    return false
  }

  /** Someone speaks into an answer that the client asked for. */
  interruptAsked(): void {
    for (const { writer, controller } of this.#asked) {
      if (!writer.inConversation) continue
      writer.finish('cancelled', { type: 'cancelled', reason: 'turn_detected' })
      controller.abort()
    }
  }

  /** Begins the answer to a spoken turn. */
  beginVoice(): void {
    this.#voice = this.#newWriter(this.#options(this.#core.conversation))
    this.#voice.begin()
  }

  /** Passes on what the model says to a spoken turn; nothing if that answer has been cancelled. */
  async onVoice(event: GenerateEvent): Promise<void> {
    const writer = this.#voice
    await writer?.handle(event)
    if (writer?.finished && writer === this.#voice) {
      this.#voice = undefined
      this.#over(writer)
    }
  }

  /** Ends the answer to a spoken turn early, if there is one. */
  endVoice(reason: 'turn_detected' | 'client_cancelled'): void {
    this.#finishVoice((writer) => writer.finish('cancelled', { type: 'cancelled', reason }))
  }

  /** The voice session broke. */
  failVoice(error: unknown): void {
    this.#finishVoice((writer) => this.#fail(writer, error))
  }

  /** Stops everything. */
  close(): void {
    for (const { controller } of this.#asked) controller.abort()
  }

  #finishVoice(finish: (writer: ResponseWriter) => void): void {
    const writer = this.#voice
    if (writer === undefined) return
    this.#voice = undefined
    finish(writer)
    this.#over(writer)
  }

  async #run(asked: Asked, request: GenerateRequest): Promise<void> {
    const { writer, controller } = asked
    try {
      if (request.messages.length === 0) throw invalid('The conversation is empty: create an item first.')
      for await (const event of generate(this.#core.ctx, request, controller.signal)) {
        await writer.handle(event)
        if (writer.finished) break
      }
    } catch (error) {
      if (!writer.finished) this.#fail(writer, error)
    } finally {
      this.#asked.delete(asked)
      if (writer.inConversation) this.#hooks.onAnswered()
      this.#over(writer)
    }
  }

  #fail(writer: ResponseWriter, error: unknown): void {
    const { type, code, message } = this.#core.outbox.logged(error)
    writer.finish('failed', { type: 'failed', error: { type, code, message } })
  }

  #over(writer: ResponseWriter): void {
    if (writer.spoke) this.#spoke = true
    if (!this.active) this.#hooks.onIdle()
  }

  async #messages(input: NonNullable<ResponsePatch['input']>, instructions: string): Promise<Message[]> {
    const messages: Message[] =
      instructions === '' ? [] : [{ role: 'system', content: [{ type: 'text', text: instructions }] }]
    for (const item of input) {
      const entry =
        item.type === 'item_reference' ? this.#core.conversation.require(item.id) : await toEntry(this.#core, item)
      messages.push({ role: entry.item.role, content: entry.parts })
    }
    return messages
  }

  #newWriter(options: ResponseOptions): ResponseWriter {
    const { ctx, outbox } = this.#core
    return new ResponseWriter(
      {
        emit: (event) => outbox.emit(event),
        newId: ctx.newId,
        encodePng: (image) => ctx.media.encodePng(image),
      },
      options,
    )
  }

  #options(conversation: Conversation | null): ResponseOptions {
    const { output_modalities, max_output_tokens, audio } = this.#core.config
    return {
      conversation,
      modalities: output_modalities,
      maxOutputTokens: max_output_tokens,
      format: audio.output.format,
      voice: audio.output.voice,
      speed: audio.output.speed,
      metadata: null,
    }
  }
}
