/** @file The omni model at work: positions in, text, sound and pictures out, many conversations in step. */

import type { Tokenizer } from '../media/text/tokenizer.ts'
import type { CodecConfig } from '../models/codec.ts'
import type { ImageTokenizerConfig } from '../models/image-tokenizer.ts'
import type { OmniConfig } from '../models/omni/config.ts'
import type { Element } from '../models/omni/sequence.ts'
import type { ParamValues } from '../nn/params.ts'
import type { Runtime } from '../runtime/types.ts'
import { type AnswerEnd, type AnswerOptions, answer, type Speaker } from './answer.ts'
import { Channel } from './channel.ts'
import { AudioCodec } from './codec.ts'
import type { Job, Priority } from './job.ts'
import { OmniNetwork } from './network.ts'
import { Painter } from './picture.ts'
import { Scheduler, type SchedulerOptions } from './scheduler.ts'
import { OmniState, read, type Task } from './task.ts'
import type { GenerateEvent } from './types.ts'

/** A loaded model: weights, tokenizer and the two decoders, and how it is run. */
export interface EngineParts extends SchedulerOptions {
  readonly config: OmniConfig
  readonly params: ParamValues
  readonly tokenizer: Tokenizer
  readonly codec: { readonly config: CodecConfig; readonly params: ParamValues }
  /** Absent: the model cannot draw. */
  readonly image?: { readonly config: ImageTokenizerConfig; readonly params: ParamValues }
  readonly threads?: number
  /** Runs the network on its published 8-bit weights; `false` unpacks them to float32. Default true. */
  readonly quantized?: boolean
}

/** Runs the omni model for any number of callers: what they ask at the same time is done in the same runs. */
export class OmniEngine implements Speaker {
  readonly config: OmniConfig
  readonly tokenizer: Tokenizer
  readonly codec: AudioCodec
  readonly painter?: Painter
  private readonly network: OmniNetwork
  private readonly scheduler: Scheduler

  private constructor(
    { config, tokenizer, ...options }: EngineParts,
    { network, codec, painter }: { network: OmniNetwork; codec: AudioCodec; painter: Painter | undefined },
  ) {
    this.config = config
    this.tokenizer = tokenizer
    this.codec = codec
    if (painter !== undefined) this.painter = painter
    this.network = network
    const heads = {
      frame: async (asks) => {
        const codes = await network.frames(asks)
        asks.forEach((ask, i) => {
          ask.codes = codes[i]!
        })
      },
      sound: async (asks) => {
        const samples = await codec.push(asks)
        asks.forEach((ask, i) => {
          ask.samples = samples[i]!
        })
      },
      turn: async (asks) => {
        for (const ask of asks) ask.states = await network.turns(ask.hidden)
      },
      paint: async (asks) => {
        for (const ask of asks) ask.image = await painter?.paint(ask.codes)
      },
    } satisfies ConstructorParameters<typeof Scheduler>[1]
    this.scheduler = new Scheduler(network, heads, options)
  }

  static async load(runtime: Runtime, parts: EngineParts): Promise<OmniEngine> {
    const { config, params, image, quantized = true } = parts
    const threads = parts.threads === undefined ? {} : { threads: parts.threads }
    const network = await OmniNetwork.load(runtime, config, { params, quantized, ...threads })
    // The decoders stay in float32: their output is heard and seen, and they are small.
    const codec = await AudioCodec.load(runtime, { ...parts.codec, ...threads })
    const painter = image === undefined ? undefined : await Painter.load(runtime, { ...image, ...threads })
    return new OmniEngine(parts, { network, codec, painter })
  }

  /** Whether a picture decoder is loaded. */
  get canDraw(): boolean {
    return this.painter !== undefined
  }

  /** Steps taken so far; each reads at most one position of every conversation, and one chunk of a long input. */
  get steps(): number {
    return this.scheduler.steps
  }

  /** Conversations that have a slot and that wait for one, and bytes of their caches. */
  get load(): { readonly active: number; readonly waiting: number; readonly cacheBytes: number } {
    return { ...this.scheduler.load, cacheBytes: this.network.pool.bytes }
  }

  /** An empty sequence; `free` it. */
  newState(): OmniState {
    return new OmniState()
  }

  /** Another sequence that remembers what `state` does; `free` it. For tasks: between runs. */
  fork(state: OmniState): OmniState {
    const twin = new OmniState()
    this.network.pool.copy(state.cache, twin.cache)
    twin.hidden = state.hidden
    twin.logits = state.logits
    return twin
  }

  /** Gives a sequence's cache back. Not while something reads into it. */
  free(state: OmniState): void {
    this.network.pool.release(state.cache)
  }

  /** Adds a conversation; see `Scheduler.add`. */
  run(task: Task, options: { readonly priority: Priority; readonly onEnd: (error?: unknown) => void }): Job {
    return this.scheduler.add(task, options)
  }

  /** Reads `elements` after what `state` holds; gives their hidden rows [n, width]. Long inputs go in chunks. */
  feed(state: OmniState, elements: readonly Element[]): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      let hidden: Float32Array = new Float32Array(0)
      const task = (function* (): Task {
        hidden = yield* read(state, elements)
      })()
      const onEnd = (error?: unknown): void => (error === undefined ? resolve(hidden) : reject(error))
      this.run(task, { priority: 'chat', onEnd })
    })
  }

  /** Probabilities of `turnStates` for each hidden row of audio patches. */
  turns(hidden: Float32Array): Promise<Float32Array[]> {
    return this.network.turns(hidden)
  }

  /** Writes one answer after `state`, whose last position is the assistant token. Yields without `done`; returns why it ended. */
  async *answer(state: OmniState, options: AnswerOptions): AsyncGenerator<GenerateEvent, AnswerEnd, undefined> {
    const events = new Channel<GenerateEvent>()
    let end: AnswerEnd | undefined
    const answering = answer(this, state, { ...options, emit: (event) => events.push(event) })
    const task = (function* (): Task {
      end = yield* answering
    })()
    const job = this.run(task, { priority: 'chat', onEnd: (error) => events.end(error) })
    try {
      yield* events
    } finally {
      job.cancel()
    }
    return end!
  }

  /** Releases the compiled programs. Nothing may be running. */
  async dispose(): Promise<void> {
    await this.network.dispose()
    await this.codec.dispose()
    await this.painter?.dispose()
  }
}
