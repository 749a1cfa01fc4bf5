/** @file Projects, guidelines, members and items. */
import type { App } from '../../context.ts'
import { pseudonym } from '../../labels/context.ts'
import { type ListedItem, listItems } from '../../labels/progress.ts'
import {
  addGuidelines,
  addItems,
  changeItem,
  changeProject,
  createProject,
  findProject,
  guidelinesHistory,
  listMembers,
  setMember,
  visibleProject,
  visibleProjects,
} from '../../labels/projects.ts'
import { purposeOf } from '../../labels/purpose.ts'
import {
  type GuidelinesObject,
  type ItemObject,
  type ItemPage,
  itemFilters,
  type MemberObject,
} from '../../protocol/label-reports.ts'
import { guidelinesBody, itemChange, itemsBody, memberBody, projectBody, projectChange } from '../../protocol/labels.ts'
import { type LabelApi, queryChoice, queryNumber } from './api.ts'

/** Adds the routes. */
export function projectRoutes(app: App, api: LabelApi): void {
  app.get('/api/projects', async (c) => {
    const { labels, account } = await api.signedIn(c)
    return c.json({ projects: await visibleProjects(labels, account) })
  })
  app.post('/api/projects', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const id = await createProject(labels, account, await api.body(c, projectBody))
    return c.json(await visibleProject(labels, account, id), 201)
  })
  app.get('/api/projects/:id', async (c) => {
    const { labels, account } = await api.signedIn(c)
    return c.json(await visibleProject(labels, account, c.req.param('id')))
  })
  app.patch('/api/projects/:id', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    await changeProject(labels, account, c.req.param('id'), await api.body(c, projectChange))
    return c.json(await visibleProject(labels, account, c.req.param('id')))
  })

  app.get('/api/projects/:id/guidelines', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const { id } = await visibleProject(labels, account, c.req.param('id'))
    const versions = await guidelinesHistory(labels, id)
    return c.json({
      versions: versions.map(
        ({ version, text, createdAt }): GuidelinesObject => ({
          version,
          text,
          created_at: createdAt.toISOString(),
        }),
      ),
    })
  })
  app.post('/api/projects/:id/guidelines', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { text } = await api.body(c, guidelinesBody)
    return c.json({ version: await addGuidelines(labels, account, c.req.param('id'), text) }, 201)
  })

  app.get('/api/projects/:id/members', async (c) => {
    const { labels } = await api.signedIn(c, 'admin')
    const list = await listMembers(labels, c.req.param('id'))
    return c.json({
      members: list.map(
        ({ account, screening, screeningScore }): MemberObject => ({
          account,
          labeler: pseudonym(account.id),
          screening,
          screening_score: screeningScore,
        }),
      ),
    })
  })
  app.put('/api/projects/:id/members/:account', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    await setMember(labels, account, c.req.param('id'), c.req.param('account'), await api.body(c, memberBody))
    return c.json({ project_id: c.req.param('id'), account_id: c.req.param('account') })
  })

  app.get('/api/projects/:id/items', async (c) => {
    const { labels } = await api.signedIn(c, 'admin')
    const { items, total } = await listItems(labels, await findProject(labels.db, c.req.param('id')), {
      show: queryChoice(c, 'show', itemFilters, 'all'),
      offset: queryNumber(c, 'offset', { otherwise: 0, most: 1e9 - 1 }),
      limit: queryNumber(c, 'limit', { otherwise: 50, most: 500 }),
    })
    return c.json<ItemPage>({ total, items: items.map(itemObject) })
  })
  app.post('/api/projects/:id/items', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { items } = await api.body(c, itemsBody)
    return c.json({ ids: await addItems(labels, account, c.req.param('id'), items) }, 201)
  })
  app.patch('/api/items/:id', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const { overlap } = await api.body(c, itemChange)
    await changeItem(labels, account, c.req.param('id'), overlap)
    return c.json({ id: c.req.param('id'), overlap })
  })
}

function itemObject({ item, needed, done, active, skips, adjudicated }: ListedItem): ItemObject {
  return {
    id: item.id,
    project_id: item.projectId,
    position: item.position,
    purpose: purposeOf(item),
    prompt: item.prompt,
    outputs: item.outputs,
    expected: item.expected,
    source: item.source,
    created_at: item.createdAt.toISOString(),
    overlap: item.overlap,
    labels_needed: needed,
    labels_done: done,
    active,
    skips,
    adjudicated,
  }
}
