import type { AssignmentObject } from '@tony/server/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { MemoryKeeper, type Parcel } from './kept.ts'
import { Outbox } from './outbox.ts'
import { ApiFailure } from './wire.ts'

const offline = new ApiFailure(0, 'offline', 'The server does not answer.')
const refused = new ApiFailure(409, 'already_submitted', 'No.')
const parcel: Parcel = { id: 'a', account: 'me', content: { kind: 'skip', reason: 'hard' } }
const done = { id: 'a', state: 'skipped' } as AssignmentObject

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('the outbox', () => {
  let keeper: MemoryKeeper
  let answers: (AssignmentObject | ApiFailure)[]
  let sent: Parcel[]
  let waits: (() => void)[]
  let outbox: Outbox

  beforeEach(() => {
    keeper = new MemoryKeeper()
    answers = []
    sent = []
    waits = []
    outbox = new Outbox({
      keeper,
      send: async (each) => {
        sent.push(each)
        const answer = answers.shift() ?? done
        if (answer instanceof ApiFailure) throw answer
        return answer
      },
      later: (run) => {
        waits.push(run)
        return () => {
          waits = waits.filter((each) => each !== run)
        }
      },
    })
  })

  it('keeps a label until the server has it', async () => {
    answers = [offline, offline, done]
    let waited = 0
    const delivery = outbox.deliver(parcel, () => waited++)
    await settle()
    expect(await keeper.parcels()).toEqual([parcel])
    waits.shift()!()
    await settle()
    outbox.retry()
    expect(await delivery).toEqual({ state: 'delivered', assignment: done })
    expect([waited, sent.length, waits.length]).toEqual([2, 3, 0])
    expect(await keeper.parcels()).toEqual([])
  })

  it('hands a refusal on and tries no more', async () => {
    answers = [refused]
    expect(await outbox.deliver(parcel, () => {})).toEqual({ state: 'refused', failure: refused })
    expect(await keeper.parcels()).toEqual([])
  })

  it('keeps a label of someone who was signed out meanwhile', async () => {
    answers = [new ApiFailure(401, 'not_signed_in', 'Sign in.')]
    expect(await outbox.deliver(parcel, () => {})).toMatchObject({ state: 'refused' })
    expect(await keeper.parcels()).toEqual([parcel])
  })

  it('gives a label back that could not be sent yet', async () => {
    answers = [offline]
    const delivery = outbox.deliver(parcel, () => {})
    await settle()
    outbox.takeBack('a')
    expect(await delivery).toEqual({ state: 'taken_back' })
    expect(await keeper.parcels()).toEqual([])
  })

  it('sends what an earlier page left, of this account only', async () => {
    await keeper.putParcel(parcel)
    await keeper.putParcel({ ...parcel, id: 'b', account: 'someone else' })
    await keeper.putParcel({ ...parcel, id: 'c' })
    answers = [done, refused]
    expect(
      await outbox.deliverLeft(
        'me',
        () => {},
        () => false,
      ),
    ).toEqual([refused])
    expect(sent.map(({ id }) => id)).toEqual(['a', 'c'])
    expect((await keeper.parcels()).map(({ id }) => id)).toEqual(['b'])
  })

  it('says that what was left waits, and tries no more once the page is gone', async () => {
    await keeper.putParcel(parcel)
    answers = [offline, offline]
    let [waited, gone] = [0, false]
    const left = outbox.deliverLeft(
      'me',
      () => waited++,
      () => gone,
    )
    await settle()
    waits.shift()!()
    await settle()
    expect([waited, sent.length]).toEqual([2, 2])
    gone = true
    waits.shift()!()
    expect(await left).toEqual([])
    expect(sent).toHaveLength(2)
    expect(await keeper.parcels()).toEqual([parcel])
  })
})
