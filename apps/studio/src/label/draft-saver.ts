/** @file Saves a draft on every change, in this browser and on the server, without anyone waiting for either. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { DraftResult } from '@tony/server/protocol'
import type { Keeper, KeptDraft } from './kept.ts'
import { asFailure } from './wire.ts'

/** Where the draft is: `kept` means in this browser only, `refused` that the server will not take it any more. */
export type SaverState = 'saved' | 'saving' | 'kept' | 'refused'

/** What the saver works with. */
export interface SaverDeps {
  readonly keeper: Keeper
  readonly send: (revision: number, draft: Record<string, unknown>) => Promise<DraftResult>
  /** Called once after some time; the returned function calls it off. */
  readonly later: (run: () => void, ms: number) => () => void
  /** The server has a newer draft from elsewhere. */
  readonly onOther: (draft: unknown) => void
  readonly onLease: (until: string) => void
}

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15_000

/**
 * Saves the draft of one assignment.
 *
 * One request is under way at a time and carries the newest draft; what changes meanwhile goes with the next. So every
 * keystroke is saved as soon as the connection allows, and saves cannot overtake each other.
 */
export class DraftSaver {
  readonly #id: string
  readonly #deps: SaverDeps
  readonly #state: Signal<SaverState> = signal('saved')
  #revision: number
  #draft: Record<string, unknown> | undefined
  #wait = FIRST_WAIT_MS
  #cancelWait: (() => void) | undefined
  #busy = false
  #closed = false

  constructor(id: string, revision: number, deps: SaverDeps) {
    this.#id = id
    this.#revision = revision
    this.#deps = deps
  }

  /** Where the draft is. */
  get state(): ReadonlySignal<SaverState> {
    return this.#state
  }

  /** Saves a draft. */
  change(draft: Record<string, unknown>): void {
    if (this.#closed) return
    this.#draft = draft
    const kept: KeptDraft = { id: this.#id, revision: this.#revision + 1, draft }
    // A browser that keeps nothing must not stop the saving on the server.
    void this.#deps.keeper.putDraft(kept).catch(() => {})
    this.#state.value = this.#state.value === 'kept' ? 'kept' : 'saving'
    void this.#send()
  }

  /** Tries again at once, when the connection may be back. */
  retry(): void {
    this.#wait = FIRST_WAIT_MS
    this.#cancelWait?.()
    this.#cancelWait = undefined
    void this.#send()
  }

  /** Saves no more. */
  close(): void {
    this.#closed = true
    this.#cancelWait?.()
  }

  async #send(): Promise<void> {
    if (this.#busy || this.#closed || this.#cancelWait !== undefined) return
    this.#busy = true
    try {
      while (this.#draft !== undefined && !this.#closed) await this.#sendOne(this.#draft)
    } finally {
      this.#busy = false
    }
  }

  async #sendOne(draft: Record<string, unknown>): Promise<void> {
    try {
      const revision = this.#revision + 1
      const result = await this.#deps.send(revision, draft)
      this.#revision = Math.max(revision, result.draft_revision)
      this.#wait = FIRST_WAIT_MS
      this.#deps.onLease(result.lease_until)
      // An answer that got lost on the way makes the next try come second, with what is stored already.
      const other = !result.stored && !same(result.draft, draft)
      const newer = this.#draft !== draft
      if (!newer) this.#draft = undefined
      this.#state.value = newer ? 'saving' : 'saved'
      if (other && !this.#closed) this.#deps.onOther(result.draft)
    } catch (error) {
      const failure = asFailure(error)
      if (!failure.passing) {
        this.#draft = undefined
        this.#state.value = 'refused'
        return
      }
      this.#state.value = 'kept'
      await new Promise<void>((resolve) => {
        const stop = this.#deps.later(resolve, this.#wait)
        this.#cancelWait = () => {
          stop()
          resolve()
        }
      })
      this.#cancelWait = undefined
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS)
    }
  }
}

/** The newer of what this browser kept and what the server has. */
export function newerDraft(kept: KeptDraft | undefined, stored: { draft: unknown; draft_revision: number }): unknown {
  return kept !== undefined && kept.revision >= stored.draft_revision ? kept.draft : stored.draft
}

/** Equal as JSON; the database does not keep the order of an object's keys. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && same(a[key as keyof typeof a], b[key as keyof typeof b]))
  )
}
