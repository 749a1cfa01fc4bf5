/** @file An answer that is being made: collects its pieces and plays its sound. */
import { base64ToBytes, PcmBuffer, WIRE_RATE } from '../sound/pcm.ts'
import type { Player } from '../sound/player.ts'
import type { ConversationStore } from '../store/conversations.ts'
import type { ImagePart, Part, Turn } from '../store/types.ts'
import type { AnswerEvent } from '../wire/chat.ts'

/** The page is drawn at most this often, however fast the pieces come. */
const SHOW_EVERY_MS = 40

/** A turn of Tony's that grows by events. */
export class GrowingTurn {
  readonly #store: ConversationStore
  readonly #player: Player
  readonly #started: number
  readonly #sound = new PcmBuffer()
  readonly #images = new Map<number, ImagePart>()
  #turn: Turn
  #timer: ReturnType<typeof setTimeout> | undefined
  #text = ''
  #transcript = ''

  /** `since`: when the user had finished (`performance.now()`). */
  constructor(store: ConversationStore, player: Player, since: number = performance.now()) {
    this.#store = store
    this.#player = player
    this.#started = since
    this.#turn = store.newTurn({ role: 'assistant', parts: [], status: 'streaming' })
    store.show(this.#turn)
  }

  get id(): string {
    return this.#turn.id
  }

  get text(): string {
    return `${this.#text}${this.#transcript}`
  }

  /** Takes in one piece. */
  add(event: AnswerEvent): void {
    switch (event.type) {
      case 'text':
        this.#text += event.delta
        break
      case 'transcript':
        this.#transcript += event.delta
        break
      case 'audio':
        if (this.#sound.samples.length === 0) this.#player.start(this.id)
        this.#sound.push(event.samples)
        this.#player.push(this.id, event.samples)
        break
      case 'image':
        this.#images.set(event.index, { kind: 'image', blob: blobOf(event.url), name: 'Drawn by Tony' })
        break
      case 'end':
        if (event.reason === 'length') this.#turn = { ...this.#turn, cut: true }
        return
    }
    if (this.#turn.firstMs === undefined) {
      this.#turn = { ...this.#turn, firstMs: Math.round(performance.now() - this.#started) }
      this.#show()
    } else {
      this.#timer ??= setTimeout(() => this.#show(), SHOW_EVERY_MS)
    }
  }

  #show(): void {
    this.#timer = undefined
    this.#turn = { ...this.#turn, parts: this.#parts(this.#sound.samples) }
    this.#store.show(this.#turn)
  }

  /** Closes the turn and keeps it. `heardSeconds`: sound after that was not heard and goes. */
  async finish(
    change: Pick<Turn, 'status' | 'failure'>,
    heardSeconds: number = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    this.#player.end(this.id)
    clearTimeout(this.#timer)
    const length = Math.min(this.#sound.samples.length, Math.ceil(heardSeconds * WIRE_RATE))
    // A copy, so that the database does not keep the buffer's spare room.
    this.#turn = { ...this.#turn, ...change, parts: this.#parts(this.#sound.samples.slice(0, length)) }
    await this.#store.put(this.#turn)
  }

  #parts(samples: Int16Array<ArrayBuffer>): Part[] {
    const parts: Part[] = [...this.#images.values()]
    if (this.#text !== '') parts.push({ kind: 'text', text: this.#text })
    if (samples.length > 0 || this.#transcript !== '') {
      parts.push({ kind: 'audio', samples, rate: WIRE_RATE, transcript: this.#transcript, name: 'Tony' })
    }
    return parts
  }
}

/** A data URL as a file; the page's policy does not let it be fetched. */
export function blobOf(url: string): Blob {
  const comma = url.indexOf(',')
  const type = /^data:([^;,]*)/.exec(url)?.[1] ?? ''
  return new Blob([base64ToBytes(url.slice(comma + 1))], { type })
}
