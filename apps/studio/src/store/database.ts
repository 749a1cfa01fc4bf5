/** @file Where conversations are kept: IndexedDB, or memory where the browser gives none. */
import type { Conversation, Turn } from './types.ts'

/** A place for conversations. */
export interface Database {
  /** False if everything is gone when the page is closed. */
  readonly lasting: boolean
  conversations(): Promise<Conversation[]>
  turns(conversation: string): Promise<Turn[]>
  putConversation(conversation: Conversation): Promise<void>
  putTurn(turn: Turn): Promise<void>
  deleteTurn(id: string): Promise<void>
  /** Deletes the conversation and its turns. */
  deleteConversation(id: string): Promise<void>
}

/** Opens the browser's database, or memory if that is not possible (some private windows). */
export async function openDatabase(name = 'tony'): Promise<Database> {
  try {
    return new BrowserDatabase(await open(name))
  } catch {
    return new MemoryDatabase()
  }
}

/** Keeps conversations as long as the page is open. */
export class MemoryDatabase implements Database {
  readonly lasting = false
  readonly #conversations = new Map<string, Conversation>()
  readonly #turns = new Map<string, Turn>()

  async conversations(): Promise<Conversation[]> {
    return [...this.#conversations.values()]
  }

  async turns(conversation: string): Promise<Turn[]> {
    const found = [...this.#turns.values()].filter((turn) => turn.conversation === conversation)
    return found.toSorted((a, b) => a.at - b.at)
  }

  async putConversation(conversation: Conversation): Promise<void> {
    this.#conversations.set(conversation.id, conversation)
  }

  async putTurn(turn: Turn): Promise<void> {
    this.#turns.set(turn.id, turn)
  }

  async deleteTurn(id: string): Promise<void> {
    this.#turns.delete(id)
  }

  async deleteConversation(id: string): Promise<void> {
    this.#conversations.delete(id)
    for (const turn of await this.turns(id)) this.#turns.delete(turn.id)
  }
}

class BrowserDatabase implements Database {
  readonly lasting = true
  readonly #db: IDBDatabase

  constructor(db: IDBDatabase) {
    this.#db = db
  }

  conversations(): Promise<Conversation[]> {
    return done(this.#store('conversations', 'readonly').getAll() as IDBRequest<Conversation[]>)
  }

  async turns(conversation: string): Promise<Turn[]> {
    const index = this.#store('turns', 'readonly').index('conversation')
    const found = await done(index.getAll(conversation) as IDBRequest<Turn[]>)
    return found.toSorted((a, b) => a.at - b.at)
  }

  async putConversation(conversation: Conversation): Promise<void> {
    await done(this.#store('conversations', 'readwrite').put(conversation))
  }

  async putTurn(turn: Turn): Promise<void> {
    await done(this.#store('turns', 'readwrite').put(turn))
  }

  async deleteTurn(id: string): Promise<void> {
    await done(this.#store('turns', 'readwrite').delete(id))
  }

  async deleteConversation(id: string): Promise<void> {
    const turns = this.#store('turns', 'readwrite')
    const keys = await done(turns.index('conversation').getAllKeys(id))
    await Promise.all(keys.map((key) => done(turns.delete(key))))
    await done(this.#store('conversations', 'readwrite').delete(id))
  }

  #store(name: string, mode: IDBTransactionMode): IDBObjectStore {
    return this.#db.transaction(name, mode).objectStore(name)
  }
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore('conversations', { keyPath: 'id' })
    request.result.createObjectStore('turns', { keyPath: 'id' }).createIndex('conversation', 'conversation')
  }
  return done(request)
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
