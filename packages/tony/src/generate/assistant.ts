/** @file An assistant in this process: chats become positions, answers become events, live voices are heard patch by patch. */

import { StreamingMel } from '../media/audio/mel.ts'
import { resample } from '../media/audio/resample.ts'
import { fitSquare } from '../media/image/resize.ts'
import type { Message } from '../media/types.ts'
import { controlId } from '../models/omni/config.ts'
import { type Element, melPatches, PATCH_SAMPLES, SequenceBuilder } from '../models/omni/sequence.ts'
import type { AbortLike } from '../util/abort.ts'
import { TonyError } from '../util/errors.ts'
import { makeRng } from '../util/rng.ts'
import type { OmniEngine } from './engine.ts'
import type { GenerateEvent, GenerateRequest, Usage, VoiceEvent, VoiceOptions, VoiceSession } from './types.ts'

export interface AssistantDefaults {
  /** Of speech codes. */
  readonly audioTemperature: number
  readonly maxPositions: number
}

const SPEECH_RATE = 16_000

/** The positions of a chat, up to and without the assistant's next turn. */
export function chatElements(engine: OmniEngine, messages: readonly Message[]): Element[] {
  const builder = new SequenceBuilder(engine.config, engine.tokenizer)
  for (const { role, content } of messages) {
    builder.control(role === 'user' ? '<|user|>' : role === 'system' ? '<|system|>' : '<|assistant|>')
    if (role === 'assistant') builder.control('<|text|>')
    for (const part of content) {
      if (part.type === 'text') builder.text(part.text)
      // What the model said itself re-enters as its words: their sound adds nothing that it could not say again.
      else if (role === 'assistant') continue
      else if (part.type === 'audio') builder.audio(melPatches(resample(part.audio, SPEECH_RATE).samples))
      else if (part.type === 'image') builder.image(fitSquare(part.image, 64))
      else builder.video(part.video.frames.map((frame) => fitSquare(frame, 64)))
    }
    if (role === 'assistant') builder.end()
  }
  return builder.elements
}

/** Streams one answer to `request`. */
export async function* answerChat(
  engine: OmniEngine,
  request: GenerateRequest,
  { defaults, signal }: { defaults: AssistantDefaults; signal?: AbortLike },
): AsyncGenerator<GenerateEvent> {
  const elements = chatElements(engine, request.messages)
  const longest = engine.config.contextLength - 2
  if (elements.length > longest) {
    throw new TonyError(
      'too_large',
      `the conversation needs ${elements.length} positions, the model's context holds ${longest} and its answer; start a new one or shorten it`,
    )
  }
  const state = engine.newState()
  const assistant: Element = { kind: 'token', id: controlId(engine.config, '<|assistant|>') }
  await engine.feed(state, [...elements, assistant])
  const modalities = request.modalities ?? ['text']
  const answer = engine.answer(state, {
    mode: modalities.includes('audio') ? 'speech' : 'text',
    mayDraw: true,
    maxPositions: Math.min(
      request.maxTokens ?? defaults.maxPositions,
      engine.config.contextLength - state.cache.length - 1,
    ),
    temperature: request.temperature ?? 0,
    topP: request.topP ?? 1,
    audioTemperature: defaults.audioTemperature,
    rng: makeRng(request.seed ?? 1),
    ...(request.stop === undefined ? {} : { stop: request.stop }),
    ...(signal === undefined ? {} : { signal }),
  })
  for (;;) {
    const { value, done } = await answer.next()
    if (done !== true) {
      yield value
      continue
    }
    const usage: Usage = {
      promptTokens: elements.length + 1,
      completionTokens: value.text + value.audio + value.image,
      promptAudioTokens: elements.filter((e) => e.kind === 'mel').length,
      promptImageTokens: elements.filter((e) => e.kind === 'pixels').length,
      completionAudioTokens: value.audio,
      completionImageTokens: value.image,
    }
    yield { type: 'done', finishReason: value.finishReason, usage }
    return
  }
}

/** Events handed from whoever makes them to whoever iterates. */
class Channel<T> implements AsyncIterable<T> {
  private readonly queue: T[] = []
  private wake: (() => void) | undefined
  private closed = false
  push(item: T): void {
    this.queue.push(item)
    this.wake?.()
  }
  close(): void {
    this.closed = true
    this.wake?.()
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.queue.length > 0) yield this.queue.shift()!
      if (this.closed) return
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }
}

/** Fewest patches of speech before a turn may end: a click is no turn. */
const MIN_SPEECH_PATCHES = 2
const PATCH_MS = 80

/**
 * A live conversation. Patches are prefilled as they arrive; the end-of-turn head is read at each; when it is sure, or
 * after the longest silence, the answer starts. Speech during an answer throws it away.
 */
export function openVoice(
  engine: OmniEngine,
  options: VoiceOptions,
  { defaults, exclusive }: { defaults: AssistantDefaults; exclusive: <T>(work: () => Promise<T>) => Promise<T> },
): VoiceSession {
  const { threshold = 0.7, maxSilenceMs = 700 } = options
  const channel = new Channel<VoiceEvent>()
  const id = (token: Parameters<typeof controlId>[1]): Element => ({
    kind: 'token',
    id: controlId(engine.config, token),
  })
  const mel = new StreamingMel()
  let pendingSamples = new Float32Array(0)
  let state = engine.newState()
  let heardMs = 0
  let speechPatches = 0
  let silenceMs = 0
  let speaking = false
  let closed = false
  let answering: { aborted: boolean; addEventListener(): void; removeEventListener(): void } | undefined
  let work: Promise<void> = Promise.resolve()
  const enqueue = (job: () => Promise<void>): void => {
    work = work.then(job).catch((error: unknown) => {
      channel.close()
      throw error
    })
    work.catch(() => undefined)
  }
  const beginTurn = async (): Promise<void> => {
    // Room for a long turn and its answer; an older conversation is forgotten rather than cut in the middle of a word.
    if (state.cache.length > engine.config.contextLength - 400) state = engine.newState()
    await engine.feed(state, [id('<|user|>')])
    speechPatches = 0
    silenceMs = 0
    speaking = false
  }
  enqueue(async () => {
    if ((options.history ?? []).length > 0)
      await exclusive(() => engine.feed(state, chatElements(engine, options.history!)).then(() => undefined))
    await exclusive(beginTurn)
  })

  const endTurn = async (): Promise<void> => {
    channel.push({ type: 'turn-ended', atMs: heardMs })
    await engine.feed(state, [id('<|audio_end|>'), id('<|assistant|>')])
    channel.push({ type: 'response-started' })
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined }
    answering = signal
    const answer = engine.answer(state, {
      mode: 'speech',
      mayDraw: true,
      maxPositions: Math.max(1, Math.min(defaults.maxPositions, engine.config.contextLength - state.cache.length - 2)),
      temperature: 0,
      topP: 1,
      audioTemperature: defaults.audioTemperature,
      rng: makeRng(1),
      signal,
    })
    const before = state.cache.length
    try {
      for (;;) {
        const { value, done } = await answer.next()
        if (done !== true) {
          channel.push({ type: 'response', event: value })
          // Sound that arrived meanwhile is heard between two steps, so that a barge-in is noticed.
          await new Promise<void>((resolve) => resolve())
          continue
        }
        const usage: Usage = {
          promptTokens: before,
          completionTokens: value.text + value.audio + value.image,
          promptAudioTokens: speechPatches,
          promptImageTokens: 0,
          completionAudioTokens: value.audio,
          completionImageTokens: value.image,
        }
        channel.push({ type: 'response', event: { type: 'done', finishReason: value.finishReason, usage } })
        await engine.feed(state, [id('<|end|>')])
        break
      }
    } catch (error) {
      if (!(error instanceof TonyError && error.code === 'aborted')) throw error
      channel.push({ type: 'response-cancelled' })
      await engine.feed(state, [id('<|end|>')])
    }
    answering = undefined
    await beginTurn()
  }

  const hearPatch = async (patch: Float32Array): Promise<void> => {
    heardMs += PATCH_MS
    const hidden = await engine.feed(state, [{ kind: 'mel', patch }])
    const [states] = await engine.turns(hidden)
    const [isSpeech, , isEnd] = states as unknown as [number, number, number]
    if (isSpeech > 0.5) {
      speechPatches++
      silenceMs = 0
      if (!speaking && speechPatches >= MIN_SPEECH_PATCHES) {
        speaking = true
        channel.push({ type: 'speech-started', atMs: Math.max(0, heardMs - speechPatches * PATCH_MS) })
      }
    } else {
      if (!speaking) speechPatches = 0
      silenceMs += PATCH_MS
    }
    if (speaking && (isEnd > threshold || silenceMs >= maxSilenceMs)) await endTurn()
    // A long silence before anybody speaks is dropped, so that waiting costs no context.
    else if (!speaking && state.cache.length > engine.config.contextLength - 420) await beginTurn()
  }

  return {
    events: channel,
    append(samples) {
      if (closed) return
      const all = new Float32Array(pendingSamples.length + samples.length)
      all.set(pendingSamples)
      all.set(samples, pendingSamples.length)
      let at = 0
      for (; at + PATCH_SAMPLES <= all.length; at += PATCH_SAMPLES) {
        const patch = mel.push(all.slice(at, at + PATCH_SAMPLES)).data
        // Loud sound while an answer runs is the user breaking in.
        if (answering !== undefined && loud(patch)) answering.aborted = true
        enqueue(() => exclusive(() => hearPatch(patch)))
      }
      pendingSamples = all.slice(at)
    },
    cancel() {
      if (answering !== undefined) answering.aborted = true
    },
    commit() {
      enqueue(() => exclusive(async () => (speechPatches > 0 ? endTurn() : undefined)))
    },
    async close() {
      closed = true
      if (answering !== undefined) answering.aborted = true
      await work.catch(() => undefined)
      channel.close()
    },
  }
}

/** Whether most bands of most frames of a patch are well above silence. */
function loud(patch: Float32Array): boolean {
  let above = 0
  for (const value of patch) if (value > 0.3) above++
  return above > patch.length * 0.3
}
