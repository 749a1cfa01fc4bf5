/** @file Everything under `/api`: accounts, projects, labeling, review, prompts. */
import type { App, AppContext } from '../../context.ts'
import { checkSameOrigin, checkVisitor } from '../../guard.ts'
import { visitorOf } from '../../visitor.ts'
import { accountRoutes } from './accounts.ts'
import { labelApi } from './api.ts'
import { assignmentRoutes } from './assignments.ts'
import { projectRoutes } from './projects.ts'
import { promptRoutes } from './prompts.ts'
import { reviewRoutes } from './review.ts'

/** Adds the routes if the server has a store. */
export function labelRoutes(app: App, ctx: AppContext): void {
  if (ctx.store === undefined) return
  const api = labelApi(ctx, ctx.store)
  app.use('/api/*', async (c, next) => {
    const visitor = visitorOf(c)
    // People sign in with a password here, so a key is not asked for.
    if (ctx.keys.size === 0) await checkVisitor(visitor, ctx)
    checkSameOrigin(c.req.method, visitor, c.req.header('sec-fetch-site'))
    await next()
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  accountRoutes(app, ctx, api)
  projectRoutes(app, api)
  assignmentRoutes(app, ctx, api)
  reviewRoutes(app, ctx, api)
  promptRoutes(app, ctx, api)
}
