/** @file Rollouts: answers sampled from a model in training, on the decode path that serves people. */
import { type AnswerOptions, answer } from '../generate/answer.ts'
import { OmniNetwork } from '../generate/network.ts'
import { compileProgram } from '../generate/program.ts'
import { type Heads, Scheduler } from '../generate/scheduler.ts'
import { OmniState, read, type Task } from '../generate/task.ts'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import type { Tokenizer } from '../media/text/tokenizer.ts'
import type { Choice } from '../models/omni/choices.ts'
import { controlId, type OmniConfig } from '../models/omni/config.ts'
import { depthLogits } from '../models/omni/model.ts'
import type { Element } from '../models/omni/sequence.ts'
import type { ParamScope, ParamValues } from '../nn/params.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { hostScalar, hostTensor } from '../tensor/host.ts'
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
  /** Log-probability in nats that each action had when it was chosen; of a frame, with all its codes. */
  readonly logprobs: Float32Array
}

/** A frame whose codes are still to be scored: the hidden state [width] that it was chosen at. */
interface SpokenFrame {
  readonly hidden: Float32Array
  readonly codes: ArrayLike<number>
  /** Where its log-probability belongs. */
  readonly logprobs: Float32Array
  readonly at: number
}

/** Samples answers from weights that change between calls. */
export class Sampler {
  private readonly network: OmniNetwork
  private readonly scheduler: Scheduler
  private readonly config: OmniConfig
  private readonly tokenizer: Tokenizer
  private readonly openScorer: () => Promise<Session>
  /** Made when the first frame is spoken. */
  private scorer: Promise<Session> | undefined

  private constructor(network: OmniNetwork, tokenizer: Tokenizer, openScorer: () => Promise<Session>) {
    this.network = network
    this.openScorer = openScorer
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
    const openScorer = (): Promise<Session> =>
      compileProgram(runtime, { name: 'rollout', ...how }, (p) => ({ logprobs: frameLogprobs(p, config) }))
    return new Sampler(await OmniNetwork.load(runtime, config, how), tokenizer, openScorer)
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
    const frames: SpokenFrame[] = []
    await Promise.all(
      prompts.map(
        (prompt, i) =>
          new Promise<void>((resolve, reject) => {
            const task = this.answerTo(prompt, { ...options, seed: seed * 2 ** 20 + i }, (rollout, spoken) => {
              out[i] = rollout
              frames.push(...spoken)
            })
            this.scheduler.add(task, {
              priority: 'chat',
              onEnd: (error) => (error === undefined ? resolve() : reject(error)),
            })
          }),
      ),
    )
    // What is certain has probability 1.
    if (options.temperature > 0) await this.scoreFrames(frames, options.temperature)
    return out
  }

  /** Adds the log-probabilities of their codes to those of their frames. */
  private async scoreFrames(frames: readonly SpokenFrame[], temperature: number): Promise<void> {
    if (frames.length === 0) return
    this.scorer ??= this.openScorer()
    const session = await this.scorer
    const { audioCodes, block } = this.config
    for (let from = 0; from < frames.length; from += SCORED) {
      const hidden = new Float32Array(SCORED * block.width)
      const codes = new Int32Array(audioCodes * SCORED)
      const some = frames.slice(from, from + SCORED)
      some.forEach((frame, i) => {
        hidden.set(frame.hidden, i * block.width)
        for (let k = 0; k < audioCodes; k++) codes[k * SCORED + i] = frame.codes[k]!
      })
      const made = await session.run({
        hidden: hostTensor('float32', [SCORED, block.width], hidden),
        codes: hostTensor('int32', [audioCodes * SCORED], codes),
        temperature: hostScalar(temperature),
      })
      some.forEach(({ logprobs, at }, i) => {
        logprobs[at]! += made['logprobs']!.data[i] as number
      })
    }
  }

  private *answerTo(
    prompt: readonly Element[],
    { mode, temperature, maxPositions, stop = [], seed }: RolloutOptions & { seed: number },
    done: (rollout: Rollout, spoken: readonly SpokenFrame[]) => void,
  ): Task {
    const { config, tokenizer } = this
    const token = (name: Parameters<typeof controlId>[1]): Element => ({ kind: 'token', id: controlId(config, name) })
    const state = new OmniState()
    const elements: Element[] = []
    const choices: Choice[] = []
    const logprobs = new Float32Array(maxPositions)
    const spoken: SpokenFrame[] = []
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
      record: (element, choice, logprob) => {
        const at = elements.length
        logprobs[at] = logprob
        if (element.kind === 'frame') spoken.push({ hidden: state.hidden, codes: element.codes, logprobs, at })
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
      const ended = finishReason === 'stop'
      const known = logprobs.subarray(0, elements.length)
      done({ prompt: asked, answer: elements, choices, ended, text, logprobs: known }, spoken)
    } finally {
      this.network.pool.release(state.cache)
    }
  }

  async dispose(): Promise<void> {
    await this.network.dispose()
    await (await this.scorer)?.dispose()
  }
}

/** Frames that are scored in one run. */
const SCORED = 64

/** Log-probabilities [frames] of the codes of frames, from the hidden states that they were chosen at. */
function frameLogprobs(p: ParamScope, config: OmniConfig): Tensor {
  const { audioCodes, block } = config
  const rows = audioCodes * SCORED
  const hidden = t.input('hidden', 'float32', [SCORED, block.width])
  const codes = t.cast(t.input('codes', 'int32', [rows]), 'int64')
  const logits = depthLogits(p.at('depth'), hidden, codes, config)
  const all = t.logSoftmax(t.div(logits, t.input('temperature', 'float32', [])))
  const said = t.reshape(t.takeAlong(all, t.reshape(codes, [rows, 1])), [audioCodes, SCORED])
  return t.reduceSum(said, { axes: [0] })
}
