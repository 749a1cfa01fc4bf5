/** @file Writes down what the user said, for clients that asked for it; answers come first. */
import { generate } from '../generation.ts'
import { MODEL_RATE } from '../messages.ts'
import { GrowingTranscript, transcriptRequest } from '../transcripts.ts'
import type { Entry } from './conversation.ts'
import type { SessionCore } from './core.ts'

/** The turns of a session that wait for their transcript. */
export class Transcriber {
  readonly #core: SessionCore
  readonly #waiting: Entry[] = []

  constructor(core: SessionCore) {
    this.#core = core
  }

  /** Notes a turn, if the session wants transcripts. */
  add(entry: Entry): void {
    if (this.#core.config.audio.input.transcription !== null) this.#waiting.push(entry)
  }

  /** Starts on what waits. */
  run(): void {
    for (const entry of this.#waiting.splice(0)) void this.#transcribe(entry)
  }

  async #transcribe(entry: Entry): Promise<void> {
    const { ctx, model, outbox, life } = this.#core
    const place = { item_id: entry.item.id, content_index: 0 }
    const part = entry.parts.find((part) => part.type === 'audio')
    if (part === undefined) return
    const likely = this.#core.config.include?.includes('item.input_audio_transcription.logprobs') === true
    const request = transcriptRequest(model.id, part.audio, likely ? { topLogprobs: 0 } : {})
    const said = new GrowingTranscript()
    try {
      for await (const event of generate(ctx, request, life)) {
        const added = said.add(event)
        if (added !== undefined)
          outbox.emit({ type: 'conversation.item.input_audio_transcription.delta', ...place, ...added })
      }
      const transcript = said.text
      entry.item = { ...entry.item, content: [{ type: 'input_audio', transcript }] }
      const usage = { type: 'duration' as const, seconds: part.audio.samples.length / MODEL_RATE }
      outbox.emit({
        type: 'conversation.item.input_audio_transcription.completed',
        ...place,
        transcript,
        ...(likely ? { logprobs: said.logprobs } : {}),
        usage,
      })
    } catch (cause) {
      const { type, code, message, param } = outbox.logged(cause)
      const error = { type, code, message, param }
      outbox.emit({ type: 'conversation.item.input_audio_transcription.failed', ...place, error })
    }
  }
}
