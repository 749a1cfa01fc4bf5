import { describe, expect, it } from 'vitest'
import { TonyError } from '../util/errors.ts'
import type { KvSequence } from './kv-pool.ts'
import { CHUNK, type Heads, type Reader, type RunReport, Scheduler, type SchedulerOptions } from './scheduler.ts'
import { OmniState, ReadAllAsk, ReadAsk, read, type Task, TurnAsk, WaitAsk } from './task.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const elements = (count: number): { kind: 'token'; id: number }[] =>
  Array.from({ length: count }, (_, id) => ({ kind: 'token', id }))

/** A scheduler over a network that only counts; `reads` are the sizes of its runs. */
function make(options: SchedulerOptions = {}, reader: Partial<Reader> = {}) {
  const reports: RunReport[] = []
  const sizes: number[] = []
  const network: Reader = {
    pool: { reserve: () => undefined },
    async read(readings) {
      await turn()
      sizes.push(readings[0]!.elements.length)
      return new Map(
        readings.map((reading) => {
          reading.sequence.length += reading.elements.length
          const hidden = Float32Array.from(reading.elements, (e) => (e.kind === 'token' ? e.id : 0))
          return [reading, { hidden, logits: new Float32Array(1) }]
        }),
      )
    },
    ...reader,
  }
  const heads: Heads = {
    frame: async () => undefined,
    sound: async () => undefined,
    turn: async (asks) => {
      for (const ask of asks) ask.states = [new Float32Array(4)]
    },
    paint: async () => undefined,
  }
  const scheduler = new Scheduler(network, heads, {
    between: turn,
    onRun: (report) => void reports.push(report),
    ...options,
  })
  /** A conversation that reads a prompt, then `count` single positions. */
  const start = (prompt: number, count: number, priority: 'live' | 'chat' = 'chat') => {
    const state = new OmniState()
    const log: string[] = []
    let resolve: (error: unknown) => void
    const over = new Promise<unknown>((done) => {
      resolve = done
    })
    const task = (function* (): Task {
      try {
        const hidden = yield* read(state, elements(prompt))
        log.push(`prompt ${hidden.length}`)
        for (let i = 0; i < count; i++) yield* read(state, elements(1))
        log.push('finished')
      } finally {
        log.push('closed')
      }
    })()
    const job = scheduler.add(task, { priority, onEnd: (error) => resolve(error) })
    return { job, over, log, state }
  }
  return { scheduler, reports, sizes, start }
}

describe('the scheduler', () => {
  it('advances everybody by one position a step', async () => {
    const { scheduler, reports, start } = make()
    const jobs = [start(1, 3), start(1, 5), start(1, 1)]
    await Promise.all(jobs.map(({ over }) => over))
    expect(reports.map(({ jobs }) => jobs.length)).toEqual([3, 3, 2, 2, 1, 1])
    expect(scheduler.steps).toBe(6)
    expect(jobs.map(({ state }) => state.cache.length)).toEqual([4, 6, 2])
  })

  it('reads a long prompt in chunks between the steps of others', async () => {
    const { reports, sizes, start } = make()
    const short = start(1, 20)
    const long = start(3 * CHUNK + 10, 0)
    await Promise.all([short.over, long.over])
    expect(sizes.filter((size) => size > 1)).toEqual([CHUNK, CHUNK, CHUNK, 10])
    expect(long.log[0]).toBe(`prompt ${3 * CHUNK + 10}`)
    const chunks = reports.filter(({ kind }) => kind === 'chunk')
    expect(chunks.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    for (const { step } of chunks)
      expect(reports.some((r) => r.kind === 'step' && r.step === step && r.jobs.includes(short.job))).toBe(true)
  })

  it('reads the sequences of one task in one run, and goes on when it has them all', async () => {
    const { scheduler, reports, sizes } = make()
    const states = [new OmniState(), new OmniState(), new OmniState()]
    const done: number[] = []
    const over = new Promise<unknown>((resolve) => {
      const task = (function* (): Task {
        yield new ReadAllAsk(states.map((state) => new ReadAsk(state, elements(1))))
        done.push(scheduler.steps)
        // One of them is longer than a chunk.
        yield new ReadAllAsk(states.map((state, i) => new ReadAsk(state, elements(i === 0 ? CHUNK + 1 : 1))))
        done.push(scheduler.steps)
      })()
      scheduler.add(task, { priority: 'chat', onEnd: resolve })
    })
    expect(await over).toBeUndefined()
    expect(states.map(({ cache }) => cache.length)).toEqual([CHUNK + 2, 2, 2])
    expect(sizes).toEqual([1, CHUNK, 1])
    expect(reports.every(({ jobs }) => jobs.length === 1)).toBe(true)
    expect(done).toEqual([1, 2])
  })

  it('ends a task one of whose sequences has no room, and reads nothing more for it', async () => {
    const small = new OmniState()
    const reserve = (sequence: KvSequence): void => {
      if (sequence === small.cache) throw new TonyError('too_large', 'no room')
    }
    const { scheduler, sizes, start } = make({}, { pool: { reserve } })
    const over = new Promise<unknown>((resolve) => {
      const task = (function* (): Task {
        yield new ReadAllAsk([new OmniState(), small].map((state) => new ReadAsk(state, elements(1))))
      })()
      scheduler.add(task, { priority: 'chat', onEnd: resolve })
    })
    expect(await over).toMatchObject({ message: 'no room' })
    expect(sizes).toEqual([])
    expect(await start(1, 2).over).toBeUndefined()
  })

  it('takes turns among long prompts, and reads several short ones in one step', async () => {
    const { reports, start } = make()
    const jobs = [start(3 * CHUNK, 0), start(2 * CHUNK, 0), start(10, 0), start(20, 0)]
    await Promise.all(jobs.map(({ over }) => over))
    expect(reports.map((r) => [r.step, jobs.findIndex(({ job }) => job === r.jobs[0])])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [3, 3],
      [3, 0],
      [4, 1],
      [5, 0],
    ])
  })

  it('reads live conversations before chats', async () => {
    const { reports, start } = make()
    const chats = [start(5 * CHUNK, 0), start(5 * CHUNK, 0)]
    await turn()
    await turn()
    const live = start(2, 1, 'live')
    await live.over
    const first = reports.findIndex(({ jobs }) => jobs[0] === live.job)
    const { step } = reports[first]!
    expect(reports.filter((r) => r.step === step)[0]!.jobs[0]).toBe(live.job)
    for (const { job } of chats) job.cancel()
  })

  it('lets no more in than it has slots, first come, first served, live ones first, and keeps one slot for chats', async () => {
    const { scheduler, reports, start } = make({ slots: 3 })
    const jobs = [0, 1, 2, 3, 4, 5].map((i) => start(1, 3, i < 4 ? 'chat' : 'live'))
    await turn()
    expect(scheduler.load).toEqual({ active: 3, waiting: 3 })
    await Promise.all(jobs.map(({ over }) => over))
    expect(Math.max(...reports.map((r) => r.jobs.length))).toBe(3)
    const order = [...new Set(reports.flatMap((r) => r.jobs))].map((job) => jobs.findIndex((j) => j.job === job))
    expect(order).toEqual([4, 5, 0, 1, 2, 3])
    expect(scheduler.load).toEqual({ active: 0, waiting: 0 })
  })

  it('frees the slot of a cancelled conversation at once, in line, between steps and during a run', async () => {
    const { scheduler, start } = make({ slots: 1 })
    const [first, second, third] = [start(1, 1000), start(1, 1000), start(1, 2)]
    await turn()
    second!.job.cancel()
    expect(scheduler.load).toEqual({ active: 1, waiting: 1 })
    await turn()
    await turn()
    first!.job.cancel()
    await third!.over
    expect(first!.log).toEqual(['prompt 1', 'closed'])
    // It never began.
    expect(second!.log).toEqual([])
    expect(third!.log).toEqual(['prompt 1', 'finished', 'closed'])
  })

  it('skips the chunk of a conversation that was cancelled during the chunk before it', async () => {
    let second: ReturnType<ReturnType<typeof make>['start']> | undefined
    const { sizes, start } = make({ onRun: () => second?.job.cancel() })
    const first = start(10, 1)
    second = start(20, 1)
    const third = start(30, 1)
    await Promise.all([first.over, third.over])
    expect(sizes).toEqual([10, 30, 1])
    expect(second.log).toEqual(['closed'])
  })

  it('lets a conversation wait until it is woken, without steps', async () => {
    const { scheduler } = make()
    let woken = 0
    const task = (function* (): Task {
      for (;;) {
        yield new WaitAsk()
        woken++
        const ask = new TurnAsk(new Float32Array(1))
        yield ask
        expect(ask.states).toHaveLength(1)
      }
    })()
    const job = scheduler.add(task, { priority: 'live', onEnd: () => undefined })
    for (let i = 0; i < 3; i++) await turn()
    expect([woken, scheduler.steps]).toEqual([0, 0])
    job.wake()
    for (let i = 0; i < 3; i++) await turn()
    expect([woken, scheduler.steps]).toEqual([1, 1])
    job.cancel()
    expect(scheduler.load.active).toBe(0)
  })

  it('gives an error to the conversation that it belongs to, and a failed run to all in it', async () => {
    const full = make(
      {},
      {
        pool: {
          reserve: (_, time) => {
            if (time === 7) throw new TonyError('too_large', 'no room')
          },
        },
      },
    )
    const [tooLong, other] = [full.start(7, 1), full.start(1, 1)]
    expect(((await tooLong.over) as Error).message).toBe('no room')
    expect(await other.over).toBeUndefined()
    expect(tooLong.log).toEqual(['closed'])
    const broken = make({}, { read: () => Promise.reject(new Error('no network')) })
    const both = [broken.start(1, 1), broken.start(1, 1)]
    for (const { over } of both) expect(((await over) as Error).message).toBe('no network')
    expect(broken.scheduler.load.active).toBe(0)
  })

  it('refuses a number of slots that lets nobody in', () => {
    expect(() => make({ slots: 0 })).toThrow(/slots must be a whole number from 1, got 0/)
  })
})
