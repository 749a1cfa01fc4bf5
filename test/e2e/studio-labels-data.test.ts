/** @file The pages for prompts, keys, accounts and the log in a real Chromium with the real server and store. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OMNI } from '../helpers/fake-assistant.ts'
import { browserSuite, chromiumMissing, shot, watchConsole } from './studio-browser.ts'
import { keptDrafts, type LabelStudio, PATIENCE, startLabelStudio } from './studio-labels-server.ts'

const SLOW = 600_000
const CONFIGURED = 'a-key-of-the-settings'

describe.skipIf(chromiumMissing)(browserSuite('the pages for prompts, keys, accounts and the log'), () => {
  let studio: LabelStudio

  beforeAll(async () => {
    studio = await startLabelStudio({ keys: [CONFIGURED] })
  }, SLOW)

  afterAll(async () => {
    expect(await studio?.close()).toEqual([])
  }, SLOW)

  const admin = async (hash: string, options = {}): Promise<Page> => {
    const page = await studio.open('#/label', options)
    await studio.signIn(page)
    await page.goto(`${studio.url}/${hash}`)
    return page
  }

  /** Asks the model with a key. */
  async function ask(key: string, content: string): Promise<number> {
    const response = await fetch(`${studio.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: OMNI, messages: [{ role: 'user', content }] }),
    })
    return response.status
  }

  /** Nothing of a page may be wider than the phone. */
  async function phoneFits(page: Page): Promise<void> {
    const wide = await page.evaluate(() => document.querySelector('.label-page')!.scrollWidth - innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
  }

  const says = (page: Page, text: string | RegExp) => page.locator('.notice').filter({ hasText: text }).waitFor()
  /** Stores the prompt that is written, by keyboard. */
  const store = async (page: Page): Promise<void> => {
    const answered = page.waitForResponse((response) => response.request().method() === 'POST')
    await page.keyboard.press('Control+Enter')
    expect((await answered).status()).toBe(201)
    await says(page, 'The prompt is stored.')
  }
  const shown = (page: Page) => page.locator('.prompt-card').count()

  it(
    'makes a key with consent, collects through it, takes the consent back, and revokes it',
    async () => {
      const page = await admin('#/label')
      await page.getByRole('link', { name: 'API keys' }).click()
      await page.getByLabel('Name', { exact: true }).fill('The kiosk')
      await page.getByLabel(/Its users have consented/).check()
      await page.getByRole('button', { name: 'Make a key' }).click()
      const key = await page.getByLabel(/Copy it now/).inputValue()
      expect(key).toMatch(/^tony-[\w-]{43}$/)
      await shot(page, 'label-keys-made')
      await page.emulateMedia({ colorScheme: 'dark' })
      await shot(page, 'label-keys-made-dark')
      await page.emulateMedia({ colorScheme: 'light' })
      expect(await ask(key, 'Summarize the news of today for jane@mail.example.')).toBe(200)
      const stored = async () => (await studio.send('ada', 'GET', '/api/prompts?source=api')).total
      await expect.poll(stored, { timeout: PATIENCE }).toBe(1)

      // Shown once: not after a reload, and not in the list.
      await page.reload()
      const box = page.getByRole('checkbox', { name: 'Keep prompts of The kiosk' })
      await box.waitFor()
      expect(await page.content()).not.toContain(key)
      await Promise.all([page.waitForResponse(/key-consents/), box.uncheck()])
      expect(await ask(key, 'Is this kept?')).toBe(200)
      await Promise.all([page.waitForResponse(/key-consents/), box.check()])
      // A key of the settings gets a name here, and is not revoked here.
      const name = page.getByRole('textbox', { name: /^Name of Key / })
      await Promise.all([page.waitForResponse(/key-consents/), name.fill('The old one')])
      await page.getByRole('textbox', { name: 'Name of The old one' }).waitFor()
      expect(await page.getByRole('button', { name: /^Revoke/ }).count()).toBe(1)

      await page.getByLabel('Name', { exact: true }).fill('A mistake')
      await page.getByRole('button', { name: 'Make a key' }).click()
      const wrong = await page.getByLabel(/Copy it now/).inputValue()
      expect(await ask(wrong, 'Not kept either.')).toBe(200)
      await page.getByRole('button', { name: 'Revoke: A mistake' }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('dialog', { name: 'Revoke this key?' }).waitFor()
      await shot(page, 'label-keys-revoke')
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).press('Enter')
      await says(page, 'The key is revoked.')
      expect(await ask(wrong, 'Let me in.')).toBe(401)
      expect(await stored()).toBe(1)
      await page.getByText('Revoked keys').click()
      await page.getByText('A mistake').last().waitFor()
      await page.getByRole('button', { name: 'Delete its prompts: A mistake' }).press('Enter')
      await page.getByRole('dialog').getByRole('button', { name: 'Delete its prompts' }).press('Enter')
      await says(page, '0 prompts deleted.')
    },
    SLOW,
  )

  it(
    'takes prompts of each kind by keyboard, keeps a draft over a broken connection, and says what is missing',
    async () => {
      let page = await studio.join('ben', null)
      const { context, problems } = studio.opened.at(-1)!
      expect(await page.getByRole('link', { name: /API keys|Audit log|Accounts/ }).count()).toBe(0)
      await page.getByRole('link', { name: 'Prompts' }).press('Enter')
      await page.getByText('There are no prompts yet.').waitFor()
      await page.getByRole('link', { name: 'Write a prompt' }).press('Enter')
      await page.locator('textarea:focus').waitFor()
      await page.keyboard.press('Control+Enter')
      await page.getByRole('alert').filter({ hasText: 'The prompt is still empty.' }).waitFor()
      await page.keyboard.type('Write a poem about tea.')
      await context.setOffline(true)
      await page.keyboard.press('Control+Enter')
      await page.getByRole('alert').filter({ hasText: 'kept in this browser' }).waitFor()
      await page.keyboard.type(' It must rhyme.')
      const written = 'Write a poem about tea. It must rhyme.'
      await expect.poll(() => keptDrafts(page), { timeout: PATIENCE }).toMatchObject([{ text: written }])
      await shot(page, 'label-prompt-offline')
      await page.close()
      await context.setOffline(false)

      page = await context.newPage()
      page.setDefaultTimeout(PATIENCE)
      watchConsole(page, problems)
      await page.goto(`${studio.url}/#/label/prompts/new`)
      await page.locator('textarea:focus').waitFor()
      expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe(written)
      await store(page)
      await says(page, 'Suggested use case: Generation')
      await expect.poll(() => page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('')

      await page.getByRole('radio', { name: /^User-based/ }).check()
      await page
        .getByLabel('Prompt', { exact: true })
        .fill('List all cities in the following text: Oslo is north of Rome.')
      await page.keyboard.press('Control+Enter')
      await page.getByRole('alert').filter({ hasText: 'stands for a use case' }).waitFor()
      await page.getByLabel('Use case that it stands for').selectOption('extract')
      await store(page)

      await page.getByRole('radio', { name: /^Few-shot/ }).check()
      await page.getByRole('textbox', { name: 'Instruction' }).focus()
      for (const word of ['Say the mood.', 'good', 'positive', 'bad']) {
        await page.keyboard.type(word)
        await page.keyboard.press('Tab')
      }
      await page.keyboard.press('Control+Enter')
      await page.getByRole('alert').filter({ hasText: 'Pair 2 has no response yet.' }).waitFor()
      await page.keyboard.type('negative')
      await page.getByRole('button', { name: 'Add a pair' }).press('Enter')
      await page.locator('textarea[name=query-2]:focus').waitFor()
      await page.keyboard.type('so so')
      await page.getByRole('button', { name: 'Take out pair 3' }).press('Enter')
      await page.getByLabel('Query to be answered', { exact: true }).fill('fine')
      await shot(page, 'label-prompt-few-shot')
      await page.emulateMedia({ colorScheme: 'dark' })
      await shot(page, 'label-prompt-few-shot-dark')
      await page.emulateMedia({ colorScheme: 'light' })
      await store(page)

      // Labelers see their own, which the one that came through the key is not.
      await page.getByRole('link', { name: 'All prompts' }).click()
      await page.getByRole('heading', { name: '3 prompts' }).waitFor()
      expect(await page.getByText('Output: negative').count()).toBe(1)
      expect(await page.getByRole('button', { name: /^Delete/ }).count()).toBe(0)
      await shot(page, 'label-prompts-own')
    },
    SLOW,
  )

  it(
    'filters and counts prompts, decides use cases, and takes those that are chosen into a project',
    async () => {
      const id = await studio.project({ name: 'Write answers', kind: 'demonstration' }, [])
      await studio.project({ name: 'Rank', kind: 'comparison' }, [])
      const long = `Explain this.\n\n${'A line of a long text.\n'.repeat(30)}`
      await studio.send('ada', 'POST', '/api/prompts', { kind: 'plain', text: long })
      const page = await admin('#/label/prompts')
      await page.getByRole('heading', { name: '5 prompts' }).waitFor()
      expect(await page.locator('.prompt-card').getByText('jane@').count()).toBe(0)
      await page.getByText('taken out: email').waitFor()
      await page.getByRole('button', { name: 'Show all' }).press('Enter')
      await page.getByRole('button', { name: 'Show less' }).press('Enter')
      await page.getByText('Counts by use case and split').press('Enter')
      const cell = page
        .getByRole('row', { name: /^Summarization/ })
        .getByRole('cell')
        .last()
      expect(await cell.innerText()).toBe('1')
      await shot(page, 'label-prompts')
      await page.emulateMedia({ colorScheme: 'dark' })
      await shot(page, 'label-prompts-dark')
      await page.emulateMedia({ colorScheme: 'light' })

      await page.getByLabel('Source').selectOption('api')
      await page.getByRole('heading', { name: '1 prompt', exact: true }).waitFor()
      await page.getByRole('button', { name: 'Summarization, as suggested' }).press('Enter')
      await page.getByText('1 prompt, 1 use case decided').waitFor()
      await page.getByLabel('Decision').selectOption('no')
      await page.getByText('No prompt is like that.').waitFor()
      await page.getByLabel('Decision').selectOption('')
      await page.getByLabel('Source').selectOption('written')
      await page.getByRole('heading', { name: '4 prompts' }).waitFor()
      await page.getByLabel('Kind').selectOption('few-shot')
      await page.getByRole('heading', { name: '1 prompt', exact: true }).waitFor()
      await page.getByLabel('Kind').selectOption('')
      await page.getByRole('combobox', { name: 'Use case', exact: true }).selectOption('extract')
      await page.getByRole('heading', { name: '1 prompt', exact: true }).waitFor()
      // What is chosen stays over another page.
      await page.getByRole('link', { name: 'Write a prompt' }).click()
      await page.getByRole('link', { name: 'All prompts' }).click()
      await page.getByRole('heading', { name: '1 prompt', exact: true }).waitFor()

      await page.getByRole('combobox', { name: 'Use case', exact: true }).selectOption('')
      await page.getByText('Export for training').press('Enter')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export as JSONL' }).press('Enter'),
      ])
      const rows = (await readFile((await download.path())!, 'utf8')).trim().split('\n')
      expect(rows.map((row) => JSON.parse(row).kind).sort()).toEqual(['few-shot', 'plain', 'plain', 'user-based'])
      await page.getByText('Take into a project').press('Enter')
      await page.getByLabel('At most').fill('3')
      await page.getByRole('button', { name: 'Take 3 prompts' }).press('Enter')
      await page.getByText('3 items added').waitFor()
      await page.getByLabel('At most').fill('')
      await page.getByRole('button', { name: 'Take 4 prompts' }).press('Enter')
      await page.getByText('1 item added, 3 were there already').waitFor()
      await shot(page, 'label-prompts-taken')
      await page.getByRole('link', { name: 'Open the project' }).press('Enter')
      await page.getByText('0 of 4 labels; 0 of 4 items complete.').waitFor()
      const { items } = await studio.send('ada', 'GET', `/api/projects/${id}/items`)
      const last = (item: (typeof items)[number]) => item.prompt.at(-1).content[0].text
      expect(items.map(last)).toEqual([
        'Write a poem about tea. It must rhyme.',
        'List all cities in the following text: Oslo is north of Rome.',
        'Say the mood.\n\nInput: good\nOutput: positive\n\nInput: bad\nOutput: negative\n\nInput: fine\nOutput:',
        long.trim(),
      ])

      await page.goto(`${studio.url}/#/label/prompts`)
      await page.getByLabel('Source').selectOption('')
      await page.getByRole('button', { name: /^Delete: “Explain this/ }).press('Enter')
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).press('Enter')
      await expect.poll(() => shown(page), { timeout: PATIENCE }).toBe(4)
    },
    SLOW,
  )

  it(
    'changes a password, after which only the new one signs in',
    async () => {
      const page = await studio.join('cleo', null)
      await page.getByTitle('Your account').click()
      const change = async (old: string, fresh: string, again = fresh): Promise<void> => {
        await page.getByLabel('Old password').fill(old)
        await page.getByLabel('New password', { exact: true }).fill(fresh)
        await page.getByLabel('New password again').fill(again)
        await page.keyboard.press('Enter')
      }
      await change('secret of cleo', 'a new secret', 'a new secrat')
      await page.getByRole('alert').filter({ hasText: 'not the same' }).waitFor()
      await change('secret of nobody', 'a new secret')
      await page.getByRole('alert').filter({ hasText: 'The old password is not right' }).waitFor()
      await shot(page, 'label-account')
      await page.emulateMedia({ colorScheme: 'dark' })
      await shot(page, 'label-account-dark')
      await change('secret of cleo', 'a new secret')
      await says(page, 'Your password is changed.')
      await page.getByRole('button', { name: 'Sign out' }).click()
      for (const [password, end] of [
        ['secret of cleo', page.getByText('Name and password do not belong together.')],
        ['a new secret', page.getByRole('heading', { name: 'Your account' })],
      ] as const) {
        await page.getByLabel('Name').fill('cleo')
        await page.getByLabel('Password').fill(password)
        await page.keyboard.press('Enter')
        await end.waitFor()
      }
    },
    SLOW,
  )

  it(
    'lets someone who forgot the password back in with a link of an admin, once',
    async () => {
      const page = await admin('#/label')
      await page.getByRole('link', { name: 'Accounts and invites' }).click()
      await page.getByRole('button', { name: 'Reset password: cleo' }).click()
      const link = await page.getByLabel(/For cleo, until/).inputValue()
      expect(link).toContain('#/label/reset/')
      await shot(page, 'label-accounts-reset')

      const cleo = await studio.open(new URL(link).hash)
      await cleo.getByRole('heading', { name: 'A new password for cleo' }).waitFor()
      await cleo.locator('input[name=password]:focus').waitFor()
      await shot(cleo, 'label-reset')
      await cleo.emulateMedia({ colorScheme: 'dark' })
      await shot(cleo, 'label-reset-dark')
      await cleo.keyboard.type('remember me')
      await cleo.keyboard.press('Enter')
      await cleo.getByRole('heading', { name: 'Projects' }).waitFor()
      expect(await cleo.getByTitle('Your account').innerText()).toBe('cleo')

      await cleo.goto(`${studio.url}/#/label/reset/${link.split('/').at(-1)}`)
      await cleo.getByRole('alert').filter({ hasText: 'has been used' }).waitFor()
      await shot(cleo, 'label-reset-used')
    },
    SLOW,
  )

  it(
    'tells in the log who did what, newest first, and what was done to one thing',
    async () => {
      const page = await admin('#/label')
      await page.getByRole('link', { name: 'Audit log' }).click()
      const entries = page.getByRole('list', { name: 'Entries, newest first' }).getByRole('listitem')
      await entries.first().waitFor()
      const all = (await entries.allInnerTexts()).map((entry) => entry.replace(/\s+/g, ' '))
      expect(all.slice(0, 3).map((entry) => entry.slice(entry.indexOf('Account')))).toEqual([
        'Account cleo: cleo set a new password with a link.',
        'Account cleo: ada made a link for a new password.',
        'Account cleo: cleo changed the password.',
      ])
      const at = (words: string): number => all.findIndex((entry) => entry.includes(words))
      expect(at('ada made the key “The kiosk”, with consent.')).toBeGreaterThan(at('ada revoked the key “A mistake”.'))
      expect(at('Project “Write answers”: ada added 1 item from the prompts (written).')).toBeGreaterThan(0)
      expect(at('cleo made the account from an invite, as a labeler.')).toBeGreaterThan(0)
      expect(all.filter((entry) => /undefined|\{|_/.test(entry))).toEqual([])
      await shot(page, 'label-log')
      await page.emulateMedia({ colorScheme: 'dark' })
      await shot(page, 'label-log-dark')
      await page.getByLabel('What was done to').selectOption({ label: 'Write answers' })
      await expect.poll(() => entries.allInnerTexts(), { timeout: PATIENCE }).toHaveLength(3)
      expect((await entries.last().innerText()).replace(/\s+/g, ' ')).toContain('ada made the project.')
      await page.goBack()
      await expect.poll(() => entries.count(), { timeout: PATIENCE }).toBe(all.length)
      await page
        .getByRole('link', { name: /^Prompt / })
        .first()
        .press('Enter')
      await page.getByText('decided the use case: Summarization').waitFor()
    },
    SLOW,
  )

  it(
    'fits a phone on every page, and says what a role may not do',
    async () => {
      const phone = { viewport: { width: 390, height: 844 }, hasTouch: true }
      const page = await admin('#/label', phone)
      await shot(page, 'label-phone-home')
      await phoneFits(page)
      for (const [link, ready, name] of [
        ['Prompts', '.prompt-card', 'prompts'],
        ['Accounts and invites', 'tbody tr', 'accounts'],
        ['API keys', 'tbody tr', 'keys'],
        ['Audit log', '.log > li', 'log'],
        ['Your account', 'input[name=again]', 'account'],
      ] as const) {
        await page.getByRole('link', { name: link }).tap()
        await page.locator(ready).first().waitFor()
        await phoneFits(page)
        await shot(page, `label-phone-${name}`)
        await page.getByRole('link', { name: 'All projects' }).first().tap()
      }
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.goto(`${studio.url}/#/label/prompts/new`)
      await page.getByRole('radio', { name: /^Few-shot/ }).check()
      await phoneFits(page)
      await shot(page, 'label-phone-few-shot-dark')
      await page.goto(`${studio.url}/#/label/prompts`)
      await page.getByText('Counts by use case and split').tap()
      await page.getByText('Take into a project').tap()
      await phoneFits(page)
      await shot(page, 'label-phone-prompts-dark')
      await page.locator('.prompt-card').first().scrollIntoViewIfNeeded()
      await shot(page, 'label-phone-card-dark')

      const labeler = await studio.join('dora', null, phone)
      await labeler.goto(`${studio.url}/#/label/keys`)
      await labeler.getByRole('alert').filter({ hasText: 'This needs the role admin; you are labeler.' }).waitFor()
      await labeler.getByRole('link', { name: 'All projects' }).tap()
      await labeler.getByRole('heading', { name: 'Projects' }).waitFor()
    },
    SLOW,
  )
})
