/** @file Prompts, and which keys have consented that theirs are kept. */
import type { App, AppContext } from '../../context.ts'
import { conflict, invalid } from '../../errors.ts'
import { pseudonym, sha256 } from '../../labels/context.ts'
import {
  deletePrompts,
  listConsents,
  listPrompts,
  type StoredPrompt,
  setConsent,
  tagPrompt,
  writePrompt,
} from '../../prompts/store.ts'
import { consentBody, type PromptObject, promptBody, promptChange, useCases } from '../../protocol/labels.ts'
import { type LabelApi, queryChoice, queryNumber } from './api.ts'

const splits = ['train', 'validation', 'test'] as const
const kinds = ['api', 'plain', 'few-shot', 'user-based'] as const

/** Adds the routes. */
export function promptRoutes(app: App, ctx: AppContext, api: LabelApi): void {
  app.get('/api/prompts', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const { prompts, total } = await listPrompts(labels, {
      split: c.req.query('split') === undefined ? undefined : queryChoice(c, 'split', splits),
      useCase: c.req.query('use_case') === undefined ? undefined : queryChoice(c, 'use_case', useCases),
      kind: c.req.query('kind') === undefined ? undefined : queryChoice(c, 'kind', kinds),
      // Labelers see what they wrote themselves.
      userHash: account.role === 'labeler' ? pseudonym(account.id) : undefined,
      offset: queryNumber(c, 'offset', { otherwise: 0, most: 1e9 - 1 }),
      limit: queryNumber(c, 'limit', { otherwise: 50, most: 500 }),
    })
    return c.json({ total, prompts: prompts.map(toObject) })
  })
  app.post('/api/prompts', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const body = await api.body(c, promptBody)
    if ((body.kind === 'few-shot') !== body.examples.length > 0) {
      throw invalid('examples belong to prompts of kind few-shot, which need at least one.', 'examples')
    }
    if (body.kind === 'user-based' && body.use_case === undefined) {
      throw invalid(
        'use_case is missing; a user-based prompt is written for one.',
        'use_case',
        'missing_required_parameter',
      )
    }
    const done = await writePrompt(labels, account, body)
    if ('refused' in done) throw conflict('A prompt that begins like this one is stored already.', 'duplicate')
    return c.json({ id: done.stored }, 201)
  })
  app.patch('/api/prompts/:id', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin', 'reviewer')
    const { use_case } = await api.body(c, promptChange)
    await tagPrompt(labels, account, c.req.param('id'), use_case)
    return c.json({ id: c.req.param('id'), use_case })
  })
  app.delete('/api/prompts/:id', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    return c.json({ deleted: await deletePrompts(labels, account, [c.req.param('id')]) })
  })

  app.get('/api/key-consents', async (c) => {
    const { labels } = await api.signedIn(c, 'admin')
    const list = await listConsents(labels)
    return c.json({
      keys: list.map(({ keyHash, label, collect, updatedAt }) => ({
        key_hash: keyHash,
        label,
        collect,
        updated_at: updatedAt.toISOString(),
      })),
    })
  })
  app.put('/api/key-consents', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { key, key_hash, label, collect } = await api.body(c, consentBody)
    if ((key === undefined) === (key_hash === undefined)) throw invalid('Give either key or key_hash.', 'key')
    const keyHash = key_hash ?? sha256(key!)
    await setConsent(labels, account, { keyHash, label, collect })
    ctx.prompts?.consentChanged()
    return c.json({ key_hash: keyHash, label, collect })
  })
}

function toObject(prompt: StoredPrompt): PromptObject {
  return {
    id: prompt.id,
    kind: prompt.kind,
    messages: prompt.messages,
    use_case: prompt.useCase,
    suggested_use_case: prompt.suggestedUseCase,
    split: prompt.split,
    replaced: prompt.replaced,
    created_at: prompt.createdAt.toISOString(),
  }
}
