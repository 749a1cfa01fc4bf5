/** @file The labeling pages for tests: the real server with a store of its own, a first admin, and a browser profile for each person. */
import { createAdmin, makeKeyRing, startServer } from '@tony/server'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { createFakeAssistant, fakeMedia } from '../helpers/fake-assistant.ts'
import { databases } from '../helpers/stores.ts'
import { type OpenedPage, startStudioBrowser } from './studio-browser.ts'

// biome-ignore lint/suspicious/noExplicitAny: test bodies are looked at field by field
type Body = any

/** How long a page may take to show something. */
export const PATIENCE = 60_000

/** What tests of the labeling pages work with. */
export interface LabelStudio {
  /** Of the server, without a slash at the end. */
  readonly url: string
  /** Every profile so far. */
  readonly opened: OpenedPage[]
  /** Asks the API as someone, beside the page. */
  send(who: string, method: string, path: string, body?: unknown): Promise<Body>
  /** Makes a project with items. @returns its id. */
  project(fields: object, items: object[]): Promise<string>
  /** Opens a profile of its own on a page. */
  open(hash: string, options?: BrowserContextOptions): Promise<Page>
  /** Signs in with the page; the admin by default. */
  signIn(page: Page, password?: string): Promise<void>
  /** Makes an account with an invite, as the one who got the link does. */
  join(name: string, projectId: string | null, options?: BrowserContextOptions): Promise<Page>
  /** Closes everything. @returns what the pages' consoles have reported. */
  close(): Promise<string[]>
}

/** Builds the page, starts the server and the browser, and signs `ada` in for {@link LabelStudio.send}. */
export async function startLabelStudio(
  options: { readonly now?: () => number; readonly keys?: readonly string[] } = {},
): Promise<LabelStudio> {
  const studio = await startStudioBrowser()
  const database = await databases[0]!.start()
  await createAdmin(database.options, { name: 'ada', password: 'correct horse' })
  const server = await startServer({
    assistant: createFakeAssistant(),
    media: fakeMedia,
    store: database.options,
    port: 0,
    graceMs: 200,
    now: options.now ?? Date.now,
    keys: makeKeyRing(options.keys ?? []),
    studioDir: studio.pageDir,
  })
  const cookies = new Map<string, string>()
  const opened: OpenedPage[] = []

  const send: LabelStudio['send'] = async (who, method, path, body) => {
    const raw = body instanceof Uint8Array
    const response = await fetch(server.url + path, {
      method,
      headers: {
        cookie: cookies.get(who) ?? '',
        ...(body === undefined ? {} : { 'content-type': raw ? 'application/octet-stream' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: raw ? (body as BodyInit) : JSON.stringify(body) }),
    })
    const given = response.headers.get('set-cookie')
    if (given !== null) cookies.set(who, given.split(';')[0]!)
    return { status: response.status, ...((await response.json()) as object) }
  }

  const open: LabelStudio['open'] = async (hash, options = {}) => {
    const one = await studio.open(options)
    one.page.setDefaultTimeout(PATIENCE)
    opened.push(one)
    await one.page.goto(`${server.url}/${hash}`)
    return one.page
  }

  await send('ada', 'POST', '/api/session', { name: 'ada', password: 'correct horse' })
  return {
    url: server.url,
    opened,
    send,
    open,
    project: async (fields, items) => {
      const { id } = await send('ada', 'POST', '/api/projects', {
        guidelines: '# Be fair\n\nRead *everything*.',
        ...fields,
      })
      if (items.length > 0) await send('ada', 'POST', `/api/projects/${id}/items`, { items })
      return id
    },
    signIn: async (page, password = 'correct horse') => {
      await page.getByLabel('Name').fill('ada')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Projects' }).waitFor()
    },
    join: async (name, projectId, options = {}) => {
      const { token } = await send('ada', 'POST', '/api/invites', { role: 'labeler', project_id: projectId })
      const page = await open(`#/label/invite/${token}`, options)
      await page.getByLabel('Name').fill(name)
      await page.getByLabel('Password').fill(`secret of ${name}`)
      await page.getByRole('button', { name: 'Make the account' }).click()
      await page.getByRole('heading', { name: 'Projects' }).waitFor()
      return page
    },
    close: async () => {
      for (const { context } of opened) await context.close()
      await studio.close()
      await server.close()
      await database.stop()
      return opened.flatMap(({ problems }) => problems)
    },
  }
}

/** The drafts in the browser's own database. */
export function keptDrafts(page: Page): Promise<Body[]> {
  return page.evaluate(
    () =>
      new Promise<Body[]>((resolve) => {
        const opening = indexedDB.open('tony-labels')
        opening.onsuccess = () => {
          const all = opening.result.transaction('drafts').objectStore('drafts').getAll()
          all.onsuccess = () => {
            opening.result.close()
            resolve(all.result.map((kept) => kept.draft))
          }
        }
      }),
  )
}
