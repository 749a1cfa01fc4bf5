/** @file The live conversation: the microphone stays open, Tony answers when a turn ends and falls silent when interrupted. */
import { type Signal, signal } from '@preact/signals'
import type { ServerEvent } from '@tony/server/protocol'
import { readFile } from '../media/read-file.ts'
import { type Microphone, openMicrophone } from '../sound/microphone.ts'
import { base64ToPcm16, pcm16ToBase64, WIRE_RATE } from '../sound/pcm.ts'
import { player } from '../sound/player.ts'
import { conversations } from '../store/conversations.ts'
import { model, settings } from '../store/settings.ts'
import type { AudioPart, ImagePart, Turn } from '../store/types.ts'
import { classify, type Failure, failureInfo } from '../wire/failure.ts'
import { toRealtimeItems } from '../wire/messages.ts'
import { openRealtime, type RealtimeSocket } from '../wire/realtime.ts'
import { hush, refreshModels } from './answer.ts'
import { GrowingTurn } from './growing-turn.ts'
import { HeardRing } from './heard-ring.ts'
import { announce, notify } from './notices.ts'

/** What the live conversation is doing. */
export type LivePhase = 'connecting' | 'listening' | 'hearing' | 'thinking' | 'speaking'

/** The live conversation, as the page shows it. */
export interface LiveState {
  readonly phase: LivePhase
  readonly muted: boolean
}

/** The live conversation, or null. */
export const live: Signal<LiveState | null> = signal(null)

/** Loudness of the microphone, 0 to 1; read on every animation frame, so not a signal. */
export const microphoneLevel: { now: number } = { now: 0 }

/** Earlier turns that a live conversation begins with. */
const REMEMBERED = 8

let session: LiveSession | undefined

/** Begins a live conversation. */
export async function startLive(): Promise<void> {
  if (session !== undefined) return
  hush()
  player.unlock()
  const mine = new LiveSession()
  session = mine
  live.value = { phase: 'connecting', muted: false }
  try {
    await mine.open()
    if (session === mine) announce('Live conversation: Tony is listening')
  } catch (error) {
    if (session === mine) stopLive()
    else mine.close()
    notify(failureInfo(error).message, { tone: 'problem', action: { label: 'Try again', run: () => void startLive() } })
  }
}

/** Ends the live conversation. Returns whether there was one. */
export function stopLive(): boolean {
  const busy = session !== undefined
  session?.close()
  session = undefined
  live.value = null
  return busy
}

/** Shows pictures in the live conversation: what is said next may be about them. */
export async function show(files: Iterable<File>): Promise<void> {
  for (const file of files) {
    try {
      const part = await readFile(file)
      if (part.kind === 'image') await session?.show(part)
      else
        notify(
          `${file.name} is no picture. In a live conversation only pictures can be shown; end it to send other files.`,
          {
            tone: 'problem',
          },
        )
    } catch (error) {
      notify(failureInfo(error).message, { tone: 'problem' })
    }
  }
}

/** Closes or opens the microphone without ending the conversation. */
export function toggleMute(): void {
  session?.toggleMute()
}

class LiveSession {
  readonly #heard = new HeardRing()
  /** User turns by the id of their item, until their words arrive. */
  readonly #turns = new Map<string, Turn>()
  #speechFrom = 0
  /** When the user was last heard (`performance.now()`). */
  #speechEnd = 0
  #socket: RealtimeSocket | undefined
  #microphone: Microphone | undefined
  #closed = false
  /** The answer that is being made. */
  #answer: GrowingTurn | undefined
  /** The last answer: its sound is heard for longer than it takes to arrive. */
  #spoken: GrowingTurn | undefined
  #answerPlace: { item: string; content: number } | undefined

  async open(): Promise<void> {
    this.#microphone = await openMicrophone(({ pcm, level }) => {
      microphoneLevel.now = level
      if (this.#socket === undefined) return
      this.#heard.push(pcm)
      this.#socket.send({ type: 'input_audio_buffer.append', audio: pcm16ToBase64(pcm) })
    })
    if (this.#closed) {
      this.close()
      return
    }
    const asked = model.value ?? (await refreshModels())[0]
    const history = await toRealtimeItems(conversations.turns.value, REMEMBERED)
    const socket = await openRealtime(asked?.id ?? settings.value.model, settings.value.apiKey, {
      onEvent: (event) => this.#on(event),
      onLost: (failure) => this.#lost(failure),
    })
    if (this.#closed) {
      socket.close()
      return
    }
    const format = { type: 'audio/pcm', rate: WIRE_RATE } as const
    socket.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        output_modalities: ['audio'],
        audio: {
          input: { format, transcription: settings.value.transcribe ? { model: asked?.id } : null },
          output: { format, voice: 'tony' },
        },
      },
    })
    for (const item of history) socket.send({ type: 'conversation.item.create', item })
    this.#socket = socket
    this.#phase('listening')
  }

  async show(part: ImagePart): Promise<void> {
    const turn = conversations.newTurn({ role: 'user', parts: [part], status: 'done' })
    const items = await toRealtimeItems([turn], 1)
    if (this.#socket === undefined) return
    for (const item of items) this.#socket.send({ type: 'conversation.item.create', item })
    await conversations.put(turn)
    announce(`${part.name} shown to Tony`)
  }

  toggleMute(): void {
    if (this.#microphone === undefined || live.value === null) return
    const muted = !this.#microphone.muted
    this.#microphone.muted = muted
    microphoneLevel.now = 0
    live.value = { ...live.value, muted }
    announce(muted ? 'Microphone off' : 'Microphone on')
  }

  close(): void {
    this.#closed = true
    this.#microphone?.close()
    this.#socket?.close()
    this.#socket = undefined
    this.#silence('stopped')
  }

  #lost(failure: Failure): void {
    if (this.#closed) return
    stopLive()
    notify(failure.message, { tone: 'problem', action: { label: 'Reconnect', run: () => void startLive() } })
  }

  #on(event: ServerEvent): void {
    switch (event.type) {
      case 'input_audio_buffer.speech_started':
        this.#speechFrom = event.audio_start_ms
        this.#silence('interrupted')
        this.#phase('hearing')
        return
      case 'input_audio_buffer.speech_stopped':
        this.#speechEnd = performance.now() - this.#heard.quietMs(this.#speechFrom)
        this.#saveSpeech(event.item_id, event.audio_end_ms)
        this.#phase('thinking')
        return
      case 'conversation.item.input_audio_transcription.completed':
        this.#saveWords(event.item_id, event.transcript)
        return
      case 'response.created':
        this.#answer = new GrowingTurn(conversations, player, this.#speechEnd)
        this.#spoken = this.#answer
        this.#phase('thinking')
        return
      case 'response.output_audio.delta':
        if (this.#answer === undefined) return
        this.#answerPlace = { item: event.item_id, content: event.content_index }
        this.#answer.add({ type: 'audio', samples: base64ToPcm16(event.delta) })
        this.#phase('speaking')
        return
      case 'response.output_audio_transcript.delta':
        this.#answer?.add({ type: 'transcript', delta: event.delta })
        return
      case 'response.output_text.delta':
        this.#answer?.add({ type: 'text', delta: event.delta })
        return
      case 'response.content_part.done':
        if (event.part.type === 'image' && event.part.image_url !== undefined) {
          this.#answer?.add({ type: 'image', index: event.content_index, url: event.part.image_url })
        }
        return
      case 'response.done':
        this.#done(event.response.status, event.response.status_details)
        return
      case 'error':
        notify(event.error.message, { tone: 'problem' })
        return
      default:
        return
    }
  }

  #done(status: string, details: { type: string; error?: { message: string; code: string | null } } | null): void {
    const answer = this.#answer
    if (answer === undefined) return
    this.#answer = undefined
    if (status === 'failed') {
      const failure = failureInfo(classify(500, details?.error?.code ?? null, details?.error?.message ?? null))
      void answer.finish({ status: 'failed', failure })
      this.#phase('listening')
      return
    }
    if (status === 'incomplete') answer.add({ type: 'end', reason: 'length' })
    void answer.finish({ status: status === 'cancelled' ? 'interrupted' : 'done' })
    announce(`Tony: ${answer.text}`)
    this.#listenWhenSilent(answer.id)
  }

  /** Stops Tony's sound and tells the server how much of it was heard. */
  #silence(status: 'stopped' | 'interrupted'): void {
    const playing = player.playback.value !== null
    const heard = player.stop()
    const place = this.#answerPlace
    this.#answerPlace = undefined
    if (playing && place !== undefined) {
      this.#socket?.send({
        type: 'conversation.item.truncate',
        item_id: place.item,
        content_index: place.content,
        audio_end_ms: Math.floor(heard * 1000),
      })
    }
    const answer = this.#answer ?? (playing ? this.#spoken : undefined)
    this.#answer = undefined
    this.#spoken = undefined
    if (answer !== undefined) void answer.finish({ status }, playing ? heard : undefined)
  }

  #listenWhenSilent(id: string): void {
    const unsubscribe = player.playback.subscribe((playback) => {
      if (playback?.id === id) return
      queueMicrotask(() => unsubscribe())
      if (live.value?.phase === 'speaking' || live.value?.phase === 'thinking') this.#phase('listening')
    })
  }

  #saveSpeech(item: string, endMs: number): void {
    const samples = this.#heard.cut(this.#speechFrom, endMs)
    const part: AudioPart = { kind: 'audio', samples, rate: WIRE_RATE, transcript: '', name: 'You' }
    const turn = conversations.newTurn({ role: 'user', parts: [part], status: 'done' })
    this.#turns.set(item, turn)
    void conversations.put(turn)
  }

  #saveWords(item: string, transcript: string): void {
    const turn = this.#turns.get(item)
    if (turn === undefined) return
    this.#turns.delete(item)
    const parts = turn.parts.map((part) => (part.kind === 'audio' ? { ...part, transcript: transcript.trim() } : part))
    void conversations.put({ ...turn, parts })
  }

  #phase(phase: LivePhase): void {
    if (live.value !== null && live.value.phase !== phase) live.value = { ...live.value, phase }
  }
}
