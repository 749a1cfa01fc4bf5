import type { DraftResult } from '@tony/server/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { DraftSaver, newerDraft } from './draft-saver.ts'
import { MemoryKeeper } from './kept.ts'
import { ApiFailure } from './wire.ts'

interface Sent {
  readonly revision: number
  readonly draft: Record<string, unknown>
  readonly answer: (result?: Partial<DraftResult>) => Promise<void>
  readonly fail: (failure: ApiFailure) => Promise<void>
}

const offline = new ApiFailure(0, 'offline', 'The server does not answer.')

/** Lets everything run that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('saving a draft', () => {
  let keeper: MemoryKeeper
  let sent: Sent[]
  let waits: { run: () => void; ms: number }[]
  let others: unknown[]
  let leases: string[]
  let saver: DraftSaver

  beforeEach(() => {
    keeper = new MemoryKeeper()
    sent = []
    waits = []
    others = []
    leases = []
    saver = new DraftSaver('a', 3, {
      keeper,
      send: (revision, draft) =>
        new Promise((resolve, reject) => {
          sent.push({
            revision,
            draft,
            answer: (result = {}) => {
              resolve({ stored: true, draft, draft_revision: revision, lease_until: 'later', ...result })
              return settle()
            },
            fail: (failure) => {
              reject(failure)
              return settle()
            },
          })
        }),
      later: (run, ms) => {
        const wait = { run, ms }
        waits.push(wait)
        return () => {
          waits = waits.filter((each) => each !== wait)
        }
      },
      onOther: (draft) => others.push(draft),
      onLease: (until) => leases.push(until),
    })
  })

  it('keeps every change here at once and sends the newest when the one before has arrived', async () => {
    saver.change({ text: 'a' })
    saver.change({ text: 'ab' })
    saver.change({ text: 'abc' })
    expect(await keeper.draft('a')).toEqual({ id: 'a', revision: 4, draft: { text: 'abc' } })
    expect(sent.map(({ draft }) => draft['text'])).toEqual(['a'])
    expect(saver.state.value).toBe('saving')
    await sent[0]!.answer()
    expect(sent.map(({ revision, draft }) => [revision, draft['text']])).toEqual([
      [4, 'a'],
      [5, 'abc'],
    ])
    await sent[1]!.answer()
    expect(saver.state.value).toBe('saved')
    expect(leases).toEqual(['later', 'later'])
  })

  it('tries again after a lost connection, later each time, and at once when it is back', async () => {
    saver.change({ text: 'a' })
    await sent[0]!.fail(offline)
    expect(saver.state.value).toBe('kept')
    expect(waits.map(({ ms }) => ms)).toEqual([1000])
    saver.change({ text: 'ab' })
    expect(sent).toHaveLength(1)
    waits.pop()!.run()
    await settle()
    expect(sent[1]).toMatchObject({ revision: 4, draft: { text: 'ab' } })
    await sent[1]!.fail(offline)
    expect(waits.map(({ ms }) => ms)).toEqual([2000])
    saver.retry()
    await settle()
    await sent[2]!.answer()
    expect(saver.state.value).toBe('saved')
    expect(waits).toEqual([])
  })

  it('tells of a newer draft from elsewhere, and counts on from it', async () => {
    saver.change({ text: 'mine' })
    await sent[0]!.answer({ stored: false, draft: { text: 'theirs' }, draft_revision: 9 })
    expect(others).toEqual([{ text: 'theirs' }])
    saver.change({ text: 'mine again' })
    expect(sent[1]!.revision).toBe(10)
  })

  it('takes what got lost on the way back for arrived', async () => {
    saver.change({ a: [1, { b: null }], c: 2 })
    await sent[0]!.answer({ stored: false, draft: { c: 2, a: [1, { b: null }] }, draft_revision: 4 })
    expect(others).toEqual([])
    expect(saver.state.value).toBe('saved')
  })

  it('gives up what the server will not take, and nothing after it is closed', async () => {
    saver.change({ text: 'a' })
    await sent[0]!.fail(new ApiFailure(409, 'already_submitted', 'No.'))
    expect(saver.state.value).toBe('refused')
    expect((await keeper.draft('a'))?.draft).toEqual({ text: 'a' })
    saver.close()
    saver.change({ text: 'b' })
    expect(sent).toHaveLength(1)
  })

  it('ends its waiting when it is closed', async () => {
    saver.change({ text: 'a' })
    await sent[0]!.fail(offline)
    saver.close()
    await settle()
    expect(waits).toEqual([])
    expect(sent).toHaveLength(1)
  })
})

describe('opening a draft', () => {
  const kept = { id: 'a', revision: 5, draft: { text: 'here' } }

  it('takes the newer of the two', () => {
    expect(newerDraft(kept, { draft: { text: 'there' }, draft_revision: 4 })).toEqual({ text: 'here' })
    expect(newerDraft(kept, { draft: { text: 'there' }, draft_revision: 5 })).toEqual({ text: 'here' })
    expect(newerDraft(kept, { draft: { text: 'there' }, draft_revision: 6 })).toEqual({ text: 'there' })
    expect(newerDraft(undefined, { draft: null, draft_revision: 0 })).toBeNull()
  })
})
