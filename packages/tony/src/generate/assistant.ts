/** @file Chats: messages become positions, answers become events. */

import { resample } from '../media/audio/resample.ts'
import { fitSquare } from '../media/image/resize.ts'
import type { AudioClip, Message } from '../media/types.ts'
import { controlId } from '../models/omni/config.ts'
import { type Element, SequenceBuilder } from '../models/omni/sequence.ts'
import { melPatches } from '../models/omni/windows.ts'
import type { AbortLike } from '../util/abort.ts'
import { TonyError } from '../util/errors.ts'
import { makeRng } from '../util/rng.ts'
import { type AnswerOptions, answer, pictureCodes, requireRoom } from './answer.ts'
import { Channel } from './channel.ts'
import type { OmniEngine } from './engine.ts'
import { read, type Task } from './task.ts'
import type { GenerateEvent, GenerateRequest, OutputModality, Usage } from './types.ts'

export interface AssistantDefaults {
  /** Of speech codes. */
  readonly audioTemperature: number
  readonly maxPositions: number
  /** Whether an answer aloud is first written, unseen, and then said word for word. */
  readonly draft: boolean
}

const SPEECH_RATE = 16_000
/** A minute of sound would fill the model's context; what is asked in a film is short. */
const FILM_SECONDS = 20
const MOST_BEAMS = 16
/** -60 dB of full scale: softer than any speech that is understood. */
const SILENT = 0.001

/** The positions of a chat, up to and without the assistant's next turn. */
export function chatElements(
  engine: Pick<OmniEngine, 'config' | 'tokenizer'>,
  messages: readonly Message[],
): Element[] {
  const builder = new SequenceBuilder(engine.config, engine.tokenizer)
  for (const { role, content } of messages) {
    builder.control(role === 'user' ? '<|user|>' : role === 'system' ? '<|system|>' : '<|assistant|>')
    if (role === 'assistant') builder.control('<|text|>')
    for (const part of content) {
      if (part.type === 'text') builder.text(part.text)
      // What the model said itself re-enters as its words: their sound adds nothing that it could not say again.
      else if (role === 'assistant' && part.type === 'audio') continue
      else if (part.type === 'audio') builder.audio(melPatches(resample(part.audio, SPEECH_RATE).samples))
      else if (part.type === 'image') builder.image(fitSquare(part.image, 64))
      else {
        builder.video(part.video.frames.map((frame) => fitSquare(frame, 64)))
        const sound = part.video.sound && heardOfFilm(part.video.sound)
        if (sound !== undefined) builder.audio(melPatches(sound))
      }
    }
    if (role === 'assistant') builder.end()
  }
  return builder.elements
}

/** What is heard of a film after its frames, at 16 kHz: its first 20 s; nothing where those are silent. */
function heardOfFilm({ samples, sampleRate }: AudioClip): Float32Array | undefined {
  const first = samples.subarray(0, FILM_SECONDS * sampleRate)
  if (!first.some((sample) => Math.abs(sample) > SILENT)) return undefined
  return resample({ samples: first, sampleRate }, SPEECH_RATE).samples
}

/** How many of the positions are heard sound, its words among them, and seen pictures, as usage counts them. */
export function countSenses(elements: readonly Element[]): Pick<Usage, 'promptAudioTokens' | 'promptImageTokens'> {
  const count = (...kinds: readonly Element['kind'][]): number =>
    elements.filter(({ kind }) => kinds.includes(kind)).length
  return { promptAudioTokens: count('mel', 'word'), promptImageTokens: count('pixels') }
}

/** What may come out: a picture alone is drawn however it was asked for; beside words the model decides whether to draw. */
export function answerMode(modalities: readonly OutputModality[] = ['text']): Pick<AnswerOptions, 'mode' | 'mayDraw'> {
  const draws = modalities.includes('image')
  if (modalities.includes('audio')) return { mode: 'speech', mayDraw: draws }
  return { mode: draws && !modalities.includes('text') ? 'draw' : 'text', mayDraw: draws }
}

/** Streams one answer to `request`. An abort gives its slot back at once, or after the run that reads its cache. */
export async function* answerChat(
  engine: OmniEngine,
  request: GenerateRequest,
  { defaults, signal }: { defaults: AssistantDefaults; signal?: AbortLike },
): AsyncGenerator<GenerateEvent, void, undefined> {
  const elements = chatElements(engine, request.messages)
  const { mode } = answerMode(request.modalities)
  if (mode === 'draw' && !engine.canDraw)
    throw new TonyError('unsupported', 'modalities: the model has no picture decoder; ask for text or audio')
  const longest = engine.config.contextLength - 2
  if (elements.length > longest) {
    throw new TonyError(
      'too_large',
      `the conversation needs ${elements.length} positions, the model's context holds ${longest} and its answer; start a new one or shorten it`,
    )
  }
  if (mode === 'draw') {
    const room = engine.config.contextLength - elements.length - 2
    requireRoom(pictureCodes(engine), Math.min(request.maxTokens ?? defaults.maxPositions, room))
  }
  const aborted = (): TonyError => new TonyError('aborted', 'the answer was cancelled')
  if (signal?.aborted === true) throw aborted()
  const events = new Channel<GenerateEvent>()
  const options = {
    defaults,
    emit: (event: GenerateEvent) => events.push(event),
    ...(signal === undefined ? {} : { signal }),
  }
  const job = engine.run(chat(engine, { request, elements }, options), {
    priority: 'chat',
    onEnd: (error) => events.end(error),
  })
  const abort = (): void => {
    job.cancel()
    events.end(aborted())
  }
  signal?.addEventListener('abort', abort)
  try {
    yield* events
  } finally {
    signal?.removeEventListener('abort', abort)
    job.cancel()
  }
}

function penaltiesOf({
  frequencyPenalty: frequency = 0,
  presencePenalty: presence = 0,
}: GenerateRequest): Pick<AnswerOptions, 'penalties'> {
  return frequency === 0 && presence === 0 ? {} : { penalties: { frequency, presence } }
}

/** Refuses a search for the likeliest text where chance or penalties have a part, or where it is not a text. */
function beamsOf(
  engine: OmniEngine,
  { beams, modalities = ['text'], ...request }: GenerateRequest,
): Pick<AnswerOptions, 'beams'> {
  if (beams === undefined) return {}
  if (!Number.isInteger(beams) || beams < 1 || beams > MOST_BEAMS)
    throw new TonyError('invalid', `beams: ${beams} (expected a whole number from 1 to ${MOST_BEAMS})`)
  const drawn =
    (request.temperature ?? 0) > 0 || (request.frequencyPenalty ?? 0) !== 0 || (request.presencePenalty ?? 0) !== 0
  if (drawn || answerMode(modalities).mode !== 'text')
    throw new TonyError('invalid', 'beams: they search for a written text; leave out temperature, penalties and audio')
  return { beams: { width: beams, states: engine } }
}

function* chat(
  engine: OmniEngine,
  { request, elements }: { request: GenerateRequest; elements: readonly Element[] },
  { defaults, signal, emit }: { defaults: AssistantDefaults; signal?: AbortLike; emit: (event: GenerateEvent) => void },
): Task {
  const { config } = engine
  const state = engine.newState()
  try {
    yield* read(state, [...elements, { kind: 'token', id: controlId(config, '<|assistant|>') }])
    const end = yield* answer(engine, state, {
      ...answerMode(request.modalities),
      draft: request.draft ?? defaults.draft,
      maxPositions: Math.min(request.maxTokens ?? defaults.maxPositions, config.contextLength - state.cache.length - 1),
      temperature: request.temperature ?? 0,
      topP: request.topP ?? 1,
      ...penaltiesOf(request),
      ...beamsOf(engine, request),
      audioTemperature: defaults.audioTemperature,
      rng: makeRng(request.seed ?? 1),
      ...(request.stop === undefined ? {} : { stop: request.stop }),
      ...(request.topLogprobs === undefined ? {} : { topLogprobs: request.topLogprobs }),
      ...(signal === undefined ? {} : { signal }),
      emit,
    })
    const usage: Usage = {
      promptTokens: elements.length + 1,
      completionTokens: end.text + end.audio + end.image,
      ...countSenses(elements),
      completionAudioTokens: end.audio,
      completionImageTokens: end.image,
    }
    emit({ type: 'done', finishReason: end.finishReason, usage })
  } finally {
    engine.free(state)
  }
}
