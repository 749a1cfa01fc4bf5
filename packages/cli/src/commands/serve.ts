/** @file `tony serve`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { environmentOptions, jsonLogger, type Logger, startServer } from '@tony/server'
import { type Assistant, TonyError } from 'tony'
import { checkoutRoot } from '../checkout.ts'
import type { TonyDeps } from '../deps.ts'
import { findModel } from '../model-folder.ts'
import { onStop } from '../signals.ts'
import { storeOptions } from '../store.ts'
import type { Terminal } from '../terminal.ts'

/** Options of `tony serve`. */
export interface ServeOptions {
  readonly model: string
  readonly port?: number
  readonly host?: string
  readonly keysFile?: string
  readonly studio?: string
  readonly store: string
}

const DEFAULT_PORT = 8710

/** Serves until SIGINT or SIGTERM; running answers get a few seconds to end. */
export async function serve(options: ServeOptions, { terminal, openAssistant, openMedia }: TonyDeps): Promise<number> {
  const { stdout, env } = terminal
  const keysFile = options.keysFile === undefined ? {} : { TONY_API_KEYS_FILE: options.keysFile }
  const settings = await environmentOptions({ ...env, ...keysFile })
  const studioDir = findStudio(options.studio)
  const host = options.host ?? settings.host
  const modelDir = findModel(options.model)
  let release = (): void => {}
  const stopped = new Promise<void>((resolve) => {
    release = onStop(() => resolve(), terminal.now)
  })
  let assistant: Assistant | undefined
  try {
    assistant = await openAssistant(modelDir)
    const server = await startServer({
      assistant,
      media: await openMedia(),
      keys: settings.keys,
      corsOrigins: settings.corsOrigins,
      logger: logger(terminal),
      store: storeOptions(options.store, env),
      port: options.port ?? settings.port ?? DEFAULT_PORT,
      ...(host === undefined ? {} : { host }),
      ...(studioDir === undefined ? {} : { studioDir }),
    })
    const names = assistant.models.map((model) => model.id).join(', ')
    stdout.write(`Tony listens at ${server.url}\n`)
    stdout.write(`  model ${names}; API at ${server.url}/v1; Ctrl-C stops\n`)
    if (studioDir === undefined) stdout.write('  the page is not built: npm run build\n')
    await stopped
    stdout.write('Stopping; running answers get five seconds (Ctrl-C again: at once).\n')
    await server.close()
  } finally {
    await assistant?.close()
    release()
  }
  return 0
}

function findStudio(given: string | undefined): string | undefined {
  const folder = given ?? join(checkoutRoot, 'apps/studio/dist')
  if (existsSync(join(folder, 'index.html'))) return folder
  if (given === undefined) return undefined
  throw new TonyError('not_found', `serve: there is no ${join(given, 'index.html')}; build the page with npm run build`)
}

/** Warnings and errors always, the rest from `TONY_DEBUG=1` on. */
function logger({ stderr, env }: Terminal): Logger {
  const lines = jsonLogger((line) => stderr.write(line))
  return Number(env['TONY_DEBUG'] ?? 0) >= 1 ? lines : { ...lines, info: () => {} }
}
