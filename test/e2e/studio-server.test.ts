/** @file The page in a real Chromium with the real server, whose assistant is a test double. */
import { type RunningServer, startServer } from '@tony/server'
import type { GenerateRequest } from 'tony'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeAssistant, type FakeAssistant, fakeMedia } from '../helpers/fake-assistant.ts'
import {
  browserSuite,
  chromiumMissing,
  finished,
  type StudioBrowser,
  say,
  startStudioBrowser,
} from './studio-browser.ts'
import { apple, toneWav } from './studio-fake.ts'

describe.skipIf(chromiumMissing)(browserSuite('the page with the real server'), () => {
  let studio: StudioBrowser
  let server: RunningServer
  let fake: FakeAssistant

  beforeAll(async () => {
    studio = await startStudioBrowser()
    fake = createFakeAssistant()
    const assistant = {
      ...fake,
      generate: (request: GenerateRequest, signal?: AbortSignal) => fake.generate(drawIfAsked(request), signal),
    }
    const media = {
      ...fakeMedia,
      decodeImage: async () => ({ width: 2, height: 2, data: new Uint8Array(12) }),
      encodePng: async () => apple(),
    }
    server = await startServer({ assistant, media, port: 0, graceMs: 200, studioDir: studio.pageDir })
  }, 120_000)

  afterAll(async () => {
    await studio?.close()
    await server?.close()
  })

  it('gets words, speech and pictures', async () => {
    await studio.withPage(server.url, {}, async (page) => {
      await say(page, 'Say: good morning my friend')
      const spoken = await finished(page)
      expect(await spoken.locator('.words').innerText()).toBe('good morning my friend')
      expect(await spoken.locator('.clip').count()).toBe(1)
      await say(page, 'Draw: a red apple')
      const drawn = await finished(page)
      expect(await drawn.locator('img').evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(128)
      expect(fake.requests.at(-1)?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    })
  })

  it('sends pictures, sounds and films, and keeps them for the next question', async () => {
    await studio.withPage(server.url, {}, async (page) => {
      await page.locator('#files').setInputFiles([
        { name: 'apple.png', mimeType: 'image/png', buffer: apple() },
        { name: 'question.wav', mimeType: 'audio/wav', buffer: toneWav(1, 0.3, 0.6) },
        { name: 'ball.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(64, 1) },
      ])
      await page.locator('.attachment').nth(2).waitFor()
      await say(page, 'Look')
      expect(await (await finished(page)).locator('.words').innerText()).toBe('You said: Look image audio video')
      await say(page, 'And now?')
      await finished(page)
      const kinds = fake.requests.at(-1)?.messages.map(({ content }) => content.map(({ type }) => type))
      expect(kinds).toEqual([['image', 'audio', 'video', 'text'], ['text'], ['text']])
    })
  })

  it('holds a live conversation', async () => {
    await studio.withPage(server.url, {}, async (page) => {
      await page.getByRole('button', { name: 'Live conversation' }).click()
      await page.locator('.turn-tony .words', { hasText: 'Good day' }).waitFor({ timeout: 15_000 })
      const words = page.locator('.turn-user .words').first()
      // What was said is the second of sound, with some before and the silence after it.
      const ms = Number(/heard (\d+) ms/.exec(await words.innerText())?.[1])
      expect(ms).toBeGreaterThan(1000)
      expect(ms).toBeLessThan(2000)
      await page.getByRole('button', { name: 'End', exact: true }).click()
      await expect.poll(() => fake.openVoices()).toBe(0)
    })
  })

  it('shows a picture in a live conversation: what is said next is heard with it', async () => {
    await studio.withPage(server.url, {}, async (page) => {
      await page.getByRole('button', { name: 'Live conversation' }).click()
      await page.locator('.turn-tony .words', { hasText: 'Good day' }).first().waitFor({ timeout: 15_000 })
      const heard = fake.voices.length
      await page.locator('#files').setInputFiles([
        { name: 'ball.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(64, 1) },
        { name: 'apple.png', mimeType: 'image/png', buffer: apple() },
      ])
      await page.getByRole('alert').filter({ hasText: 'only pictures can be shown' }).waitFor()
      await page.locator('.turn-user img').waitFor()
      // The file of the microphone comes round again.
      await expect.poll(() => fake.voices.length, { timeout: 15_000 }).toBeGreaterThan(heard)
      const history = fake.voices.at(-1)?.history ?? []
      expect(history.at(-1)).toMatchObject({ role: 'user', content: [{ type: 'image' }] })
      await page.getByRole('button', { name: 'End', exact: true }).click()
      await expect.poll(() => fake.openVoices()).toBe(0)
    })
  })

  it('says what the server says, and the server stays up', async () => {
    await studio.withPage(server.url, {}, async (page) => {
      await say(page, '!crash')
      await page.getByRole('alert').filter({ hasText: 'The server had an error' }).waitFor()
      await say(page, '!too-large')
      await page.getByRole('alert').filter({ hasText: 'longer than Tony can remember' }).waitFor()
      await page.getByRole('button', { name: 'New conversation' }).first().click()
      await say(page, 'Hello')
      await finished(page)
    })
  })

  it('frees the server when an answer is stopped', async () => {
    await studio.withPage(server.url, {}, async (page) => {
      await page.getByRole('radio', { name: 'Text', exact: true }).check()
      await say(page, '!forever')
      await page.locator('.turn-tony .words').waitFor()
      await page.getByRole('button', { name: 'Stop the answer' }).click()
      await page.locator('.foot', { hasText: 'Stopped' }).waitFor()
      await expect.poll(() => fake.active()).toBe(0)
    })
  })
})

/** The double draws whenever pictures are allowed; a real model decides by the question. */
function drawIfAsked(request: GenerateRequest): GenerateRequest {
  const draw =
    request.messages.at(-1)?.content.some((part) => part.type === 'text' && part.text.startsWith('Draw:')) === true
  return {
    ...request,
    modalities: draw ? ['image'] : (request.modalities ?? []).filter((modality) => modality !== 'image'),
  }
}
