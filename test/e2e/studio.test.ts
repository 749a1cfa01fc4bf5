/**
 * @file The page in a real Chromium against a fake API server, which also shows what the page sends.
 *
 * `TONY_E2E_URL` names a running server to test instead (what depends on the fake's answers is skipped then);
 * `TONY_SCREENSHOTS` names a folder for pictures of the page; `TONY_CHROMIUM` another Chromium.
 */
import { readFile } from 'node:fs/promises'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  browserSuite,
  chromiumMissing,
  finished,
  type StudioBrowser,
  say,
  shot,
  startStudioBrowser,
} from './studio-browser.ts'
import { apple, type FakeServer, startFakeServer, toneWav } from './studio-fake.ts'

const realUrl = process.env['TONY_E2E_URL']

describe.skipIf(chromiumMissing)(browserSuite('the page'), () => {
  let studio: StudioBrowser | undefined
  let fake: FakeServer | undefined
  let url = ''

  beforeAll(async () => {
    studio = await startStudioBrowser()
    if (realUrl === undefined) fake = await startFakeServer(studio.pageDir)
    url = realUrl ?? fake?.url ?? ''
  }, 120_000)

  afterAll(async () => {
    await studio?.close()
    await fake?.close()
  })

  beforeEach(() => {
    if (fake === undefined) return
    fake.failure = undefined
    fake.chats.length = 0
    fake.live.length = 0
  })

  it('answers in writing and in speech, and the sound can be played again', async () => {
    await withPage({}, async (page) => {
      await shot(page, 'desktop-light-empty')
      await say(page, 'What is the opposite of hot?')
      await page.locator('.clip.playing').waitFor()
      const answer = await finished(page)
      expect(await answer.locator('.words').innerText()).not.toBe('')
      if (fake !== undefined) {
        expect(await answer.locator('.words').innerText()).toBe('The opposite of hot is cold.')
        expect(fake.chats[0]).toMatchObject({
          model: 'tony-nano',
          stream: true,
          modalities: ['text', 'audio', 'image'],
          audio: { voice: 'tony', format: 'pcm16' },
          messages: [{ role: 'user', content: 'What is the opposite of hot?' }],
        })
      }
      await page.locator('.clip.playing').waitFor({ state: 'detached' })
      await answer.getByRole('button', { name: 'Play' }).click()
      await answer.getByRole('button', { name: 'Pause' }).waitFor()
      await page.keyboard.press('Escape')
      await answer.getByRole('button', { name: 'Play' }).waitFor()
      await shot(page, 'desktop-light-answer')
    })
  })

  it('answers in writing only when asked to', async () => {
    await withPage({}, async (page) => {
      await page.getByRole('radio', { name: 'Text', exact: true }).check()
      await say(page, 'What is the opposite of hot?')
      const answer = await finished(page)
      expect(await answer.locator('.clip').count()).toBe(0)
      if (fake !== undefined) expect(fake.chats[0]?.modalities).toEqual(['text', 'image'])
    })
  })

  it('takes pictures by choosing, dropping and pasting, and sounds', async () => {
    await withPage({}, async (page) => {
      await page.locator('#files').setInputFiles([
        { name: 'apple.png', mimeType: 'image/png', buffer: apple() },
        { name: 'question.wav', mimeType: 'audio/wav', buffer: toneWav(2, 0.3, 1.6) },
        { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no') },
      ])
      await page.locator('.attachment').nth(1).waitFor()
      await page.getByRole('alert').filter({ hasText: 'notes.txt' }).waitFor()
      await shot(page, 'desktop-light-attachments')
      await bringFile(page, 'drop', apple())
      await bringFile(page, 'paste', apple())
      await page.locator('.attachment').nth(3).waitFor()
      await page.getByRole('button', { name: 'Remove dropped.png' }).click()
      expect(await page.locator('.attachment').count()).toBe(3)
      await say(page, 'What is this called in German?')
      await finished(page)
      if (fake !== undefined) {
        const content = fake.chats[0]?.messages[0]?.content
        expect(content).toMatchObject([
          { type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,/) } },
          { type: 'input_audio', input_audio: { format: 'wav', data: expect.stringMatching(/^UklGR/) } },
          { type: 'image_url' },
          { type: 'text', text: 'What is this called in German?' },
        ])
      }
      await page.locator('.turn-user .picture').first().click()
      await page.getByRole('dialog', { name: 'apple.png' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    })
  })

  it.skipIf(realUrl !== undefined)('shows what Tony draws', async () => {
    await withPage({ colorScheme: 'dark' }, async (page) => {
      await shot(page, 'desktop-dark-empty')
      await page.locator('#files').setInputFiles({ name: 'apple.png', mimeType: 'image/png', buffer: apple() })
      await say(page, 'What is this called in German?')
      await finished(page)
      await say(page, 'Draw: a red apple')
      const answer = await finished(page)
      const width = await answer.locator('img').evaluate((image) => (image as HTMLImageElement).naturalWidth)
      expect(width).toBe(128)
      await shot(page, 'desktop-dark-picture-and-audio')
    })
  })

  it('records while the button is held and sends the sound', async () => {
    await withPage({}, async (page) => {
      const button = page.getByRole('button', { name: 'Hold to talk' })
      await button.hover()
      await page.mouse.down()
      await page.locator('.recording-time', { hasText: '0:02' }).waitFor()
      await shot(page, 'desktop-light-recording')
      await page.mouse.up()
      const answer = await finished(page)
      expect(await answer.locator('.words').innerText()).not.toBe('')
      if (fake !== undefined) {
        const [part] = partsOf(fake.chats[0]?.messages[0]?.content)
        expect(loudnessOf(part?.input_audio?.data ?? '')).toBeGreaterThan(1000)
      }
    })
  })

  it('records between two taps, and Escape throws a recording away', async () => {
    await withPage({}, async (page) => {
      await page.getByRole('button', { name: 'Hold to talk' }).focus()
      await page.keyboard.press('Enter')
      await page.locator('.recording-time', { hasText: '0:01' }).waitFor()
      await page.keyboard.press('Escape')
      await page.locator('.recording-strip').waitFor({ state: 'detached' })
      expect(await page.locator('.turn').count()).toBe(0)
      await page.getByRole('button', { name: 'Hold to talk' }).click()
      await page.locator('.recording-time', { hasText: '0:01' }).waitFor()
      await page.getByRole('button', { name: 'Send the recording' }).click()
      await finished(page)
    })
  })

  it('holds a live conversation that can be interrupted', async () => {
    await withPage({}, async (page) => {
      await page.getByRole('button', { name: 'Live conversation' }).click()
      await page.locator('.live-hearing').waitFor({ timeout: 15_000 })
      await page.locator('.turn-tony .clip').first().waitFor({ timeout: 15_000 })
      await shot(page, 'desktop-light-live')
      if (fake === undefined) return
      // The file comes round again while Tony still speaks.
      await page.locator('.turn-tony', { hasText: 'Interrupted' }).waitFor({ timeout: 15_000 })
      await page.locator('.turn-user .words', { hasText: 'tell me a long story' }).first().waitFor()
      await page.getByRole('button', { name: 'End', exact: true }).click()
      await page.getByRole('textbox', { name: 'Message' }).waitFor()
      const types = fake.live.map(({ type }) => type)
      expect(types.slice(0, 2)).toEqual(['session.update', 'input_audio_buffer.append'])
      expect(fake.live.find(({ type }) => type === 'conversation.item.truncate')).toMatchObject({
        item_id: 'tony0',
        content_index: 0,
      })
      const turns = await page.locator('.turn').count()
      await page.reload()
      await page
        .locator('.turn')
        .nth(turns - 1)
        .waitFor()
    })
  })

  it.skipIf(realUrl !== undefined)('stops an answer and its sound at once', async () => {
    await withPage({}, async (page) => {
      await say(page, 'Tell me a long story')
      await page.locator('.clip.playing').waitFor()
      await shot(page, 'desktop-light-streaming')
      await page.keyboard.press('Escape')
      await page.locator('.turn-tony .foot', { hasText: 'Stopped' }).waitFor()
      expect(await page.locator('.clip.playing').count()).toBe(0)
    })
  })

  it.skipIf(realUrl !== undefined)('says what went wrong and tries again', async () => {
    await withPage({}, async (page) => {
      if (fake === undefined) return
      fake.failure = {
        status: 500,
        code: 'internal_error',
        message: 'The server had an error while it handled the request; its log has the details.',
      }
      await say(page, 'What is the opposite of hot?')
      await page.getByRole('alert').filter({ hasText: 'had an error' }).waitFor()
      await shot(page, 'desktop-light-error')
      fake.failure = undefined
      await page.getByRole('button', { name: 'Try again' }).click()
      await finished(page)
      expect(await page.getByRole('alert').count()).toBe(0)
      expect(await page.locator('.turn').count()).toBe(2)

      await page.getByRole('radio', { name: 'Text', exact: true }).check()
      await say(page, 'Now break off')
      await page.getByRole('alert').filter({ hasText: 'broke off' }).waitFor()

      fake.failure = { status: 400, code: 'context_length_exceeded', message: 'too long' }
      await say(page, 'And now?')
      await page.getByRole('alert').filter({ hasText: 'longer than Tony can remember' }).waitFor()
      fake.failure = undefined
      await page.getByRole('button', { name: 'Ask without the earlier part' }).click()
      await finished(page)
      expect(fake.chats.at(-1)?.messages).toEqual([{ role: 'user', content: 'And now?' }])
    })
  })

  it.skipIf(realUrl !== undefined)(
    'offers to try again only when that can be done, however slow the database is',
    async () => {
      await withPage({}, async (page) => {
        if (fake === undefined) return
        await page.evaluate(() => {
          const put = IDBObjectStore.prototype.put
          IDBObjectStore.prototype.put = function (value) {
            for (let i = 0; i < 5000; i++) this.get('nothing')
            return put.call(this, value)
          }
        })
        fake.failure = { status: 500, code: 'internal_error', message: 'no' }
        await say(page, 'What is the opposite of hot?')
        await page.getByRole('alert').waitFor()
        fake.failure = undefined
        await page.getByRole('button', { name: 'Try again' }).dblclick()
        await finished(page)
        expect(await page.getByRole('alert').count()).toBe(0)
        expect(await page.locator('.turn').count()).toBe(2)
      })
    },
  )

  it('keeps conversations, renames, deletes, brings back and saves them', async () => {
    await withPage({}, async (page) => {
      await page.getByRole('radio', { name: 'Text', exact: true }).check()
      await say(page, 'The first one')
      await finished(page)
      await page.getByRole('button', { name: 'Rename this conversation' }).click()
      await page.getByRole('textbox', { name: 'Name of this conversation' }).fill('Opposites')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Opposites' }).waitFor()
      await page.getByRole('complementary').getByRole('button', { name: 'New conversation' }).click()
      await say(page, 'The second one')
      await finished(page)
      await page.reload()
      await page.getByRole('heading', { name: 'The second one' }).waitFor()
      await page.getByRole('button', { name: 'Opposites' }).click()
      await page.locator('.turn', { hasText: 'The first one' }).waitFor()
      await page.goBack()
      await page.getByRole('heading', { name: 'The second one' }).waitFor()

      const saving = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save this conversation' }).click()
      const saved = await saving
      expect(saved.suggestedFilename()).toBe('the-second-one.json')
      const content = JSON.parse(await readFile(await saved.path(), 'utf8')) as { messages: unknown[] }
      expect(content.messages[0]).toEqual({ role: 'user', content: 'The second one' })

      await page.getByRole('button', { name: 'Delete this conversation' }).click()
      await page.getByRole('button', { name: 'Undo' }).click()
      await page.getByRole('heading', { name: 'The second one' }).waitFor()
      await page.getByRole('button', { name: 'Delete this conversation' }).click()
      await page.getByRole('button', { name: 'Close this message' }).click()
      await page.reload()
      await page.getByRole('button', { name: 'Opposites' }).waitFor()
      expect(await page.getByRole('button', { name: 'The second one' }).count()).toBe(0)
    })
  })

  it('can be used by keyboard alone', async () => {
    await withPage({}, async (page) => {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the message box')
      await page.keyboard.press('Enter')
      await page.keyboard.type('Hello?')
      expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Hello?')
      expect(await page.getByRole('dialog').count()).toBe(0)
      await page.keyboard.press('Tab')
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
      await shot(page, 'desktop-light-shortcuts')
      await page.keyboard.press('Escape')
      await page.keyboard.press('s')
      expect(await page.getByRole('radio', { name: 'Text', exact: true }).isChecked()).toBe(true)
      await page.keyboard.press(',')
      await page.getByRole('dialog', { name: 'Settings' }).waitFor()
      await page.getByRole('radio', { name: 'Dark' }).check()
      await shot(page, 'desktop-dark-settings')
      await page.keyboard.press('Escape')
      await page.keyboard.press('/')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('message')
    })
  })

  it('fits a phone', async () => {
    await withPage({ viewport: { width: 360, height: 740 }, hasTouch: true, deviceScaleFactor: 2 }, async (page) => {
      await shot(page, 'phone-light-empty')
      expect(await overflow(page)).toBe(0)
      await page
        .locator('#files')
        .setInputFiles({ name: 'a-very-long-file-name-of-an-apple.png', mimeType: 'image/png', buffer: apple() })
      await shot(page, 'phone-light-attachment')
      await say(page, 'What is this called in German?')
      await finished(page)
      expect(await overflow(page)).toBe(0)
      await shot(page, 'phone-light-answer')
      await page.getByRole('button', { name: 'Conversations', exact: true }).tap()
      await page.getByRole('button', { name: 'Settings' }).waitFor()
      await page.waitForTimeout(250)
      await shot(page, 'phone-light-list')
      await page.getByRole('button', { name: 'Settings' }).tap()
      await page.getByRole('dialog', { name: 'Settings' }).waitFor()
      await shot(page, 'phone-light-settings')
      expect(await overflow(page)).toBe(0)
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Live conversation' }).tap()
      await page.locator('.live-hearing').waitFor({ timeout: 15_000 })
      await page.locator('.turn-tony').nth(1).waitFor({ timeout: 15_000 })
      await shot(page, 'phone-light-live')
      expect(await overflow(page)).toBe(0)
    })
  })

  async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    await studio?.withPage(url, options, use)
  }
})

/** Drops or pastes a picture. */
async function bringFile(page: Page, type: 'drop' | 'paste', content: Buffer): Promise<void> {
  await page.evaluate(
    ([kind, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([bytes], kind === 'drop' ? 'dropped.png' : 'pasted.png', { type: 'image/png' }))
      const target = document.getElementById('message')
      const options = { bubbles: true, cancelable: true }
      if (kind === 'drop') target?.dispatchEvent(new DragEvent('drop', { ...options, dataTransfer: transfer }))
      else target?.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: transfer }))
    },
    [type, content.toString('base64')] as const,
  )
}

/** Pixels by which the page is wider than the window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const widest = Math.max(
      ...[...document.querySelectorAll('main *')].map((element) => element.getBoundingClientRect().right),
    )
    return Math.max(0, Math.ceil(widest - innerWidth), document.documentElement.scrollWidth - innerWidth)
  })
}

function partsOf(content: unknown): { input_audio?: { data: string } }[] {
  return Array.isArray(content) ? (content as { input_audio?: { data: string } }[]) : []
}

/** Root mean square of a base64 WAV file. */
function loudnessOf(base64: string): number {
  const bytes = Buffer.from(base64, 'base64').subarray(44)
  let sum = 0
  for (let i = 0; i + 1 < bytes.length; i += 2) sum += bytes.readInt16LE(i) ** 2
  return Math.sqrt(sum / Math.max(1, bytes.length / 2))
}
