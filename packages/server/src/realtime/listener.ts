/** @file What the user says: the input buffer of the wire, and the model that listens to it. */
import { decodePcm16, StreamResampler, TonyError, type VoiceEvent, type VoiceSession } from 'tony'
import { decodeBase64 } from '../data-url.ts'
import { ApiError, invalid, toApiError } from '../errors.ts'
import { MODEL_RATE } from '../messages.ts'
import type { Answers } from './answers.ts'
import { AudioLog } from './audio-log.ts'
import { voicePatience } from './config.ts'
import type { Entry } from './conversation.ts'
import { historyOf, type SessionCore } from './core.ts'
import { spokenEntry } from './items.ts'
import type { Transcriber } from './transcriber.ts'

/** Base64 of 15 MiB. */
const MAX_APPEND_CHARS = 20 * 2 ** 20
/** Longest turn that is kept, in samples: five minutes. */
const MAX_TURN = 300 * MODEL_RATE
/** What is kept while nobody speaks: the start of speech is noticed a little late. */
const IDLE_KEEP = 10 * MODEL_RATE
/** Shortest turn that may be committed, in samples: 100 ms. */
const MIN_TURN = MODEL_RATE / 10
/** How long a voice session that failed before it said anything is left alone, in milliseconds. */
const RETRY_MS = 5000

/**
 * With turn detection, sound goes on to a voice session of the assistant, which says when turns begin and end. Without,
 * it is only kept until the client commits it.
 */
export class Listener {
  readonly #core: SessionCore
  readonly #answers: Answers
  readonly #transcriber: Transcriber
  readonly #log = new AudioLog()
  /** Where the input buffer of the wire begins in the log. */
  #bufferStart = 0
  #resampler: StreamResampler | undefined
  /** Half a sample that an append ended with. */
  #oddByte: Uint8Array = new Uint8Array(0)

  #voice: VoiceSession | undefined
  /** Position in the log at which the voice session began to listen. */
  #voiceStart = 0
  /** The conversation has changed behind the voice session's back. */
  #stale = false
  /** Until when no voice session is opened, in milliseconds since 1970: an error for each piece of sound would be too many. */
  #deafUntil = 0
  /** Sound that waits until an answer which may not be interrupted is over. */
  #held: Float32Array[] = []
  #speech: { readonly itemId: string; readonly start: number } | undefined
  #answerDue = false

  constructor(core: SessionCore, answers: Answers, transcriber: Transcriber) {
    this.#core = core
    this.#answers = answers
    this.#transcriber = transcriber
  }

  /** Takes sound in the session's input format. @throws ApiError 400. */
  async append(audio: string): Promise<void> {
    if (audio.length > MAX_APPEND_CHARS) {
      throw new ApiError(400, 'audio is longer than 15 MiB; append it in pieces.', {
        param: 'audio',
        code: 'too_large',
      })
    }
    if (audio === '') return
    const bytes = decodeBase64(audio, 'audio')
    const detection = this.#core.config.audio.input.turn_detection
    if (detection === null) {
      // Checked before decoding, so that refused sound leaves no trace in the resampler.
      const { rate } = this.#core.config.audio.input.format
      if (this.#log.end - this.#bufferStart + (bytes.length / 2) * (MODEL_RATE / rate) > MAX_TURN) {
        throw invalid(
          'The input buffer holds five minutes, the most it may; commit or clear it.',
          'audio',
          'input_audio_buffer_full',
        )
      }
      this.#log.append(this.#decode(bytes))
      return
    }
    const voice = await this.#listen()
    const samples = this.#decode(bytes)
    this.#log.append(samples)
    this.#log.trim(this.#log.end - (this.#speech === undefined ? IDLE_KEEP : MAX_TURN))
    this.#bufferStart = Math.max(this.#bufferStart, this.#log.start)
    if (voice === undefined) return
    if (!detection.interrupt_response && this.#answers.active) this.#held.push(samples)
    else voice.append(samples)
  }

  /** Takes what was said so far as a turn. @throws ApiError 400 if that is less than 100 ms. */
  async commit(): Promise<void> {
    const samples = this.#log.slice(this.#speech?.start ?? this.#bufferStart, this.#log.end)
    if (samples.length < MIN_TURN) {
      const ms = ((samples.length * 1000) / MODEL_RATE).toFixed(1)
      throw new ApiError(
        400,
        `Error committing input audio buffer: buffer too small, ${ms}ms of audio (expected at least 100ms).`,
        { code: 'input_audio_buffer_commit_empty' },
      )
    }
    const entry = this.#commitTurn(this.#speech?.itemId ?? this.#core.ctx.newId('item_'), samples, this.#log.end)
    await this.restart()
    this.#transcriber.add(entry)
    if (!this.#answers.active) this.#transcriber.run()
  }

  /** Forgets what was said since the last turn. */
  async clear(): Promise<void> {
    this.#bufferStart = this.#log.end
    this.#log.trim(this.#log.end)
    await this.restart()
    this.#core.outbox.emit({ type: 'input_audio_buffer.cleared' })
  }

  /** The input format has changed. */
  resetFormat(): void {
    this.#resampler = undefined
    this.#oddByte = new Uint8Array(0)
  }

  /** Forgets a turn that has begun; the next sound is a new one. */
  async restart(): Promise<void> {
    if (!this.#answers.voiceActive) return this.#drop()
    // The answer goes on; then the voice session is opened anew.
    this.#stale = true
    this.#speech = undefined
  }

  /** The conversation has changed; the voice session learns of it before the next turn. */
  conversationChanged(): void {
    this.#stale = true
    if (this.#deafUntil === Number.POSITIVE_INFINITY) this.#deafUntil = 0
  }

  /** The client has changed the session; what failed before may work now. */
  retry(): void {
    this.#deafUntil = 0
  }

  /** The client has cancelled the answer to a spoken turn. */
  cancelAnswer(): void {
    this.#voice?.cancel()
  }

  /** No answer is being given any more: hears what had to wait. */
  release(): void {
    for (const samples of this.#held.splice(0)) this.#voice?.append(samples)
  }

  async close(): Promise<void> {
    await this.#drop()
  }

  /** Wire bytes as samples at the model's rate. */
  #decode(bytes: Uint8Array): Float32Array {
    const all = this.#oddByte.length === 0 ? bytes : Buffer.concat([this.#oddByte, bytes])
    const whole = all.length - (all.length % 2)
    this.#oddByte = Uint8Array.from(all.subarray(whole))
    const samples = decodePcm16(all.subarray(0, whole))
    const { rate } = this.#core.config.audio.input.format
    if (rate === MODEL_RATE) return samples
    if (this.#resampler === undefined) {
      this.#resampler = new StreamResampler(rate, MODEL_RATE)
      // It waits for 1.5 ms of sound that is not there yet: taken as silence before the first, so that 80 ms of the wire are 80 ms for the model and no piece more.
      this.#resampler.push(new Float32Array(this.#resampler.latency))
    }
    return this.#resampler.push(samples)
  }

  /** The voice session, opened anew if the conversation has changed and nobody is speaking. */
  async #listen(): Promise<VoiceSession | undefined> {
    if (this.#voice === undefined && this.#core.ctx.now() < this.#deafUntil) return undefined
    const busy = this.#speech !== undefined || this.#answerDue || this.#answers.voiceActive
    if (this.#voice !== undefined && this.#stale && !busy) await this.#drop()
    if (this.#voice !== undefined) return this.#voice
    const { ctx, model, config, life } = this.#core
    const detection = config.audio.input.turn_detection
    if (detection === null || life.aborted) return undefined
    try {
      const voice = await ctx.assistant.openVoice({
        model: model.id,
        history: historyOf(this.#core, config.instructions),
        ...voicePatience(detection),
      })
      if (life.aborted) {
        await voice.close()
        return undefined
      }
      this.#voice = voice
      this.#voiceStart = this.#log.end
      this.#stale = false
      void this.#pump(voice)
      return voice
    } catch (error) {
      this.#rest(error)
      throw error
    }
  }

  async #drop(): Promise<void> {
    const voice = this.#voice
    this.#voice = undefined
    this.#stale = false
    this.#speech = undefined
    this.#answerDue = false
    this.#held = []
    this.#answers.endVoice('client_cancelled')
    try {
      await voice?.close()
    } catch (error) {
      this.#core.outbox.logged(error)
    }
  }

  async #pump(voice: VoiceSession): Promise<void> {
    const current = (): boolean => this.#voice === voice && !this.#core.life.aborted
    let worked = false
    try {
      for await (const event of voice.events) {
        if (!current()) return
        worked = true
        await this.#onVoice(event, voice)
      }
      if (current()) throw new TonyError('internal', 'the voice session ended by itself')
    } catch (error) {
      if (!current()) return
      this.#answers.failVoice(error)
      // One that has worked is opened anew by the next sound: the conversation is kept here and goes on.
      if (!worked) this.#rest(error)
      await this.#drop()
      this.#core.outbox.report(error)
    }
  }

  /** Opens no voice session for a while; where the client is at fault, not before it has changed something. */
  #rest(error: unknown): void {
    const hopeless = toApiError(error).status < 500
    this.#deafUntil = hopeless ? Number.POSITIVE_INFINITY : this.#core.ctx.now() + RETRY_MS
  }

  async #onVoice(event: VoiceEvent, voice: VoiceSession): Promise<void> {
    const { outbox, config, ctx } = this.#core
    const detection = config.audio.input.turn_detection
    switch (event.type) {
      case 'speech-started': {
        const padding = detection?.type === 'server_vad' ? detection.prefix_padding_ms : 0
        const start = Math.max(this.#bufferStart, this.#position(event.atMs - padding))
        const itemId = ctx.newId('item_')
        this.#speech = { itemId, start }
        outbox.emit({ type: 'input_audio_buffer.speech_started', item_id: itemId, audio_start_ms: toMs(start) })
        if (detection?.interrupt_response === true) this.#answers.interruptAsked()
        return
      }
      case 'turn-ended': {
        const end = this.#position(event.atMs)
        const { itemId, start } = this.#speech ?? { itemId: ctx.newId('item_'), start: this.#bufferStart }
        outbox.emit({ type: 'input_audio_buffer.speech_stopped', item_id: itemId, audio_end_ms: toMs(end) })
        this.#answerDue = true
        this.#transcriber.add(this.#commitTurn(itemId, this.#log.slice(start, end), end))
        return
      }
      case 'response-started':
        this.#answerDue = false
        if (detection?.create_response === true && !this.#answers.active) this.#answers.beginVoice()
        else {
          voice.cancel()
          if (!this.#answers.active) this.#transcriber.run()
        }
        return
      case 'response':
        return this.#answers.onVoice(event.event)
      case 'response-cancelled':
        this.#answerDue = false
        this.#answers.endVoice('turn_detected')
        if (!this.#answers.active) this.#transcriber.run()
    }
  }

  /** A moment of the voice session as a position in the log. */
  #position(atMs: number): number {
    return Math.min(this.#log.end, Math.max(0, this.#voiceStart + Math.round((atMs * MODEL_RATE) / 1000)))
  }

  /** Makes a user item of what was said and begins a new input buffer. */
  #commitTurn(itemId: string, samples: Float32Array, end: number): Entry {
    const entry = spokenEntry(itemId, samples)
    this.#speech = undefined
    this.#bufferStart = end
    this.#log.trim(end)
    const previous = this.#core.conversation.add(entry)
    this.#core.outbox.emit({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: previous })
    this.#core.outbox.emitItem(entry.item, previous)
    return entry
  }
}

function toMs(position: number): number {
  return Math.round((position * 1000) / MODEL_RATE)
}
