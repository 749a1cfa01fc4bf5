/** @file An answer of a live conversation, which may be made before it is known to be wanted. */
import type { Message, RgbImage } from '../media/types.ts'
import type { Element } from '../models/omni/sequence.ts'
import { makeRng } from '../util/rng.ts'
import { answer, pictureCodes } from './answer.ts'
import type { AssistantDefaults } from './assistant.ts'
import type { OmniEngine } from './engine.ts'
import { type OmniState, read, type Task } from './task.ts'
import type { GenerateEvent, Usage } from './types.ts'

/** What is counted of a request before its answer. */
export type Asked = Pick<Usage, 'promptTokens' | 'promptAudioTokens' | 'promptImageTokens'>

export interface ReplyOptions {
  /** What stands between what was heard and the answer; the last one says who answers. */
  readonly elements: readonly Element[]
  readonly asked: Asked
  readonly defaults: AssistantDefaults
  readonly emit: (event: GenerateEvent) => void
}

/** An answer aloud on a copy of what was heard. It is made step by step; nothing is told of it before `tell`. */
export class Reply {
  private readonly engine: OmniEngine
  private readonly state: OmniState
  private readonly asked: Asked
  private readonly emit: (event: GenerateEvent) => void
  private readonly task: Task
  private readonly signal = { aborted: false }
  /** Made before it was known to be wanted. */
  private held: GenerateEvent[] | undefined = []
  private text = ''
  private image: RgbImage | undefined

  /** For tasks: between runs. Throws as `OmniEngine.fork`; `drop` it. */
  constructor(engine: OmniEngine, heard: OmniState, { elements, asked, defaults, emit }: ReplyOptions) {
    this.engine = engine
    this.asked = asked
    this.emit = emit
    this.state = engine.fork(heard)
    this.task = this.make(elements, defaults)
  }

  /** The answer as it was given, in full or until it was cancelled. */
  get message(): Message {
    const image = this.image === undefined ? [] : [{ type: 'image' as const, image: this.image }]
    return { role: 'assistant', content: [{ type: 'text', text: this.text }, ...image] }
  }

  /** Makes a little more of it; whether there was any more to make. Throws `aborted` after a `cancel`. */
  *goOn(): Task<boolean> {
    const { done, value: ask } = this.task.next()
    if (done === true) return false
    try {
      yield ask
    } catch (error) {
      this.task.throw(error)
    }
    return true
  }

  /** Tells what there is of it, and from now on the rest as it is made. */
  tell(): void {
    const held = this.held ?? []
    this.held = undefined
    for (const event of held) this.give(event)
  }

  /** Ends it at its next position, if it is being told. */
  cancel(): void {
    if (this.held === undefined) this.signal.aborted = true
  }

  /** Gives back what it holds. For tasks: between runs. */
  drop(): void {
    this.task.return()
    this.engine.free(this.state)
  }

  private *make(
    elements: readonly Element[],
    { maxPositions: most, audioTemperature, draft }: AssistantDefaults,
  ): Task {
    const { engine, state, signal } = this
    yield* read(state, elements)
    const room = engine.config.contextLength - state.cache.length - 2
    const maxPositions = Math.max(1, Math.min(most, room))
    const { finishReason, text, audio, image } = yield* answer(engine, state, {
      mode: 'speech',
      draft,
      // A live conversation allows pictures; one that does not fit any more is told in words.
      mayDraw: maxPositions >= pictureCodes(engine),
      maxPositions,
      temperature: 0,
      topP: 1,
      audioTemperature,
      rng: makeRng(1),
      signal,
      emit: (event) => this.made(event),
    })
    const usage = {
      ...this.asked,
      completionTokens: text + audio + image,
      completionAudioTokens: audio,
      completionImageTokens: image,
    }
    this.made({ type: 'done', finishReason, usage })
  }

  private made(event: GenerateEvent): void {
    if (this.held === undefined) this.give(event)
    else this.held.push(event)
  }

  private give(event: GenerateEvent): void {
    if (event.type === 'text') this.text += event.delta
    else if (event.type === 'image' && !event.preview) this.image = event.image
    this.emit(event)
  }
}
