import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { codec, config, params, request, shape, tokenizer } from '../../../../test/helpers/tiny-omni.ts'
import type { RgbImage } from '../media/types.ts'
import { codecDecoder, codecEncoder } from '../models/codec.ts'
import { packWeights, unpackWeights } from '../models/omni/files.ts'
import { batchInputs, omniHidden, omniLoss } from '../models/omni/model.ts'
import { packBatch } from '../models/omni/pack.ts'
import { type Element, type HeardSound, SequenceBuilder } from '../models/omni/sequence.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { Trainer } from '../train/step.ts'
import { makeRng } from '../util/rng.ts'
import { answerChat } from './assistant.ts'
import { type EngineParts, OmniEngine } from './engine.ts'
import type { OmniNetwork } from './network.ts'
import { compileProgram } from './program.ts'
import type { GenerateEvent, GenerateRequest } from './types.ts'
import { openVoice } from './voice.ts'

// Compiling and training take seconds, and minutes on a machine that trains beside.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

/** A chat with every kind of position. */
function mixed(): Element[] {
  const rng = makeRng(3)
  const picture = (): RgbImage => ({
    width: 64,
    height: 64,
    data: Uint8Array.from({ length: 64 * 64 * 3 }, () => rng.int(256)),
  })
  const patch = (): Float32Array => Float32Array.from({ length: 640 }, () => rng.normal())
  return new SequenceBuilder(config, tokenizer)
    .control('<|user|>')
    .text('hi')
    .video([picture(), picture()])
    .image(picture())
    .audio([patch(), patch(), patch()], [{ turn: 3 }, { turn: 0 }, { turn: 2 }])
    .control('<|assistant|>')
    .control('<|speech|>', { weight: 0.2 })
    .speech(
      {
        words: [
          { text: 'yes', start: 0, end: 0.1 },
          { text: 'no', start: 0.1, end: 0.3 },
        ],
        codes: [
          [1, 2, 3, 4, 5, 6],
          [7, 8, 9, 10, 11, 12],
          [0, 999, 0, 999, 0, 999],
        ],
      },
      true,
    )
    .end(true).elements
}

/** An engine of starting values, unless others are given. */
const load = (options: Partial<EngineParts> = {}): Promise<OmniEngine> =>
  OmniEngine.load(nodeRuntime, {
    config,
    tokenizer,
    params: params((p) => omniLoss(p, config, shape)),
    codec: { config: codec, params: params((p) => [codecEncoder(p, codec), codecDecoder(p, codec)]) },
    threads: 1,
    ...options,
  })

let engine: OmniEngine
beforeAll(async () => {
  engine = await load({ quantized: false })
})
afterAll(() => engine.dispose())

async function collect(events: AsyncIterable<GenerateEvent>): Promise<GenerateEvent[]> {
  const out: GenerateEvent[] = []
  for await (const event of events) out.push(event)
  return out
}

const defaults = { audioTemperature: 0, maxPositions: 24, draft: true }

describe('the engine', () => {
  it('gives the same hidden rows for one prefill, for chunks and for single steps', async () => {
    const elements = mixed()
    const whole = await engine.feed(engine.newState(), elements)
    for (const size of [1, 3]) {
      const state = engine.newState()
      for (let i = 0, at = 0; i < elements.length; i += size) {
        const part = await engine.feed(state, elements.slice(i, i + size))
        part.forEach((value, k) => expect(Math.abs(value - whole[at + k]!)).toBeLessThan(1e-4))
        at += part.length
      }
    }
  })

  it('tells the words of sounds as training does', async () => {
    const rng = makeRng(11)
    const sound = (patches: number): Float32Array[] =>
      Array.from({ length: patches }, () => Float32Array.from({ length: 640 }, () => 2 * rng.normal()))
    // The first goes beyond a chunk, of which the next one hears the end again.
    const { elements } = new SequenceBuilder(config, tokenizer)
      .control('<|user|>')
      .audio(sound(70))
      .text('and')
      .audio(sound(9))
      .control('<|assistant|>')
    const room = { ...shape, batch: 1, time: 128, audio: 256 }
    const values = params((p) => omniLoss(p, config, shape))
    values['hear.word.bias']!.data.set([0, 0, 0, 0, 0, 0.3])
    let given = 0
    const { inputs } = packBatch(() => ({ elements: given++ === 0 ? elements : mixed().slice(0, 130) }), config, room)
    const training = await compileProgram(nodeRuntime, { name: 'training', params: values }, (p) => {
      const { hidden } = omniHidden(p, config, { inputs: batchInputs(config, room), shape: room })
      return { hidden }
    })
    const hidden = Array.from((await training.run(inputs))['hidden']!.data, Number).slice(0, elements.length * 64)
    await training.dispose()
    const hearing = await load({ params: values, quantized: false })
    const row = await hearing.feed(hearing.newState(), elements)
    const silent = await load({
      quantized: false,
      params: {
        ...values,
        'hear.word.bias': { ...values['hear.word.bias']!, data: Float32Array.of(0, 0, 0, 0, 0, 1e3) },
      },
    })
    const without = await silent.feed(silent.newState(), elements)
    const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))
    expect(apart(row, hidden)).toBeLessThan(1e-3)
    expect(apart(row, without)).toBeGreaterThan(0.1)
    await Promise.all([hearing.dispose(), silent.dispose()])
  })

  it('hears a sound the same whether it is there as a whole or arrives patch by patch', async () => {
    const rng = makeRng(9)
    const windows = Array.from({ length: 70 }, () =>
      Float32Array.from({ length: config.melWindow }, () => rng.normal()),
    )
    const heard = (sound: HeardSound, at: number): Element => ({ kind: 'mel', sound, at })
    const known = { windows }
    const whole = await engine.feed(
      engine.newState(),
      windows.map((_, at) => heard(known, at)),
    )
    const live: { windows: Float32Array[] } = { windows: [] }
    const state = engine.newState()
    // More than one chunk: the last patches are heard in the light of what the second begins with.
    for (const [at, window] of windows.entries()) {
      live.windows.push(window)
      const row = await engine.feed(state, [heard(live, at)])
      row.forEach((value, k) => expect(Math.abs(value - whole[at * row.length + k]!)).toBeLessThan(1e-3))
    }
  })

  it('hears more live sounds than it remembers the beginnings of', async () => {
    const rng = makeRng(10)
    const made = (): Float32Array[] =>
      Array.from({ length: 4 }, () => Float32Array.from({ length: config.melWindow }, () => rng.normal()))
    const lives = Array.from({ length: 34 }, () => ({ all: made(), windows: [] as Float32Array[] }))
    const states = lives.map(() => engine.newState())
    for (let at = 0; at < 4; at++) {
      for (const [i, live] of lives.entries()) {
        live.windows.push(live.all[at]!)
        const row = await engine.feed(states[i]!, [{ kind: 'mel', sound: live, at }])
        if (at < 3) continue
        const state = engine.newState()
        const whole = { windows: live.all }
        const rows = await engine.feed(
          state,
          live.all.map((_, k): Element => ({ kind: 'mel', sound: whole, at: k })),
        )
        engine.free(state)
        row.forEach((value, k) => expect(Math.abs(value - rows[3 * row.length + k]!)).toBeLessThan(1e-3))
      }
    }
    for (const state of states) engine.free(state)
  })

  it('grows its cache and forgets what is rolled back', async () => {
    const state = engine.newState()
    const elements: Element[] = Array.from({ length: 150 }, (_, i) => ({ kind: 'token', id: i % 200 }))
    const first = await engine.feed(state, elements)
    state.cache.length = 100
    const again = await engine.feed(state, elements.slice(100))
    again.forEach((value, k) => expect(Math.abs(value - first[100 * 64 + k]!)).toBeLessThan(1e-4))
    await expect(engine.feed(state, [...elements, ...elements, ...elements])).rejects.toThrow(/context holds 512/)
    expect(engine.load.cacheBytes).toBeGreaterThan(0)
    engine.free(state)
  })

  it('answers in text and in speech, the same for the same seed', async () => {
    const request = {
      model: 'm',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] } as const],
      temperature: 1,
      seed: 4,
    }
    const a = await collect(answerChat(engine, { ...request, modalities: ['text', 'audio'] }, { defaults }))
    const b = await collect(answerChat(engine, { ...request, modalities: ['text', 'audio'] }, { defaults }))
    expect(a).toEqual(b)
    expect(a.at(-1)!.type).toBe('done')
    const spoken = (draft: boolean): Promise<GenerateEvent[]> =>
      collect(answerChat(engine, { ...request, modalities: ['text', 'audio'] }, { defaults: { ...defaults, draft } }))
    expect(await spoken(true)).toEqual(a)
    expect(await spoken(false)).not.toEqual(a)
    const text = await collect(answerChat(engine, request, { defaults }))
    expect(text.every((event) => event.type === 'text' || event.type === 'done')).toBe(true)
  })

  it('writes the same with one beam as without, beside others, and gives back what it searched with', async () => {
    const ask = (more: Partial<GenerateRequest> = {}): Promise<GenerateEvent[]> =>
      collect(answerChat(engine, request(40, { maxTokens: 24, ...more }), { defaults }))
    const text = (events: readonly GenerateEvent[]): string =>
      events.map((event) => (event.type === 'text' ? event.delta : '')).join('')
    const { pool } = (engine as unknown as { network: OmniNetwork }).network
    const held = pool.used
    const [plain, one, four, other] = await Promise.all([ask(), ask({ beams: 1 }), ask({ beams: 4 }), ask()])
    expect(text(one!)).toBe(text(plain!))
    expect(text(other!)).toBe(text(plain!))
    expect(text(await ask({ beams: 4 }))).toBe(text(four!))
    const mean = async (beams: number): Promise<number> => {
      const tokens = (await ask({ beams, topLogprobs: 0 })).flatMap((e) => (e.type === 'text' ? (e.tokens ?? []) : []))
      return tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length
    }
    expect(await mean(4)).toBeGreaterThanOrEqual((await mean(1)) - 1e-4)
    expect(pool.used).toBe(held)
  })

  it.each([
    [{ beams: 0 }, /whole number from 1 to 16/],
    [{ beams: 2, temperature: 0.5 }, /leave out temperature/],
    [{ beams: 2, presencePenalty: 1 }, /leave out temperature/],
    [{ beams: 2, modalities: ['text', 'audio'] }, /leave out temperature, penalties and audio/],
  ] as const)('refuses a search for a text with %j', async (more, message) => {
    await expect(collect(answerChat(engine, request(5, more), { defaults }))).rejects.toThrow(message)
  })

  it('refuses a chat that is longer than its context before reading it', async () => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'x '.repeat(600) }] } as const]
    await expect(collect(answerChat(engine, { model: 'm', messages }, { defaults }))).rejects.toThrow(
      /needs 120\d positions/,
    )
  })

  it('stops within one step when aborted', async () => {
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined }
    const events = answerChat(
      engine,
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }], temperature: 1 },
      { defaults: { ...defaults, maxPositions: 200 }, signal },
    )
    signal.aborted = true
    await expect(collect(events)).rejects.toThrow(/cancelled/)
  })

  it('forgets a silence before anybody speaks, but for its end', async () => {
    const state = engine.newState()
    const states = vi.spyOn(engine, 'newState').mockReturnValueOnce(state)
    const { network } = engine as unknown as { network: OmniNetwork }
    const heard = vi.spyOn(network, 'turns').mockResolvedValue([Float32Array.of(0, 0, 0, 1)])
    const session = openVoice(engine, { model: 'm', threshold: 2, maxSilenceMs: 1e9 }, { defaults })
    session.append(new Float32Array(12 * 16_000))
    let longest = 0
    await vi.waitFor(
      () => {
        longest = Math.max(longest, state.cache.length)
        expect(heard.mock.calls.length).toBe(150)
      },
      { timeout: 60_000, interval: 5 },
    )
    await session.close()
    states.mockRestore()
    heard.mockRestore()
    expect(longest).toBeGreaterThan(4)
    expect(longest).toBeLessThan(16)
  })

  it('hears a live voice, ends the turn on request and answers', async () => {
    const session = openVoice(engine, { model: 'm', threshold: 2, maxSilenceMs: 1e9 }, { defaults })
    session.append(Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i / 9)))
    await session.close()
    for await (const event of session.events)
      expect(['speech-started', 'turn-ended', 'response-started', 'response', 'response-cancelled']).toContain(
        event.type,
      )
  })
})

describe('8-bit weights', () => {
  it('give nearly the logits of float32 ones', async () => {
    const eight = await load({ quantized: true })
    const rms = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length)
    const difference = async (elements: readonly Element[]): Promise<number> => {
      const logits = async (of: OmniEngine): Promise<Float32Array> => {
        const state = of.newState()
        await of.feed(state, elements)
        return state.logits
      }
      const [a, b] = [await logits(engine), await logits(eight)]
      return rms(a.map((v, i) => v - b[i]!)) / rms(a)
    }
    // Two roundings to 8 bits in each product, of weights and of activations; a picture has passed four blocks more.
    const elements = mixed()
    expect(await difference(elements.filter(({ kind }) => kind !== 'pixels'))).toBeLessThan(0.03)
    expect(await difference(elements)).toBeLessThan(0.05)
    await eight.dispose()
  })
})

describe('packed training batches', () => {
  it('train to the same hidden states that decoding gives: the loss of a memorised chat falls to nearly zero', async () => {
    const trainer = await Trainer.create(nodeRuntime, (p) => omniLoss(p, config, shape), { seed: 1, threads: 1 })
    const { inputs, used } = packBatch(() => ({ elements: mixed() }), config, shape)
    expect(used).toBeGreaterThan(0)
    let loss = Number.POSITIVE_INFINITY
    for (let i = 0; i < 80; i++) loss = (await trainer.run(inputs, 5e-3)).loss
    expect(loss).toBeLessThan(0.5)
    const { params: weights } = trainer.state()
    const elements = mixed()
    const prompt = elements.slice(
      0,
      elements.findIndex((e) => e.kind === 'token' && e.predict === 'control'),
    )
    // Decoding goes through other programs than training did, and on 8-bit weights: what was memorised must come out.
    for (const quantized of [false, true]) {
      const trained = await load({ params: weights, quantized })
      const state = trained.newState()
      await trained.feed(state, prompt)
      const events: GenerateEvent[] = []
      const answer = trained.answer(state, {
        mode: 'speech',
        mayDraw: false,
        maxPositions: 40,
        temperature: 0,
        topP: 1,
        audioTemperature: 0,
        rng: makeRng(1),
      })
      for await (const event of answer) events.push(event)
      expect(events.map((event) => (event.type === 'text' ? event.delta : '')).join('')).toBe('yes no')
      expect(events.filter(({ type }) => type === 'audio')).toHaveLength(3)
      await trained.dispose()
    }
    await trainer.dispose()
  })
})

describe('published weights', () => {
  it('come back within half a scale', () => {
    const values = params((p) => omniLoss(p, config, shape))
    const { params: back, metadata } = unpackWeights(packWeights(values, { step: '3' }), 'test')
    expect(metadata['step']).toBe('3')
    for (const [name, { data, shape: dims }] of Object.entries(values)) {
      const width = dims.at(-1)!
      const top = new Float32Array(width)
      data.forEach((v, i) => {
        top[i % width] = Math.max(top[i % width]!, Math.abs(v))
      })
      const worst = back[name]!.data.findIndex((v, i) => Math.abs(v - data[i]!) > top[i % width]! / 254 + 1e-7)
      expect([name, worst]).toEqual([name, -1])
    }
  })
  it('say so when they are cut off', () => {
    const bytes = packWeights(
      params((p) => codecEncoder(p, codec)),
      {},
    )
    expect(() => unpackWeights(bytes.subarray(0, bytes.length / 2), 'model.safetensors')).toThrow(
      /model.safetensors.*truncated/,
    )
    expect(() => unpackWeights(new Uint8Array(3), 'model.safetensors')).toThrow(/truncated/)
  })
})
