/** @file Rollouts: answers sampled from a model in training, on the decode path that serves people. */
import { type AnswerOptions, answer } from '../generate/answer.ts'
import { OmniNetwork } from '../generate/network.ts'
import { type Heads, Scheduler } from '../generate/scheduler.ts'
import { OmniState, read, type Task } from '../generate/task.ts'
import type { Tokenizer } from '../media/text/tokenizer.ts'
import type { Choice } from '../models/omni/choices.ts'
import { controlId, type OmniConfig } from '../models/omni/config.ts'
import type { Element } from '../models/omni/sequence.ts'
import type { ParamValues } from '../nn/params.ts'
import type { Runtime } from '../runtime/types.ts'
import { TonyError } from '../util/errors.ts'
import { makeRng } from '../util/rng.ts'
import type { Sample } from './samples.ts'

export interface RolloutOptions {
  /** `continue`: the prompt goes on as it stands, without a chat's control tokens. */
  readonly mode: AnswerOptions['mode']
  readonly temperature: number
  /** Texts before which an answer is cut off, and counts as ended. */
  readonly stop?: readonly string[]
  /** Most positions of an answer. */
  readonly maxPositions: number
}

/** A sampled answer. */
export interface Rollout extends Sample {
  /** Whether the model ended it; else it was cut off. */
  readonly ended: boolean
  /** What it says or writes. */
  readonly text: string
}

/** Samples answers from weights that change between calls. */
export class Sampler {
  private readonly network: OmniNetwork
  private readonly scheduler: Scheduler
  private readonly config: OmniConfig
  private readonly tokenizer: Tokenizer

  private constructor(network: OmniNetwork, tokenizer: Tokenizer) {
    this.network = network
    this.config = network.config
    this.tokenizer = tokenizer
    const silent = (): Promise<void> =>
      Promise.reject(new TonyError('invalid', 'rollout: answers are not decoded here'))
    const heads: Heads = {
      frame: async (asks) => {
        const codes = await network.frames(asks)
        asks.forEach((ask, i) => {
          ask.codes = codes[i]!
        })
      },
      sound: silent,
      turn: silent,
      paint: silent,
    }
    // Nobody waits for a single answer here: as many as possible go together, their prompts too.
    this.scheduler = new Scheduler(network, heads, { slots: 128, chunk: 4096 })
  }

  /** `params` is asked for at each run, so that a training step in between needs no new session. */
  static async load(
    runtime: Runtime,
    {
      config,
      tokenizer,
      params,
      threads,
    }: {
      readonly config: OmniConfig
      readonly tokenizer: Tokenizer
      readonly params: () => ParamValues
      readonly threads?: number
    },
  ): Promise<Sampler> {
    const how = { params, quantized: false, ...(threads === undefined ? {} : { threads }) }
    return new Sampler(await OmniNetwork.load(runtime, config, how), tokenizer)
  }

  /**
   * One answer to each prompt (its positions without `<|assistant|>`), from the whole distribution: no top-p, no top-k; temperature 0
   * always takes the likeliest.
   * The same seed gives the same answers.
   */
  async sample(
    prompts: readonly (readonly Element[])[],
    { seed, ...options }: RolloutOptions & { readonly seed: number },
  ): Promise<Rollout[]> {
    const out = new Array<Rollout>(prompts.length)
    await Promise.all(
      prompts.map(
        (prompt, i) =>
          new Promise<void>((resolve, reject) => {
            const task = this.answerTo(prompt, { ...options, seed: seed * 2 ** 20 + i }, (rollout) => {
              out[i] = rollout
            })
            this.scheduler.add(task, {
              priority: 'chat',
              onEnd: (error) => (error === undefined ? resolve() : reject(error)),
            })
          }),
      ),
    )
    return out
  }

  private *answerTo(
    prompt: readonly Element[],
    { mode, temperature, maxPositions, stop = [], seed }: RolloutOptions & { seed: number },
    done: (rollout: Rollout) => void,
  ): Task {
    const { config, tokenizer } = this
    const token = (name: Parameters<typeof controlId>[1]): Element => ({ kind: 'token', id: controlId(config, name) })
    const state = new OmniState()
    const elements: Element[] = []
    const choices: Choice[] = []
    let text = ''
    const options: AnswerOptions = {
      mode,
      mayDraw: false,
      maxPositions,
      temperature,
      topP: 1,
      audioTemperature: temperature,
      rng: makeRng(seed),
      stop,
      record: (element, choice) => {
        elements.push(element)
        choices.push(choice)
      },
    }
    const marks = mode === 'continue' ? [] : [token('<|assistant|>')]
    try {
      yield* read(state, [...prompt, ...marks])
      const emit = (event: { type: string; delta?: string }): void => {
        if (event.type === 'text') text += event.delta ?? ''
      }
      const { finishReason } = yield* answer({ config, tokenizer }, state, { ...options, emit })
      const asked = [...prompt, ...marks]
      if (mode !== 'continue') asked.push(token(`<|${mode}|>`))
      done({ prompt: asked, answer: elements, choices, ended: finishReason === 'stop', text })
    } finally {
      this.network.pool.release(state.cache)
    }
  }

  dispose(): Promise<void> {
    return this.network.dispose()
  }
}
