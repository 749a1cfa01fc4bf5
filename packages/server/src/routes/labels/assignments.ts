/** @file What a labeler does: take an item, draft, submit, skip, undo, and see and bring its sound and pictures. */

import { readRaw } from '../../body.ts'
import type { App, AppContext } from '../../context.ts'
import {
  nextAssignment,
  ownAssignment,
  ownAssignments,
  requireVisibleMedia,
  saveDraft,
  skip,
  submit,
  undo,
} from '../../labels/assignment.ts'
import { readMedia, upload } from '../../labels/media.ts'
import { draftBody, skipBody, submitBody } from '../../protocol/labels.ts'
import { type LabelApi, mediaResponse, queryNumber } from './api.ts'

/** Adds the routes. */
export function assignmentRoutes(app: App, ctx: AppContext, api: LabelApi): void {
  app.post('/api/projects/:id/next', async (c) => {
    const { labels, account } = await api.signedIn(c)
    return c.json(await nextAssignment(labels, account, c.req.param('id')))
  })
  app.get('/api/assignments', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const assignments = await ownAssignments(labels, account, {
      projectId: c.req.query('project'),
      offset: queryNumber(c, 'offset', { otherwise: 0, most: 1e9 - 1 }),
      limit: queryNumber(c, 'limit', { otherwise: 50, most: 500 }),
    })
    return c.json({ assignments })
  })
  app.get('/api/assignments/:id', async (c) => {
    const { labels, account } = await api.signedIn(c)
    return c.json(await ownAssignment(labels, account, c.req.param('id')))
  })
  app.put('/api/assignments/:id/draft', async (c) => {
    const { labels, account } = await api.signedIn(c)
    return c.json(await saveDraft(labels, account, c.req.param('id'), await api.body(c, draftBody)))
  })
  app.put('/api/assignments/:id/answer', async (c) => {
    const { labels, account } = await api.signedIn(c)
    return c.json(await submit(labels, account, c.req.param('id'), await api.body(c, submitBody)))
  })
  app.post('/api/assignments/:id/skip', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const { reason } = await api.body(c, skipBody)
    return c.json(await skip(labels, account, c.req.param('id'), reason))
  })
  app.post('/api/assignments/:id/undo', async (c) => {
    const { labels, account } = await api.signedIn(c)
    return c.json(await undo(labels, account, c.req.param('id')))
  })
  app.get('/api/assignments/:id/media/:sha256', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const sha256 = c.req.param('sha256')
    await requireVisibleMedia(labels, account, c.req.param('id'), sha256)
    return mediaResponse(await readMedia(labels, sha256))
  })

  app.post('/api/media', async (c) => {
    const { labels, account } = await api.signedIn(c)
    // The bytes say what the file is; this type cannot be sent across sites without asking.
    const bytes = await readRaw(c, 'application/octet-stream', ctx.limits.bodyBytes)
    return c.json(await upload(labels, account, bytes), 201)
  })
  app.get('/api/media/:sha256', async (c) => {
    const { labels } = await api.signedIn(c, 'admin', 'reviewer')
    return mediaResponse(await readMedia(labels, c.req.param('sha256')))
  })
}
