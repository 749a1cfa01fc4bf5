/** @file Chromium with a microphone that is fed from a file, and the built page for it. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import { build } from 'vite'
import { toneWav } from './studio-fake.ts'

const executablePath = process.env['TONY_CHROMIUM'] ?? '/usr/bin/chromium'

/** True where the page cannot be tested. */
export const chromiumMissing: boolean = !existsSync(executablePath)

/** A name for the tests that says why they are skipped. */
export function browserSuite(name: string): string {
  return chromiumMissing ? `${name} (skipped: Chromium is not installed; TONY_CHROMIUM may name one)` : name
}

/** What tests of the page work with. */
export interface StudioBrowser {
  /** The built page's files. */
  readonly pageDir: string
  /** A fresh profile with an empty page. */
  open(options: BrowserContextOptions): Promise<OpenedPage>
  /** A fresh profile on `url`; any error on the page's console, a blocked script or style too, throws. */
  withPage(url: string, options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** A page with its profile, and what its console reports. */
export interface OpenedPage {
  readonly context: BrowserContext
  readonly page: Page
  readonly problems: string[]
}

/** Notes any error on a page's console, a blocked script or style too. */
export function watchConsole(page: Page, problems: string[]): void {
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    // The browser notes every failed request by itself; tests provoke some.
    const expected = /Failed to load resource|ERR_INCOMPLETE_CHUNKED_ENCODING/.test(message.text())
    if (message.type() === 'error' && !expected) problems.push(message.text())
  })
}

/** Builds the page and starts Chromium. */
export async function startStudioBrowser(): Promise<StudioBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'tony-studio-'))
  const microphone = join(folder, 'microphone.wav')
  const pageDir = join(folder, 'page')
  // Read over and over: one second of speech every five seconds.
  await writeFile(microphone, toneWav(5, 1, 2))
  await build({ root: resolve('apps/studio'), logLevel: 'error', build: { outDir: pageDir, emptyOutDir: true } })
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphone}`,
    ],
  })
  const open: StudioBrowser['open'] = async (options) => {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 820 },
      colorScheme: 'light',
      permissions: ['microphone'],
      ...options,
    })
    const page = await context.newPage()
    const problems: string[] = []
    watchConsole(page, problems)
    page.setDefaultTimeout(10_000)
    return { context, page, problems }
  }
  return {
    pageDir,
    open,
    withPage: async (url, options, use) => {
      const { context, page, problems } = await open(options)
      try {
        await page.goto(url)
        await messageBox(page).waitFor()
        await use(page)
      } finally {
        await context.close()
      }
      if (problems.length > 0) throw new Error(`The page's console reports: ${problems.join('; ')}`)
    },
    close: async () => {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Where the user writes. */
export function messageBox(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Message', exact: true })
}

/** Writes to Tony. */
export async function say(page: Page, text: string): Promise<void> {
  await messageBox(page).fill(text)
  await page.keyboard.press('Enter')
}

/** The last answer, once it is complete. */
export async function finished(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Answer again' }).waitFor({ timeout: 30_000 })
  return page.locator('.turn-tony').last()
}

/** Saves a picture of the page in the folder that `TONY_SCREENSHOTS` names, if it does. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env['TONY_SCREENSHOTS']
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}
