/** @file The omni model at work: positions in, text, sound and pictures out, one step at a time. */

import type { Tokenizer } from '../media/text/tokenizer.ts'
import type { RgbImage } from '../media/types.ts'
import type { CodecConfig } from '../models/codec.ts'
import { type ImageTokenizerConfig, imageDecoder } from '../models/image-tokenizer.ts'
import { controlId, imageCodeId, type OmniConfig, turnStates } from '../models/omni/config.ts'
import { omniDecode, omniParts } from '../models/omni/model.ts'
import type { Element } from '../models/omni/sequence.ts'
import { fsqCodeCoordinates } from '../nn/fsq.ts'
import type { ParamValues } from '../nn/params.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { hostFloat, hostInt, hostTensor } from '../tensor/host.ts'
import type { AbortLike } from '../util/abort.ts'
import { TonyError } from '../util/errors.ts'
import type { Rng } from '../util/rng.ts'
import { AudioCodec } from './codec.ts'
import { KvCache } from './kv-cache.ts'
import { compileProgram } from './program.ts'
import { sampleToken } from './sampler.ts'
import type { GenerateEvent } from './types.ts'

/** A loaded model: weights, tokenizer and the two decoders. */
export interface EngineParts {
  readonly config: OmniConfig
  readonly params: ParamValues
  readonly tokenizer: Tokenizer
  readonly codec: { readonly config: CodecConfig; readonly params: ParamValues }
  /** Absent: the model cannot draw. */
  readonly image?: { readonly config: ImageTokenizerConfig; readonly params: ParamValues }
  readonly threads?: number
}

export interface AnswerOptions {
  readonly mode: 'text' | 'speech'
  /** Whether the model may answer with a picture. */
  readonly mayDraw: boolean
  readonly maxPositions: number
  readonly temperature: number
  readonly topP: number
  /** Of the codes of speech. */
  readonly audioTemperature: number
  readonly rng: Rng
  readonly stop?: readonly string[]
  readonly signal?: AbortLike
}

/** What one sequence remembers. Setting `cache.length` back forgets its last positions. */
export interface OmniState {
  readonly cache: KvCache
  /** Hidden row of the last position. */
  hidden: Float32Array
}

const PREFILL_CHUNK = 128
/** Guards of speech (MODEL.md, "Speaking"): frames before the next word may begin, and frames without a new word. */
const MIN_FRAMES = 2
const MAX_FRAMES = 25

/** Runs the omni model. Not for several callers at once: one `feed` or `answer` step at a time. */
export class OmniEngine {
  readonly config: OmniConfig
  readonly tokenizer: Tokenizer
  readonly codec: AudioCodec
  private readonly sessions: Readonly<
    Record<'core' | 'tokens' | 'audio' | 'image' | 'frame' | 'logits' | 'turn' | 'depth', Session>
  >
  private readonly painter: { readonly session: Session; readonly config: ImageTokenizerConfig } | undefined

  private constructor(
    parts: EngineParts,
    sessions: OmniEngine['sessions'],
    { codec, painter }: { codec: AudioCodec; painter: OmniEngine['painter'] },
  ) {
    this.config = parts.config
    this.tokenizer = parts.tokenizer
    this.sessions = sessions
    this.codec = codec
    this.painter = painter
  }

  static async load(runtime: Runtime, parts: EngineParts): Promise<OmniEngine> {
    const { config, params } = parts
    const threads = parts.threads === undefined ? {} : { threads: parts.threads }
    const compile = (name: string, build: Parameters<typeof compileProgram>[2]): Promise<Session> =>
      compileProgram(runtime, { name, params, ...threads }, build)
    const sessions = {
      core: await compile('omni', (p) => omniDecode(p, config)),
      tokens: await compile('omni-tokens', (p) => ({ rows: omniParts.tokens(p, config) })),
      audio: await compile('omni-audio', (p) => ({ rows: omniParts.audio(p, config) })),
      image: await compile('omni-image', (p) => ({ rows: omniParts.image(p, config) })),
      frame: await compile('omni-frame', (p) => ({ rows: omniParts.frame(p, config) })),
      logits: await compile('omni-logits', (p) => ({ logits: omniParts.logits(p, config) })),
      turn: await compile('omni-turn', (p) => ({ logits: omniParts.turn(p, config) })),
      depth: await compile('omni-depth', (p) => ({ codes: omniParts.depth(p, config).codes })),
    }
    const codec = await AudioCodec.load(runtime, { ...parts.codec, ...threads })
    const painter =
      parts.image === undefined
        ? undefined
        : {
            config: parts.image.config,
            session: await compileProgram(
              runtime,
              { name: 'image-decoder', params: parts.image.params, ...threads },
              (p) => ({ patches: imageDecoder(p, parts.image!.config) }),
            ),
          }
    return new OmniEngine(parts, sessions, { codec, painter })
  }

  /** Whether a picture decoder is loaded. */
  get canDraw(): boolean {
    return this.painter !== undefined
  }

  newState(): OmniState {
    return {
      cache: new KvCache(this.config.block, this.config.contextLength),
      hidden: new Float32Array(this.config.block.width),
    }
  }

  /** Rows [n, width] of `elements`, embedded kind by kind. */
  private async embed(elements: readonly Element[]): Promise<Float32Array> {
    const { width } = this.config.block
    const { config } = this
    const marker = {
      mel: controlId(config, '<|audio|>'),
      pixels: controlId(config, '<|image|>'),
      frame: controlId(config, '<|frame|>'),
    }
    const ids = Int32Array.from(elements, (e) => (e.kind === 'token' ? e.id : marker[e.kind]))
    const out = new Float32Array(
      (await this.sessions.tokens.run({ tokens: hostInt([ids.length], ids) }))['rows']!.data as Float32Array,
    )
    const addRows = async (
      kind: 'mel' | 'pixels' | 'frame',
      run: (found: Element[]) => Promise<Float32Array>,
    ): Promise<void> => {
      const at = elements.flatMap((e, i) => (e.kind === kind ? [i] : []))
      if (at.length === 0) return
      const rows = await run(at.map((i) => elements[i]!))
      at.forEach((position, i) => {
        for (let c = 0; c < width; c++) out[position * width + c]! += rows[i * width + c]!
      })
    }
    const stack = (rows: readonly ArrayLike<number>[], size: number): Float32Array => {
      const all = new Float32Array(rows.length * size)
      rows.forEach((row, i) => all.set(row, i * size))
      return all
    }
    await addRows('mel', async (found) => {
      const mel = stack(
        found.map((e) => (e as Element & { kind: 'mel' }).patch),
        config.melPatch,
      )
      return (await this.sessions.audio.run({ mel: hostFloat([found.length, config.melPatch], mel) }))['rows']!
        .data as Float32Array
    })
    await addRows('pixels', async (found) => {
      const parts = found as (Element & { kind: 'pixels' })[]
      const pixels = stack(
        parts.map((e) => e.patch),
        config.pixelPatch,
      )
      const place = Int32Array.from(parts, (e) => e.place)
      return (
        await this.sessions.image.run({
          pixels: hostFloat([found.length, config.pixelPatch], pixels),
          place: hostInt([found.length], place),
        })
      )['rows']!.data as Float32Array
    })
    await addRows('frame', async (found) => {
      const dims = config.audioCodes * config.audioLevels.length
      const rows = (found as (Element & { kind: 'frame' })[]).map((e) =>
        Array.from(e.codes).flatMap((code) => fsqCodeCoordinates(code, config.audioLevels)),
      )
      return (await this.sessions.frame.run({ frames: hostFloat([found.length, dims], stack(rows, dims)) }))['rows']!
        .data as Float32Array
    })
    return out
  }

  /** Reads `elements` after what `state` holds; gives their hidden rows [n, width]. Long inputs go in chunks. */
  async feed(state: OmniState, elements: readonly Element[]): Promise<Float32Array> {
    const { width } = this.config.block
    const hidden = new Float32Array(elements.length * width)
    for (let from = 0; from < elements.length; from += PREFILL_CHUNK) {
      const chunk = elements.slice(from, from + PREFILL_CHUNK)
      const time = chunk.length
      const feeds = state.cache.feeds(time)
      const x = hostTensor('float32', [1, time, width], await this.embed(chunk))
      const out = await this.sessions.core.run({ ...feeds, x })
      state.cache.append(out, time)
      hidden.set(out['hidden']!.data as Float32Array, from * width)
    }
    if (elements.length > 0) state.hidden = hidden.slice((elements.length - 1) * width)
    return hidden
  }

  /** Probabilities of `turnStates` for each hidden row of audio patches. */
  async turns(hidden: Float32Array): Promise<Float32Array[]> {
    const n = hidden.length / this.config.block.width
    const logits = (await this.sessions.turn.run({ hidden: hostFloat([n, this.config.block.width], hidden) }))[
      'logits'
    ]!.data as Float32Array
    return Array.from({ length: n }, (_, i) => {
      const row = logits.slice(i * turnStates.length, (i + 1) * turnStates.length)
      const top = Math.max(...row)
      const e = row.map((v) => Math.exp(v - top))
      const sum = e.reduce((a, b) => a + b)
      return e.map((v) => v / sum)
    })
  }

  private async logits(state: OmniState): Promise<Float32Array> {
    const out = await this.sessions.logits.run({ hidden: hostFloat([1, this.config.block.width], state.hidden) })
    return out['logits']!.data as Float32Array
  }

  private async depth(hidden: Float32Array, temperature: number, rng: Rng): Promise<Int32Array> {
    const { audioCodes, audioCodebook } = this.config
    const noise = new Float32Array(audioCodes * audioCodebook)
    if (temperature > 0)
      for (let i = 0; i < noise.length; i++) noise[i] = -Math.log(-Math.log(rng.next() + 1e-12) + 1e-12) * temperature
    const out = await this.sessions.depth.run({
      hidden: hostFloat([1, hidden.length], hidden),
      noise: hostFloat([audioCodes, audioCodebook], noise),
    })
    return out['codes']!.data as Int32Array
  }

  /** Writes one answer after `state`, whose last position is the assistant token. Yields without `done`; returns why it ended. */
  async *answer(
    state: OmniState,
    options: AnswerOptions,
  ): AsyncGenerator<GenerateEvent, { finishReason: 'stop' | 'length'; text: number; audio: number; image: number }> {
    const { config } = this
    const used = { text: 0, audio: 0, image: 0 }
    const id = (token: Parameters<typeof controlId>[1]): number => controlId(config, token)
    const token = (value: number): Element => ({ kind: 'token', id: value })
    const first = await this.logits(state)
    // The model itself says whether a picture is wanted; the caller decides between writing and speaking.
    const draws =
      options.mayDraw &&
      this.painter !== undefined &&
      first[id('<|draw|>')]! > Math.max(first[id('<|text|>')]!, first[id('<|speech|>')]!)
    if (draws) {
      await this.feed(state, [token(id('<|draw|>'))])
      const codes = yield* this.draw(state, options)
      return { finishReason: 'stop', ...used, image: codes }
    }
    await this.feed(state, [token(id(options.mode === 'speech' ? '<|speech|>' : '<|text|>'))])
    const speech = options.mode === 'speech' ? this.codec.stream() : undefined
    const decoder = this.tokenizer.streamDecoder()
    const stop = options.stop ?? []
    const held = Math.max(0, ...stop.map((s) => s.length - 1))
    let text = ''
    let sent = 0
    let framesSinceWord = MIN_FRAMES
    let wordsAhead = 0
    const flush = (all: boolean): GenerateEvent[] => {
      const end = all ? text.length : Math.max(sent, text.length - held)
      if (end <= sent) return []
      const delta = text.slice(sent, end)
      sent = end
      return [{ type: 'text', delta }]
    }
    for (let n = 0; n < options.maxPositions; n++) {
      if (options.signal?.aborted === true) throw new TonyError('aborted', 'the answer was cancelled')
      const logits = await this.logits(state)
      const allowed = (candidate: number): boolean => {
        if (candidate === id('<|end|>'))
          return speech === undefined || framesSinceWord >= MIN_FRAMES || wordsAhead === 0
        if (candidate === id('<|frame|>')) return speech !== undefined && wordsAhead > 0 && framesSinceWord < MAX_FRAMES
        return candidate < config.textVocab && candidate < this.tokenizer.vocabSize
      }
      const chosen = sampleToken(logits, options, { allowed, rng: options.rng })
      if (chosen === id('<|end|>')) {
        text += decoder.end()
        yield* flush(true)
        return { finishReason: 'stop', ...used }
      }
      if (chosen === id('<|frame|>')) {
        const codes = await this.depth(state.hidden, options.audioTemperature, options.rng)
        await this.feed(state, [{ kind: 'frame', codes, predict: false }])
        framesSinceWord++
        used.audio++
        yield { type: 'audio', samples: await speech!.push([codes]) }
        continue
      }
      await this.feed(state, [token(chosen)])
      used.text++
      framesSinceWord = 0
      wordsAhead++
      text += decoder.push(chosen)
      const cut = stop.map((s) => text.indexOf(s)).filter((at) => at >= 0)
      if (cut.length > 0) {
        text = text.slice(0, Math.min(...cut))
        yield* flush(true)
        return { finishReason: 'stop', ...used }
      }
      yield* flush(false)
    }
    text += decoder.end()
    yield* flush(true)
    return { finishReason: 'length', ...used }
  }

  private async *draw(state: OmniState, options: AnswerOptions): AsyncGenerator<GenerateEvent, number> {
    const { session, config: shape } = this.painter!
    const codes: number[] = []
    const base = imageCodeId(this.config, 0)
    const total = shape.coarse + shape.fine
    while (codes.length < total) {
      if (options.signal?.aborted === true) throw new TonyError('aborted', 'the answer was cancelled')
      const chosen = sampleToken(await this.logits(state), options, {
        allowed: (c) => c >= base && c < base + this.config.imageCodes,
        rng: options.rng,
      })
      codes.push(chosen - base)
      await this.feed(state, [{ kind: 'token', id: chosen }])
      if (codes.length === shape.coarse || codes.length === total) {
        const dims = shape.levels.length
        const coordinates = new Float32Array(total * dims)
        codes.forEach((code, i) => coordinates.set(fsqCodeCoordinates(code, shape.levels), i * dims))
        const out = await session.run({ coordinates: hostFloat([total, dims], coordinates) })
        yield { type: 'image', image: fromPatches(out['patches']!.data as Float32Array), preview: codes.length < total }
      }
    }
    return total
  }
}

/** A 64×64 picture from 64 rows of 192 values in [-1, 1]. */
export function fromPatches(patches: Float32Array): RgbImage {
  const data = new Uint8Array(64 * 64 * 3)
  for (let p = 0; p < 64; p++) {
    for (let row = 0; row < 8; row++) {
      const to = (((p >> 3) * 8 + row) * 64 + (p & 7) * 8) * 3
      for (let i = 0; i < 24; i++)
        data[to + i] = Math.max(0, Math.min(255, Math.round((patches[p * 192 + row * 24 + i]! + 1) * 127.5)))
    }
  }
  return { width: 64, height: 64, data }
}
