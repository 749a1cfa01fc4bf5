/** @file A test double of an assistant: no model, the same events for the same request, and hooks to look inside. */
import type { MediaCodecs } from '@tony/server'
import {
  type Assistant,
  type GenerateEvent,
  type GenerateRequest,
  type ModelInfo,
  type Part,
  parseWav,
  type RgbImage,
  type TokenLogprob,
  TonyError,
  type Usage,
  type VoiceEvent,
  type VoiceOptions,
  type VoiceSession,
} from 'tony'

/** The model that hears, sees, speaks and draws. */
export const OMNI = 'fake-omni'
/** The model that only reads and writes. */
export const TEXT_ONLY = 'fake-text'

/** Samples of one word of speech: 100 ms at 16 kHz. */
export const WORD_SAMPLES = 1600

/** What tests see of the fake. */
export interface FakeAssistant extends Assistant {
  /** Every request so far. */
  readonly requests: GenerateRequest[]
  /** Options of every voice session so far. */
  readonly voices: VoiceOptions[]
  /** Answers being made. */
  readonly active: () => number
  /** Answers that were stopped by their signal. */
  readonly aborted: () => number
  readonly openVoices: () => number
}

/**
 * Makes the fake. It answers `Say: X` with X, `Draw: X` with a picture if it may, `Transcribe:` and a recording with its length,
 * anything else with `You said: X`. A message `!invalid`, `!too-large`, `!unavailable`, `!crash`, `!crash-late`, `!forever` or
 * `!empty` does what it says.
 *
 * @param options.endlessVoice spoken answers go on until they are cancelled.
 */
export function createFakeAssistant(options: { readonly endlessVoice?: boolean } = {}): FakeAssistant {
  const requests: GenerateRequest[] = []
  const voices: VoiceOptions[] = []
  let active = 0
  let aborted = 0
  let openVoices = 0

  async function* generate(request: GenerateRequest, signal?: AbortSignal): AsyncGenerator<GenerateEvent> {
    if (!models.some((model) => model.id === request.model))
      throw new TonyError('not_found', `fake: no model ${request.model}`)
    requests.push(request)
    active++
    try {
      yield* answer(request, signal)
    } finally {
      active--
      if (signal?.aborted) aborted++
    }
  }

  return {
    models,
    requests,
    voices,
    active: () => active,
    aborted: () => aborted,
    openVoices: () => openVoices,
    generate,
    openVoice: async (voice) => {
      voices.push(voice)
      openVoices++
      return fakeVoice(options.endlessVoice === true, () => {
        openVoices--
      })
    },
    close: async () => {},
  }
}

const models: readonly ModelInfo[] = [
  {
    id: OMNI,
    created: 1_700_000_000,
    parameters: 1000,
    input: ['text', 'audio', 'image', 'video'],
    output: ['text', 'audio', 'image'],
    contextLength: 2048,
  },
  { id: TEXT_ONLY, created: 1_700_000_001, parameters: 500, input: ['text'], output: ['text'], contextLength: 512 },
]

/** Codecs for tests: real WAV, and a PNG signature that stands for a picture. */
export const fakeMedia: MediaCodecs = {
  decodeAudio: async (bytes) => parseWav(bytes),
  decodeImage: async (bytes) => {
    if (!PNG.every((byte, i) => bytes[i] === byte)) throw new TonyError('invalid', 'decodeImage: not a picture')
    if (bytes.length > 1000) throw new TonyError('too_large', 'decodeImage: too many pixels')
    return picture(2)
  },
  decodeVideo: async () => ({ frames: [picture(2), picture(2)], times: [0, 0.5] }),
  encodePng: async (image) => Uint8Array.from([...PNG, image.width, image.height]),
}

/** The first bytes of every PNG file. */
export const PNG: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** A tone at 16 kHz. */
export function tone(length: number, amplitude = 0.5): Float32Array {
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * 440 * i) / 16000))
}

function picture(side: number): RgbImage {
  return { width: side, height: side, data: new Uint8Array(side * side * 3).fill(200) }
}

async function* answer(request: GenerateRequest, signal?: AbortSignal): AsyncGenerator<GenerateEvent> {
  const parts = request.messages.at(-1)?.content ?? []
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(' ')
  const modalities = request.modalities ?? ['text']
  switch (text) {
    case '!invalid':
      throw new TonyError('invalid', 'fake: a value is wrong')
    case '!too-large':
      throw new TonyError('too_large', 'fake: 9000 positions (expected at most 2048)')
    case '!unavailable':
      throw new TonyError('unavailable', 'fake: the model is gone')
    case '!crash':
      throw new TonyError('internal', 'secret detail')
    case '!crash-late':
      yield { type: 'text', delta: 'so far ' }
      throw new Error('secret detail')
    case '!empty':
      yield done(request, 0, 0, 0)
      return
    case '!forever':
      for (let i = 0; ; i++) {
        yield { type: 'text', delta: `${i} ` }
        await pause(signal)
      }
  }
  if (modalities.includes('image') && (!modalities.includes('text') || text.startsWith('Draw: '))) {
    yield { type: 'image', image: picture(4), preview: true }
    yield { type: 'image', image: picture(8), preview: false }
    yield done(request, 0, 0, 16)
    return
  }
  const words = reply(text, parts).split(' ').slice(0, request.maxTokens)
  for (const [i, word] of words.entries()) {
    signal?.throwIfAborted()
    yield { type: 'text', ...written(i === 0 ? word : ` ${word}`, i, request) }
    if (modalities.includes('audio')) yield { type: 'audio', samples: tone(WORD_SAMPLES) }
  }
  yield done(request, words.length, modalities.includes('audio') ? words.length : 0, 0)
}

/** A word; half as likely as the one before, where that is wanted. */
function written(delta: string, i: number, { topLogprobs: top }: GenerateRequest): Omit<TextEvent, 'type'> {
  if (top === undefined) return { delta }
  const likely = (token: string, logprob: number): TokenLogprob => ({
    id: i,
    token,
    bytes: [...Buffer.from(token)],
    logprob,
  })
  const others = [likely(delta, i * Math.log(0.5)), likely('<|end|>', Math.log(0.25))].slice(0, top)
  return { delta, tokens: [{ ...likely(delta, i * Math.log(0.5)), top: others }] }
}
type TextEvent = Extract<GenerateEvent, { type: 'text' }>

function reply(text: string, parts: readonly Part[]): string {
  const sound = parts.find((part) => part.type === 'audio')
  if (text.startsWith('Transcribe:') && sound !== undefined) {
    return `heard ${Math.round((sound.audio.samples.length * 1000) / sound.audio.sampleRate)} ms`
  }
  if (text.startsWith('Say: ')) return text.slice(5)
  const media = parts.filter((part) => part.type !== 'text').map((part) => part.type)
  return `You said: ${[text, ...media].join(' ')}`
}

function done(request: GenerateRequest, text: number, audio: number, image: number): GenerateEvent {
  const usage: Usage = {
    promptTokens: 10,
    completionTokens: text + audio + image,
    promptAudioTokens: 3,
    promptImageTokens: 2,
    completionAudioTokens: audio,
    completionImageTokens: image,
  }
  return { type: 'done', finishReason: text > 0 && text === request.maxTokens ? 'length' : 'stop', usage }
}

/** A few milliseconds, or the end if the signal says so. */
function pause(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    // A word every few milliseconds, as from a model: without it the reader drowns and the stop is never seen in time.
    setTimeout(() => (signal?.aborted ? reject(signal.reason) : resolve()), 5)
  })
}

/** Takes loud for speech and 240 ms of silence for the end of a turn; frames are 80 ms. */
function fakeVoice(endless: boolean, onClose: () => void): VoiceSession {
  const frame = 1280
  const silentFrames = 3
  const queue: VoiceEvent[] = []
  let wake = (): void => {}
  let closed = false
  let pending = new Float32Array(0)
  let position = 0
  let speaking = false
  let silence = 0
  let answering = false
  const push = (...events: VoiceEvent[]): void => {
    queue.push(...events)
    wake()
  }
  const atMs = (): number => position / 16
  const endTurn = (): void => {
    speaking = false
    push({ type: 'turn-ended', atMs: atMs() }, { type: 'response-started' })
    for (const word of ['Good', ' day']) {
      push(
        { type: 'response', event: { type: 'text', delta: word } },
        { type: 'response', event: { type: 'audio', samples: tone(frame) } },
      )
    }
    answering = endless
    const usage: Usage = {
      promptTokens: 5,
      completionTokens: 4,
      promptAudioTokens: 5,
      promptImageTokens: 0,
      completionAudioTokens: 2,
      completionImageTokens: 0,
    }
    if (!endless) push({ type: 'response', event: { type: 'done', finishReason: 'stop', usage } })
  }
  const cancel = (): void => {
    if (!answering) return
    answering = false
    push({ type: 'response-cancelled' })
  }
  return {
    append: (samples) => {
      pending = Float32Array.from([...pending, ...samples])
      while (pending.length >= frame) {
        const loud = pending.subarray(0, frame).some((x) => Math.abs(x) > 0.05)
        pending = pending.slice(frame)
        if (loud && !speaking) {
          speaking = true
          push({ type: 'speech-started', atMs: atMs() })
          cancel()
        }
        position += frame
        silence = loud ? 0 : silence + 1
        if (speaking && silence >= silentFrames) endTurn()
      }
    },
    cancel,
    commit: endTurn,
    close: async () => {
      if (closed) return
      closed = true
      onClose()
      wake()
    },
    events: {
      [Symbol.asyncIterator]: async function* () {
        while (!closed) {
          const next = queue.shift()
          if (next !== undefined) yield next
          else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      },
    },
  }
}
