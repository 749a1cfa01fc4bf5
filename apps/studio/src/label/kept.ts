/** @file What must survive a closed tab: drafts, and labels that the server has not got yet. IndexedDB, or memory. */
import type { AnswerBody } from '@tony/server/protocol'

/** A draft as this browser last saw it. */
export interface KeptDraft {
  /** Id of the assignment, or the name of what else is written. */
  readonly id: string
  /** The revision that the server has, or will have once it gets this draft. */
  readonly revision: number
  readonly draft: Record<string, unknown>
}

/** A label or a skip on its way to the server. */
export interface Parcel {
  /** Id of the assignment. */
  readonly id: string
  /** Whose it is: another who signs in at this browser must not send it. */
  readonly account: string
  readonly content:
    | { readonly kind: 'answer'; readonly answer: AnswerBody; readonly seconds: number }
    | { readonly kind: 'skip'; readonly reason: string }
}

/** A place for both. */
export interface Keeper {
  draft(id: string): Promise<KeptDraft | undefined>
  putDraft(draft: KeptDraft): Promise<void>
  deleteDraft(id: string): Promise<void>
  parcels(): Promise<Parcel[]>
  putParcel(parcel: Parcel): Promise<void>
  deleteParcel(id: string): Promise<void>
}

/** Opens the browser's database, or memory if that is not possible (some private windows). */
export async function openKeeper(): Promise<Keeper> {
  try {
    const request = indexedDB.open('tony-labels', 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('drafts', { keyPath: 'id' })
      request.result.createObjectStore('parcels', { keyPath: 'id' })
    }
    return new BrowserKeeper(await done(request))
  } catch {
    return new MemoryKeeper()
  }
}

/** Keeps everything as long as the page is open. */
export class MemoryKeeper implements Keeper {
  readonly #drafts = new Map<string, KeptDraft>()
  readonly #parcels = new Map<string, Parcel>()

  async draft(id: string): Promise<KeptDraft | undefined> {
    return this.#drafts.get(id)
  }

  async putDraft(draft: KeptDraft): Promise<void> {
    this.#drafts.set(draft.id, draft)
  }

  async deleteDraft(id: string): Promise<void> {
    this.#drafts.delete(id)
  }

  async parcels(): Promise<Parcel[]> {
    return [...this.#parcels.values()]
  }

  async putParcel(parcel: Parcel): Promise<void> {
    this.#parcels.set(parcel.id, parcel)
  }

  async deleteParcel(id: string): Promise<void> {
    this.#parcels.delete(id)
  }
}

class BrowserKeeper implements Keeper {
  readonly #db: IDBDatabase

  constructor(db: IDBDatabase) {
    this.#db = db
  }

  draft(id: string): Promise<KeptDraft | undefined> {
    return done(this.#store('drafts', 'readonly').get(id) as IDBRequest<KeptDraft | undefined>)
  }

  async putDraft(draft: KeptDraft): Promise<void> {
    await done(this.#store('drafts', 'readwrite').put(draft))
  }

  async deleteDraft(id: string): Promise<void> {
    await done(this.#store('drafts', 'readwrite').delete(id))
  }

  parcels(): Promise<Parcel[]> {
    return done(this.#store('parcels', 'readonly').getAll() as IDBRequest<Parcel[]>)
  }

  async putParcel(parcel: Parcel): Promise<void> {
    await done(this.#store('parcels', 'readwrite').put(parcel))
  }

  async deleteParcel(id: string): Promise<void> {
    await done(this.#store('parcels', 'readwrite').delete(id))
  }

  #store(name: string, mode: IDBTransactionMode): IDBObjectStore {
    return this.#db.transaction(name, mode, { durability: 'relaxed' }).objectStore(name)
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
