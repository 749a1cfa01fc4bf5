/**
 * @file Many conversations in step (continuous batching: Yu et al. 2022, Orca): each step runs the network once for all that
 * have a position to read, and a conversation joins or leaves between any two steps.
 */
import { TonyError } from '../util/errors.ts'
import { Entry, type Job, type Priority } from './job.ts'
import type { KvSequence } from './kv-pool.ts'
import type { Read, Reading } from './network.ts'
import type { Ask, HeadAsk, ReadAsk, Task } from './task.ts'

/** What one run of the network read: for tests and metrics. */
export interface RunReport {
  readonly step: number
  readonly kind: 'chunk' | 'step'
  readonly jobs: readonly Job[]
}

export interface SchedulerOptions {
  /** Conversations that advance at once; the others wait in line. Default 32. */
  readonly slots?: number
  /** Positions of long inputs that are read in one step, so that those who have begun to answer need not wait (default 64). */
  readonly chunk?: number
  /** Runs between two steps, so that messages get in; default: nothing. */
  readonly between?: () => Promise<void>
  readonly onRun?: (report: RunReport) => void
}

/** Positions that are read at once of one long input. */
export const CHUNK = 64

/** What reads positions: the network. */
export interface Reader {
  readonly pool: { reserve(sequence: KvSequence, time: number): void }
  read<T extends Reading>(readings: readonly T[]): Promise<Map<T, Read>>
}

/** What does the work of each kind between two positions, for several asks at once. */
export type Heads = {
  readonly [K in HeadAsk['kind']]: (asks: readonly Extract<HeadAsk, { kind: K }>[]) => Promise<void>
}

const headKinds = ['frame', 'sound', 'turn', 'paint'] as const satisfies readonly HeadAsk['kind'][]

/** Lets tasks advance together. */
export class Scheduler {
  readonly slots: number
  /** Steps taken. */
  steps = 0
  private readonly chunk: number
  private readonly reader: Reader
  private readonly workers: Heads
  private readonly between: () => Promise<void>
  private readonly onRun: (report: RunReport) => void
  private readonly waiting: Record<Priority, Entry[]> = { live: [], chat: [] }
  private active: Entry[] = []
  private running = false
  /** Whether a run may be reading the caches. */
  private busy = false

  constructor(
    reader: Reader,
    heads: Heads,
    { slots = 32, chunk = CHUNK, between = () => Promise.resolve(), onRun = () => undefined }: SchedulerOptions = {},
  ) {
    if (!Number.isInteger(slots) || slots < 1)
      throw new TonyError('invalid', `scheduler: slots must be a whole number from 1, got ${slots}`)
    this.reader = reader
    this.workers = heads
    this.slots = slots
    this.chunk = chunk
    this.between = between
    this.onRun = onRun
  }

  /** Conversations that have a slot, and that wait for one. */
  get load(): { readonly active: number; readonly waiting: number } {
    return { active: this.active.length, waiting: this.waiting.live.length + this.waiting.chat.length }
  }

  /** Puts a task in line. `onEnd` is called once, with the error if there was one; not with that of a `cancel`. */
  add(task: Task, options: { priority: Priority; onEnd: (error?: unknown) => void }): Job {
    const entry = new Entry(this, task, options)
    this.waiting[entry.priority].push(entry)
    this.start()
    return entry
  }

  /** Sees to it that steps are taken as long as there is something to do. */
  start(): void {
    if (this.running) return
    this.running = true
    void this.loop()
  }

  cancel(entry: Entry): void {
    if (entry.state === 'ended') return
    if (entry.state === 'active' && this.busy) entry.cancelled = true
    else this.end(entry, () => void entry.task.return())
    // Its slot may be what another waits for.
    this.start()
  }

  private async loop(): Promise<void> {
    for (;;) {
      await this.between()
      if (!this.prepare()) break
      await this.step()
    }
    this.running = false
  }

  /** Lets in, wakes and resumes; whether anything is left to do. */
  private prepare(): boolean {
    this.sweep()
    for (const entry of [...this.active]) {
      if (entry.ask?.kind !== 'wait' || !entry.woken) continue
      entry.woken = false
      this.resume(entry)
    }
    const { live, chat } = this.waiting
    const admit = (entry: Entry): void => {
      entry.state = 'active'
      this.active.push(entry)
      this.resume(entry)
    }
    // One slot is always left to chats, so that open microphones do not shut them out.
    const most = Math.max(1, this.slots - 1)
    while (live.length > 0 && this.active.length < this.slots && this.count('live') < most) admit(live.shift()!)
    while (chat.length > 0 && this.active.length < this.slots) admit(chat.shift()!)
    return this.active.some(({ ask }) => ask !== undefined && ask.kind !== 'wait')
  }

  private count(priority: Priority): number {
    return this.active.filter((entry) => entry.priority === priority).length
  }

  private async step(): Promise<void> {
    this.steps++
    await this.heads()
    let room = this.chunk
    const bySize = new Map<number, Wish[]>()
    for (const wish of this.long()) {
      if (room <= 0) break
      const size = Math.min(CHUNK, left(wish[1]))
      room -= size
      bySize.set(size, [...(bySize.get(size) ?? []), wish])
    }
    for (const [size, wishes] of bySize) {
      const asking = wishes.filter(stands)
      for (const [entry] of asking) entry.served = this.steps
      if (asking.length > 0) await this.read('chunk', asking, size)
    }
    const single = this.wishes().filter(([, ask]) => left(ask) === 1)
    if (single.length > 0) await this.read('step', single, 1)
  }

  private wishes(): Wish[] {
    return this.active.flatMap((entry) => pending(entry).map((ask): Wish => [entry, ask]))
  }

  /** Those that have more than one position to read: live ones first, then whoever has waited longest. */
  private long(): Wish[] {
    const rank = ({ priority }: Entry): number => (priority === 'live' ? 0 : 1)
    return this.wishes()
      .filter(([, ask]) => left(ask) > 1)
      .sort(([a], [b]) => rank(a) - rank(b) || a.served - b.served)
  }

  /** Codes, sound, turns and pictures: what is asked between two positions. Frames become sound in the same step. */
  private async heads(): Promise<void> {
    for (let more = true; more; ) {
      more = false
      for (const kind of headKinds) more = (await this.head(kind)) || more
    }
  }

  private async head<K extends HeadAsk['kind']>(kind: K): Promise<boolean> {
    const found = this.active.flatMap((entry) =>
      // The kind tells which ask it is.
      entry.ask?.kind === kind ? [[entry, entry.ask as Extract<HeadAsk, { kind: K }>] as const] : [],
    )
    if (found.length > 0) await this.together(found, (asks) => this.workers[kind](asks))
    return found.length > 0
  }

  /** Reads the next `size` positions of each. */
  private async read(kind: RunReport['kind'], wishes: readonly Wish[], size: number): Promise<void> {
    for (const [entry, ask] of wishes) {
      try {
        this.reader.pool.reserve(ask.state.cache, ask.done === 0 ? ask.elements.length : size)
      } catch (error) {
        this.fail(entry, error)
      }
    }
    const ready = wishes.filter(stands)
    if (ready.length === 0) return
    await this.together(
      ready,
      async (asks) => {
        this.onRun({ step: this.steps, kind, jobs: [...new Set(ready.map(([entry]) => entry))] })
        const readings = asks.map((ask): Reading & { ask: ReadAsk } => ({
          ask,
          sequence: ask.state.cache,
          elements: ask.elements.slice(ask.done, ask.done + size),
        }))
        for (const [{ ask }, { hidden, logits }] of await this.reader.read(readings)) {
          const width = hidden.length / size
          if (ask.hidden.length === 0) ask.hidden = new Float32Array(ask.elements.length * width)
          ask.hidden.set(hidden, ask.done * width)
          ask.done += size
          ask.state.hidden = hidden.slice(-width)
          ask.state.logits = logits
        }
      },
      (entry) => pending(entry).length === 0,
    )
  }

  /** Does the work of several asks at once, then resumes those that have what they asked for. */
  private async together<A extends Ask>(
    found: readonly (readonly [Entry, A])[],
    work: (asks: readonly A[]) => Promise<void>,
    complete: (entry: Entry) => boolean = () => true,
  ): Promise<void> {
    this.busy = true
    let failure: { readonly error: unknown } | undefined
    try {
      await work(found.map(([, ask]) => ask))
    } catch (error) {
      failure = { error }
    }
    this.busy = false
    this.sweep()
    for (const entry of new Set(found.map(([entry]) => entry))) {
      if (entry.state !== 'active') continue
      if (failure !== undefined) this.fail(entry, failure.error)
      else if (complete(entry)) this.resume(entry)
    }
  }

  /** Ends what was cancelled during a run. */
  private sweep(): void {
    for (const entry of this.active.filter(({ cancelled }) => cancelled))
      this.end(entry, () => void entry.task.return())
  }

  private resume(entry: Entry): void {
    this.advance(entry, () => entry.task.next())
  }

  private fail(entry: Entry, error: unknown): void {
    this.advance(entry, () => entry.task.throw(error))
  }

  private advance(entry: Entry, go: () => IteratorResult<Ask, void>): void {
    entry.ask = undefined
    let next: IteratorResult<Ask, void>
    try {
      next = go()
    } catch (error) {
      this.end(entry, () => entry.onEnd(error))
      return
    }
    if (next.done === true) this.end(entry, () => entry.onEnd())
    else entry.ask = next.value
  }

  private end(entry: Entry, last: () => void): void {
    entry.state = 'ended'
    entry.ask = undefined
    this.active = this.active.filter((other) => other !== entry)
    const line = this.waiting[entry.priority]
    if (line.includes(entry)) line.splice(line.indexOf(entry), 1)
    last()
  }
}

/** Somebody, and what is to be read for them. */
type Wish = readonly [Entry, ReadAsk]

/** What an entry still waits to have read. */
function pending({ ask }: Entry): readonly ReadAsk[] {
  const all = ask?.kind === 'read' ? [ask] : ask?.kind === 'read-all' ? ask.reads : []
  return all.filter((one) => left(one) > 0)
}

/** Whether it is still wanted: not where it was cancelled, or failed, during another's run. */
const stands = ([entry, ask]: Wish): boolean => pending(entry).includes(ask)

const left = ({ elements, done }: ReadAsk): number => elements.length - done
