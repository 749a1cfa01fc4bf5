/** @file One conversation in the scheduler's hands. */
import type { Ask, Task } from './task.ts'

/** `live` conversations listen to somebody: they are let in first and read before the others. */
export type Priority = 'live' | 'chat'

/** A conversation under way. */
export interface Job {
  readonly priority: Priority
  /** Ends it: at once, or where a run reads its cache, after that run. */
  cancel(): void
  /** Resumes it from a `WaitAsk`. */
  wake(): void
}

/** What moves it. */
interface Owner {
  cancel(entry: Entry): void
  start(): void
}

/** A conversation as the scheduler sees it. */
export class Entry implements Job {
  readonly priority: Priority
  readonly task: Task
  readonly onEnd: (error?: unknown) => void
  private readonly owner: Owner
  ask: Ask | undefined
  state: 'waiting' | 'active' | 'ended' = 'waiting'
  cancelled = false
  woken = false
  /** Step in which its last chunk was read. */
  served = 0
  constructor(owner: Owner, task: Task, { priority, onEnd }: { priority: Priority; onEnd: Entry['onEnd'] }) {
    this.owner = owner
    this.task = task
    this.priority = priority
    this.onEnd = onEnd
  }
  cancel(): void {
    this.owner.cancel(this)
  }
  wake(): void {
    this.woken = true
    this.owner.start()
  }
}
