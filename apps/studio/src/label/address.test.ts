import { describe, expect, it } from 'vitest'
import { addressOf, parseRoute, type Route } from './address.ts'

describe('an address', () => {
  it('leads to its page and back', () => {
    const routes: Route[] = [
      { page: 'projects' },
      { page: 'new' },
      { page: 'accounts' },
      { page: 'prompts' },
      { page: 'write' },
      { page: 'keys' },
      { page: 'account' },
      { page: 'log', subject: null },
      { page: 'log', subject: 'proj_1' },
      { page: 'invite', token: 'a/b' },
      { page: 'reset', token: 'a/b' },
      { page: 'work', project: 'p' },
      { page: 'review', project: 'p' },
      { page: 'statistics', project: 'p' },
      { page: 'admin', project: 'p' },
      { page: 'items', project: 'p' },
      { page: 'item', project: 'p', item: 'i' },
    ]
    for (const route of routes) expect(parseRoute(addressOf(route))).toEqual(route)
  })

  it('that nobody knows is the list of projects', () => {
    for (const hash of ['', '#/label', '#/label/x', '#/label/p', '#/label/invite', '#/label/reset']) {
      expect(parseRoute(hash)).toEqual({ page: 'projects' })
    }
    expect(parseRoute('#/label/p/%')).toEqual({ page: 'work', project: '%' })
  })
})
