/**
 * @file Collects prompts of API requests whose key has consented.
 *
 * Answers never wait for it and never fail because of it: a request is put into a short queue, everything else happens
 * later, and what goes wrong goes to the log.
 */
import type { PreferenceMessage } from 'tony'
import { type LabelContext, sha256 } from '../labels/context.ts'
import { describeError, type Logger } from '../logger.ts'
import type { ChatMessage, ChatRequest } from '../protocol/chat.ts'
import type { LazyStore } from '../store/open.ts'
import { clean } from './clean.ts'
import { readConsents, writeConsents } from './consents.ts'
import { consentingKeys } from './keys.ts'
import { addPrompt, type Offered, userOfKey } from './store.ts'

/** Requests that wait at most; beyond that they are not collected. */
const QUEUE = 64

/** How long a key without consent is believed to have none: this long a consent that was given elsewhere may go unnoticed. */
const REFUSED_MS = 60_000

/** InstructGPT drops prompts of more than 1,000 tokens; that is about so many characters. */
const LONGEST = 4000

/** What is remembered of a request. */
interface Offer {
  readonly keyHash: string
  readonly user: string | null
  readonly messages: readonly PreferenceMessage[]
}

/** What became of a request: as {@link Offered}, or why it was not even looked at. */
export type Collected = Offered | { readonly refused: 'no_consent' | 'failed' }

/** What the collector works with. */
export interface CollectorDeps {
  readonly logger: Logger
  readonly now: () => number
  readonly newId: (prefix: string) => string
}

/** The queue. */
export class PromptCollector {
  readonly #ctx: CollectorDeps
  readonly #store: LazyStore
  readonly #queue: Offer[] = []
  #working: Promise<void> | undefined
  /** Keys that had consented when the store was last asked, and until when nobody asks again for those that had not. */
  #consented: { readonly keys: ReadonlySet<string>; readonly until: number } | undefined

  constructor(ctx: CollectorDeps, store: LazyStore) {
    this.#ctx = ctx
    this.#store = store
  }

  /** Offers a request. Returns at once and never throws. */
  offer(key: string | undefined, body: ChatRequest): void {
    // OpenAI's own way to say: do not keep this.
    if (body.store === false) return
    const keyHash = key === undefined ? 'local' : sha256(key)
    if (this.#consented !== undefined && this.#ctx.now() >= this.#consented.until) this.#consented = undefined
    // PGlite takes a second and 100 MB to open: not for those who have not consented.
    if (this.#consented === undefined && !this.#store.opened) this.#believe(this.#kept())
    if (this.#consented?.keys.has(keyHash) === false) return
    // A store that was never made holds no consent, and need not be opened to find that out.
    if (!this.#store.exists()) return
    const messages = textMessages(body.messages)
    if (messages === undefined || this.#queue.length >= QUEUE) return
    this.#queue.push({ keyHash, user: body.safety_identifier ?? body.user ?? null, messages })
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
  }

  /** Looks again which keys have consented, because that has changed. */
  async consentChanged(): Promise<void> {
    this.#consented = undefined
    try {
      await this.#ask(await this.#open())
    } catch (error) {
      this.#ctx.logger.error('consents not read', { error: describeError(error) })
    }
  }

  /** Waits until everything offered so far is done. */
  async idle(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    // The answer goes first.
    await new Promise((resolve) => setImmediate(resolve))
    for (let offer = this.#queue.shift(); offer !== undefined; offer = this.#queue.shift()) {
      try {
        await this.#collect(offer)
      } catch (error) {
        this.#ctx.logger.error('prompt not collected', { error: describeError(error) })
      }
    }
  }

  async #collect({ keyHash, user, messages }: Offer): Promise<Collected> {
    const ctx = await this.#open()
    // Asked anew each time: consent may have been withdrawn through another server of the same database.
    const keys = await this.#ask(ctx)
    if (!keys.has(keyHash)) return { refused: 'no_consent' }
    const replaced: Record<string, number> = {}
    const cleaned: PreferenceMessage[] = []
    for (const { role, content } of messages) {
      const texts = []
      for (const part of content) {
        if (part.type !== 'text') continue
        const { text, replaced: counts } = await clean(part.text)
        for (const [kind, n] of Object.entries(counts)) replaced[kind] = (replaced[kind] ?? 0) + n
        texts.push({ type: 'text' as const, text })
      }
      cleaned.push({ role, content: texts })
    }
    const userHash = userOfKey(keyHash, user)
    return addPrompt(ctx, { kind: 'api', userHash, keyHash, messages: cleaned, replaced })
  }

  async #open(): Promise<LabelContext> {
    return { ...(await this.#store.get()), now: this.#ctx.now, newId: this.#ctx.newId }
  }

  /** Asks the store which keys have consented, and keeps the answer for a server that has not opened it yet. */
  async #ask(ctx: LabelContext): Promise<ReadonlySet<string>> {
    const keys = await consentingKeys(ctx)
    this.#believe(keys)
    const kept = this.#kept()
    const { dir, databaseUrl } = this.#store.options
    const known = kept !== undefined && kept.size === keys.size && [...keys].every((key) => kept.has(key))
    // Consent in a PostgreSQL may change through any other server.
    if (!known && databaseUrl === undefined) await writeConsents(dir, keys)
    return keys
  }

  #kept(): ReadonlySet<string> | undefined {
    const { dir, databaseUrl } = this.#store.options
    return databaseUrl === undefined ? readConsents(dir) : undefined
  }

  #believe(keys: ReadonlySet<string> | undefined): void {
    this.#consented = keys === undefined ? undefined : { keys, until: this.#ctx.now() + REFUSED_MS }
  }
}

/**
 * The text of a request; undefined for one that is not collected: with sound, pictures or video, from which nobody can
 * take personal data out (a voice is one), or too long.
 */
function textMessages(messages: readonly ChatMessage[]): PreferenceMessage[] | undefined {
  const result: PreferenceMessage[] = []
  let length = 0
  for (const message of messages) {
    if (message.role === 'assistant' && (message.audio != null || (message.images ?? []).length > 0)) return undefined
    const parts =
      typeof message.content === 'string' ? [{ type: 'text' as const, text: message.content }] : (message.content ?? [])
    const texts: string[] = []
    for (const part of parts) {
      if (part.type === 'refusal') texts.push(part.refusal)
      else if (part.type === 'text') texts.push(part.text)
      else return undefined
    }
    const text = texts.join('\n')
    length += text.length
    // What PostgreSQL cannot hold is of no use to a labeler either.
    if (length > LONGEST || /\0|\p{Surrogate}/u.test(text)) return undefined
    if (text.trim() !== '') {
      result.push({ role: message.role === 'developer' ? 'system' : message.role, content: [{ type: 'text', text }] })
    }
  }
  return result.some(({ role }) => role === 'user') ? result : undefined
}
