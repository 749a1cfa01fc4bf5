/** @file The labeling pages in a real Chromium with the real server and store: two labelers at once, and everything that can break off. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserSuite, chromiumMissing, shot, watchConsole } from './studio-browser.ts'
import { apple, toneWav } from './studio-fake.ts'
import { keptDrafts, type LabelStudio, PATIENCE, startLabelStudio } from './studio-labels-server.ts'

// biome-ignore lint/suspicious/noExplicitAny: test bodies are looked at field by field
type Body = any

const SLOW = 600_000
const text = (value: string) => [{ type: 'text', text: value }]
const prompt = (value: string) => [{ role: 'user', content: text(value) }]
/** The outputs' own order is from best to worst, so the words say where each belongs. */
const words = ['perfect', 'good', 'middling', 'bad']

describe.skipIf(chromiumMissing)(browserSuite('the labeling pages'), () => {
  let studio: LabelStudio
  /** How far the server's clock is ahead. */
  let ahead = 0
  const send: LabelStudio['send'] = (...args) => studio.send(...args)
  const project: LabelStudio['project'] = (...args) => studio.project(...args)
  const open: LabelStudio['open'] = (...args) => studio.open(...args)
  const join: LabelStudio['join'] = (...args) => studio.join(...args)

  beforeAll(async () => {
    studio = await startLabelStudio({ now: () => Date.now() + ahead })
  }, SLOW)

  afterAll(async () => {
    expect(await studio?.close()).toEqual([])
  }, SLOW)

  async function label(page: Page, projectId: string): Promise<void> {
    await page.goto(`${studio.url}/#/label/p/${projectId}`)
    await page.locator('.work').waitFor()
  }

  const items = (page: Page) => page.locator('.prompt .pieces').innerText()
  const saved = (page: Page) => page.locator('.save-state[data-state=saved]').waitFor()
  /** What stands on the card at each place. */
  const onCards = async (page: Page): Promise<Record<string, string>> => {
    const cards = await page.locator('.card').all()
    const found = await Promise.all(
      cards.map(async (card) => [
        await card.locator('.card-letter').innerText(),
        (await card.locator('.prose').innerText()).split(' ').at(-1)!,
      ]),
    )
    return Object.fromEntries(found)
  }

  /** Rates every answer and ranks all, by keyboard alone. */
  async function compareByKeyboard(page: Page, order: readonly string[], submit = true): Promise<void> {
    await page.locator('.rating').waitFor()
    for (let place = 0; place < words.length; place++) {
      await page.getByRole('heading', { name: `Answer ${'ABCD'[place]}` }).waitFor()
      await page.keyboard.press('5')
      await page.keyboard.press('Enter')
    }
    await page.locator('.board').waitFor()
    const cards = await onCards(page)
    for (let i = 0; i < words.length; i++) {
      const card = page.locator('.card:focus')
      await card.waitFor()
      const name = await card.locator('.card-letter').innerText()
      await page.keyboard.press(String(order.indexOf(cards[name]!) + 1))
      await expect.poll(() => page.locator('.tray .card').count(), { timeout: PATIENCE }).toBe(words.length - 1 - i)
    }
    if (submit) await page.keyboard.press('Enter')
  }

  const comparisons = (n: number) =>
    Array.from({ length: n }, (_, i) => ({
      prompt: prompt(`Question ${i + 1}`),
      outputs: words.map((word) => ({ content: text(`Answer ${i + 1}: ${word}`), model: `model-${word}` })),
    }))

  it(
    'gives two labelers at once exactly the labels asked for, by keyboard alone, and says how they agree',
    async () => {
      const id = await project({ name: 'Which is better?', kind: 'comparison', overlap: 2 }, comparisons(3))
      const [one, two] = await Promise.all([join('ben', id), join('cleo', id)])
      await shot(one, 'label-projects')
      await Promise.all([one, two].map((page) => label(page, id)))
      await Promise.all(
        [one, two].map(async (page) => {
          for (let done = 0; done < 3; done++) {
            const before = await items(page)
            await compareByKeyboard(page, words)
            if (done < 2) await expect.poll(() => items(page), { timeout: PATIENCE }).not.toBe(before)
          }
          await page.getByRole('heading', { name: 'Nothing left for you' }).waitFor()
        }),
      )
      const found = await send('ada', 'GET', `/api/projects/${id}/statistics`)
      expect(found).toMatchObject({ labels: 6, items_with_two_labels: 3, pairwise_agreement: 1, preference_alpha: 1 })
      const progress = await send('ada', 'GET', `/api/projects/${id}/progress`)
      expect(progress).toMatchObject({ items: 3, complete: 3, labels_done: 6, labels_needed: 6 })
      const admin = await open('#/label')
      await studio.signIn(admin)
      await admin.goto(`${studio.url}/#/label/p/${id}/statistics`)
      await admin.getByRole('cell', { name: 'cleo' }).waitFor()
      expect(await admin.locator('.figures').first().innerText()).toContain('100 %')
      // Only the admin learns whose outputs were preferred.
      await admin.getByRole('region', { name: 'Models' }).getByRole('row').nth(1).waitFor()
      await shot(admin, 'label-statistics')
      // The page never has what would end the blindness.
      expect(await one.content()).not.toContain('model-')
    },
    SLOW,
  )

  it(
    'keeps a draft over a closed tab and a lost connection, and sends the label when it is back',
    async () => {
      const id = await project({ name: 'Write', kind: 'demonstration' }, [
        { prompt: prompt('Say hello.') },
        { prompt: prompt('Say goodbye.') },
      ])
      let page = await join('dora', id)
      const { context, problems } = studio.opened.at(-1)!
      await label(page, id)
      const box = page.getByLabel('Your answer')
      await box.pressSequentially('Hello, **wor')
      await saved(page)
      // These letters reach this browser's database only.
      await context.setOffline(true)
      await box.pressSequentially('ld**!')
      await page.getByRole('alert').filter({ hasText: 'The connection is lost' }).waitFor()
      await expect.poll(() => keptText(page), { timeout: PATIENCE }).toBe('Hello, **world**!')
      await shot(page, 'label-offline')
      await page.close()
      await context.setOffline(false)

      page = await context.newPage()
      page.setDefaultTimeout(PATIENCE)
      watchConsole(page, problems)
      await label(page, id)
      expect(await page.getByLabel('Your answer').inputValue()).toBe('Hello, **world**!')
      await saved(page)
      await page.keyboard.press('Control+p')
      expect(await page.getByRole('region', { name: 'Preview' }).locator('strong').innerText()).toBe('world')
      await shot(page, 'label-demonstration')

      await context.setOffline(true)
      await page.keyboard.press('Control+Enter')
      await page.getByRole('alert').filter({ hasText: 'sent when it is back' }).waitFor()
      // Left and opened again without a connection, the page says what it waits for.
      await page.evaluate(() => {
        location.hash = '#/label'
      })
      await page.locator('.work').waitFor({ state: 'detached' })
      await page.goto(`${studio.url}/#/label/p/${id}`)
      await page.getByRole('alert').filter({ hasText: 'A label that you made before' }).waitFor()
      await shot(page, 'label-behind')
      await context.setOffline(false)
      await expect.poll(() => items(page), { timeout: PATIENCE }).toContain('goodbye')
      const { items: stored } = await send('ada', 'GET', `/api/projects/${id}/items`)
      const { labels } = await send('ada', 'GET', `/api/items/${stored[0].id}/labels`)
      expect(labels).toMatchObject([{ state: 'submitted', answer: { content: text('Hello, **world**!') } }])
    },
    SLOW,
  )

  /** The text of the draft in the browser's own database. */
  const keptText = async (page: Page): Promise<string> =>
    (await keptDrafts(page)).map((draft) => draft.content[0]?.text ?? '').join('|')

  it(
    'says what a double submission and a missing answer mean, takes back, and skips with a reason',
    async () => {
      const id = await project({ name: 'Twice', kind: 'comparison', ratings_required: false }, comparisons(3))
      const page = await join('emil', id)
      await label(page, id)
      await page.getByRole('button', { name: 'Ranking' }).click()
      await page.locator('.card').first().waitFor()
      await page.keyboard.press('1')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').filter({ hasText: 'no slot yet' }).waitFor()
      await page.keyboard.press('r')
      await saved(page)
      const assignment = (await own(page)).assignments[0]
      const other = { answer: { ranks: [1, 2, 3, 4] } }
      expect(await own(page, 'PUT', `/api/assignments/${assignment.id}/answer`, other)).toMatchObject({
        state: 'submitted',
      })
      await page.keyboard.press('Enter')
      await page.getByRole('alert').filter({ hasText: 'already submitted with another answer' }).waitFor()
      await shot(page, 'label-double')
      const before = await items(page)
      await page.getByRole('button', { name: 'Replace that answer by this one' }).click()
      await expect.poll(() => items(page), { timeout: PATIENCE }).not.toBe(before)
      const { answer } = await own(page, 'GET', `/api/assignments/${assignment.id}`)
      expect(answer.ranks.toSorted()).toEqual([1, 2, 2, 2])
      // Undo brings the item back as it was sent.
      await page.keyboard.press('u')
      await expect.poll(() => items(page), { timeout: PATIENCE }).toBe(before)
      expect(await page.locator('.slot[data-slot="2"] .card').count()).toBe(3)
      await page.keyboard.press('Enter')
      await expect.poll(() => items(page), { timeout: PATIENCE }).not.toBe(before)
      // Skipping asks why.
      const skipped = await items(page)
      await page.keyboard.press('s')
      await page.getByLabel('In your words').fill('Too hard')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await expect.poll(() => items(page), { timeout: PATIENCE }).not.toBe(skipped)
    },
    SLOW,
  )

  it(
    'says that the time for an item ran out, and that it went to someone else',
    async () => {
      const id = await project({ name: 'Late', kind: 'comparison', ratings_required: false }, comparisons(1))
      const late = await join('kora', id)
      await late.clock.install()
      await label(late, id)
      await late.getByRole('button', { name: 'Ranking' }).click()
      for (const place of [1, 2, 3, 4]) {
        await late.locator('.card:focus').waitFor()
        await late.keyboard.press(String(place))
        await expect.poll(() => late.locator('.tray .card').count(), { timeout: PATIENCE }).toBe(4 - place)
      }
      await saved(late)
      await late.clock.fastForward('31:00')
      ahead += 31 * 60_000
      await late.getByRole('alert').filter({ hasText: 'The time for this item ran out' }).waitFor()
      await shot(late, 'label-late')
      const other = await join('lars', id)
      await label(other, id)
      await compareByKeyboard(other, words)
      await other.getByRole('heading', { name: 'Nothing left for you' }).waitFor()
      await late.keyboard.press('Control+Enter')
      await late.getByRole('alert').filter({ hasText: 'went to other labelers' }).waitFor()
      const { assignments } = await own(late)
      expect(assignments).toMatchObject([{ state: 'expired', draft: { ranks: [1, 2, 3, 4] } }])
      await late.keyboard.press('Enter')
      await late.getByRole('heading', { name: 'Nothing left for you' }).waitFor()
      expect(await send('ada', 'GET', `/api/projects/${id}/progress`)).toMatchObject({ labels_done: 1 })
    },
    SLOW,
  )

  /** Asks the API with the page's own session. */
  function own(page: Page, method = 'GET', path = '/api/assignments', body?: unknown): Promise<Body> {
    return page.evaluate(
      async ([method, path, body]) => {
        const init = body === null ? {} : { headers: { 'content-type': 'application/json' }, body }
        return (await fetch(path, { method, ...init })).json()
      },
      [method, path, body === undefined ? null : JSON.stringify(body)] as const,
    )
  }

  it(
    'takes ties by drag and keys, plays sounds, shows pictures, and works on a phone in the dark',
    async () => {
      const wav = new Uint8Array(toneWav(1, 0.2, 0.6))
      const [sound, picture] = [
        await send('ada', 'POST', '/api/media', wav),
        await send('ada', 'POST', '/api/media', new Uint8Array(apple())),
      ]
      const outputs = words.map((word, i) => ({
        content: [
          ...text(`Some words: ${word}`),
          ...(i === 0 ? [{ type: 'audio', sha256: sound.sha256 }] : []),
          ...(i === 1 ? [{ type: 'image', sha256: picture.sha256 }] : []),
        ],
      }))
      const item = { prompt: prompt('Draw and say an apple.'), outputs }
      const id = await project({ name: 'Media', kind: 'comparison', ratings_required: false, overlap: 2 }, [item])
      const page = await join('finn', id)
      await label(page, id)
      await shot(page, 'label-rate-light')
      await page.getByRole('button', { name: 'Ranking' }).click()
      await page.locator('.card').first().waitFor()
      await page.locator('.card img').waitFor()
      // A tone of equal level with silence after it: 96 bars, some of full height, some flat.
      const bars = async (part: RegExp): Promise<readonly string[]> =>
        (await page.locator('.sound-wave path').last().getAttribute('d'))?.match(part) ?? []
      // They are drawn once the sound is loaded.
      await expect.poll(() => bars(/M/g), { timeout: PATIENCE }).toHaveLength(96)
      expect(new Set(await bars(/V[\d.]+/g)).size).toBeGreaterThan(1)
      await shot(page, 'label-rank-light')
      const place = Object.entries(await onCards(page)).find(([, word]) => word === 'perfect')![0]
      await page.keyboard.press(`Shift+${'ABCD'.indexOf(place) + 1}`)
      await page.locator('.sound.playing').waitFor()
      await dragTo(page, 'A', 2)
      await dragTo(page, 'B', 2)
      expect(await page.locator('.slot[data-slot="2"] .card').count()).toBe(2)
      await page.locator('[data-card="2"]').focus()
      await page.keyboard.press('t')
      await expect.poll(() => page.locator('.slot[data-slot="2"] .card').count(), { timeout: PATIENCE }).toBe(3)
      await page.locator('[data-card="3"]').focus()
      await page.keyboard.press('1')
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      const change = page.getByRole('button', { name: 'Change the key: Next answer', exact: true })
      await change.press('Enter')
      await page.keyboard.press('t')
      await page.getByText('That key is taken: Tie this answer with the one above.').waitFor()
      await page.keyboard.press('x')
      await page.locator('kbd', { hasText: /^X$/ }).waitFor()
      await shot(page, 'label-keys')
      await page.keyboard.press('Escape')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' })
      const held = (): Promise<string | undefined> =>
        page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-card]')?.dataset['card'])
      await page.locator('[data-card="3"]').focus()
      await page.keyboard.press('j')
      expect(await held()).toBe('3')
      await page.keyboard.press('x')
      expect(await held()).not.toBe('3')
      await page.keyboard.press('g')
      await page.getByRole('dialog', { name: /Guidelines, version 1/ }).waitFor()
      await shot(page, 'label-guidelines')
      await page.keyboard.press('Escape')
      await shot(page, 'label-ranked-light')
      await page.emulateMedia({ colorScheme: 'dark' })
      await shot(page, 'label-ranked-dark')

      const phone = await join('gina', id, {
        viewport: { width: 390, height: 844 },
        colorScheme: 'dark',
        hasTouch: true,
      })
      await shot(phone, 'label-phone-projects')
      await label(phone, id)
      await shot(phone, 'label-phone-rate')
      await phone.getByRole('button', { name: 'Ranking' }).tap()
      for (const name of ['A', 'B', 'C', 'D']) {
        await phone.getByRole('button', { name: `Put answer ${name} into slot 1` }).tap()
      }
      expect(await phone.locator('.slot[data-slot="1"] .card').count()).toBe(4)
      await shot(phone, 'label-phone-rank')
      const wide = await phone.evaluate(() => document.querySelector('.label-page')!.scrollWidth - innerWidth)
      expect(wide).toBeLessThanOrEqual(0)
      await phone.getByRole('button', { name: 'Submit' }).tap()
      await phone.getByRole('heading', { name: 'Nothing left for you' }).waitFor()
    },
    SLOW,
  )

  async function dragTo(page: Page, name: string, slot: number): Promise<void> {
    const card = page.locator(`[data-card="${'ABCD'.indexOf(name)}"]`)
    await card.scrollIntoViewIfNeeded()
    const from = (await card.locator('.card-letter').boundingBox())!
    const to = (await page.locator(`.slot[data-slot="${slot}"]`).boundingBox())!
    await page.mouse.move(from.x + 4, from.y + 4)
    await page.mouse.down()
    await page.mouse.move(from.x + 30, from.y + 10, { steps: 3 })
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 5 })
    await page.mouse.up()
    await page.locator(`.slot[data-slot="${slot}"] [data-card="${'ABCD'.indexOf(name)}"]`).waitFor()
  }

  it(
    'lets an admin make a project from files, test labelers, decide between them, and take the labels out',
    async () => {
      const admin = await open('#/label')
      await shot(admin, 'label-sign-in')
      await studio.signIn(admin)
      await admin.getByRole('link', { name: 'New project' }).click()
      await admin.getByLabel('Name').fill('From the page')
      await admin.getByLabel('Labelers for each item').fill('2')
      await admin.getByLabel(/Labelers take a test/).check()
      await admin.getByLabel('Guidelines').fill('Be **fair**.')
      await shot(admin, 'label-new')
      await admin.getByRole('button', { name: 'Make the project' }).click()
      await admin.getByRole('heading', { name: 'From the page' }).waitFor()
      const id = /p\/([^/]+)\/admin/.exec(admin.url())![1]!
      const [item] = comparisons(1)
      const lines = [{ ...item, expected: { ranks: [1, 2, 3, 4] } }, item]
      await admin.getByLabel('Import a JSONL file').setInputFiles({
        name: 'items.jsonl',
        mimeType: 'application/jsonl',
        buffer: Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')),
      })
      await admin.getByText('2 items and 0 labels were imported.').waitFor()
      await admin.getByRole('button', { name: 'Invite a labeler' }).click()
      const link = await admin.getByLabel(/For one person, until/).inputValue()
      expect(link).toContain('#/label/invite/')

      for (const [name, order] of [
        ['hana', words],
        ['igor', words.toReversed()],
      ] as const) {
        const page = await join(name, id)
        await page.getByRole('link', { name: 'Take the test' }).click()
        await page.getByText('This is a test').waitFor()
        await compareByKeyboard(page, order)
        if (name === 'igor') {
          await page.getByRole('heading', { name: 'The test was not passed' }).waitFor()
          await shot(page, 'label-failed')
          await admin.reload()
          await admin.getByRole('button', { name: 'igor: passed' }).click()
          await admin.getByRole('button', { name: 'igor: passed' }).and(admin.locator(':disabled')).waitFor()
          await page.reload()
        }
        await expect.poll(() => page.getByText('This is a test').count(), { timeout: PATIENCE }).toBe(0)
        await compareByKeyboard(page, order)
        await page.getByRole('heading', { name: 'Nothing left for you' }).waitFor()
      }

      await admin.goto(`${studio.url}/#/label/p/${id}/review`)
      await admin.getByRole('cell', { name: '0 %' }).waitFor()
      await shot(admin, 'label-review')
      await admin.getByRole('link', { name: 'Item 1' }).click()
      await admin.getByRole('button', { name: 'Take over' }).first().click()
      await shot(admin, 'label-review-item')
      await admin.getByLabel('Reason').fill('The first is right.')
      await admin.keyboard.press('Control+Enter')
      await admin.getByRole('cell', { name: 'made' }).waitFor()

      await admin.goto(`${studio.url}/#/label/p/${id}/admin`)
      await admin.getByRole('combobox', { name: 'Export' }).selectOption('trl')
      const [download] = await Promise.all([
        admin.waitForEvent('download'),
        admin.getByRole('button', { name: 'Export as JSONL' }).click(),
      ])
      const rows = (await readFile((await download.path())!, 'utf8')).trim().split('\n')
      // Six pairs of one item, as decided: the labels that disagree are not in it.
      expect(rows.map((row) => JSON.parse(row).chosen.at(-1).content).filter((each) => /bad/.test(each))).toEqual([])
      expect(rows).toHaveLength(6)
      await admin.emulateMedia({ colorScheme: 'dark' })
      await shot(admin, 'label-admin-dark')
      await admin.goto(`${studio.url}/#/label/accounts`)
      await admin.getByRole('combobox', { name: 'Role of igor' }).waitFor()
      await shot(admin, 'label-accounts')
    },
    SLOW,
  )

  it(
    'mixes control items in as an admin sets it, and tells both how well a labeler does on them',
    async () => {
      const id = await project({ name: 'Controlled', kind: 'comparison', ratings_required: false }, [
        ...comparisons(8),
        ...comparisons(1).map((item) => ({ ...item, expected: { ranks: [1, 2, 3, 4] }, gold: true })),
      ])
      const admin = await open('#/label')
      await studio.signIn(admin)
      await admin.goto(`${studio.url}/#/label/p/${id}/admin`)
      await admin.getByText('it is a control item').waitFor()
      const every = admin.getByLabel('Of how many items one is a control item, on average')
      expect(await every.inputValue()).toBe('10')
      await every.fill('3')
      await every.press('Enter')
      await admin.getByText('The settings are stored.').waitFor()
      expect(await send('ada', 'GET', `/api/projects/${id}`)).toMatchObject({ gold_every: 3 })
      await shot(admin, 'label-admin-controls')

      const page = await join('mona', id)
      await send('mona', 'POST', '/api/session', { name: 'mona', password: 'secret of mona' })
      for (;;) {
        const { assignment } = await send('mona', 'POST', `/api/projects/${id}/next`)
        if (assignment === null) break
        const ranks = assignment.outputs.map(
          ({ content }: Body) => words.findIndex((word) => content[0].text.endsWith(word)) + 1,
        )
        await send('mona', 'PUT', `/api/assignments/${assignment.id}/answer`, { answer: { ranks } })
      }
      const agreement = page.getByText('Agreement on control items')
      await page.reload()
      await page.getByText('Left for you').waitFor()
      expect(await agreement.count()).toBe(0)
      ahead += 2 * 3600_000
      await page.reload()
      await agreement.waitFor()
      expect(await page.locator('.own').last().innerText()).toMatch(/Agreement on control items\s+100 % of 6 judgments/)
      await shot(page, 'label-own-controls')

      await admin.goto(`${studio.url}/#/label/p/${id}/statistics`)
      await admin.getByRole('columnheader', { name: 'Agreement on control items' }).waitFor()
      const cells = admin.getByRole('row', { name: /^mona/ }).getByRole('cell')
      expect((await cells.allInnerTexts()).slice(-2)).toEqual(['1', '100 % of 6 judgments'])
      await admin.getByRole('region', { name: 'Labelers' }).scrollIntoViewIfNeeded()
      await shot(admin, 'label-statistics-controls')
    },
    SLOW,
  )

  it(
    'lists items for an admin, with why they were skipped, and gives one of them more labelers',
    async () => {
      const id = await project({ name: 'Listed', kind: 'comparison', overlap: 1, ratings_required: false }, [
        ...comparisons(60),
        { ...comparisons(1)[0], expected: { ranks: [1, 2, 3, 4] }, gold: true },
      ])
      await join('nora', id)
      await send('nora', 'POST', '/api/session', { name: 'nora', password: 'secret of nora' })
      const { assignment } = await send('nora', 'POST', `/api/projects/${id}/next`)
      await send('nora', 'POST', `/api/assignments/${assignment.id}/skip`, { reason: 'All of them are rude.' })

      const admin = await open('#/label')
      await studio.signIn(admin)
      await admin.goto(`${studio.url}/#/label/p/${id}/admin`)
      await admin.getByRole('link', { name: 'Items' }).click()
      await admin.getByRole('heading', { name: '61 items' }).waitFor()
      const first = admin.getByRole('row').nth(1)
      expect(await first.innerText()).toMatch(/^1\. .*work\s+0 of 1\s+All of them are rude\. nora/s)
      await shot(admin, 'label-items')
      await admin.getByRole('button', { name: 'Later' }).click()
      await admin.getByText('51 to 61 of 61').waitFor()
      expect(await admin.getByRole('row').last().innerText()).toMatch(/^61\. .*control\s+0/s)

      const show = admin.getByLabel('Show')
      await show.selectOption('Skipped by somebody')
      await admin.getByRole('heading', { name: '1 item' }).waitFor()
      await show.selectOption('With all their labels')
      await admin.getByText('No item is like that.').waitFor()
      await show.selectOption('Skipped by somebody')
      const labelers = admin.getByLabel('Labelers of item 1', { exact: true })
      await labelers.fill('3')
      await labelers.press('Enter')
      await admin.getByText('Item 1 gets 3 labelers.').waitFor()
      await admin.getByText('0 of 3').waitFor()
      await labelers.fill('')
      await labelers.press('Tab')
      await admin.getByText('Item 1 gets 1 labeler.').waitFor()
      await admin.setViewportSize({ width: 390, height: 844 })
      const wide = await admin.evaluate(() => document.querySelector('.label-page')!.scrollWidth - innerWidth)
      expect(wide).toBeLessThanOrEqual(0)
      await shot(admin, 'label-items-phone')
      await admin.getByRole('link', { name: /^1\. / }).click()
      await admin.getByText('All of them are rude.').waitFor()
    },
    SLOW,
  )

  it(
    'leads from the conversation to the labels and back, and loads nothing of them for a conversation',
    async () => {
      const page = await open('')
      const files: string[] = []
      page.on('request', (request) => files.push(request.url()))
      await page.reload()
      await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor()
      expect(files.filter((url) => /start-|\/api\//.test(url))).toEqual([])
      await page.getByRole('link', { name: 'Teach Tony' }).click()
      await page.getByRole('heading', { name: 'Teach Tony' }).waitFor()
      await page.goBack()
      await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor()
    },
    SLOW,
  )
})
