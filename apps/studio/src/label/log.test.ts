import { describe, expect, it } from 'vitest'
import { actionText, actorName, type LogNames, subjectName } from './log.ts'

const names: LogNames = {
  accounts: new Map([['acct_1', 'ada']]),
  projects: new Map([['proj_1', 'Write']]),
  keys: new Map([['a'.repeat(64), 'kiosk']]),
}

describe('an entry of the log', () => {
  it('says what was done', () => {
    const cases: readonly (readonly [string, unknown, string])[] = [
      ['project.create', null, 'made the project'],
      ['project.change', { overlap: 3, archived: true }, 'set overlap to 3, closed the project'],
      ['project.change', { gold_every: 10 }, 'set control items to one in 10'],
      ['project.change', { gold_every: null }, 'set control items to none'],
      ['project.change', {}, 'changed nothing'],
      ['account.change', { role: 'admin', disabled: false }, 'made this account an admin, opened the account again'],
      [
        'account.create',
        { role: 'labeler', project: 'proj_1' },
        'made the account from an invite, as a labeler in “Write”',
      ],
      ['member.set', { account: 'acct_1', screening: null, reason: null }, 'added ada to the members'],
      ['member.set', { account: 'x', screening: 'passed', reason: 'ok' }, 'set the test of x to passed: ok'],
      ['items.add', { count: 1 }, 'added 1 item'],
      [
        'items.add',
        { count: 2, from: 'prompts', filter: { split: 'train', use_case: 'open_qa', decided: 'no' } },
        'added 2 items from the prompts (train, Open QA, use case not decided)',
      ],
      ['item.adjudicate', { reason: 'A is true', before: null }, 'made the final decision, because: A is true'],
      ['reset.create', null, 'made a link for a new password'],
      ['reset.accept', null, 'set a new password with a link'],
      ['item.change', { overlap: null }, 'asked for as many labelers as the project has'],
      ['screening.end', { screening: 'failed', score: 0.5 }, 'finished the test with 50 % agreement: failed'],
      ['prompt.tag', { use_case: null }, 'took the use case back'],
      ['key.create', { label: 'kiosk', collect: true }, 'made the key “kiosk”, with consent'],
      ['consent.set', { label: 'kiosk', collect: true, before: null }, 'lets prompts of “kiosk” be kept from now on'],
      [
        'consent.set',
        { label: 'kiosk', collect: false, before: { collect: true } },
        'lets no more prompts of “kiosk” be kept',
      ],
      ['consent.set', { label: 'kiosk', collect: false, before: null }, 'named the key “kiosk”'],
      [
        'key.delete_prompts',
        { count: 3, items: 1 },
        'deleted 3 prompts that came through the key; what projects made of them stays: 1 item',
      ],
      ['prompt.export', { count: 1, filter: { split: 'train' }, conversations: false }, 'exported 1 prompt (train)'],
      ['future.action', { a: 1 }, 'future.action {"a":1}'],
      ['future.action', null, 'future.action'],
    ]
    for (const [action, details, text] of cases) expect(actionText({ action, details }, names)).toBe(text)
  })

  it('names who did it and to what, also what is not there any more', () => {
    expect(actorName({ account_id: 'acct_1' }, names)).toBe('ada')
    expect(actorName({ account_id: null }, names)).toBe('The server')
    expect(actorName({ account_id: 'acct_2' }, names)).toBe('acct_2')
    expect(subjectName('proj_1', names)).toBe('Project “Write”')
    expect(subjectName('acct_1', names)).toBe('Account ada')
    expect(subjectName('a'.repeat(64), names)).toBe('Key “kiosk”')
    expect(subjectName('b'.repeat(64), names)).toBe('Key bbbbbbbb')
    expect(subjectName('item_0123456789', names)).toBe('Item 01234567')
    expect(subjectName('prompts', names)).toBe('Prompts')
  })
})
