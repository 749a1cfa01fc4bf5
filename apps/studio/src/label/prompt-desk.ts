/** @file Where a prompt is written: its draft, which this browser keeps, and sending it. */
import { type Signal, signal } from '@preact/signals'
import type { PromptBody, PromptStored } from '@tony/server/protocol'
import type { Keeper } from './kept.ts'
import {
  emptyPrompt,
  isEmptyPrompt,
  type MissingField,
  missingOf,
  type PromptDraft,
  parsePrompt,
  toPromptBody,
} from './prompt.ts'
import { account } from './session.ts'
import { type ApiFailure, asFailure } from './wire.ts'

/** A labeler's place for writing prompts. The server holds no drafts of prompts: what is not sent is in this browser. */
export class PromptDesk {
  readonly draft: Signal<PromptDraft> = signal(emptyPrompt())
  readonly sending: Signal<boolean> = signal(false)
  /** Why the last try to send did not do it, in a sentence. */
  readonly problem: Signal<string | null> = signal(null)
  /** What the last try to send found missing; the page leads there. */
  readonly missing: Signal<MissingField | null> = signal(null)
  readonly #id: string
  readonly #keeper: Keeper
  readonly #send: (body: PromptBody) => Promise<PromptStored>
  /** A request of this draft got no answer: it may have arrived. */
  #mayBeStored = false

  constructor(account: string, keeper: Keeper, send: (body: PromptBody) => Promise<PromptStored>) {
    // Another who signs in at this browser has a draft of their own.
    this.#id = `prompt of ${account}`
    this.#keeper = keeper
    this.#send = send
  }

  /** Takes up what was left unsent. */
  async begin(): Promise<void> {
    const kept = await this.#keeper.draft(this.#id).catch(() => undefined)
    // What was typed while the browser looked for it is newer.
    if (kept !== undefined && isEmptyPrompt(this.draft.value)) this.draft.value = parsePrompt(kept.draft)
  }

  /** Changes the draft, which is kept at once. */
  change(change: Partial<PromptDraft>): void {
    if (this.sending.value) return
    this.missing.value = null
    this.draft.value = { ...this.draft.value, ...change }
    void this.#keeper.putDraft({ id: this.#id, revision: 0, draft: { ...this.draft.value } }).catch(() => {})
  }

  /** Sends the prompt. @returns what the server made of it; undefined if it was not stored. */
  async submit(): Promise<PromptStored | undefined> {
    if (this.sending.value) return undefined
    const { kind, ...draft } = this.draft.value
    const missing = missingOf({ kind, ...draft })
    this.missing.value = missing ?? null
    this.problem.value = null
    if (missing !== undefined) return undefined
    this.sending.value = true
    try {
      const stored = await this.#send(toPromptBody({ kind, ...draft }))
      await this.clear()
      return stored
    } catch (error) {
      this.problem.value = this.#explain(asFailure(error))
      return undefined
    } finally {
      this.sending.value = false
    }
  }

  /** Throws the draft away; the kind stays. */
  async clear(): Promise<void> {
    this.#mayBeStored = false
    this.missing.value = null
    this.problem.value = null
    this.draft.value = emptyPrompt(this.draft.value.kind)
    await this.#keeper.deleteDraft(this.#id).catch(() => {})
  }

  #explain(failure: ApiFailure): string {
    // Whoever signs in again finds the draft where it was.
    if (failure.status === 401) account.value = null
    if (failure.passing) {
      this.#mayBeStored = true
      return 'The connection is lost. Your prompt is kept in this browser; store it again when the connection is back.'
    }
    if (failure.code === 'duplicate' && this.#mayBeStored) {
      return 'A prompt that begins like this one is stored already, perhaps this very one. Look at the newest prompts before you write it again.'
    }
    return failure.message
  }
}
