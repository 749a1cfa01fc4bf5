/** @file The items of a realtime conversation, on the wire and as the model takes them. */
import type { Message, Part } from 'tony'
import { ApiError, invalid, quote } from '../errors.ts'
import { MODEL_RATE } from '../messages.ts'
import type { RealtimeItem } from '../protocol/realtime.ts'

/** Sound and pictures kept in one conversation, in bytes; beyond it the oldest are forgotten, their words stay. */
const MAX_MEDIA_BYTES = 64 * 2 ** 20
const MAX_ITEMS = 4096

/** One item with its media. */
export interface Entry {
  item: RealtimeItem
  /** What the model gets; no parts while the item is in progress. */
  parts: readonly Part[]
}

/** An ordered list of items. */
export class Conversation {
  readonly id: string
  readonly #entries: Entry[] = []

  constructor(id: string) {
    this.id = id
  }

  /**
   * Inserts an item and returns the id of the one before it.
   *
   * @param after id of the item to follow, `root` for the front, undefined for the end.
   * @throws ApiError 400 for an id that is unknown or taken.
   */
  add(entry: Entry, after?: string | null): string | null {
    if (this.find(entry.item.id) !== undefined) throw invalid(`item.id ${quote(entry.item.id)} is taken.`, 'item.id')
    if (this.#entries.length >= MAX_ITEMS)
      throw invalid(`The conversation has ${MAX_ITEMS} items, the most it may have.`)
    const at =
      after == null ? this.#entries.length : after === 'root' ? 0 : this.#indexOf(after, 'previous_item_id') + 1
    this.#entries.splice(at, 0, entry)
    this.#forget()
    return this.#entries[at - 1]?.item.id ?? null
  }

  /** The id of the last item. */
  get lastId(): string | null {
    return this.#entries.at(-1)?.item.id ?? null
  }

  /** The id of the item before another. */
  previousId(id: string): string | null {
    return this.#entries[this.#entries.findIndex((entry) => entry.item.id === id) - 1]?.item.id ?? null
  }

  find(id: string): Entry | undefined {
    return this.#entries.find((entry) => entry.item.id === id)
  }

  /** @throws ApiError 400 with `code` for an unknown id. */
  require(id: string, code = 'invalid_value'): Entry {
    const entry = this.find(id)
    if (entry === undefined) throw invalid(`The conversation has no item ${quote(id)}.`, 'item_id', code)
    return entry
  }

  /** @throws ApiError 400 for an unknown id. */
  remove(id: string): void {
    this.#entries.splice(this.#indexOf(id, 'item_id'), 1)
  }

  /** Cuts a spoken answer off at a moment; what was not heard is gone from sound and words. @throws ApiError 400. */
  truncate(id: string, contentIndex: number, endMs: number): void {
    const entry = this.require(id)
    const content = entry.item.content[contentIndex]
    const part = entry.parts.find((part) => part.type === 'audio')
    if (entry.item.role !== 'assistant' || content?.type !== 'output_audio' || part === undefined) {
      throw invalid(
        `Item ${quote(id)} has no finished spoken answer at content_index ${contentIndex}.`,
        'content_index',
      )
    }
    const { samples } = part.audio
    const lengthMs = Math.floor((samples.length * 1000) / MODEL_RATE)
    if (endMs > lengthMs) {
      throw invalid(`Audio content of ${lengthMs}ms is already shorter than ${endMs}ms.`, 'audio_end_ms')
    }
    const kept = samples.slice(0, Math.round((endMs * MODEL_RATE) / 1000))
    const share = samples.length === 0 ? 0 : kept.length / samples.length
    entry.parts = entry.parts.map((old): Part => {
      if (old === part) return { type: 'audio', audio: { samples: kept, sampleRate: MODEL_RATE } }
      return old.type === 'text' ? { type: 'text', text: firstWords(old.text, share) } : old
    })
    entry.item = {
      ...entry.item,
      content: entry.item.content.map((old) => (old === content ? { ...content, transcript: '' } : old)),
    }
  }

  /** What the model gets: instructions, then as many of the last finished items as fit into `positions`. */
  messages(instructions: string, positions: number): Message[] {
    const messages: Message[] = []
    let left = positions
    for (const { item, parts } of this.#entries.toReversed()) {
      if (parts.length === 0) continue
      left -= parts.reduce((sum, part) => sum + estimatePositions(part), 4)
      if (left < 0 && messages.length > 0) break
      messages.unshift({ role: item.role, content: parts })
    }
    return instructions === ''
      ? messages
      : [{ role: 'system', content: [{ type: 'text', text: instructions }] }, ...messages]
  }

  #indexOf(id: string, param: string): number {
    const at = this.#entries.findIndex((entry) => entry.item.id === id)
    if (at < 0) throw new ApiError(400, `The conversation has no item ${quote(id)}.`, { param, code: 'item_not_found' })
    return at
  }

  #forget(): void {
    let bytes = this.#entries.reduce((sum, entry) => sum + mediaBytes(entry.parts), 0)
    for (const entry of this.#entries) {
      if (bytes <= MAX_MEDIA_BYTES) return
      bytes -= mediaBytes(entry.parts)
      entry.parts = entry.parts.filter((part) => part.type === 'text')
    }
  }
}

function firstWords(text: string, share: number): string {
  const words = text.split(' ')
  return words.slice(0, Math.floor(words.length * share)).join(' ')
}

function mediaBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => {
    if (part.type === 'audio') return sum + part.audio.samples.byteLength
    return part.type === 'image' ? sum + part.image.data.byteLength : sum
  }, 0)
}

/** A rough, high guess: the model itself counts exactly and refuses what does not fit. */
function estimatePositions(part: Part): number {
  switch (part.type) {
    case 'text':
      return part.text.length / 2
    case 'audio':
      return (part.audio.samples.length / part.audio.sampleRate) * 12.5
    case 'image':
    case 'video':
      return 256
  }
}
