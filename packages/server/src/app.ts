/** @file The HTTP application: no port, no globals. */
import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { matchedRoutes } from 'hono/route'
import type { Assistant } from 'tony'
import { AudioStore } from './audio-store.ts'
import {
  type App,
  type AppContext,
  type AppEnv,
  type AppRequest,
  defaultLimits,
  type Limits,
  type MediaCodecs,
} from './context.ts'
import { ApiError, quote, toApiError } from './errors.ts'
import { Gate } from './gate.ts'
import { checkVisitor } from './guard.ts'
import { idempotency } from './idempotency.ts'
import { type KeyRing, makeKeyRing } from './keys.ts'
import { describeError, type Logger, silentLogger } from './logger.ts'
import { Metrics } from './metrics.ts'
import { PromptCollector } from './prompts/collector.ts'
import { isIssuedKey } from './prompts/keys.ts'
import { chatRoutes } from './routes/chat.ts'
import { imageRoutes } from './routes/images.ts'
import { labelRoutes } from './routes/labels/index.ts'
import { modelRoutes } from './routes/models.ts'
import { speechRoutes } from './routes/speech.ts'
import { transcriptionRoutes } from './routes/transcriptions.ts'
import { staticRoutes } from './static.ts'
import { LazyStore, type StoreOptions } from './store/open.ts'
import { visitorOf } from './visitor.ts'

/** What an application is made from; only the assistant and the codecs have no default. */
export interface AppDeps {
  readonly assistant: Assistant
  readonly media: MediaCodecs
  readonly logger?: Logger
  /** Default: no keys, so the API answers its own machine only. */
  readonly keys?: KeyRing
  readonly limits?: Partial<Limits>
  /** Folder of the built page; default none. */
  readonly studioDir?: string
  /** Origins of other sites whose pages may call the API; default none. */
  readonly corsOrigins?: readonly string[]
  /** Where labels, prompts and accounts are kept; default nowhere, and then there is no `/api`. */
  readonly store?: StoreOptions
  readonly now?: () => number
  readonly newId?: (prefix: string) => string
  readonly shutdown?: AbortSignal
}

/** Fills in the defaults. */
export function makeContext(deps: AppDeps): AppContext {
  const limits: Limits = { ...defaultLimits, ...deps.limits }
  const now = deps.now ?? Date.now
  const logger = deps.logger ?? silentLogger
  const newId = deps.newId ?? ((prefix: string) => prefix + randomBytes(16).toString('hex'))
  const store = deps.store === undefined ? undefined : new LazyStore(deps.store)
  return {
    assistant: deps.assistant,
    media: deps.media,
    logger,
    metrics: new Metrics(),
    gate: new Gate(limits.generations, limits.queue),
    audio: new AudioStore(limits.audioStoreBytes, now),
    keys: deps.keys ?? makeKeyRing([]),
    isIssued: async (key) => store !== undefined && isIssuedKey(store, key),
    corsOrigins: deps.corsOrigins ?? [],
    store,
    prompts: store === undefined ? undefined : new PromptCollector({ now, newId, logger }, store),
    limits,
    now,
    newId,
    shutdown: deps.shutdown ?? new AbortController().signal,
  }
}

/**
 * Makes the application.
 *
 * @example
 * const app = createApp({ assistant, media })
 * const response = await app.request('http://localhost/v1/models')
 */
export function createApp(deps: AppDeps): App {
  return buildApp(makeContext(deps), deps.studioDir)
}

/** As {@link createApp}, for a context that the realtime endpoint shares. */
export function buildApp(ctx: AppContext, studioDir: string | undefined): App {
  const app = new Hono<AppEnv>()
  app.use('*', async (c, next) => {
    c.set('requestId', ctx.newId('req_'))
    await next()
    c.header('x-request-id', c.get('requestId'))
    ctx.metrics.request(routeName(c), c.res.status)
  })
  if (ctx.corsOrigins.length > 0) app.use('*', corsMiddleware(ctx.corsOrigins))
  for (const path of ['/v1', '/v1/*', '/metrics']) {
    app.use(path, async (c, next) => {
      await checkVisitor(visitorOf(c), ctx)
      await next()
    })
  }
  app.use('/v1/*', idempotency(ctx))
  modelRoutes(app, ctx)
  chatRoutes(app, ctx)
  speechRoutes(app, ctx)
  transcriptionRoutes(app, ctx)
  imageRoutes(app, ctx)
  labelRoutes(app, ctx)
  app.get('/health', (c) => {
    const models = ctx.assistant.models.map((model) => model.id)
    if (ctx.assistant.running === false) return c.json({ status: 'unavailable', models }, 503)
    return c.json({ status: 'ok', models })
  })
  app.get('/metrics', (c) =>
    c.body(ctx.metrics.render(ctx.gate), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )
  app.get('/v1/realtime', () => {
    throw new ApiError(400, '/v1/realtime speaks WebSocket; send an upgrade request.', { code: 'upgrade_required' })
  })
  refuseOtherMethods(app)
  if (studioDir !== undefined) staticRoutes(app, studioDir)
  app.notFound((c) =>
    fail(
      ctx,
      c,
      new ApiError(404, `There is nothing at ${c.req.method} ${quote(c.req.path)}.`, { code: 'unknown_url' }),
    ),
  )
  app.onError((error, c) => fail(ctx, c, error))
  return app
}

/** A known path with another method is a 405 that says which methods it has. */
function refuseOtherMethods(app: App): void {
  const methods = new Map<string, Set<string>>()
  for (const route of app.routes) {
    if (route.method === 'ALL') continue
    const known = methods.get(route.path) ?? new Set()
    methods.set(route.path, known.add(route.method))
  }
  for (const [path, known] of methods) {
    if (known.has('GET')) known.add('HEAD')
    const allow = [...known].join(', ')
    app.all(path, (c) => {
      throw new ApiError(405, `${c.req.method} is not a method of ${path}; use ${allow}.`, {
        code: 'method_not_supported',
        headers: { allow },
      })
    })
  }
}

function fail(ctx: AppContext, c: AppRequest, error: unknown): Response {
  const known = toApiError(error)
  const left = c.req.raw.signal.aborted
  if (known.status >= 500 && !left) {
    ctx.logger.error('request failed', { requestId: c.get('requestId'), path: c.req.path, error: describeError(error) })
  }
  return c.json(known.body(), known.status, { ...known.headers })
}

/** The pattern that matched; a client's own path must not become a label. */
function routeName(c: AppRequest): string {
  return matchedRoutes(c).find((route) => !route.path.includes('*'))?.path ?? 'other'
}

function corsMiddleware(origins: readonly string[]): ReturnType<typeof cors> {
  return cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'POST', 'OPTIONS'],
    exposeHeaders: ['x-request-id', 'retry-after', 'retry-after-ms', 'idempotent-replayed'],
    maxAge: 600,
  })
}
