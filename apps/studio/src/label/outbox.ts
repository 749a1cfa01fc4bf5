/** @file Labels on their way to the server: kept in this browser until it has them, and sent again when it is back. */
import type { AssignmentObject } from '@tony/server/protocol'
import type { Keeper, Parcel } from './kept.ts'
import { type ApiFailure, asFailure } from './wire.ts'

/** What the outbox works with. */
export interface OutboxDeps {
  readonly keeper: Keeper
  readonly send: (parcel: Parcel) => Promise<AssignmentObject>
  readonly later: (run: () => void, ms: number) => () => void
}

/** How sending ended. */
export type Delivery =
  | { readonly state: 'delivered'; readonly assignment: AssignmentObject }
  | { readonly state: 'refused'; readonly failure: ApiFailure }
  | { readonly state: 'taken_back' }
  /** Whoever asked has gone; the label stays in this browser. */
  | { readonly state: 'kept' }

const AGAIN_MS = 3000

/** Sends labels, each until the server has answered. */
export class Outbox {
  readonly #deps: OutboxDeps
  readonly #waiting = new Map<string, { go: () => void; back: () => void }>()

  constructor(deps: OutboxDeps) {
    this.#deps = deps
  }

  /** Sends a label; `onWait` is told each time that the server could not be reached, and once `gone` no more is tried. */
  async deliver(parcel: Parcel, onWait: () => void, gone: () => boolean = () => false): Promise<Delivery> {
    const { keeper, send, later } = this.#deps
    await keeper.putParcel(parcel).catch(() => {})
    for (;;) {
      try {
        const assignment = await send(parcel)
        await keeper.deleteParcel(parcel.id).catch(() => {})
        return { state: 'delivered', assignment }
      } catch (error) {
        const failure = asFailure(error)
        if (!failure.passing) {
          // Who was signed out signs in and sends it again.
          if (failure.status !== 401) await keeper.deleteParcel(parcel.id).catch(() => {})
          return { state: 'refused', failure }
        }
      }
      onWait()
      const back = await new Promise<boolean>((resolve) => {
        const stop = later(() => resolve(false), AGAIN_MS)
        const end = (back: boolean): void => {
          stop()
          resolve(back)
        }
        this.#waiting.set(parcel.id, { go: () => end(false), back: () => end(true) })
      })
      this.#waiting.delete(parcel.id)
      if (gone()) return { state: 'kept' }
      if (!back) continue
      await keeper.deleteParcel(parcel.id).catch(() => {})
      return { state: 'taken_back' }
    }
  }

  /** Tries again at once, when the connection may be back. */
  retry(): void {
    for (const { go } of this.#waiting.values()) go()
  }

  /** Stops trying to send a label. */
  takeBack(id: string): void {
    this.#waiting.get(id)?.back()
  }

  /** Sends what an earlier page of this account could not; what is refused now says why. Waits, and ends, as `deliver` does. */
  async deliverLeft(account: string, onWait: () => void, gone: () => boolean): Promise<ApiFailure[]> {
    const parcels = await this.#deps.keeper.parcels().catch(() => [])
    const failures: ApiFailure[] = []
    for (const parcel of parcels) {
      if (parcel.account !== account) continue
      if (gone()) break
      const delivery = await this.deliver(parcel, onWait, gone)
      if (delivery.state === 'refused') failures.push(delivery.failure)
    }
    return failures
  }
}
