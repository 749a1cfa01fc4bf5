/** @file How one answer is made: which tokens may follow, when a frame is spoken, when it ends. */
import type { Tokenizer } from '../media/text/tokenizer.ts'
import { imageTokenizerDefaults } from '../models/image-tokenizer.ts'
import { allowed, type Choice, MIN_FRAMES, spokenChoice, toldChoice } from '../models/omni/choices.ts'
import { controlId, imageCodeId, type OmniConfig } from '../models/omni/config.ts'
import type { Element } from '../models/omni/sequence.ts'
import type { AbortLike } from '../util/abort.ts'
import { TonyError } from '../util/errors.ts'
import type { Rng } from '../util/rng.ts'
import { type Beams, beamSearch } from './beam.ts'
import type { AudioCodec } from './codec.ts'
import type { Painter } from './picture.ts'
import { logprobsOf, type Penalties, penalise, sampleToken } from './sampler.ts'
import { FrameAsk, type OmniState, PaintAsk, read, SoundAsk, type Task } from './task.ts'
import type { GenerateEvent } from './types.ts'
import { StreamedText, writtenToken } from './written-text.ts'

export interface AnswerOptions {
  /** In writing, aloud, as a picture, or `continue`: the text goes on as it stands, as a model that was not taught to chat does it. */
  readonly mode: 'text' | 'speech' | 'draw' | 'continue'
  /** Whether the model may answer with a picture where another mode was asked for. */
  readonly mayDraw: boolean
  readonly maxPositions: number
  readonly temperature: number
  readonly topP: number
  /** What words lose that were written before; default none. */
  readonly penalties?: Penalties
  /** Of the codes of speech. */
  readonly audioTemperature: number
  /** As of a request. */
  readonly topLogprobs?: number
  /** Of speech: the answer is first written, as if it were asked for in writing, and then said word for word. Default: its words are found while it is said. */
  readonly draft?: boolean
  /** Of writing: the likeliest of several texts in place of one drawn token by token. */
  readonly beams?: Beams
  readonly rng: Rng
  readonly stop?: readonly string[]
  readonly signal?: Pick<AbortLike, 'aborted'>
  /** Told of each position as it is chosen, from what, and how likely it was (a frame without its codes): what training on samples needs. */
  readonly record?: (element: Element, choice: Choice, logprob: number) => void
}

/** Why an answer ended, and its positions by kind. */
export interface AnswerEnd {
  readonly finishReason: 'stop' | 'length'
  readonly text: number
  readonly audio: number
  readonly image: number
}

/** What an answer is made with. */
export interface Speaker {
  readonly config: OmniConfig
  readonly tokenizer: Tokenizer
  /** Absent: speech is written as codes, but not heard. */
  readonly codec?: AudioCodec
  /** Absent: a picture is written as codes, but not seen. */
  readonly painter?: Painter
}

const token = (id: number): Element => ({ kind: 'token', id })

/** Codes of one picture: the positions that drawing takes. */
export function pictureCodes({ painter }: Pick<Speaker, 'painter'>): number {
  const { coarse, fine } = painter?.config ?? imageTokenizerDefaults
  return coarse + fine
}

/** Half a picture is none: refused before it is begun. */
export function requireRoom(codes: number, room: number): void {
  if (room >= codes) return
  throw new TonyError(
    'too_large',
    `a picture takes ${codes} positions, the answer may have ${Math.max(0, room)}; raise the most tokens or shorten the conversation`,
  )
}

/** Writes one answer after `state`, whose last position is the assistant token (`continue`: any). Gives out events without `done`. */
export function* answer(
  speaker: Speaker,
  state: OmniState,
  { emit, ...options }: AnswerOptions & { readonly emit: (event: GenerateEvent) => void },
): Task<AnswerEnd> {
  const { config, codec, painter } = speaker
  if (options.mode === 'continue') return yield* write(speaker, state, { ...options, emit })
  const id = (name: Parameters<typeof controlId>[1]): number => controlId(config, name)
  const first = state.logits
  // The model itself says whether a picture is wanted; the caller decides between writing and speaking.
  const draws = first[id('<|draw|>')]! > Math.max(first[id('<|text|>')]!, first[id('<|speech|>')]!)
  if (options.mode === 'draw' || (options.mayDraw && painter !== undefined && draws)) {
    requireRoom(pictureCodes(speaker), options.maxPositions)
    yield* read(state, [token(id('<|draw|>'))])
    return { finishReason: 'stop', text: 0, audio: 0, image: yield* draw(speaker, state, { ...options, emit }) }
  }
  const words = options.mode === 'speech' && options.draft === true ? yield* draft(speaker, state, options) : undefined
  yield* read(state, [token(id(options.mode === 'speech' ? '<|speech|>' : '<|text|>'))])
  if (options.mode === 'text' && options.beams !== undefined)
    return { ...(yield* beamSearch(speaker, state, { ...options, beams: options.beams, emit })), audio: 0, image: 0 }
  if (options.mode === 'text') return yield* write(speaker, state, { ...options, emit })
  const stream = codec?.stream()
  try {
    return yield* write(speaker, state, {
      ...options,
      emit,
      ...(stream === undefined ? {} : { stream }),
      ...(words === undefined ? {} : { words }),
    })
  } finally {
    stream?.close()
  }
}

/** The tokens of the answer that would be written after `state`, which then is as it was before. */
function* draft(
  speaker: Speaker,
  state: OmniState,
  { topLogprobs: _ofWhatNobodySees, ...options }: AnswerOptions,
): Task<number[]> {
  const { hidden, logits } = state
  const { length } = state.cache
  const words: number[] = []
  const end = controlId(speaker.config, '<|end|>')
  yield* read(state, [token(controlId(speaker.config, '<|text|>'))])
  yield* write(speaker, state, {
    ...options,
    mode: 'text',
    emit: () => undefined,
    record: (element) => {
      if (element.kind === 'token' && element.id !== end) words.push(element.id)
    },
  })
  state.cache.length = length
  state.hidden = hidden
  state.logits = logits
  return words
}

function* write(
  { config, tokenizer }: Speaker,
  state: OmniState,
  {
    emit,
    stream,
    words,
    ...options
  }: AnswerOptions & {
    readonly emit: (event: GenerateEvent) => void
    /** Tokens to say, when they are known; default: the model finds them. */
    readonly words?: readonly number[]
    /** Where its sound is made. */
    readonly stream?: ReturnType<AudioCodec['stream']>
  },
): Task<AnswerEnd> {
  const used = { text: 0, audio: 0, image: 0 }
  const end = controlId(config, '<|end|>')
  const frame = controlId(config, '<|frame|>')
  const text = new StreamedText(tokenizer, {
    stops: options.stop ?? [],
    send: (event) => emit({ type: 'text', ...event }),
  })
  const speaks = options.mode === 'speech'
  let framesSinceWord = MIN_FRAMES
  let wordsAhead = 0
  const written = new Map<number, number>()
  for (let n = 0; n < options.maxPositions; n++) {
    stopIfAborted(options)
    const choice = speaks ? spokenChoice({ framesSinceWord, words: wordsAhead }) : 'write'
    const logits =
      options.penalties === undefined || words !== undefined
        ? state.logits
        : penalise(state.logits, written, options.penalties)
    const spans = allowed(config, tokenizer.vocabSize, choice)
    const { id: chosen, logprob } = sampleToken(logits, options, {
      allowed: words === undefined ? spans : toldChoice(config, choice, words[used.text]),
      rng: options.rng,
    })
    if (chosen === end) {
      text.end()
      options.record?.(token(end), choice, logprob)
      return { finishReason: 'stop', ...used }
    }
    if (chosen === frame) {
      const { codes } = yield* asked(new FrameAsk(state.hidden, options.audioTemperature, options.rng))
      framesSinceWord++
      used.audio++
      if (stream !== undefined) {
        const { samples } = yield* asked(new SoundAsk(stream, codes))
        emit({ type: 'audio', samples })
      }
      const spoken: Element = { kind: 'frame', codes, predict: false }
      options.record?.(spoken, choice, logprob)
      yield* read(state, [spoken])
      continue
    }
    used.text++
    framesSinceWord = 0
    wordsAhead++
    written.set(chosen, (written.get(chosen) ?? 0) + 1)
    options.record?.(token(chosen), choice, logprob)
    const { topLogprobs: top } = options
    const likely = top === undefined ? undefined : logprobsOf(state.logits, { allowed: spans, chosen, top })
    const stopped = text.push(chosen, likely && writtenToken(tokenizer, chosen, likely))
    yield* read(state, [token(chosen)])
    if (stopped) return { finishReason: 'stop', ...used }
  }
  text.end()
  return { finishReason: 'length', ...used }
}

function* draw(
  speaker: Speaker,
  state: OmniState,
  { emit, ...options }: AnswerOptions & { readonly emit: (event: GenerateEvent) => void },
): Task<number> {
  const { config, painter } = speaker
  const whole = pictureCodes(speaker)
  const first = painter?.config.coarse
  const codes: number[] = []
  const base = imageCodeId(config, 0)
  const codesOfPictures = allowed(config, 0, 'picture')
  while (codes.length < whole) {
    stopIfAborted(options)
    const { id: chosen, logprob } = sampleToken(state.logits, options, {
      allowed: codesOfPictures,
      rng: options.rng,
    })
    codes.push(chosen - base)
    options.record?.(token(chosen), 'picture', logprob)
    yield* read(state, [token(chosen)])
    if (painter === undefined || (codes.length !== first && codes.length !== whole)) continue
    const { image } = yield* asked(new PaintAsk([...codes]))
    emit({ type: 'image', image: image!, preview: codes.length < whole })
  }
  return codes.length
}

function* asked<A extends FrameAsk | SoundAsk | PaintAsk>(ask: A): Task<A> {
  yield ask
  return ask
}

function stopIfAborted({ signal }: Pick<AnswerOptions, 'signal'>): void {
  if (signal?.aborted === true) throw new TonyError('aborted', 'the answer was cancelled')
}
