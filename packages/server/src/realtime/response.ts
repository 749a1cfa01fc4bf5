/** @file One answer as realtime events, in the order that clients rely on. */
import type { GenerateEvent, Part, RgbImage, Usage } from 'tony'
import { type SoundEncoder, soundEncoder } from '../audio/encoder.ts'
import { toBase64, toDataUrl } from '../data-url.ts'
import { joinSamples } from '../generation.ts'
import { MODEL_RATE } from '../messages.ts'
import type { VoiceName } from '../protocol/common.ts'
import type {
  ContentPart,
  RealtimeContent,
  RealtimeFormat,
  RealtimeItem,
  RealtimeResponse,
  RealtimeUsage,
  ResponseStatusDetails,
  ServerEventBody,
} from '../protocol/realtime.ts'
import type { Conversation, Entry } from './conversation.ts'

/** What a response needs of its session. */
export interface ResponseHost {
  readonly emit: (event: ServerEventBody) => void
  readonly newId: (prefix: string) => string
  readonly encodePng: (image: RgbImage) => Promise<Uint8Array>
}

/** What one response is like. */
export interface ResponseOptions {
  /** Where its items go; null for a response beside the conversation. */
  readonly conversation: Conversation | null
  readonly modalities: ['audio'] | ['text']
  readonly maxOutputTokens: number | 'inf'
  readonly format: RealtimeFormat
  readonly voice: VoiceName
  readonly speed: number
  readonly metadata: Record<string, string> | null
}

/** The open text or sound of the answer. */
interface OpenContent {
  readonly index: number
  readonly encoder: SoundEncoder | undefined
}

/** Writes the events of one response. After `finish` it ignores everything. */
export class ResponseWriter {
  readonly id: string
  readonly #host: ResponseHost
  readonly #options: ResponseOptions
  #entry: Entry | undefined
  #content: OpenContent | undefined
  #text = ''
  readonly #samples: Float32Array[] = []
  readonly #images: RgbImage[] = []
  #finished = false

  constructor(host: ResponseHost, options: ResponseOptions) {
    this.id = host.newId('resp_')
    this.#host = host
    this.#options = options
  }

  /** Whether the response belongs to the conversation. */
  get inConversation(): boolean {
    return this.#options.conversation !== null
  }

  get finished(): boolean {
    return this.#finished
  }

  /** Whether the client got any sound. */
  get spoke(): boolean {
    return this.#samples.length > 0
  }

  /** Announces the response. */
  begin(): void {
    this.#host.emit({ type: 'response.created', response: this.#wire('in_progress', null, null) })
  }

  /** Passes on what the model puts out; its last event finishes the response. */
  async handle(event: GenerateEvent): Promise<void> {
    if (this.#finished) return
    switch (event.type) {
      case 'text':
        this.#say(event.delta)
        return
      case 'audio':
        this.#sound(event.samples)
        return
      case 'image':
        if (!event.preview) await this.#show(event.image)
        return
      case 'done':
        if (event.finishReason === 'stop') this.finish('completed', null, event.usage)
        else this.finish('incomplete', { type: 'incomplete', reason: 'max_output_tokens' }, event.usage)
    }
  }

  /** Closes everything that is open, then the response. */
  finish(
    status: Exclude<RealtimeResponse['status'], 'in_progress'>,
    details: ResponseStatusDetails | null,
    usage?: Usage,
  ): void {
    if (this.#finished) return
    if (status === 'completed' || status === 'incomplete') this.#flushSound()
    this.#finished = true
    this.#closeContent()
    this.#closeItem(status === 'completed' ? 'completed' : 'incomplete')
    this.#host.emit({ type: 'response.done', response: this.#wire(status, details, toWireUsage(usage)) })
    this.#host.emit({ type: 'rate_limits.updated', rate_limits: [] })
  }

  #say(delta: string): void {
    if (delta === '') return
    const { index, encoder } = this.#openContent()
    this.#text += delta
    const type = encoder === undefined ? 'response.output_text.delta' : 'response.output_audio_transcript.delta'
    this.#host.emit({ type, ...this.#place(index), delta })
  }

  #sound(samples: Float32Array): void {
    if (this.#options.modalities[0] === 'text') return
    const { index, encoder } = this.#openContent()
    this.#samples.push(samples)
    this.#emitSound(index, encoder!.push(samples))
  }

  #flushSound(): void {
    if (this.#content?.encoder !== undefined) this.#emitSound(this.#content.index, this.#content.encoder.end())
  }

  #emitSound(index: number, bytes: Uint8Array): void {
    if (bytes.length > 0)
      this.#host.emit({ type: 'response.output_audio.delta', ...this.#place(index), delta: toBase64(bytes) })
  }

  /** A picture is a part of its own, sent whole; only its own `done` event carries the bytes. */
  async #show(image: RgbImage): Promise<void> {
    const url = toDataUrl('image/png', await this.#host.encodePng(image))
    if (this.#finished) return
    const { item } = this.#openItem()
    const index = item.content.length
    item.content.push({ type: 'output_image' })
    this.#images.push(image)
    this.#host.emit({ type: 'response.content_part.added', ...this.#place(index), part: { type: 'image' } })
    this.#host.emit({
      type: 'response.content_part.done',
      ...this.#place(index),
      part: { type: 'image', image_url: url },
    })
  }

  #openItem(): Entry {
    if (this.#entry !== undefined) return this.#entry
    const item: RealtimeItem = {
      id: this.#host.newId('item_'),
      object: 'realtime.item',
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    }
    const entry: Entry = { item, parts: [] }
    const previous = this.#options.conversation?.add(entry) ?? null
    this.#entry = entry
    const shown = snapshot(item)
    this.#host.emit({ type: 'response.output_item.added', response_id: this.id, output_index: 0, item: shown })
    if (this.#options.conversation !== null) {
      this.#host.emit({ type: 'conversation.item.added', item: shown, previous_item_id: previous })
    }
    return entry
  }

  #openContent(): OpenContent {
    if (this.#content !== undefined) return this.#content
    const { item } = this.#openItem()
    const index = item.content.length
    const { modalities, format, speed } = this.#options
    const spoken = modalities[0] === 'audio'
    item.content.push(spoken ? { type: 'output_audio', transcript: '' } : { type: 'output_text', text: '' })
    const part: ContentPart = spoken ? { type: 'audio', transcript: '' } : { type: 'text', text: '' }
    this.#host.emit({ type: 'response.content_part.added', ...this.#place(index), part })
    this.#content = { index, encoder: spoken ? soundEncoder('pcm16', { speed, pcmRate: format.rate }) : undefined }
    return this.#content
  }

  #closeContent(): void {
    if (this.#content === undefined || this.#entry === undefined) return
    const { index, encoder } = this.#content
    const place = this.#place(index)
    const { emit } = this.#host
    const text = this.#text
    let part: ContentPart
    let content: RealtimeContent
    if (encoder === undefined) {
      emit({ type: 'response.output_text.done', ...place, text })
      part = { type: 'text', text }
      content = { type: 'output_text', text }
    } else {
      emit({ type: 'response.output_audio.done', ...place })
      emit({ type: 'response.output_audio_transcript.done', ...place, transcript: text })
      part = { type: 'audio', transcript: text }
      content = { type: 'output_audio', transcript: text }
    }
    emit({ type: 'response.content_part.done', ...place, part })
    this.#entry.item.content[index] = content
  }

  #closeItem(status: RealtimeItem['status']): void {
    if (this.#entry === undefined) return
    this.#entry.item.status = status
    this.#entry.parts = this.#parts()
    const item = snapshot(this.#entry.item)
    const { conversation } = this.#options
    if (conversation !== null) {
      this.#host.emit({ type: 'conversation.item.done', item, previous_item_id: conversation.previousId(item.id) })
    }
    this.#host.emit({ type: 'response.output_item.done', response_id: this.id, output_index: 0, item })
  }

  #parts(): Part[] {
    const parts: Part[] = []
    if (this.#text !== '') parts.push({ type: 'text', text: this.#text })
    if (this.#samples.length > 0) {
      parts.push({ type: 'audio', audio: { samples: joinSamples(this.#samples), sampleRate: MODEL_RATE } })
    }
    return [...parts, ...this.#images.map((image): Part => ({ type: 'image', image }))]
  }

  #place(contentIndex: number): { response_id: string; item_id: string; output_index: number; content_index: number } {
    return { response_id: this.id, item_id: this.#entry!.item.id, output_index: 0, content_index: contentIndex }
  }

  #wire(
    status: RealtimeResponse['status'],
    details: ResponseStatusDetails | null,
    usage: RealtimeUsage | null,
  ): RealtimeResponse {
    const { conversation, modalities, maxOutputTokens, format, voice, metadata } = this.#options
    return {
      id: this.id,
      object: 'realtime.response',
      status,
      status_details: details,
      output: this.#entry === undefined ? [] : [snapshot(this.#entry.item)],
      conversation_id: conversation?.id ?? null,
      output_modalities: modalities,
      max_output_tokens: maxOutputTokens,
      audio: { output: { format, voice } },
      usage,
      metadata,
    }
  }
}

function snapshot(item: RealtimeItem): RealtimeItem {
  return { ...item, content: item.content.map((part) => ({ ...part })) }
}

/** Never null when a response is done: clients read it even if it was cancelled. */
function toWireUsage(usage: Usage | undefined): RealtimeUsage {
  const { promptTokens = 0, completionTokens = 0, promptAudioTokens = 0, promptImageTokens = 0 } = usage ?? {}
  const audio = usage?.completionAudioTokens ?? 0
  return {
    total_tokens: promptTokens + completionTokens,
    input_tokens: promptTokens,
    output_tokens: completionTokens,
    input_token_details: {
      text_tokens: promptTokens - promptAudioTokens - promptImageTokens,
      audio_tokens: promptAudioTokens,
      image_tokens: promptImageTokens,
      cached_tokens: 0,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: {
      text_tokens: completionTokens - audio - (usage?.completionImageTokens ?? 0),
      audio_tokens: audio,
    },
  }
}
