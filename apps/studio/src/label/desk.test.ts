import type { AssignmentObject, ProjectObject } from '@tony/server/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Desk } from './desk.ts'
import { MemoryKeeper, type Parcel } from './kept.ts'
import { account } from './session.ts'

const parcel: Parcel = { id: 'a', account: 'me', content: { kind: 'skip', reason: 'hard' } }

describe('a desk that is opened with a label of before', () => {
  let online: boolean
  let asked: string[]
  let keeper: MemoryKeeper

  beforeEach(async () => {
    online = false
    asked = []
    keeper = new MemoryKeeper()
    await keeper.putParcel(parcel)
    account.value = { id: 'me', name: 'me', role: 'labeler' }
    vi.useFakeTimers()
    vi.stubGlobal('document', { baseURI: 'http://localhost/' })
    vi.stubGlobal('addEventListener', () => {})
    vi.stubGlobal('removeEventListener', () => {})
    vi.stubGlobal('fetch', async (url: string) => {
      if (!online) throw new TypeError('offline')
      asked.push(new URL(url).pathname)
      return Response.json(answers[new URL(url).pathname])
    })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
    account.value = undefined
  })

  const answers: Record<string, unknown> = {
    '/api/assignments/a/skip': { id: 'a', state: 'skipped' } as AssignmentObject,
    '/api/projects/p': { id: 'p', membership: null } as ProjectObject,
    '/api/projects/p/own': {},
    '/api/projects/p/next': { assignment: null, reason: 'done' },
  }

  it('says that the connection is lost, and goes on when it is back', async () => {
    const desk = new Desk('p', keeper)
    const begun = desk.begin()
    await vi.advanceTimersByTimeAsync(10)
    expect(desk.behind.value).toBe(true)
    online = true
    await vi.advanceTimersByTimeAsync(3000)
    await begun
    expect(desk.behind.value).toBe(false)
    expect(desk.reason.value).toBe('done')
    expect(asked[0]).toBe('/api/assignments/a/skip')
    expect(await keeper.parcels()).toEqual([])
  })

  it('takes no item once its page is gone', async () => {
    const desk = new Desk('p', keeper)
    const begun = desk.begin()
    await vi.advanceTimersByTimeAsync(10)
    desk.dispose()
    online = true
    await vi.advanceTimersByTimeAsync(10_000)
    await begun
    expect(asked).toEqual([])
    // The next page sends it.
    expect(await keeper.parcels()).toEqual([parcel])
  })
})
