/** @file Prompts, the keys that they come through, and which of these have consented that theirs are kept. */
import type { App, AppContext, AppRequest } from '../../context.ts'
import { conflict, invalid } from '../../errors.ts'
import { type Account, pseudonym, sha256 } from '../../labels/context.ts'
import { createKey, listKeys, revokeKey, setConsent } from '../../prompts/keys.ts'
import {
  countPrompts,
  deletePrompts,
  deletePromptsOfKey,
  exportPrompts,
  listPrompts,
  type OwnFilter,
  type StoredPrompt,
  tagPrompt,
  takePrompts,
  writePrompt,
} from '../../prompts/store.ts'
import {
  consentBody,
  EXAMPLES,
  type KeyList,
  type KeyMade,
  keyBody,
  type PromptBody,
  type PromptCount,
  type PromptObject,
  type PromptPage,
  type PromptStored,
  promptBody,
  promptChange,
  promptFilter,
  type Taken,
  takeBody,
  type UseCase,
} from '../../protocol/labels.ts'
import { validate } from '../../validate.ts'
import { type LabelApi, queryNumber } from './api.ts'

/** Adds the routes. */
export function promptRoutes(app: App, ctx: AppContext, api: LabelApi): void {
  app.get('/api/prompts', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const { prompts, total } = await listPrompts(labels, {
      ...filterOf(c, account),
      offset: queryNumber(c, 'offset', { otherwise: 0, most: 1e9 - 1 }),
      limit: queryNumber(c, 'limit', { otherwise: 50, most: 500 }),
    })
    return c.json<PromptPage>({ total, prompts: prompts.map(toObject) })
  })
  app.get('/api/prompts/counts', async (c) => {
    const { labels, account } = await api.signedIn(c)
    return c.json<{ counts: PromptCount[] }>({ counts: await countPrompts(labels, filterOf(c, account)) })
  })
  app.get('/api/prompts/export', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const conversations = c.req.query('conversations') === '1'
    const rows = await exportPrompts(labels, account, filterOf(c, account), { conversations })
    return c.body(rows.map((row) => `${JSON.stringify(row)}\n`).join(''), 200, {
      'content-type': 'application/jsonl; charset=utf-8',
      'content-disposition': 'attachment; filename="prompts.jsonl"',
      'x-content-type-options': 'nosniff',
    })
  })
  app.post('/api/prompts', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const body = await api.body(c, promptBody)
    checkKind(body)
    const done = await writePrompt(labels, account, body)
    if ('refused' in done) {
      throw conflict(
        'A prompt that begins like this one is stored already; write one that begins otherwise.',
        'duplicate',
      )
    }
    return c.json<PromptStored>(done.stored, 201)
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
  app.post('/api/projects/:id/prompts', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    return c.json<Taken>(await takePrompts(labels, account, c.req.param('id'), await api.body(c, takeBody)), 201)
  })

  app.get('/api/keys', async (c) => {
    const { labels } = await api.signedIn(c, 'admin')
    return c.json<KeyList>({ required: ctx.keys.size > 0, keys: await listKeys(labels, ctx.keys) })
  })
  app.post('/api/keys', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { key, stored } = await createKey(labels, account, await api.body(c, keyBody))
    await ctx.prompts?.consentChanged()
    return c.json<KeyMade>({ key, ...stored }, 201)
  })
  app.delete('/api/keys/:hash', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    await revokeKey(labels, account, c.req.param('hash'))
    await ctx.prompts?.consentChanged()
    return c.json({ key_hash: c.req.param('hash') })
  })
  // Taking consent back stops the collecting; what was collected stays until someone says this too.
  app.delete('/api/keys/:hash/prompts', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    return c.json(await deletePromptsOfKey(labels, account, c.req.param('hash')))
  })
  app.put('/api/key-consents', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { key, key_hash, label, collect } = await api.body(c, consentBody)
    if ((key === undefined) === (key_hash === undefined)) throw invalid('Give either key or key_hash.', 'key')
    const keyHash = key_hash ?? sha256(key!)
    await setConsent(labels, account, { keyHash, label, collect })
    await ctx.prompts?.consentChanged()
    return c.json({ key_hash: keyHash, label, collect })
  })
}

/** The filter in the query; labelers see what they wrote themselves. */
function filterOf(c: AppRequest, account: Account): OwnFilter {
  const filter = validate(promptFilter, c.req.query())
  return account.role === 'labeler' ? { ...filter, userHash: pseudonym(account.id) } : filter
}

/** Each kind has what it needs, and nothing of another kind. @throws ApiError 400. */
function checkKind({ kind, examples, query, use_case }: PromptBody): void {
  if (kind === 'few-shot') {
    if (examples.length < EXAMPLES.least) {
      throw invalid(
        `examples has ${examples.length}; a few-shot prompt needs at least ${EXAMPLES.least} pairs of a query and its response.`,
        'examples',
      )
    }
    if (query === undefined) {
      throw invalid(
        'query is missing; a few-shot prompt ends with a query that is still to be answered.',
        'query',
        'missing_required_parameter',
      )
    }
  } else if (examples.length > 0 || query !== undefined) {
    throw invalid(`examples and query belong to prompts of kind few-shot, not ${kind}.`, 'examples')
  }
  if (kind === 'user-based' && use_case === undefined) {
    throw invalid(
      'use_case is missing; a user-based prompt is written for one.',
      'use_case',
      'missing_required_parameter',
    )
  }
}

function toObject(prompt: StoredPrompt): PromptObject {
  return {
    id: prompt.id,
    kind: prompt.kind,
    messages: prompt.messages,
    // Only what passed a schema, or the table of suggestions, is ever written.
    use_case: prompt.useCase as UseCase | null,
    suggested_use_case: prompt.suggestedUseCase as UseCase | null,
    split: prompt.split,
    replaced: prompt.replaced,
    created_at: prompt.createdAt.toISOString(),
  }
}
