/** @file The conversations and the one that is open; every change is also written to the database. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Database, MemoryDatabase } from './database.ts'
import { byNewest, type Conversation, settle, type Turn, titleOf, withTurn } from './types.ts'

/** What was deleted, to bring it back. */
export interface Deleted {
  readonly conversation: Conversation
  readonly turns: readonly Turn[]
}

/** Holds the conversations. */
export class ConversationStore {
  readonly #list: Signal<readonly Conversation[]> = signal([])
  readonly #current: Signal<string | null> = signal(null)
  readonly #turns: Signal<readonly Turn[]> = signal([])
  readonly #problem: Signal<string | null> = signal(null)
  readonly #now: () => number
  readonly #newId: () => string
  #db: Database = new MemoryDatabase()
  /** Turns are ordered by time; two in one millisecond must not swap. */
  #lastAt = 0

  constructor(now: () => number, newId: () => string) {
    this.#now = now
    this.#newId = newId
  }

  /** Newest first. */
  get list(): ReadonlySignal<readonly Conversation[]> {
    return this.#list
  }

  /** Id of the open conversation; null before its first turn. */
  get current(): ReadonlySignal<string | null> {
    return this.#current
  }

  /** Turns of the open conversation. */
  get turns(): ReadonlySignal<readonly Turn[]> {
    return this.#turns
  }

  /** Why something could not be kept, in a sentence. */
  get problem(): ReadonlySignal<string | null> {
    return this.#problem
  }

  /** Loads the list. */
  async load(db: Database): Promise<void> {
    this.#db = db
    this.#list.value = byNewest(await db.conversations())
    if (!db.lasting)
      this.#problem.value = 'This browser keeps nothing here: conversations are gone when the page is closed.'
  }

  /** Opens a conversation; an unknown id opens a new one. */
  async open(id: string | null): Promise<void> {
    const known = id !== null && this.#list.value.some((conversation) => conversation.id === id)
    const turns = known ? (await this.#db.turns(id)).map(settle) : []
    this.#current.value = known ? id : null
    this.#turns.value = turns
  }

  /** Makes a turn of the open conversation, which begins with it if it is new. */
  newTurn(turn: Pick<Turn, 'role' | 'parts' | 'status'>): Turn {
    this.#lastAt = Math.max(this.#now(), this.#lastAt + 1)
    const conversation = this.#current.value ?? this.#begin()
    return { ...turn, id: this.#newId(), conversation, at: this.#lastAt }
  }

  /** Shows a turn without keeping it yet, for answers that are still growing. */
  show(turn: Turn): void {
    if (turn.conversation === this.#current.value) this.#turns.value = withTurn(this.#turns.value, turn)
  }

  /** Shows and keeps a turn. */
  async put(turn: Turn): Promise<void> {
    this.show(turn)
    const turns = turn.conversation === this.#current.value ? this.#turns.value : undefined
    await this.#write(() => this.#db.putTurn(turn))
    await this.#touch(turn.conversation, turns)
  }

  /** Takes a turn out. */
  async remove(turn: Turn): Promise<void> {
    this.#turns.value = this.#turns.value.filter((other) => other.id !== turn.id)
    await this.#write(() => this.#db.deleteTurn(turn.id))
  }

  /** Gives a conversation another name; an empty one is ignored. */
  async rename(id: string, title: string): Promise<void> {
    const name = title.trim().replace(/\s+/g, ' ').slice(0, 120)
    if (name !== '') await this.#change(id, { title: name, renamed: true })
  }

  /** Deletes a conversation; `restore` brings it back. */
  async delete(id: string): Promise<Deleted | undefined> {
    const conversation = this.#list.value.find((candidate) => candidate.id === id)
    if (conversation === undefined) return undefined
    const turns = await this.#db.turns(id)
    this.#list.value = this.#list.value.filter((candidate) => candidate.id !== id)
    if (this.#current.value === id) await this.open(null)
    await this.#write(() => this.#db.deleteConversation(id))
    return { conversation, turns }
  }

  /** Brings a deleted conversation back and opens it. */
  async restore(deleted: Deleted): Promise<void> {
    await this.#write(() => this.#db.putConversation(deleted.conversation))
    for (const turn of deleted.turns) await this.#write(() => this.#db.putTurn(turn))
    this.#list.value = byNewest([...this.#list.value, deleted.conversation])
    await this.open(deleted.conversation.id)
  }

  #begin(): string {
    const now = this.#now()
    const conversation = { id: this.#newId(), title: 'New conversation', renamed: false, created: now, updated: now }
    this.#list.value = [conversation, ...this.#list.value]
    this.#current.value = conversation.id
    return conversation.id
  }

  #touch(id: string, turns: readonly Turn[] | undefined): Promise<void> {
    const renamed = this.#list.value.find((conversation) => conversation.id === id)?.renamed ?? true
    return this.#change(id, {
      updated: this.#now(),
      ...(renamed || turns === undefined ? {} : { title: titleOf(turns) }),
    })
  }

  async #change(id: string, change: Partial<Conversation>): Promise<void> {
    const conversation = this.#list.value.find((candidate) => candidate.id === id)
    if (conversation === undefined) return
    const changed = { ...conversation, ...change }
    this.#list.value = byNewest(this.#list.value.map((candidate) => (candidate.id === id ? changed : candidate)))
    await this.#write(() => this.#db.putConversation(changed))
  }

  /** A full disk must not take the conversation on the screen away. */
  async #write(action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (cause) {
      const full = cause instanceof DOMException && cause.name === 'QuotaExceededError'
      this.#problem.value = full
        ? 'The browser has no more room for conversations. Delete old ones to keep new ones.'
        : 'The browser could not keep this conversation.'
    }
  }
}

/** The page's conversations. */
export const conversations: ConversationStore = new ConversationStore(Date.now, () => crypto.randomUUID())
