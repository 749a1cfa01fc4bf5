/** @file A conversation in the terminal: the messages so far, what waits for the next one, and where answers are kept. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MediaCodecs } from '@tony/server'
import {
  type Assistant,
  concatFloats,
  encodeWav,
  type GenerateRequest,
  type Message,
  type OutputModality,
  type Part,
  type RgbImage,
  type Role,
  TonyError,
} from 'tony'
import { nodeFiles } from 'tony/files/node'
import { printable } from './terminal.ts'

/** Everything that a conversation is made from. */
export interface ConversationOptions {
  readonly assistant: Assistant
  readonly media: MediaCodecs
  /** Folder for WAV and PNG files. */
  readonly out: string
  /** Milliseconds since 1970; names the files. */
  readonly now: () => number
  readonly system?: string
  /** Settings of every request. */
  readonly settings: Pick<GenerateRequest, 'maxTokens' | 'temperature' | 'seed'>
}

/** How one answer is shown. */
export interface AnswerView {
  /** Text as it comes. */
  text(delta: string): void
  /** A file that was written. */
  file(kind: 'sound' | 'picture', path: string): void
  /** Files went with a message that failed, and do not go with the next one. */
  dropped(count: number): void
}

const SAMPLE_RATE = 16_000

/** Asks and remembers. */
export class Conversation {
  /** Parts that go out with the next message, before its text. */
  pending: Part[] = []
  private readonly options: ConversationOptions
  private readonly model: string
  private messages: Message[] = []

  constructor(options: ConversationOptions) {
    const model = options.assistant.models[0]
    if (model === undefined) throw new TonyError('not_found', 'chat: the assistant has no model')
    this.options = options
    this.model = model.id
    this.clear()
  }

  /** Forgets everything but the system message. */
  clear(): void {
    const { system } = this.options
    this.messages = system === undefined ? [] : [message('system', [{ type: 'text', text: system }])]
    this.pending = []
  }

  /**
   * Sends `text` with what waits, shows the answer as it comes and keeps its sound and pictures as files. What waited is
   * dropped where that fails, because it may be why; an answer that was stopped leaves it.
   */
  async ask(text: string, modalities: readonly OutputModality[], view: AnswerView, signal: AbortSignal): Promise<void> {
    const { assistant, settings } = this.options
    const content: Part[] = [...this.pending, ...(text === '' ? [] : [{ type: 'text', text } as const])]
    if (content.length === 0)
      throw new TonyError('invalid', 'chat: an empty message; give a text, a picture or a recording')
    const question = message('user', content)
    const request: GenerateRequest = {
      ...settings,
      model: this.model,
      messages: [...this.messages, question],
      modalities,
    }
    const said: string[] = []
    const sound: Float32Array[] = []
    const images: RgbImage[] = []
    try {
      for await (const event of assistant.generate(request, signal)) {
        if (event.type === 'text') {
          said.push(event.delta)
          view.text(printable(event.delta))
        } else if (event.type === 'audio') sound.push(event.samples)
        else if (event.type === 'image' && !event.preview) images.push(event.image)
      }
    } catch (error) {
      if (!signal.aborted && this.pending.length > 0) {
        view.dropped(this.pending.length)
        this.pending = []
      }
      throw error
    }
    this.pending = []
    const answer: Part[] = said.length === 0 ? [] : [{ type: 'text', text: said.join('') }]
    if (sound.length > 0) {
      const audio = { samples: concatFloats(sound), sampleRate: SAMPLE_RATE }
      answer.push({ type: 'audio', audio })
      view.file('sound', await this.save('wav', encodeWav(audio)))
    }
    for (const image of images) {
      answer.push({ type: 'image', image })
      view.file('picture', await this.save('png', await this.options.media.encodePng(image)))
    }
    this.messages.push(question, message('assistant', answer))
  }

  private async save(extension: string, bytes: Uint8Array): Promise<string> {
    const { out, now } = this.options
    const stamp = new Date(now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
    let path = join(out, `${stamp}.${extension}`)
    for (let n = 2; existsSync(path); n++) path = join(out, `${stamp}-${n}.${extension}`)
    await nodeFiles.write(path, bytes)
    return path
  }
}

function message(role: Role, content: readonly Part[]): Message {
  return { role, content }
}
