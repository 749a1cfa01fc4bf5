import { eq } from 'drizzle-orm'
import { encodeWav, parseJsonLines } from 'tony'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createFakeAssistant, fakeMedia, OMNI, tone } from '../../../../test/helpers/fake-assistant.ts'
import { databases, type TestDatabase } from '../../../../test/helpers/stores.ts'
import { buildApp, makeContext } from '../app.ts'
import type { App, AppContext } from '../context.ts'
import { makeKeyRing } from '../keys.ts'
import { createAdmin, startSession } from '../labels/accounts.ts'
import { type Account, sha256 } from '../labels/context.ts'
import { prompts } from '../store/schema.ts'
import { setConsent } from './keys.ts'
import { COMMON_PREFIX, PROMPTS_PER_USER } from './store.ts'

// biome-ignore lint/suspicious/noExplicitAny: test bodies are looked at field by field
type Body = any

const KEY = 'a-key-with-consent'
const OTHER = 'a-key-without-it'

for (const { name, missing, start } of databases) {
  describe.skipIf(missing !== undefined)(`prompts in ${name}`, () => {
    let database: TestDatabase
    let ctx: AppContext
    let app: App
    let cookie: string
    let admin: Account
    const errors: unknown[] = []
    /** Milliseconds that the server's clock is ahead. */
    let clock = 0

    beforeAll(async () => {
      database = await start()
      admin = await createAdmin(database.options, { name: 'ada', password: 'correct horse' })
      ctx = makeContext({
        assistant: createFakeAssistant(),
        media: fakeMedia,
        store: database.options,
        keys: makeKeyRing([KEY, OTHER]),
        now: () => Date.now() + clock,
        logger: { info: () => {}, warn: () => {}, error: (_, fields) => errors.push(fields) },
      })
      app = buildApp(ctx, undefined)
      const labels = { ...(await ctx.store!.get()), now: ctx.now, newId: ctx.newId }
      cookie = `tony_session=${await startSession(labels, admin.id)}`
      await api('PUT', '/api/key-consents', { key: KEY, label: 'the kiosk', collect: true })
    }, 120_000)
    beforeEach(async () => {
      await (await ctx.store!.get()).db.delete(prompts)
    })
    afterAll(async () => {
      await ctx?.store?.close()
      await database?.stop()
      expect(errors).toEqual([])
    })

    async function api(method: string, path: string, body?: unknown): Promise<Body> {
      const response = await app.request(`http://localhost:8710${path}`, {
        method,
        headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, ...((await response.json()) as object) }
    }

    async function ask(content: unknown, more: object = {}, key = KEY): Promise<void> {
      const messages = Array.isArray(content) && 'role' in content[0] ? content : [{ role: 'user', content }]
      const response = await app.request('http://localhost:8710/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: OMNI, messages, ...more }),
      })
      expect(response.status).toBe(200)
      await ctx.prompts!.idle()
    }

    const stored = async (query = ''): Promise<Body[]> => (await api('GET', `/api/prompts?limit=500${query}`)).prompts
    const texts = async (): Promise<string[]> =>
      (await stored()).map((each) => each.messages.at(-1).content[0].text).sort()

    it('are kept only with consent, which can be taken back', async () => {
      await ask('Who are you?', {}, OTHER)
      expect(await texts()).toEqual([])
      await ask('Who are you?')
      await ask('Not this one.', { store: false })
      expect(await texts()).toEqual(['Who are you?'])
      await api('PUT', '/api/key-consents', { key: KEY, label: 'the kiosk', collect: false })
      await ask('And this?')
      expect(await texts()).toEqual(['Who are you?'])
      await api('PUT', '/api/key-consents', { key: KEY, label: 'the kiosk', collect: true })
      const { keys, required } = await api('GET', '/api/keys')
      expect(required).toBe(true)
      expect(keys).toEqual([
        {
          key_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
          label: 'the kiosk',
          collect: true,
          source: 'configured',
          hint: null,
          issued_at: null,
          revoked_at: null,
          updated_at: expect.any(String),
        },
        expect.objectContaining({ label: null, collect: false, source: 'configured', updated_at: null }),
      ])
    })

    it('are not kept once consent was taken back, or from a while after it was given, through another server', async () => {
      const labels = { ...(await ctx.store!.get()), now: ctx.now, newId: ctx.newId }
      const elsewhere = (collect: boolean): Promise<void> =>
        setConsent(labels, admin, { keyHash: sha256(KEY), label: 'the kiosk', collect })
      await ask('Kept.')
      await elsewhere(false)
      await ask('Not kept.')
      expect(await texts()).toEqual(['Kept.'])
      await elsewhere(true)
      clock += 61_000
      await ask('Kept again.')
      expect(await texts()).toEqual(['Kept again.', 'Kept.'])
    })

    it('are kept without personal data, and without the name of the user', async () => {
      await ask('Write to jane@mail.example, I am Jane Doe', { user: 'user-4711' })
      const [prompt] = await stored()
      expect(prompt).toMatchObject({
        kind: 'api',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Write to [email], I am [name]' }] }],
        replaced: { email: 1, name: 1 },
        use_case: null,
      })
      const rows = await (await ctx.store!.get()).db.select().from(prompts)
      expect(JSON.stringify(rows)).not.toMatch(/4711|jane/i)
    })

    it('with a long common beginning are kept once', async () => {
      const template =
        'You will get a review of a restaurant. Say in one word whether the guest was happy with what they got there. Review: '
      expect(template.length).toBeGreaterThan(COMMON_PREFIX)
      await ask(`${template}great soup`)
      await ask(`${template}awful soup`)
      await ask(`  ${template.toUpperCase()}great soup`)
      await ask('Short one')
      await ask('Short one')
      await ask('Short two')
      expect(await texts()).toEqual(['Short one', 'Short two', `${template}great soup`])
      // The next turn of a conversation begins with the turns before it.
      const first = `Tell me something about the sea that not everyone knows, but that a child of six years understands at once ${'.'.repeat(20)}`
      const turn = (role: string, content: string) => ({ role, content })
      await ask([turn('system', 'x'.repeat(200)), turn('user', first)])
      await ask([
        turn('system', 'x'.repeat(200)),
        turn('user', first),
        turn('assistant', 'Salt.'),
        turn('user', 'More!'),
      ])
      expect(await stored()).toHaveLength(4)
    })

    it('are at most so many of one user', async () => {
      const { db } = await ctx.store!.get()
      await ask('the first', { user: 'busy' })
      const [first] = await db.select().from(prompts)
      const more = Array.from({ length: PROMPTS_PER_USER - 1 }, (_, i) => ({
        ...first!,
        id: `prompt_${i}`,
        prefix: `p${i}`,
      }))
      await db.insert(prompts).values(more)
      await ask('one too many', { user: 'busy' })
      await ask('of another user', { user: 'calm' })
      expect((await stored()).length).toBe(PROMPTS_PER_USER + 1)
    })

    it('of one user are in one part of the data', async () => {
      const words = ['red', 'blue', 'green']
      for (const user of ['a', 'b', 'c', 'd', 'e', 'f'])
        for (const word of words) await ask(`${user} likes ${word}`, { user })
      const rows = await (await ctx.store!.get()).db.select().from(prompts)
      const splits = new Map<string, Set<string>>()
      for (const { userHash, split } of rows) splits.set(userHash, (splits.get(userHash) ?? new Set()).add(split))
      expect(splits.size).toBe(6)
      for (const each of splits.values()) expect(each.size).toBe(1)
      expect(
        (await stored('&split=train')).length +
          (await stored('&split=validation')).length +
          (await stored('&split=test')).length,
      ).toBe(18)
    })

    it('with sound or pictures, or too long, are not kept', async () => {
      const data = Buffer.from(encodeWav({ samples: tone(800), sampleRate: 16000 })).toString('base64')
      await ask([
        { type: 'text', text: 'hear' },
        { type: 'input_audio', input_audio: { data, format: 'wav' } },
      ])
      await ask('long '.repeat(1000))
      await ask('nul \0')
      expect(await texts()).toEqual([])
    })

    it('never break an answer', async () => {
      const broken = makeContext({
        assistant: createFakeAssistant(),
        media: fakeMedia,
        store: { dir: '/nowhere', databaseUrl: 'postgres://127.0.0.1:1/none' },
        logger: { info: () => {}, warn: () => {}, error: (_, fields) => errors.push(fields) },
      })
      const response = await buildApp(broken, undefined).request('http://localhost/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: OMNI, messages: [{ role: 'user', content: 'hi' }] }),
      })
      expect(response.status).toBe(200)
      await broken.prompts!.idle()
      expect(String((errors.pop() as Body).error)).toContain('DATABASE_URL')
    })

    it('of three kinds are written by labelers', async () => {
      expect(await api('POST', '/api/prompts', { kind: 'plain', text: 'Write a poem about tea.' })).toMatchObject({
        status: 201,
      })
      expect(await api('POST', '/api/prompts', { kind: 'plain', text: 'Write a poem about tea.' })).toMatchObject({
        status: 409,
        error: { code: 'duplicate' },
      })
      const shots = [
        { query: 'good', response: 'positive' },
        { query: 'bad', response: 'negative' },
      ]
      const fewShot = { kind: 'few-shot', text: 'Say the mood.', examples: shots, query: 'fine' }
      for (const bad of [
        { examples: [] },
        { examples: shots.slice(1) },
        { query: undefined },
        { query: ' ' },
        { kind: 'plain' },
      ]) {
        expect(await api('POST', '/api/prompts', { ...fewShot, ...bad })).toMatchObject({ status: 400 })
      }
      expect(await api('POST', '/api/prompts', fewShot)).toMatchObject({ status: 201 })
      expect(await api('POST', '/api/prompts', { kind: 'user-based', text: 'x' })).toMatchObject({ status: 400 })
      await api('POST', '/api/prompts', { kind: 'user-based', text: 'Plan a week.', use_case: 'generation' })
      expect((await stored('&kind=few-shot'))[0].messages[0].content[0].text).toBe(
        'Say the mood.\n\nInput: good\nOutput: positive\n\nInput: bad\nOutput: negative\n\nInput: fine\nOutput:',
      )
      const [plain] = await stored('&kind=plain')
      expect(plain).toMatchObject({ use_case: null, suggested_use_case: 'generation' })
      await api('PATCH', `/api/prompts/${plain.id}`, { use_case: 'brainstorming' })
      expect(await stored('&use_case=brainstorming')).toHaveLength(1)
      expect(await api('DELETE', `/api/prompts/${plain.id}`)).toMatchObject({ deleted: 1 })
      expect(await stored()).toHaveLength(2)
    })

    it('are found and counted by split, use case, kind and source', async () => {
      const write = (text: string, more: object = {}) => api('POST', '/api/prompts', { kind: 'plain', text, ...more })
      expect(await write('Summarize the news.')).toMatchObject({
        status: 201,
        suggested_use_case: 'summarization',
        split: expect.stringMatching(/^(train|validation|test)$/),
      })
      await write('Summarize the match.', { use_case: 'other' })
      await write('Lorem ipsum.')
      await ask('Write a song about rain.')
      expect(await stored('&use_case=summarization')).toHaveLength(1)
      expect(await stored('&use_case=other')).toHaveLength(1)
      expect(await stored('&use_case=none')).toHaveLength(1)
      expect(await stored('&use_case=generation&decided=no')).toHaveLength(1)
      expect(await stored('&decided=yes')).toHaveLength(1)
      expect(await stored('&source=api')).toHaveLength(1)
      expect(await stored('&source=written')).toHaveLength(3)
      expect(await stored('&source=written&kind=api')).toHaveLength(0)
      expect(await api('GET', '/api/prompts?split=dev')).toMatchObject({ status: 400, error: { param: 'split' } })
      const { counts } = await api('GET', '/api/prompts/counts?source=written')
      const [{ split }] = await stored('&source=written')
      const row = (use_case: string | null, decided: number) => ({ use_case, split, prompts: 1, decided })
      expect(counts).toHaveLength(3)
      expect(counts).toEqual(expect.arrayContaining([row('summarization', 0), row('other', 1), row(null, 0)]))
    })

    it('are exported as the lines that training reads', async () => {
      await api('POST', '/api/prompts', { kind: 'plain', text: 'Summarize the news.' })
      await ask('Write a song about rain.')
      await ask([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Who are you?' },
      ])
      const get = (query: string, as = cookie): Promise<Response> | Response =>
        app.request(`http://localhost:8710/api/prompts/export${query}`, { headers: { cookie: as } })
      const rows = async (query = ''): Promise<Body[]> => {
        const response = await get(query)
        expect(response.status).toBe(200)
        expect(response.headers.get('content-type')).toMatch('application/jsonl')
        return parseJsonLines(await response.text()).map(({ value }) => value)
      }
      const all = await rows()
      expect(all.map(({ prompt }) => prompt)).toEqual(['Summarize the news.', 'Write a song about rain.'])
      expect(all[1]).toMatchObject({ kind: 'api', use_case: 'generation', split: expect.any(String) })
      expect((await rows('?use_case=summarization')).map(({ prompt }) => prompt)).toEqual(['Summarize the news.'])
      expect(await rows('?source=api')).toHaveLength(1)
      expect(await rows(`?split=${all[0].split}&source=written`)).toHaveLength(1)
      expect((await rows('?conversations=1')).at(-1)!.prompt).toEqual([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Who are you?' },
      ])
      expect((await get('?split=dev')).status).toBe(400)
      expect((await get('', '')).status).toBe(401)
      const { entries } = await api('GET', '/api/audit?subject=prompts')
      expect(entries[0]).toMatchObject({ action: 'prompt.export', details: { conversations: true, count: 3 } })
    })

    it('become items of a project once each, and only where no outputs are needed', async () => {
      for (const text of ['One?', 'Two?', 'Three?']) await api('POST', '/api/prompts', { kind: 'plain', text })
      await ask('Four?')
      const made = async (kind: string): Promise<string> =>
        (await api('POST', '/api/projects', { name: kind, kind })).id as string
      const id = await made('demonstration')
      const take = (body: object, project = id) => api('POST', `/api/projects/${project}/prompts`, body)
      expect(await take({}, await made('comparison'))).toMatchObject({ status: 409, error: { code: 'outputs_needed' } })
      expect(await take({ most: 0 })).toMatchObject({ status: 400 })
      expect(await take({ source: 'written', most: 2 })).toMatchObject({ status: 201, items: 2, present: 0 })
      // At once: the project is locked, so that nothing comes in twice.
      const both = await Promise.all([take({}), take({})])
      expect(both.map(({ items }) => items).sort()).toEqual([0, 2])
      expect(await take({})).toMatchObject({ items: 0, present: 4 })
      const { items } = await api('GET', `/api/projects/${id}/items`)
      expect(items.map((item: Body) => item.prompt[0].content[0].text)).toEqual(['One?', 'Two?', 'Three?', 'Four?'])
      expect(items[0].source).toMatch(/^prompt_/)
      const { entries } = await api('GET', `/api/audit?subject=${id}`)
      expect(entries.map(({ action, details }: Body) => [action, details?.from, details?.count])).toEqual([
        ['items.add', 'prompts', 2],
        ['items.add', 'prompts', 2],
        ['project.create', undefined, undefined],
      ])
      const older = await api('GET', `/api/audit?subject=${id}&before=${entries[1].id}`)
      expect(older.entries).toEqual(entries.slice(2))
      await api('PATCH', `/api/projects/${id}`, { archived: true })
      await api('POST', '/api/prompts', { kind: 'plain', text: 'Five?' })
      expect(await take({})).toMatchObject({ status: 409, error: { code: 'project_archived' } })
    })

    it('come through keys that an admin makes, until they are revoked', async () => {
      const made = await api('POST', '/api/keys', { label: 'a robot', collect: true })
      expect(made).toMatchObject({ status: 201, key: expect.stringMatching(/^tony-[\w-]{43}$/), source: 'issued' })
      await ask('From the robot', {}, made.key)
      expect(await texts()).toEqual(['From the robot'])
      const { keys } = await api('GET', '/api/keys')
      const listed = keys.find(({ label }: Body) => label === 'a robot')
      expect(listed).toMatchObject({ collect: true, hint: made.key.slice(-4), revoked_at: null })
      expect(JSON.stringify(keys)).not.toContain(made.key)
      expect(await api('DELETE', `/api/keys/${listed.key_hash}`)).toMatchObject({ status: 200 })
      expect(await openWith(made.key)).toBe(401)
      expect(await openWith(`tony-${'x'.repeat(43)}`)).toBe(401)
      expect(await openWith(KEY)).toBe(200)
      const consent = { key_hash: listed.key_hash, label: 'a robot', collect: true }
      expect(await api('PUT', '/api/key-consents', consent)).toMatchObject({
        status: 409,
        error: { code: 'key_revoked' },
      })
      // The settings of the server are not in the hands of the page.
      const configured = keys.find(({ label }: Body) => label === 'the kiosk')
      expect(await api('DELETE', `/api/keys/${configured.key_hash}`)).toMatchObject({
        status: 409,
        error: { code: 'key_not_issued' },
      })
      expect(await api('DELETE', '/api/keys/nobody')).toMatchObject({ status: 404 })
      const { entries } = await api('GET', `/api/audit?subject=${listed.key_hash}`)
      expect(entries.map(({ action }: Body) => action)).toEqual(['key.revoke', 'key.create'])
    })

    it('of a key are deleted once its consent is taken back, and those of others stay', async () => {
      await ask('Mine?', { user: 'a' })
      await ask('Mine too?', { user: 'b' })
      await ask('Mine from before?')
      const made = await api('POST', '/api/keys', { label: 'other', collect: true })
      await ask('Theirs?', {}, made.key)
      await api('POST', '/api/prompts', { kind: 'plain', text: 'Written.' })
      const { db } = await ctx.store!.get()
      // As the store had it before it knew keys: found by the user that the request did not name.
      const [before] = await db
        .update(prompts)
        .set({ keyHash: null })
        .where(eq(prompts.prefix, 'mine from before?'))
        .returning()
      expect(before!.userHash).toMatch(/^u_/)
      const project = await api('POST', '/api/projects', { name: 'd', kind: 'demonstration' })
      await api('POST', `/api/projects/${project.id}/prompts`, { source: 'api' })
      await api('PUT', '/api/key-consents', { key: KEY, label: 'the kiosk', collect: false })
      expect(await texts()).toHaveLength(5)
      const path = `/api/keys/${sha256(KEY)}/prompts`
      expect((await app.request(`http://localhost:8710${path}`, { method: 'DELETE' })).status).toBe(401)
      expect(await api('DELETE', path)).toEqual({ status: 200, deleted: 3, items: 3 })
      expect(await texts()).toEqual(['Theirs?', 'Written.'])
      await api('DELETE', `/api/keys/${made.key_hash}`)
      expect(await api('DELETE', `/api/keys/${made.key_hash}/prompts`)).toMatchObject({ deleted: 1, items: 1 })
      expect(await texts()).toEqual(['Written.'])
      const { entries } = await api('GET', `/api/audit?subject=${sha256(KEY)}`)
      expect(entries[0]).toMatchObject({ action: 'key.delete_prompts', details: { count: 3, items: 3 } })
      await api('PUT', '/api/key-consents', { key: KEY, label: 'the kiosk', collect: true })
    })

    async function openWith(key: string): Promise<number> {
      const headers = { authorization: `Bearer ${key}` }
      return (await app.request('http://localhost:8710/v1/models', { headers })).status
    }
  })
}

describe('a server whose store was never made', () => {
  it('does not make it for a chat', async () => {
    const ctx = makeContext({ assistant: createFakeAssistant(), media: fakeMedia, store: { dir: '/nowhere' } })
    ctx.prompts!.offer(undefined, { model: OMNI, messages: [{ role: 'user', content: 'hi' }] })
    await ctx.prompts!.idle()
    expect(await ctx.isIssued(`tony-${'x'.repeat(43)}`)).toBe(false)
    expect(ctx.store!.opened).toBe(false)
  })

  it('opens one that was made for a chat only where its key has consented', async () => {
    const database = await databases[0]!.start()
    const server = () =>
      makeContext({
        assistant: createFakeAssistant(),
        media: fakeMedia,
        store: database.options,
        keys: makeKeyRing([KEY, OTHER]),
      })
    const chat = async (ctx: AppContext, key: string | undefined): Promise<boolean> => {
      ctx.prompts!.offer(key, { model: OMNI, messages: [{ role: 'user', content: 'Who are you?' }] })
      await ctx.prompts!.idle()
      const { opened } = ctx.store!
      await ctx.store!.close()
      return opened
    }
    // From before there was a file: asked once.
    expect(await chat(server(), undefined)).toBe(true)
    expect(await chat(server(), undefined)).toBe(false)
    expect(await chat(server(), OTHER)).toBe(false)
    const ctx = server()
    const admin = await createAdmin(database.options, { name: 'ada', password: 'correct horse' })
    const labels = { ...(await ctx.store!.get()), now: ctx.now, newId: ctx.newId }
    const cookie = `tony_session=${await startSession(labels, admin.id)}`
    const consent = (collect: boolean) =>
      buildApp(ctx, undefined).request('http://localhost:8710/api/key-consents', {
        method: 'PUT',
        headers: { cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ key: KEY, label: 'the kiosk', collect }),
      })
    expect((await consent(true)).status).toBe(200)
    await ctx.store!.close()
    expect(await chat(server(), OTHER)).toBe(false)
    const again = server()
    expect(await chat(again, KEY)).toBe(true)
    const { db } = await again.store!.get()
    expect(await db.select().from(prompts)).toHaveLength(1)
    await again.store!.close()
    expect((await consent(false)).status).toBe(200)
    await ctx.store!.close()
    expect(await chat(server(), KEY)).toBe(false)
    await database.stop()
  }, 120_000)
})
