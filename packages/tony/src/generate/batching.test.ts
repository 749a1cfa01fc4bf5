import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ask, defaults, nextTurn, parts, request } from '../../../../test/helpers/tiny-omni.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { OmniEngine } from './engine.ts'
import type { Job } from './job.ts'
import type { RunReport } from './scheduler.ts'
import type { GenerateEvent, GenerateRequest, VoiceEvent } from './types.ts'
import { openVoice } from './voice.ts'

// Some hundred steps of the network take seconds, and minutes on a machine that trains beside.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

/** Prompts from 3 to 400 bytes (pages hold 64), answers of 15 to 90 positions, every other one spoken. */
const requests = (options: Partial<GenerateRequest> = {}): GenerateRequest[] =>
  [3, 61, 64, 130, 20, 400, 63, 200, 7, 90].map((length, i) =>
    request(length, {
      maxTokens: 15 + 25 * (i % 4),
      seed: i + 1,
      modalities: i % 2 === 0 ? ['text', 'audio'] : ['text'],
      ...options,
    }),
  )

/** Waits until the engine has taken `count` more steps. */
async function steps(engine: OmniEngine, count: number): Promise<void> {
  const until = engine.steps + count
  while (engine.steps < until && engine.load.active + engine.load.waiting > 0) await nextTurn()
}

/** Waits until `done`: what is cancelled during a run ends after it, some turns of the event loop later. */
async function soon(done: () => boolean): Promise<boolean> {
  for (let i = 0; i < 50 && !done(); i++) await nextTurn()
  return done()
}

const sounds = (events: readonly GenerateEvent[]): number => events.filter(({ type }) => type === 'audio').length
const words = (events: readonly GenerateEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.delta : '')).join('')

describe.each([
  ['float32', false],
  ['8-bit', true],
])('with %s weights', (_, quantized) => {
  const reports: RunReport[] = []
  let engine: OmniEngine
  beforeAll(async () => {
    const onRun = (report: RunReport): void => void reports.push(report)
    engine = await OmniEngine.load(nodeRuntime, { ...parts(), quantized, slots: 8, onRun })
  })
  afterAll(() => engine.dispose())

  const alone = async (all: readonly GenerateRequest[], audioTemperature = 0): Promise<GenerateEvent[][]> => {
    const out: GenerateEvent[][] = []
    for (const one of all) out.push(await ask(engine, one, { audioTemperature }))
    return out
  }
  /** Each joins two steps after the one before it. */
  const together = async (all: readonly GenerateRequest[], audioTemperature = 0): Promise<GenerateEvent[][]> => {
    const answers: Promise<GenerateEvent[]>[] = []
    for (const one of all) {
      answers.push(ask(engine, one, { audioTemperature }))
      await steps(engine, 2)
    }
    return Promise.all(answers)
  }

  it('gives ragged conversations, which join and leave in mid-flight, exactly what each gets alone', async () => {
    const expected = await alone(requests())
    reports.length = 0
    const made = await together(requests())
    expect(made).toEqual(expected)
    // That the test sees something: varied text, sound, and runs of many conversations.
    expect(new Set(made.map(words)).size).toBe(made.length)
    expect(made.reduce((sum, events) => sum + sounds(events), 0)).toBeGreaterThan(20)
    expect(Math.max(...reports.map(({ jobs }) => jobs.length))).toBeGreaterThanOrEqual(6)
    const whole = expected.reduce((sum, events) => {
      const last = events.at(-1)!
      return sum + (last.type === 'done' ? last.usage.completionTokens : 0)
    }, 0)
    expect(reports.filter(({ kind }) => kind === 'step').length).toBeLessThan(0.5 * whole)
    expect(engine.load).toEqual({ active: 0, waiting: 0, cacheBytes: 0 })
  })

  it('draws the same from a seed alone and in company', async () => {
    const drawn = { temperature: 1, topP: 0.95 }
    const expected = await alone(requests(drawn), 0.5)
    expect(await together(requests(drawn), 0.5)).toEqual(expected)
    expect(expected).not.toEqual(await alone(requests({ ...drawn, seed: 99 }), 0.5))
  })

  it('goes on undisturbed when others leave', async () => {
    const expected = await alone(requests().slice(0, 3))
    const controllers = Array.from({ length: 4 }, () => new AbortController())
    const leaving = controllers.map(({ signal }, i) =>
      ask(engine, request(90 + 70 * i, { maxTokens: 200 }), { signal }).then(
        () => 'finished',
        (error: Error) => error.message,
      ),
    )
    await steps(engine, 3)
    const staying = requests()
      .slice(0, 3)
      .map((one) => ask(engine, one))
    for (const controller of controllers) {
      await steps(engine, 3)
      const { active } = engine.load
      const at = engine.steps
      controller.abort()
      expect(await soon(() => engine.load.active === active - 1)).toBe(true)
      expect(engine.steps - at).toBeLessThanOrEqual(1)
    }
    expect(await Promise.all(staying)).toEqual(expected)
    expect(await Promise.all(leaving)).toEqual(new Array(4).fill('the answer was cancelled'))
    expect(engine.load).toEqual({ active: 0, waiting: 0, cacheBytes: 0 })
  })
})

describe('a live voice', () => {
  const reports: RunReport[] = []
  let engine: OmniEngine
  beforeAll(async () => {
    const onRun = (report: RunReport): void => void reports.push(report)
    engine = await OmniEngine.load(nodeRuntime, { ...parts(), quantized: false, onRun })
  })
  afterAll(() => engine.dispose())
  const isLive = ({ priority }: Job): boolean => priority === 'live'
  const tone = (patches: number): Float32Array =>
    Float32Array.from({ length: 1280 * patches }, (_, i) => Math.sin(i / 9) * 0.1)

  /** Eight chats, of which four are still reading long prompts. */
  const background = (): { stop: () => Promise<unknown> } => {
    const controller = new AbortController()
    const chats = Array.from({ length: 8 }, (_, i) =>
      ask(engine, request(i % 2 === 0 ? 10 + i : 320 + i, { maxTokens: 150 }), { signal: controller.signal }).catch(
        () => undefined,
      ),
    )
    return {
      stop: () => {
        controller.abort()
        return Promise.all(chats)
      },
    }
  }

  it('is read in the very next step although eight chats are under way', async () => {
    const chats = background()
    const voice = openVoice(engine, { model: 'tiny', threshold: 2, maxSilenceMs: 1e9 }, { defaults })
    await steps(engine, 3)
    const waits: number[] = []
    for (let i = 0; i < 8; i++) {
      reports.length = 0
      const at = engine.steps
      voice.append(tone(1))
      await steps(engine, 3)
      const heard = reports.find(({ jobs }) => jobs.some(isLive))!
      waits.push(heard.step - at)
      expect(heard.jobs.length).toBeGreaterThan(1)
    }
    expect(Math.max(...waits)).toBe(1)
    await voice.close()
    await chats.stop()
    expect(await soon(() => engine.load.active === 0)).toBe(true)
    expect(engine.load).toEqual({ active: 0, waiting: 0, cacheBytes: 0 })
  })

  it('is answered after at most one step more than alone', async () => {
    /** Steps from the end of the turn to the first sound or word, and the answer. */
    const turn = async (): Promise<{ steps: number; events: VoiceEvent[] }> => {
      const voice = openVoice(engine, { model: 'tiny', threshold: 0, maxSilenceMs: 0 }, { defaults })
      voice.append(tone(4))
      voice.commit()
      const events: VoiceEvent[] = []
      let ended: number | undefined
      let first: number | undefined
      for await (const event of voice.events) {
        if (event.type === 'turn-ended') ended ??= engine.steps
        if (event.type === 'response') {
          first ??= engine.steps
          events.push(event)
          if (event.event.type === 'done') break
        }
      }
      await voice.close()
      return { steps: first! - ended!, events }
    }
    const alone = await turn()
    const chats = background()
    await steps(engine, 3)
    const inCompany = await turn()
    await chats.stop()
    expect(inCompany.events).toEqual(alone.events)
    expect(inCompany.steps).toBeLessThanOrEqual(alone.steps + 1)
  })
})
