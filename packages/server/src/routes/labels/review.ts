/** @file Progress, own figures, statistics, adjudication, the log, export and import. */
import { readRaw } from '../../body.ts'
import type { App, AppContext } from '../../context.ts'
import { ApiError } from '../../errors.ts'
import { adjudicate, disagreements, reviewItem } from '../../labels/adjudication.ts'
import { audit, auditEntries } from '../../labels/audit.ts'
import { exportFormats, exportLines } from '../../labels/export.ts'
import { importFormats, importLines } from '../../labels/import.ts'
import { ownFigures } from '../../labels/own.ts'
import { modelPreferences } from '../../labels/preferences.ts'
import { progressOf } from '../../labels/progress.ts'
import { findProject, visibleProject } from '../../labels/projects.ts'
import { type LabelerStatistics, statisticsOf } from '../../labels/statistics.ts'
import type {
  AuditObject,
  DisagreementObject,
  LabelerFigures,
  ModelPreferenceObject,
  OwnFigures,
  ProgressObject,
  ReviewObject,
  StatisticsObject,
} from '../../protocol/label-reports.ts'
import { adjudicationBody } from '../../protocol/labels.ts'
import { type LabelApi, queryChoice, queryNumber } from './api.ts'

/** Adds the routes. */
export function reviewRoutes(app: App, ctx: AppContext, api: LabelApi): void {
  app.get('/api/projects/:id/progress', async (c) => {
    // A labeler could see from it which of their labels do not count in it: those of control items.
    const { labels } = await api.signedIn(c, 'admin', 'reviewer')
    const progress = await progressOf(labels, await findProject(labels.db, c.req.param('id')))
    return c.json<ProgressObject>({
      items: progress.items,
      complete: progress.complete,
      labels_needed: progress.labelsNeeded,
      labels_done: progress.labelsDone,
      active: progress.active,
      skipped: progress.skipped,
      adjudicated: progress.adjudicated,
    })
  })
  app.get('/api/projects/:id/own', async (c) => {
    const { labels, account } = await api.signedIn(c)
    const { id } = await visibleProject(labels, account, c.req.param('id'))
    const { open, screening, ...figures } = await ownFigures(labels, account, await findProject(labels.db, id))
    return c.json<OwnFigures>({ ...labelerFigures(figures), open, screening })
  })
  app.get('/api/projects/:id/statistics', async (c) => {
    const { labels } = await api.signedIn(c, 'admin', 'reviewer')
    const project = await findProject(labels.db, c.req.param('id'))
    const found = await statisticsOf(labels, project.id)
    return c.json<StatisticsObject>({
      labels: found.labels,
      items_with_two_labels: found.itemsWithTwoLabels,
      pairwise_agreement: found.pairwiseAgreement,
      pairs: found.pairs,
      strict_agreement: found.strictAgreement,
      kendall_tau_b: found.kendallTauB,
      preference_alpha: found.preferenceAlpha,
      overall_alpha: found.overallAlpha,
      flag_alpha: found.flagAlpha,
      median_seconds: found.medianSeconds,
      labelers: found.labelers.map(labelerFigures),
    })
  })
  app.get('/api/projects/:id/preferences', async (c) => {
    // Who still labels or decides must not learn whose outputs do well.
    const { labels } = await api.signedIn(c, 'admin')
    const { id } = await findProject(labels.db, c.req.param('id'))
    const pairs = (await modelPreferences(labels, id)).map(
      ({ share: { value, low, high }, ...rest }): ModelPreferenceObject => ({ ...rest, share: value, low, high }),
    )
    return c.json({ pairs })
  })
  app.get('/api/projects/:id/disagreements', async (c) => {
    const { labels } = await api.signedIn(c, 'admin', 'reviewer')
    const { id } = await findProject(labels.db, c.req.param('id'))
    const list = await disagreements(labels, id, queryNumber(c, 'limit', { otherwise: 50, most: 1000 }))
    return c.json({ items: list.map(({ itemId, ...rest }): DisagreementObject => ({ item_id: itemId, ...rest })) })
  })

  app.get('/api/items/:id/labels', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin', 'reviewer')
    const reveal = c.req.query('reveal') === '1'
    if (reveal && account.role !== 'admin') {
      throw new ApiError(403, 'Only an admin may see which model made an output.', { code: 'wrong_role' })
    }
    const { item, labels: list, agreement, adjudication } = await reviewItem(labels, c.req.param('id'))
    if (reveal) await audit(labels.db, labels, account, { action: 'item.reveal', subject: item.id })
    return c.json<ReviewObject>({
      item_id: item.id,
      project_id: item.projectId,
      prompt: item.prompt,
      // Who decides must not know who made an output, unless they say that they want to.
      outputs: item.outputs.map(({ content, model }) => (reveal ? { content, model } : { content })),
      labels: list,
      agreement,
      adjudication:
        adjudication === null
          ? null
          : {
              answer: adjudication.answer,
              reason: adjudication.reason,
              adjudicator: adjudication.adjudicator,
              created_at: adjudication.createdAt.toISOString(),
            },
    })
  })
  app.put('/api/items/:id/adjudication', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin', 'reviewer')
    await adjudicate(labels, account, c.req.param('id'), await api.body(c, adjudicationBody))
    return c.json({ item_id: c.req.param('id') })
  })

  app.get('/api/audit', async (c) => {
    const { labels } = await api.signedIn(c, 'admin')
    const entries = await auditEntries(labels, {
      subject: c.req.query('subject'),
      before:
        c.req.query('before') === undefined ? undefined : queryNumber(c, 'before', { otherwise: 0, most: 1e9 - 1 }),
      limit: queryNumber(c, 'limit', { otherwise: 100, most: 1000 }),
    })
    return c.json({
      entries: entries.map(
        ({ at, accountId, ...rest }): AuditObject => ({ at: at.toISOString(), account_id: accountId, ...rest }),
      ),
    })
  })

  app.get('/api/projects/:id/export', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const format = queryChoice(c, 'format', exportFormats, 'full')
    const project = await findProject(labels.db, c.req.param('id'))
    const lines = exportLines(labels, project, format, { media: c.req.query('media') === '1' })
    // What cannot be exported must be an error, not a file that ends in the middle.
    const text: string[] = []
    for await (const line of lines) text.push(line)
    await audit(labels.db, labels, account, { action: 'export', subject: project.id, details: { format } })
    const csv = format === 'csv'
    return c.body(text.join(''), 200, {
      'content-type': `${csv ? 'text/csv' : 'application/jsonl'}; charset=utf-8`,
      'content-disposition': `attachment; filename="${project.id}-${csv ? 'labels.csv' : `${format}.jsonl`}"`,
      'x-content-type-options': 'nosniff',
    })
  })
  app.post('/api/import', async (c) => {
    const { labels, account } = await api.signedIn(c, 'admin')
    const format = queryChoice(c, 'format', importFormats)
    const bytes = await readRaw(c, 'application/jsonl', ctx.limits.importBytes)
    const result = await importLines(labels, account, decode(bytes), { format, projectId: c.req.query('project') })
    return c.json({ project_id: result.projectId, items: result.items, labels: result.labels }, 201)
  })
}

function labelerFigures(found: LabelerStatistics): LabelerFigures {
  return {
    labeler: found.labeler,
    submitted: found.submitted,
    skipped: found.skipped,
    median_seconds: found.medianSeconds,
    agreement_with_others: found.agreementWithOthers,
    pairs_with_others: found.pairsWithOthers,
    gold_answered: found.gold.answered,
    gold_agreement: found.gold.agreement,
    gold_judgments: found.gold.judgments,
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ApiError(400, 'The file is not UTF-8; nothing was imported.', { code: 'invalid_encoding', cause })
  }
}
