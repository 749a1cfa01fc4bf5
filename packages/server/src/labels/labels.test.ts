import { createHash } from 'node:crypto'
import { encodeWav, krippendorffAlpha, type OutputRating, outputFlags, parseJsonLines } from 'tony'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeAssistant, fakeMedia, tone } from '../../../../test/helpers/fake-assistant.ts'
import { databases, type TestDatabase } from '../../../../test/helpers/stores.ts'
import { buildApp, makeContext } from '../app.ts'
import type { App, AppContext } from '../context.ts'
import { accounts, passwordResets } from '../store/schema.ts'
import { addMember, createAdmin, startSession } from './accounts.ts'
import { goldGap } from './gold.ts'

// biome-ignore lint/suspicious/noExplicitAny: test bodies are looked at field by field
type Body = any

/** Someone at a browser of their own. */
interface Person {
  readonly id: string
  readonly send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>
  /** As `send`, and the answer must be good. */
  readonly ok: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Body>
  /** As `send`, and the answer must be this failure. */
  readonly fails: (
    expected: { status: number; code?: string; message?: string | RegExp; param?: string },
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<void>
}

const text = (value: string) => [{ type: 'text', text: value }]
const prompt = (value: string) => [{ role: 'user', content: text(value) }]
const rating = (overall: number | null, flags: Partial<OutputRating['flags']> = {}) => ({ overall, flags })
const four = (name = 'p', more: object = {}) => ({
  prompt: prompt(name),
  outputs: ['a', 'b', 'c', 'd'].map((output) => ({ content: text(`${name} ${output}`), model: `model-${output}` })),
  ...more,
})
/** A control item. */
const known = (name: string, ranks: number[]) => four(`known ${name}`, { expected: { ranks }, gold: true })
const wav = encodeWav({ samples: tone(800), sampleRate: 16000 })
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const jsonl = { 'content-type': 'application/jsonl' }

for (const { name, missing, start } of databases) {
  describe.skipIf(missing !== undefined)(`labels in ${name}`, () => {
    let database: TestDatabase
    let ctx: AppContext
    let app: App
    let clock = 1_750_000_000_000
    let admin: Person
    let people = 0

    beforeAll(async () => {
      database = await start()
      await createAdmin(database.options, { name: 'Ada', password: 'correct horse' })
      ctx = makeContext({
        assistant: createFakeAssistant(),
        media: fakeMedia,
        store: database.options,
        now: () => clock,
      })
      app = buildApp(ctx, undefined)
      admin = await signIn('ada', 'correct horse')
    }, 120_000)
    afterAll(async () => {
      await ctx?.store?.close()
      await database?.stop()
    })

    function browser(cookie = '', id = ''): Person {
      const send: Person['send'] = async (method, path, body, headers = {}) =>
        app.request(`http://localhost:8710${path}`, {
          method,
          headers: {
            ...(cookie === '' ? {} : { cookie }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            origin: 'http://localhost:8710',
            ...headers,
          },
          ...(body === undefined
            ? {}
            : {
                body:
                  typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
              }),
        })
      return {
        id,
        send,
        ok: async (...args) => {
          const response = await send(...args)
          const body = await response.text()
          expect(response.status, body).toBeLessThan(300)
          return response.headers.get('content-type') === 'application/json' ? JSON.parse(body) : body
        },
        fails: async ({ message = /./, ...expected }, ...args) => {
          const response = await send(...args)
          const { error } = (await response.json()) as Body
          expect({ status: response.status, ...error }).toMatchObject(expected)
          expect(error.message).toMatch(message)
          expect(error.message).toMatch(/^.+[.]$/)
        },
      }
    }

    async function signIn(name: string, password: string): Promise<Person> {
      const response = await browser().send('POST', '/api/session', { name, password })
      expect(response.status).toBe(200)
      const { account } = (await response.json()) as Body
      return browser(response.headers.get('set-cookie')!.split(';')[0], account.id)
    }

    /** Someone who is signed in and a member of a project; without a password, whose hash is slow to make. */
    async function labeler(projectId: string | null, role: 'labeler' | 'reviewer' = 'labeler'): Promise<Person> {
      const labels = { ...(await ctx.store!.get()), now: ctx.now, newId: ctx.newId }
      const id = ctx.newId('acct_')
      await labels.db
        .insert(accounts)
        .values({ id, name: `labeler${++people}`, role, passwordHash: 'none', createdAt: new Date(clock) })
      if (projectId !== null) await addMember(labels, projectId, id)
      return browser(`tony_session=${await startSession(labels, id)}`, id)
    }

    async function project(more: object = {}, items: object[] = []): Promise<string> {
      const { id } = await admin.ok('POST', '/api/projects', {
        name: 'Which is better?',
        kind: 'comparison',
        ratings_required: false,
        ...more,
      })
      if (items.length > 0) await admin.ok('POST', `/api/projects/${id}/items`, { items })
      return id
    }

    /** To the next full hour, where one's own figures of agreement change. */
    const nextHour = (): void => {
      clock = (Math.floor(clock / 3600_000) + 1) * 3600_000
    }

    const take = async (person: Person, id: string) => (await person.ok('POST', `/api/projects/${id}/next`)).assignment

    /** Submits a ranking that is given by output name, best first; with ties if there are spaces: `b ac d`. */
    async function rank(person: Person, assignment: Body, best: string): Promise<Body> {
      const levels = best.split(best.includes(' ') ? ' ' : '')
      const ranks = assignment.outputs.map(
        ({ content }: Body) => levels.findIndex((level) => level.includes(content[0].text.at(-1))) + 1,
      )
      return person.ok('PUT', `/api/assignments/${assignment.id}/answer`, { answer: { ranks } })
    }

    describe('accounts', () => {
      it('let nobody in without a session, and say so', async () => {
        await browser().fails({ status: 401, code: 'not_signed_in' }, 'GET', '/api/projects')
        await browser('tony_session=wrong').fails({ status: 401, code: 'not_signed_in' }, 'GET', '/api/session')
        expect((await admin.ok('GET', '/api/session')).account).toMatchObject({ name: 'ada', role: 'admin' })
      })

      it('set a cookie that scripts and other sites cannot use', async () => {
        const response = await browser().send('POST', '/api/session', { name: ' ADA ', password: 'correct horse' })
        expect(response.headers.get('set-cookie')).toMatch(
          /^tony_session=[\w-]{43}; Max-Age=1209600; Path=\/api; HttpOnly; SameSite=Strict$/,
        )
        expect(response.headers.get('cache-control')).toBe('no-store')
        const secure = await app.request('http://localhost:8710/api/session', {
          method: 'POST',
          headers: { 'content-type': 'application/json', host: 'localhost:8710', origin: 'https://localhost:8710' },
          body: JSON.stringify({ name: 'ada', password: 'correct horse' }),
        })
        expect(secure.headers.get('set-cookie')).toContain('; Secure')
      })

      it('refuse requests from pages of other sites', async () => {
        for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }]) {
          await admin.fails(
            { status: 403, code: 'forbidden' },
            'POST',
            '/api/projects',
            { name: 'x', kind: 'ratings' },
            headers,
          )
        }
      })

      it('refuse a wrong password and slow down guessing', async () => {
        const guess = { name: 'ada', password: 'wrong password' }
        for (let i = 0; i < 5; i++)
          await browser().fails({ status: 401, code: 'wrong_password' }, 'POST', '/api/session', guess)
        await browser().fails(
          { status: 429, code: 'too_many_attempts', message: /in 1 s/ },
          'POST',
          '/api/session',
          guess,
        )
        clock += 1000
        await signIn('ada', 'correct horse')
        await browser().fails({ status: 401 }, 'POST', '/api/session', { ...guess, name: 'nobody' })
      })

      it('are made by an invite, once', async () => {
        const { token } = await admin.ok('POST', '/api/invites', {})
        const body = { token, name: 'Grace', password: 'a long password' }
        await browser().fails({ status: 400, code: 'too_short' }, 'POST', '/api/invites/accept', {
          ...body,
          password: 'x',
        })
        await browser().fails({ status: 409, code: 'name_taken' }, 'POST', '/api/invites/accept', {
          ...body,
          name: 'ada',
        })
        // At the same moment from two windows: one account.
        const both = await Promise.all(
          [body, { ...body, name: 'grace2' }].map((each) => browser().send('POST', '/api/invites/accept', each)),
        )
        expect(both.map(({ status }) => status).sort()).toEqual([201, 404])
        const late = (await admin.ok('POST', '/api/invites', {})).token
        clock += 8 * 24 * 3600_000
        admin = await signIn('ada', 'correct horse')
        await browser().fails({ status: 404, code: 'invite_not_found' }, 'POST', '/api/invites/accept', {
          ...body,
          token: late,
        })
      })

      it('change their password, and are closed by an admin', async () => {
        const { token } = await admin.ok('POST', '/api/invites', { project_id: await project() })
        const old = 'a long password'
        await browser().ok('POST', '/api/invites/accept', { token, name: 'Linus', password: old })
        const person = await signIn('linus', old)
        expect((await person.ok('GET', '/api/projects')).projects).toHaveLength(1)
        await person.fails({ status: 403 }, 'POST', '/api/session/password', {
          old_password: 'wrong',
          new_password: 'another long one',
        })
        const elsewhere = await signIn('linus', old)
        await person.ok('POST', '/api/session/password', { old_password: old, new_password: 'another long one' })
        await elsewhere.fails({ status: 401 }, 'GET', '/api/session')
        const { entries } = await admin.ok('GET', `/api/audit?subject=${person.id}`)
        expect(entries.map((entry: Body) => [entry.action, entry.account_id])).toEqual([
          ['account.password', person.id],
          ['account.create', person.id],
        ])
        await person.fails({ status: 403, code: 'wrong_role' }, 'GET', '/api/accounts')
        await admin.ok('PATCH', `/api/accounts/${person.id}`, { disabled: true })
        await person.fails({ status: 401 }, 'GET', '/api/session')
        await admin.fails({ status: 409, code: 'last_admin' }, 'PATCH', `/api/accounts/${admin.id}`, {
          role: 'labeler',
        })
        await admin.ok('DELETE', '/api/session')
        await admin.fails({ status: 401 }, 'GET', '/api/session')
        admin = await signIn('ada', 'correct horse')
      })
    })

    describe('a forgotten password', () => {
      const password = 'a long password'
      const fresh = 'another long one'
      const gone = {
        status: 404,
        code: 'reset_not_found',
        message: /^This link does not exist, has been used, or is too old; /,
      }

      async function forgetful(name: string): Promise<Person> {
        const { token } = await admin.ok('POST', '/api/invites', {})
        await browser().ok('POST', '/api/invites/accept', { token, name, password })
        return signIn(name, password)
      }
      const reset = async (id: string): Promise<string> => (await admin.ok('POST', `/api/accounts/${id}/reset`)).token

      it('is replaced with a link, once, which ends all sessions and signs in', async () => {
        const person = await forgetful('rosa')
        const made = await admin.send('POST', `/api/accounts/${person.id}/reset`)
        const { token, expires_at } = (await made.json()) as Body
        expect(made.status).toBe(201)
        expect(Date.parse(expires_at) - clock).toBe(7 * 24 * 3600_000)
        expect(await browser().ok('POST', '/api/resets/find', { token })).toEqual({ name: 'rosa' })
        // The store has the hash alone, so whoever reads it gets in nowhere.
        const { db } = await ctx.store!.get()
        expect((await db.select().from(passwordResets)).map((row) => [row.accountId, row.tokenHash])).toEqual([
          [person.id, sha256(new TextEncoder().encode(token))],
        ])
        for (const [bad, code] of [
          ['x'.repeat(7), 'too_short'],
          ['x'.repeat(257), 'too_long'],
        ]) {
          await browser().fails({ status: 400, code: code! }, 'POST', '/api/resets/accept', { token, password: bad })
        }
        // Guessing has locked the name; the link does not mind. From two windows at once: one of them.
        for (let i = 0; i < 6; i++) await browser().send('POST', '/api/session', { name: 'rosa', password: 'a guess' })
        const both = await Promise.all(
          [fresh, fresh].map((each) => browser().send('POST', '/api/resets/accept', { token, password: each })),
        )
        expect(both.map(({ status }) => status).sort()).toEqual([200, 404])
        const cookie = both.find(({ status }) => status === 200)!.headers.get('set-cookie')!
        expect((await browser(cookie.split(';')[0]).ok('GET', '/api/session')).account.name).toBe('rosa')
        await person.fails({ status: 401 }, 'GET', '/api/session')
        await browser().fails({ status: 401, code: 'wrong_password' }, 'POST', '/api/session', {
          name: 'rosa',
          password,
        })
        await signIn('rosa', fresh)
        await browser().fails(gone, 'POST', '/api/resets/find', { token })
        const { entries } = await admin.ok('GET', `/api/audit?subject=${person.id}`)
        expect(entries.slice(0, 2).map((entry: Body) => [entry.action, entry.account_id])).toEqual([
          ['reset.accept', person.id],
          ['reset.create', admin.id],
        ])
      })

      it('is not replaced with an older link, an old one, an unknown one, or without need', async () => {
        const person = await forgetful('sam')
        const refused = async (token: string): Promise<void> => {
          await browser().fails(gone, 'POST', '/api/resets/find', { token })
          await browser().fails(gone, 'POST', '/api/resets/accept', { token, password: fresh })
        }
        const first = await reset(person.id)
        const second = await reset(person.id)
        await refused(first)
        await refused('unknown')
        clock += 7 * 24 * 3600_000
        await refused(second)
        admin = await signIn('ada', 'correct horse')
        const again = await signIn('sam', password)
        const unneeded = await reset(person.id)
        await again.ok('POST', '/api/session/password', { old_password: password, new_password: fresh })
        await refused(unneeded)
        await signIn('sam', fresh)
      })

      it('of a closed account stays as it is, and only an admin makes links', async () => {
        const person = await forgetful('tom')
        await person.fails({ status: 403, code: 'wrong_role' }, 'POST', `/api/accounts/${admin.id}/reset`)
        await browser().fails({ status: 401 }, 'POST', `/api/accounts/${person.id}/reset`)
        await admin.fails({ status: 404 }, 'POST', '/api/accounts/acct_nobody/reset')
        const token = await reset(person.id)
        await admin.ok('PATCH', `/api/accounts/${person.id}`, { disabled: true })
        await admin.fails({ status: 409, code: 'account_closed' }, 'POST', `/api/accounts/${person.id}/reset`)
        await browser().fails(gone, 'POST', '/api/resets/accept', { token, password: fresh })
        // Opened again, the account does not get its old link back.
        await admin.ok('PATCH', `/api/accounts/${person.id}`, { disabled: false })
        await browser().fails(gone, 'POST', '/api/resets/accept', { token, password: fresh })
        await signIn('tom', password)
      })
    })

    describe('a labeler', () => {
      it('sees only what is assigned, without the names of models', async () => {
        const id = await project({}, [four('secret')])
        const person = await labeler(id)
        const stranger = await labeler(await project())
        expect((await person.ok('GET', '/api/projects')).projects.map((each: Body) => each.id)).toEqual([id])
        await stranger.fails({ status: 404 }, 'GET', `/api/projects/${id}`)
        await stranger.fails({ status: 404 }, 'POST', `/api/projects/${id}/next`)
        const assignment = await take(person, id)
        expect(JSON.stringify(assignment)).not.toContain('model-')
        await stranger.fails({ status: 404 }, 'GET', `/api/assignments/${assignment.id}`)
        await stranger.fails({ status: 404 }, 'PUT', `/api/assignments/${assignment.id}/draft`, {
          revision: 1,
          draft: {},
        })
        for (const path of ['items', 'members', 'export', 'statistics', 'disagreements']) {
          await person.fails({ status: 403, code: 'wrong_role' }, 'GET', `/api/projects/${id}/${path}`)
        }
        await person.fails({ status: 403 }, 'POST', '/api/projects', { name: 'x', kind: 'ratings' })
        await person.fails({ status: 403 }, 'POST', '/api/import?format=full', '{}', {
          'content-type': 'application/jsonl',
        })
      })

      it('keeps a draft over a lost connection, whatever order saves arrive in', async () => {
        const id = await project({}, [four()])
        const person = await labeler(id)
        const { id: assignment } = await take(person, id)
        const path = `/api/assignments/${assignment}/draft`
        expect(await person.ok('PUT', path, { revision: 2, draft: { ranks: [1, null, null, null] } })).toMatchObject({
          stored: true,
          draft_revision: 2,
        })
        // The first save arrives after the second.
        expect(await person.ok('PUT', path, { revision: 1, draft: {} })).toMatchObject({
          stored: false,
          draft: { ranks: [1, null, null, null] },
          draft_revision: 2,
        })
        // A body that ends in the middle changes nothing.
        await person.fails({ status: 400, code: 'invalid_json' }, 'PUT', path, '{"revision":3,"draft":{"ranks":[2,')
        // The page comes back: the same item, the same order of outputs, the draft.
        const again = await take(person, id)
        expect(again).toMatchObject({ id: assignment, draft: { ranks: [1, null, null, null] }, draft_revision: 2 })
        expect(again.outputs).toEqual((await person.ok('GET', `/api/assignments/${assignment}`)).outputs)
      })

      it('submits once, and the same again is answered the same', async () => {
        const id = await project({ overlap: 1 }, [four()])
        const person = await labeler(id)
        const assignment = await take(person, id)
        const path = `/api/assignments/${assignment.id}/answer`
        // A double click: both at the same moment.
        const both = await Promise.all(
          [1, 2].map(() => person.ok('PUT', path, { answer: { ranks: [1, 3, 3, 4], notes: 'x' }, seconds: 2 })),
        )
        expect(both[0]).toEqual(both[1])
        expect(both[0]).toMatchObject({ state: 'submitted', answer: { ranks: [1, 2, 2, 3], notes: 'x' } })
        await person.fails({ status: 409, code: 'already_submitted' }, 'PUT', path, { answer: { ranks: [2, 1, 3, 4] } })
        await person.fails({ status: 409 }, 'PUT', `/api/assignments/${assignment.id}/draft`, {
          revision: 99,
          draft: {},
        })
        expect(await person.ok('GET', `/api/assignments/${assignment.id}`)).toMatchObject({
          answer: { ranks: [1, 2, 2, 3] },
        })
      })

      it('is told which output has no rank', async () => {
        const id = await project({}, [four()])
        const person = await labeler(id)
        const path = `/api/assignments/${(await take(person, id)).id}/answer`
        const refused = (answer: object, message: RegExp, code = 'invalid_ranking') =>
          person.fails({ status: 400, code, message }, 'PUT', path, { answer })
        await refused({ ranks: [1, 2, null, 3] }, /output 3 has no rank/)
        await refused({ ranks: [1, 2, 3] }, /3 ranks for 4 outputs/)
        await refused({ ranks: [1, 2, 3, 7] }, /output 4 has rank 7/)
        await refused({ notes: 'x' }, /ranks is missing/, 'missing_required_parameter')
        await refused({ ranks: [1, 2, 3, 4], content: text('x') }, /content does not belong/, 'unknown_parameter')
        await refused({ ranks: [1, 2, 3, 4], notes: '\0' }, /cannot be stored/, 'invalid_value')
        // Nothing of it was stored; the best two and the rest tied last is fine.
        const done = await person.ok('PUT', path, { answer: { ranks: [null, 2, 1, null], rest_tied: true } })
        expect(done.answer.ranks).toEqual([3, 2, 1, 3])
      })

      it('rates each output and answers the eleven questions', async () => {
        const id = await project({ ratings_required: true }, [four()])
        const person = await labeler(id)
        const assignment = await take(person, id)
        const path = `/api/assignments/${assignment.id}/answer`
        const ranks = [1, 2, 3, 4]
        await person.fails({ status: 400, message: /rate each output first/ }, 'PUT', path, { answer: { ranks } })
        const ratings = [7, 6, 5, null].map((overall) =>
          rating(overall, { hallucination: true, sexual_content: false }),
        )
        await person.fails({ status: 400, message: /output 4 has no overall/ }, 'PUT', path, {
          answer: { ranks, ratings },
        })
        const odd = [{ overall: 7, flags: { nice: true } }, ...ratings.slice(1)]
        await person.fails({ status: 400, message: /"nice"/ }, 'PUT', path, { answer: { ranks, ratings: odd } })
        const done = await person.ok('PUT', path, { answer: { ranks, ratings: [...ratings.slice(0, 3), rating(1)] } })
        expect(done.answer.ratings[0]).toEqual({
          overall: 7,
          flags: {
            ...Object.fromEntries(outputFlags.map((flag) => [flag, null])),
            hallucination: true,
            sexual_content: false,
          },
        })
        // In the item's own order, the first output shown has rank 1 and quality 7.
        const { labels, outputs } = await admin.ok('GET', `/api/items/${(await itemIds(id))[0]}/labels`)
        const shownFirst = outputs.findIndex(
          (output: Body) => output.content[0].text === assignment.outputs[0].content[0].text,
        )
        expect(labels[0].answer.ranks[shownFirst]).toBe(1)
        expect(labels[0].answer.ratings[shownFirst].overall).toBe(7)
      })

      it('writes a demonstration, with sound of their own', async () => {
        const id = await project({ kind: 'demonstration' }, [{ prompt: prompt('Say hello.') }])
        const person = await labeler(id)
        const other = await labeler(id)
        const { id: assignment } = await take(person, id)
        const path = `/api/assignments/${assignment}/answer`
        await person.fails({ status: 400, message: /write an answer/ }, 'PUT', path, {
          answer: { content: text('  ') },
        })
        const type = { 'content-type': 'application/octet-stream' }
        await person.fails({ status: 400, code: 'unsupported_media' }, 'POST', '/api/media', '<svg/>', type)
        const { sha256: name } = await other.ok('POST', '/api/media', wav, type)
        const content = [...text('hello'), { type: 'audio', sha256: name }]
        // Knowing the name of another's recording is not enough.
        await person.fails({ status: 404, code: 'media_not_found' }, 'PUT', path, { answer: { content } })
        await person.fails({ status: 404 }, 'GET', `/api/assignments/${assignment}/media/${name}`)
        expect(await person.ok('POST', '/api/media', wav, type)).toEqual({ sha256: sha256(wav), type: 'audio/wav' })
        await person.ok('PUT', path, { answer: { content } })
        const sound = await person.send('GET', `/api/assignments/${assignment}/media/${name}`)
        expect(sound.headers.get('content-type')).toBe('audio/wav')
        expect(new Uint8Array(await sound.arrayBuffer())).toEqual(wav)
        await person.fails({ status: 404 }, 'GET', `/api/assignments/${assignment}/media/..%2f..%2fetc%2fpasswd`)
        await person.fails({ status: 403 }, 'GET', `/api/media/${name}`)
      })

      it('hears and sees the outputs of an item', async () => {
        const bytes = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        const { sha256: name } = await admin.ok('POST', '/api/media', bytes, {
          'content-type': 'application/octet-stream',
        })
        const item = four()
        item.outputs[2]!.content = [{ type: 'image', sha256: name }] as Body
        const id = await project({}, [item])
        await admin.fails({ status: 400, code: 'media_not_found' }, 'POST', `/api/projects/${id}/items`, {
          items: [four('x', { prompt: [{ role: 'user', content: [{ type: 'audio', sha256: '0'.repeat(64) }] }] })],
        })
        const person = await labeler(id)
        const assignment = await take(person, id)
        const image = await person.send('GET', `/api/assignments/${assignment.id}/media/${name}`)
        expect(image.headers.get('content-type')).toBe('image/png')
        expect(image.headers.get('content-security-policy')).toContain('sandbox')
      })

      it('skips with a reason, and may take it back', async () => {
        const id = await project({}, [four('one'), four('two')])
        const person = await labeler(id)
        const first = await take(person, id)
        await person.fails({ status: 400 }, 'POST', `/api/assignments/${first.id}/skip`, { reason: ' ' })
        await person.ok('POST', `/api/assignments/${first.id}/skip`, { reason: 'needs a lawyer' })
        const second = await take(person, id)
        expect(second.id).not.toBe(first.id)
        await rank(person, second, 'abcd')
        // A skipped item does not come again, and another labeler gets it.
        expect(await person.ok('POST', `/api/projects/${id}/next`)).toEqual({ assignment: null, reason: 'done' })
        const other = await labeler(id)
        const theirs = await take(other, id)
        expect(theirs.prompt).toEqual(prompt('one'))
        await person.fails({ status: 409, code: 'no_place' }, 'POST', `/api/assignments/${first.id}/undo`)
        await other.ok('POST', `/api/assignments/${theirs.id}/skip`, { reason: 'me too' })
        expect(await person.ok('POST', `/api/assignments/${first.id}/undo`)).toMatchObject({
          state: 'active',
          skip_reason: null,
        })
      })

      it('undoes a submission and finds the answer as draft', async () => {
        const id = await project({}, [four()])
        const person = await labeler(id)
        const assignment = await take(person, id)
        await person.ok('PUT', `/api/assignments/${assignment.id}/answer`, { answer: { ranks: [4, 1, 2, 3] } })
        const undone = await person.ok('POST', `/api/assignments/${assignment.id}/undo`)
        expect(undone).toMatchObject({ state: 'active', answer: null, draft: { ranks: [4, 1, 2, 3] } })
        // The place is kept meanwhile.
        expect(await take(await labeler(id), id)).toBeNull()
        expect(
          await person.ok('PUT', `/api/assignments/${assignment.id}/answer`, { answer: { ranks: [1, 2, 3, 4] } }),
        ).toMatchObject({
          state: 'submitted',
        })
      })

      it('learns how others labeled an item only when their own label of it is final', async () => {
        const id = await project({ overlap: 2 }, [four('1'), four('2')])
        const [one, two] = [await labeler(id), await labeler(id)]
        for (let i = 0; i < 2; i++) await rank(one, await take(one, id), 'abcd')
        const own = async () => {
          const { submitted, agreement_with_others, pairs_with_others } = await two.ok('GET', `/api/projects/${id}/own`)
          return [submitted, agreement_with_others, pairs_with_others]
        }
        const first = await take(two, id)
        const undo = `/api/assignments/${first.id}/undo`
        // Submitting, looking and undoing, again and again, tells nothing.
        for (const order of ['dcba', 'abcd']) {
          await rank(two, first, order)
          expect(await own()).toEqual([1, null, 0])
          clock += 3600_000 - 1
          expect(await own()).toEqual([1, null, 0])
          await two.ok('POST', undo)
          expect(await own()).toEqual([0, null, 0])
        }
        nextHour()
        clock += 600_000
        await rank(two, first, 'abdc')
        clock += 3600_000
        await rank(two, await take(two, id), 'dcba')
        await two.fails({ status: 409, code: 'label_final' }, 'POST', undo)
        // What is final counts from the next full hour on: when figures move tells nothing of single labels either.
        expect(await own()).toEqual([2, null, 0])
        nextHour()
        // The second item's label is new, so only the first one's counts, which stays as it is.
        expect(await own()).toEqual([2, expect.closeTo(5 / 6), 6])
        await two.fails({ status: 409, code: 'already_submitted' }, 'PUT', `/api/assignments/${first.id}/answer`, {
          answer: { ranks: [1, 1, 1, 1] },
        })
        clock += 3600_000
        expect(await own()).toEqual([2, expect.closeTo(5 / 12), 12])
        // Others' own figures and the admin's do not wait for anyone.
        expect((await admin.ok('GET', `/api/projects/${id}/statistics`)).pairs).toBe(12)
      })

      it('takes a skip back at any time: it tells nothing', async () => {
        const id = await project({}, [four()])
        const person = await labeler(id)
        const assignment = await take(person, id)
        await person.ok('POST', `/api/assignments/${assignment.id}/skip`, { reason: 'later' })
        clock += 24 * 3600_000
        expect(await person.ok('POST', `/api/assignments/${assignment.id}/undo`)).toMatchObject({ state: 'active' })
      })
    })

    const itemIds = async (id: string): Promise<string[]> =>
      (await admin.ok('GET', `/api/projects/${id}/items`)).items.map((item: Body) => item.id)

    describe('assignment', () => {
      it('gives each item as many labelers as asked for, however many ask at once', async () => {
        const id = await project({ overlap: 2 }, [four('1'), four('2'), four('3')])
        const crowd: Person[] = []
        for (let i = 0; i < 8; i++) crowd.push(await labeler(id))
        const work = await Promise.all(crowd.map((person) => take(person, id)))
        const given = work.filter((assignment) => assignment !== null)
        expect(given).toHaveLength(6)
        const counts = new Map<string, number>()
        for (const { prompt } of given)
          counts.set(prompt[0].content[0].text, (counts.get(prompt[0].content[0].text) ?? 0) + 1)
        expect([...counts.values()]).toEqual([2, 2, 2])
      })

      it('shows two labelers of one item their own orders and keeps both labels', async () => {
        const id = await project({ overlap: 2 }, [four()])
        const [one, two] = [await labeler(id), await labeler(id)]
        const [first, second] = await Promise.all([take(one, id), take(two, id)])
        expect(first.id).not.toBe(second.id)
        await Promise.all([rank(one, first, 'abcd'), rank(two, second, 'abdc')])
        const { labels, agreement, outputs } = await admin.ok('GET', `/api/items/${(await itemIds(id))[0]}/labels`)
        expect(labels.map((label: Body) => label.answer.ranks).sort()).toEqual([
          [1, 2, 3, 4],
          [1, 2, 4, 3],
        ])
        expect(agreement).toBeCloseTo(5 / 6)
        expect(JSON.stringify(outputs)).not.toContain('model-')
      })

      it('can ask for more labelers later, for one item or all', async () => {
        const id = await project({ overlap: 1 }, [four('1'), four('2')])
        const [one, two] = [await labeler(id), await labeler(id)]
        for (let i = 0; i < 2; i++) await rank(one, await take(one, id), 'abcd')
        expect(await take(two, id)).toBeNull()
        await admin.ok('PATCH', `/api/items/${(await itemIds(id))[1]}`, { overlap: 2 })
        const assignment = await take(two, id)
        expect(assignment.prompt).toEqual(prompt('2'))
        await rank(two, assignment, 'abcd')
        await admin.ok('PATCH', `/api/projects/${id}`, { overlap: 2 })
        expect((await take(two, id)).prompt).toEqual(prompt('1'))
        expect(await admin.ok('GET', `/api/projects/${id}/progress`)).toEqual({
          items: 2,
          complete: 1,
          labels_needed: 4,
          labels_done: 3,
          active: 1,
          skipped: 0,
          adjudicated: 0,
        })
      })

      it('gives an item on when its lease ends, and loses nothing of a late answer', async () => {
        const id = await project({ lease_seconds: 60 }, [four()])
        const [slow, fast] = [await labeler(id), await labeler(id)]
        const assignment = await take(slow, id)
        clock += 40_000
        // Typing renews the lease.
        await slow.ok('PUT', `/api/assignments/${assignment.id}/draft`, { revision: 1, draft: { notes: 'hm' } })
        clock += 40_000
        expect(await take(fast, id)).toBeNull()
        clock += 30_000
        const theirs = await take(fast, id)
        expect(theirs.prompt).toEqual(assignment.prompt)
        await slow.fails(
          { status: 409, code: 'lease_expired', message: /kept as a draft/ },
          'PUT',
          `/api/assignments/${assignment.id}/answer`,
          { answer: { ranks: [1, 2, 3, 4] } },
        )
        expect(await slow.ok('GET', `/api/assignments/${assignment.id}`)).toMatchObject({
          state: 'expired',
          draft: { ranks: [1, 2, 3, 4] },
        })
        // There is a place again: the late one goes on from the draft.
        await fast.ok('POST', `/api/assignments/${theirs.id}/skip`, { reason: 'no' })
        expect(await take(slow, id)).toMatchObject({ id: assignment.id, draft: { ranks: [1, 2, 3, 4] } })
      })

      it('takes a late answer while nobody else has the place', async () => {
        const id = await project({ lease_seconds: 60 }, [four()])
        const person = await labeler(id)
        const assignment = await take(person, id)
        clock += 100_000
        expect(await rank(person, assignment, 'abcd')).toMatchObject({ state: 'submitted' })
      })

      it('takes 2 to 9 outputs', async () => {
        const id = await project()
        const item = four()
        await admin.fails(
          { status: 400, code: 'wrong_number_of_outputs', message: /items\[1\] has 1 outputs/ },
          'POST',
          `/api/projects/${id}/items`,
          {
            items: [item, { ...item, outputs: item.outputs.slice(3) }],
          },
        )
        expect(await itemIds(id)).toEqual([])
      })

      it('gives nothing out of a closed project, and puts nothing in', async () => {
        const id = await project({}, [four()])
        const person = await labeler(id)
        await admin.ok('PATCH', `/api/projects/${id}`, { archived: true })
        await person.fails({ status: 409, code: 'project_archived' }, 'POST', `/api/projects/${id}/next`)
        const closed = { status: 409, code: 'project_archived' }
        await admin.fails(closed, 'POST', `/api/projects/${id}/items`, { items: [four()] })
        const row = JSON.stringify({ prompt: 'a', chosen: 'b', rejected: 'c' })
        await admin.fails(closed, 'POST', `/api/import?format=trl&project=${id}`, row, jsonl)
        expect((await person.ok('GET', '/api/projects')).projects).toEqual([])
      })
    })

    it('keeps every version of the guidelines, and each label the one it was made under', async () => {
      const id = await project({ guidelines: 'Be fair.' }, [four('1'), four('2')])
      const person = await labeler(id)
      const first = await take(person, id)
      await rank(person, first, 'abcd')
      await admin.ok('POST', `/api/projects/${id}/guidelines`, { text: 'Be fairer.' })
      expect(first.guidelines_version).toBe(1)
      expect((await take(person, id)).guidelines_version).toBe(2)
      expect((await person.ok('GET', `/api/projects/${id}`)).guidelines).toEqual({ version: 2, text: 'Be fairer.' })
      expect(
        (await person.ok('GET', `/api/projects/${id}/guidelines`)).versions.map((each: Body) => each.text),
      ).toEqual(['Be fairer.', 'Be fair.'])
    })

    describe('the screening test', () => {
      const test = (expected: number[]) => four(`gold ${expected}`, { expected: { ranks: expected } })

      it('lets those in who agree enough, before any other work', async () => {
        const id = await project({ screening_minimum: 0.75 }, [four('work'), test([1, 2, 3, 4]), test([4, 3, 2, 1])])
        const [good, bad] = [await labeler(id), await labeler(id)]
        for (let i = 0; i < 2; i++) {
          const assignment = await take(good, id)
          await rank(good, assignment, assignment.prompt[0].content[0].text.includes('1,2') ? 'abdc' : 'dcba')
          await good.fails({ status: 409, code: 'screening_item' }, 'POST', `/api/assignments/${assignment.id}/undo`)
        }
        const place = async (person: Person) => (await person.ok('GET', `/api/projects/${id}`)).membership
        expect(await place(good)).toMatchObject({ screening: 'passed', screening_score: expect.closeTo(11 / 12) })
        expect((await take(good, id)).prompt).toEqual(prompt('work'))
        const first = await take(bad, id)
        await bad.fails({ status: 409, code: 'screening_item' }, 'POST', `/api/assignments/${first.id}/skip`, {
          reason: 'x',
        })
        await rank(bad, first, 'abcd')
        await rank(bad, await take(bad, id), 'abcd')
        expect(await place(bad)).toMatchObject({ screening: 'failed', screening_score: 0.5 })
        expect(await bad.ok('POST', `/api/projects/${id}/next`)).toEqual({
          assignment: null,
          reason: 'screening_failed',
        })
        // An admin may decide otherwise; it is in the log.
        await admin.ok('PUT', `/api/projects/${id}/members/${bad.id}`, {
          screening: 'passed',
          reason: 'talked it over',
        })
        await admin.ok('PATCH', `/api/projects/${id}`, { overlap: 2 })
        expect((await take(bad, id)).prompt).toEqual(prompt('work'))
        const { entries } = await admin.ok('GET', `/api/audit?subject=${id}`)
        expect(entries.map((entry: Body) => entry.action)).toEqual(
          expect.arrayContaining(['member.set', 'screening.end']),
        )
      })

      it('is asked of members too who joined before it, once there is a minimum', async () => {
        const id = await project({ overlap: 2 }, [four('1'), four('2'), test([1, 2, 3, 4])])
        const person = await labeler(id)
        const place = async () => (await person.ok('GET', `/api/projects/${id}`)).membership
        await rank(person, await take(person, id), 'abcd')
        const begun = await take(person, id)
        await person.ok('PUT', `/api/assignments/${begun.id}/draft`, { revision: 1, draft: { notes: 'hm' } })
        expect(await place()).toEqual({ screening: 'none', screening_score: null })
        await admin.ok('PATCH', `/api/projects/${id}`, { screening_minimum: 0.8 })
        expect(await place()).toEqual({ screening: 'pending', screening_score: null })
        // The test comes before what is begun, which waits with its draft; the label that is there stays.
        const gold = await take(person, id)
        expect(gold.prompt[0].content[0].text).toMatch(/^gold/)
        await rank(person, gold, 'abcd')
        expect(await place()).toEqual({ screening: 'passed', screening_score: 1 })
        expect(await take(person, id)).toMatchObject({ id: begun.id, draft: { notes: 'hm' } })
        expect(await admin.ok('GET', `/api/projects/${id}/progress`)).toMatchObject({ labels_done: 1 })
      })

      it('keeps those whose score meets a new minimum, and asks everyone else again', async () => {
        const id = await project({ screening_minimum: 0.5, overlap: 9 }, [four('work'), test([1, 2, 3, 4])])
        const people = Object.fromEntries(
          await Promise.all(
            ['abcd', 'abdc', 'dcba'].map(async (order) => {
              const person = await labeler(id)
              await rank(person, await take(person, id), order)
              return [order, person] as const
            }),
          ),
        )
        const [letIn, keptOut, waiting] = [await labeler(id), await labeler(id), await labeler(id)]
        const set = (person: Person, screening: string) =>
          admin.ok('PUT', `/api/projects/${id}/members/${person.id}`, { screening, reason: 'by hand' })
        await set(letIn, 'passed')
        await set(keptOut, 'failed')
        const everyone = { ...people, letIn, keptOut, waiting }
        const states = async () => {
          const { members } = await admin.ok('GET', `/api/projects/${id}/members`)
          return Object.fromEntries(
            Object.entries(everyone).map(([name, person]) => [
              name,
              members.find(({ account }: Body) => account.id === person.id).screening,
            ]),
          )
        }
        const before = await states()
        expect(before).toEqual({
          abcd: 'passed',
          abdc: 'passed',
          dcba: 'failed',
          letIn: 'passed',
          keptOut: 'failed',
          waiting: 'pending',
        })
        // All settings are sent, this one as it was.
        await admin.ok('PATCH', `/api/projects/${id}`, { name: 'Renamed', screening_minimum: 0.5 })
        expect(await states()).toEqual(before)
        await admin.ok('PATCH', `/api/projects/${id}`, { screening_minimum: 0.9 })
        expect(await states()).toEqual({
          abcd: 'passed',
          abdc: 'pending',
          dcba: 'pending',
          letIn: 'pending',
          keptOut: 'failed',
          waiting: 'pending',
        })
        // Nothing is left to answer, so the answers that are there are judged by the new minimum ...
        const next = (person: Person) => person.ok('POST', `/api/projects/${id}/next`)
        expect(await next(people['abdc']!)).toEqual({ assignment: null, reason: 'screening_failed' })
        expect(await next(keptOut)).toEqual({ assignment: null, reason: 'screening_failed' })
        expect((await take(letIn, id)).prompt[0].content[0].text).toMatch(/^gold/)
        // ... also by one that is lower.
        await admin.ok('PATCH', `/api/projects/${id}`, { screening_minimum: 0.75 })
        expect((await take(people['abdc']!, id)).prompt).toEqual(prompt('work'))
        expect(await next(people['dcba']!)).toEqual({ assignment: null, reason: 'screening_failed' })
        expect(await states()).toMatchObject({ abcd: 'passed', abdc: 'passed', dcba: 'failed', keptOut: 'failed' })
        // An item more of the test is asked of those who are pending.
        await admin.ok('PATCH', `/api/projects/${id}`, { screening_minimum: 0.95 })
        await admin.ok('POST', `/api/projects/${id}/items`, { items: [test([4, 3, 2, 1])] })
        expect((await take(people['dcba']!, id)).prompt[0].content[0].text).toBe('gold 4,3,2,1')
        // Without a minimum nothing changes for anyone.
        const last = await states()
        await admin.ok('PATCH', `/api/projects/${id}`, { screening_minimum: null })
        expect(await states()).toEqual(last)
      })

      it('that has no items yet keeps nobody out', async () => {
        const id = await project({}, [four('work')])
        const person = await labeler(id)
        await admin.ok('PATCH', `/api/projects/${id}`, { screening_minimum: 0.5 })
        expect((await take(person, id)).prompt).toEqual(prompt('work'))
      })

      it('leaves demonstrations to a person', async () => {
        const id = await project({ kind: 'demonstration', screening_minimum: 0.5 }, [
          { prompt: prompt('Be kind.'), expected: { content: text('I am.') } },
        ])
        const person = await labeler(id)
        const { id: assignment } = await take(person, id)
        await person.ok('PUT', `/api/assignments/${assignment}/answer`, { answer: { content: text('Yes.') } })
        expect(await person.ok('POST', `/api/projects/${id}/next`)).toEqual({
          assignment: null,
          reason: 'waiting_for_review',
        })
      })
    })

    describe('a control item', () => {
      const isControl = (assignment: Body): boolean => assignment.prompt[0].content[0].text.startsWith('known')
      const work = (count: number) => Array.from({ length: count }, (_, i) => four(`work ${i}`))
      const controls = (count: number) => Array.from({ length: count }, (_, i) => known(`${i}`, [1, 2, 3, 4]))
      const own = (person: Person, id: string): Promise<Body> => person.ok('GET', `/api/projects/${id}/own`)

      /** The next item; time goes on. */
      async function takeLater(person: Person, id: string): Promise<Body> {
        clock += 1000
        return take(person, id)
      }

      /** Labels work until a control item comes. */
      async function takeControl(person: Person, id: string): Promise<Body> {
        for (;;) {
          const assignment = await takeLater(person, id)
          if (isControl(assignment)) return assignment
          await rank(person, assignment, 'abcd')
        }
      }

      it('comes at places that nobody knows and that are never far apart, and what is left tells nothing', async () => {
        const id = await project({ gold_every: 4, overlap: 2 }, [...controls(30), ...work(40)])
        const seen: string[] = []
        for (const person of [await labeler(id), await labeler(id)]) {
          const gaps = [0]
          const names = new Set<string>()
          let open = (await own(person, id)).open
          for (;;) {
            const assignment = await takeLater(person, id)
            if (assignment === null) break
            // Asked again, also from another window, it is the same.
            expect((await take(person, id)).id).toBe(assignment.id)
            if (isControl(assignment)) {
              names.add(assignment.prompt[0].content[0].text)
              gaps.push(0)
            } else gaps[gaps.length - 1]!++
            expect((await own(person, id)).open).toBe(open)
            if (open % 5 === 0) await person.ok('POST', `/api/assignments/${assignment.id}/skip`, { reason: 'x' })
            else await rank(person, assignment, 'abcd')
            const now = await own(person, id)
            expect(now.open).toBe(--open)
            expect(now.submitted + now.skipped).toBe(gaps.reduce((a, b) => a + b) + names.size)
          }
          // After the last work comes nothing, however many control items are left.
          expect(open).toBe(0)
          expect(await person.ok('POST', `/api/projects/${id}/next`)).toEqual({ assignment: null, reason: 'done' })
          expect(gaps.reduce((a, b) => a + b)).toBe(40)
          expect(names.size).toBe(gaps.length - 1)
          expect(names.size).toBeLessThan(30)
          for (const gap of gaps.slice(0, -1)) expect(gap >= 1 && gap <= 5, `${gaps}`).toBe(true)
          expect(gaps.at(-1)).toBeGreaterThan(0)
          seen.push([gaps, [...names]].join())
        }
        expect(seen[0]).not.toBe(seen[1])
      }, 60_000)

      it('looks like every other, and is drafted, leased, skipped and taken back like it', async () => {
        const id = await project({ gold_every: 3 }, [...controls(3), ...work(30)])
        const person = await labeler(id)
        const other = await takeLater(person, id)
        await rank(person, other, 'abcd')
        const { id: control, ...shown } = await takeControl(person, id)
        const shape = (value: Body): Body =>
          Array.isArray(value)
            ? value.map(shape)
            : typeof value === 'object' && value !== null
              ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
              : typeof value
        const { id: _, ...plain } = other
        expect(shape(shown)).toEqual(shape(plain))
        expect(JSON.stringify([shown, await person.ok('GET', `/api/assignments?project=${id}`)])).not.toMatch(
          /gold|expected|control/,
        )
        expect(JSON.stringify(await person.ok('GET', '/api/projects'))).not.toContain('gold')
        await person.fails({ status: 403, code: 'wrong_role' }, 'GET', `/api/projects/${id}/progress`)

        const path = `/api/assignments/${control}`
        await person.fails({ status: 400, code: 'invalid_ranking' }, 'PUT', `${path}/answer`, {
          answer: { ranks: [1, 2, 3] },
        })
        await person.ok('PUT', `${path}/draft`, { revision: 1, draft: { notes: 'hm' } })
        // It comes again after its lease, to whoever has begun it, with the draft.
        clock += 1800_001
        expect(await take(person, id)).toMatchObject({ id: control, state: 'active', draft: { notes: 'hm' } })
        await person.ok('POST', `${path}/skip`, { reason: 'unclear' })
        await person.fails({ status: 409, code: 'already_skipped' }, 'PUT', `${path}/draft`, { revision: 9, draft: {} })
        clock += 24 * 3600_000
        expect(await person.ok('POST', `${path}/undo`)).toMatchObject({ state: 'active', skip_reason: null })
        await person.ok('PUT', `${path}/answer`, { answer: { ranks: [4, 1, 2, 3] } })
        clock += 3600_000 - 1
        expect(await person.ok('POST', `${path}/undo`)).toMatchObject({ answer: null, draft: { ranks: [4, 1, 2, 3] } })
        // A late answer is taken, however many others have the item.
        const crowd = await labeler(id)
        for (let i = 0; i < 3; i++) await rank(crowd, await takeControl(crowd, id), 'abcd')
        clock += 3600_000
        await person.ok('PUT', `${path}/answer`, { answer: { ranks: [1, 2, 3, 4] } })
        clock += 3600_000
        await person.fails({ status: 409, code: 'label_final' }, 'POST', `${path}/undo`)
        // Given once.
        for (
          let assignment = await takeLater(person, id);
          assignment !== null;
          assignment = await takeLater(person, id)
        ) {
          expect(assignment.prompt).not.toEqual(shown.prompt)
          await rank(person, assignment, 'abcd')
        }
      })

      it('counts neither in progress nor among labels that are compared, decided on or exported', async () => {
        const id = await project({ gold_every: 3, overlap: 2 }, [...controls(1), ...work(9)])
        const [one, two] = [await labeler(id), await labeler(id)]
        for (const [person, order] of [
          [one, 'abcd'],
          [two, 'dcba'],
        ] as const) {
          await rank(person, await takeControl(person, id), order)
          await rank(person, await take(person, id), 'abcd')
        }
        const reviewer = await labeler(null, 'reviewer')
        const found = await reviewer.ok('GET', `/api/projects/${id}/statistics`)
        const counted = found.labels
        const figures = async (person: Person) => {
          const { labeler: name } = await own(person, id)
          return found.labelers.find((each: Body) => each.labeler === name)
        }
        expect(await figures(one)).toMatchObject({ gold_answered: 1, gold_agreement: 1, gold_judgments: 6 })
        expect(await figures(two)).toMatchObject({ gold_answered: 1, gold_agreement: 0, gold_judgments: 6 })
        expect(found.labelers.map((each: Body) => each.submitted).reduce((a: number, b: number) => a + b)).toBe(counted)
        const both = (await own(one, id)).submitted + (await own(two, id)).submitted
        expect(both).toBe(counted + 2)
        // All work was ranked alike.
        expect(found.pairwise_agreement).toBe(1)
        expect(await admin.ok('GET', `/api/projects/${id}/progress`)).toMatchObject({ items: 9, labels_done: counted })
        const { items } = await reviewer.ok('GET', `/api/projects/${id}/disagreements`)
        expect(items.every((item: Body) => item.agreement === 1)).toBe(true)
        expect(items).toHaveLength(found.items_with_two_labels)
        const { pairs } = await admin.ok('GET', `/api/projects/${id}/preferences`)
        expect(pairs.map(({ comparisons }: Body) => comparisons)).toEqual(new Array(6).fill(counted))
        for (const format of ['trl', 'kto', 'hh', 'sff', 'lhp', 'csv']) {
          const rows: string = await admin.ok('GET', `/api/projects/${id}/export?format=${format}`)
          expect(rows, format).toContain('work')
          expect(rows, format).not.toContain('known')
        }
        expect(await admin.ok('GET', `/api/projects/${id}/export?format=full`)).toMatch(/"known 0.*"gold":true/)
      })

      it('tells its labeler how far they agree only when the label is final, and on the hour', async () => {
        const id = await project({ gold_every: 3 }, [...controls(1), ...work(9)])
        const person = await labeler(id)
        const gold = async () => {
          const { gold_answered, gold_agreement, gold_judgments } = await own(person, id)
          return [gold_answered, gold_agreement, gold_judgments]
        }
        const control = await takeControl(person, id)
        const before = (await own(person, id)).submitted
        const undo = `/api/assignments/${control.id}/undo`
        nextHour()
        clock += 600_000
        for (const order of ['dcba', 'abdc']) {
          await rank(person, control, order)
          expect(await gold()).toEqual([0, null, 0])
          // It counts as work done like any other.
          expect((await own(person, id)).submitted).toBe(before + 1)
          if (order === 'dcba') await person.ok('POST', undo)
        }
        clock += 3600_000 - 1
        expect(await gold()).toEqual([0, null, 0])
        clock += 1
        await person.fails({ status: 409, code: 'label_final' }, 'POST', undo)
        expect(await gold()).toEqual([0, null, 0])
        nextHour()
        expect(await gold()).toEqual([1, expect.closeTo(5 / 6), 6])
      })

      it('is not given out alone, nor where the project gives out none', async () => {
        const alone = await project({ gold_every: 3 }, controls(3))
        const person = await labeler(alone)
        expect(await person.ok('POST', `/api/projects/${alone}/next`)).toEqual({ assignment: null, reason: 'done' })
        expect(await own(person, alone)).toMatchObject({ open: 0, screening: { done: 0, total: 0 } })
        const none = await project({ gold_every: null }, [...controls(3), ...work(6)])
        const another = await labeler(none)
        for (let open = 6; open > 0; open--) {
          expect(await own(another, none)).toMatchObject({ open })
          const assignment = await takeLater(another, none)
          expect(isControl(assignment)).toBe(false)
          await rank(another, assignment, 'abcd')
        }
        expect(await takeLater(another, none)).toBeNull()
      })

      it('is nothing to the screening test, which comes before it', async () => {
        const id = await project({ gold_every: 3 }, [
          four('test', { expected: { ranks: [1, 2, 3, 4] } }),
          ...controls(2),
          ...work(9),
        ])
        const person = await labeler(id)
        const control = await takeControl(person, id)
        await admin.ok('PATCH', `/api/projects/${id}`, { screening_minimum: 0.8 })
        expect(await own(person, id)).toMatchObject({ screening: { done: 0, total: 1 } })
        const test = await takeLater(person, id)
        expect(test.prompt).toEqual(prompt('test'))
        await rank(person, test, 'abcd')
        expect((await person.ok('GET', `/api/projects/${id}`)).membership).toEqual({
          screening: 'passed',
          screening_score: 1,
        })
        // What was begun goes on; a wrong answer to it does not end anyone's work.
        expect((await takeLater(person, id)).id).toBe(control.id)
        await rank(person, control, 'dcba')
        expect((await person.ok('GET', `/api/projects/${id}`)).membership.screening).toBe('passed')
        expect(await takeLater(person, id)).not.toBeNull()
      })

      it('of a project of ratings agrees by its ratings', async () => {
        const item = (name: string, more: object = {}) => ({
          prompt: prompt(name),
          outputs: [{ content: text('a') }],
          ...more,
        })
        const expected = { ratings: [rating(6, { hallucination: true, harmful_advice: false })] }
        const id = await project({ kind: 'ratings', gold_every: 3 }, [
          item('known', { expected, gold: true }),
          ...Array.from({ length: 6 }, (_, i) => item(`${i}`)),
        ])
        const person = await labeler(id)
        for (;;) {
          const assignment = await takeLater(person, id)
          const ratings = [rating(5, { hallucination: true, harmful_advice: true })]
          await person.ok('PUT', `/api/assignments/${assignment.id}/answer`, { answer: { ratings } })
          if (isControl(assignment)) break
        }
        const { labelers } = await admin.ok('GET', `/api/projects/${id}/statistics`)
        expect(labelers).toMatchObject([{ gold_answered: 1, gold_agreement: expect.closeTo(2 / 3), gold_judgments: 3 }])
      })

      it('needs an answer that can be compared, and a project a fitting number', async () => {
        const id = await project()
        const add = `/api/projects/${id}/items`
        await admin.fails(
          {
            status: 400,
            code: 'missing_required_parameter',
            param: 'items[1].expected',
            message: 'items[1] is gold but has no expected answer; add "expected", or leave "gold" out.',
          },
          'POST',
          add,
          { items: [four(), four('x', { gold: true })] },
        )
        await admin.fails({ status: 400, message: /^items\[0\].expected: ranks: 3 ranks for 4/ }, 'POST', add, {
          items: [known('x', [1, 2, 3])],
        })
        expect(await itemIds(id)).toEqual([])
        const demonstrations = await project({ kind: 'demonstration' })
        await admin.fails({ status: 400, param: 'items[0].gold' }, 'POST', `/api/projects/${demonstrations}/items`, {
          items: [{ prompt: prompt('x'), expected: { content: text('y') }, gold: true }],
        })
        const path = `/api/projects/${id}`
        expect(await admin.ok('GET', path)).toMatchObject({ gold_every: 10 })
        for (const gold_every of [2, 101, 3.5]) await admin.fails({ status: 400 }, 'PATCH', path, { gold_every })
        for (const gold_every of [3, 100, null]) {
          expect(await admin.ok('PATCH', path, { gold_every })).toMatchObject({ gold_every })
        }
        expect(await admin.ok('PATCH', path, { name: 'Renamed' })).toMatchObject({ gold_every: null })
      })
    })

    it('lists items for an admin: how far each is, and why it was skipped', async () => {
      const test = four('test', { expected: { ranks: [1, 2, 3, 4] } })
      const id = await project({ overlap: 2, gold_every: null }, [
        four('1'),
        known('2', [1, 2, 3, 4]),
        four('3', { overlap: 1 }),
        test,
        four('5', { source: 'elsewhere' }),
      ])
      const [one, two] = [await labeler(id), await labeler(id)]
      await rank(one, await take(one, id), 'abcd')
      const skipped = await take(one, id)
      expect(skipped.prompt).toEqual(prompt('1'))
      await one.ok('POST', `/api/assignments/${skipped.id}/skip`, { reason: 'needs a lawyer' })
      await take(one, id)
      for (let i = 0; i < 2; i++) await rank(two, await take(two, id), 'abcd')
      const { labeler: skipper } = await one.ok('GET', `/api/projects/${id}/own`)
      const list = (query = ''): Promise<Body> => admin.ok('GET', `/api/projects/${id}/items${query}`)
      const all = await list()
      expect(all.total).toBe(5)
      expect(all.items).toMatchObject([
        {
          position: 1,
          purpose: 'work',
          overlap: null,
          labels_needed: 2,
          labels_done: 1,
          active: 0,
          skips: [{ labeler: skipper, reason: 'needs a lawyer' }],
        },
        { position: 2, purpose: 'gold', expected: { ranks: [1, 2, 3, 4] }, labels_done: 0, skips: [] },
        { position: 3, overlap: 1, labels_needed: 1, labels_done: 1, adjudicated: false },
        { position: 4, purpose: 'screening', labels_done: 0 },
        { position: 5, labels_needed: 2, labels_done: 1, active: 1, source: 'elsewhere' },
      ])
      const positions = async (show: string, more = ''): Promise<number[]> => {
        const { items, total } = await list(`?show=${show}${more}`)
        expect(total).toBeGreaterThanOrEqual(items.length)
        return items.map((item: Body) => item.position)
      }
      expect(await positions('open')).toEqual([1, 5])
      expect(await positions('complete')).toEqual([3])
      expect(await positions('skipped')).toEqual([1])
      expect(await positions('screening')).toEqual([4])
      expect(await positions('gold')).toEqual([2])
      expect(await positions('all', '&offset=3&limit=1')).toEqual([4])
      expect((await list('?show=open&limit=1')).total).toBe(2)
      expect(await list('?offset=9')).toEqual({ items: [], total: 5 })
      await admin.ok('PUT', `/api/items/${all.items[2].id}/adjudication`, {
        answer: { ranks: [1, 2, 3, 4] },
        reason: 'clear',
      })
      expect((await list('?show=complete')).items[0].adjudicated).toBe(true)
      clock += 3600_000
      expect((await list()).items[4].active).toBe(0)
      await admin.fails({ status: 400 }, 'GET', `/api/projects/${id}/items?show=some`)
      await admin.fails({ status: 404 }, 'GET', '/api/projects/proj_none/items')
      for (const person of [one, await labeler(null, 'reviewer')])
        await person.fails({ status: 403, code: 'wrong_role' }, 'GET', `/api/projects/${id}/items`)
    })

    it('adjudicates with a reason, keeps what was before, and then nothing can be undone', async () => {
      const id = await project({ overlap: 2 }, [
        four('gold', { expected: { ranks: [1, 2, 3, 4] } }),
        four('1'),
        four('2'),
      ])
      const [one, two, reviewer] = [await labeler(id), await labeler(id), await labeler(null, 'reviewer')]
      const first = await take(one, id)
      await rank(one, first, 'abcd')
      await rank(two, await take(two, id), 'dcba')
      await rank(one, await take(one, id), 'abcd')
      await rank(two, await take(two, id), 'abcd')
      const { items } = await reviewer.ok('GET', `/api/projects/${id}/disagreements`)
      expect(items.map((item: Body) => item.agreement)).toEqual([0, 1])
      const [worst] = items
      const path = `/api/items/${worst.item_id}`
      await reviewer.fails({ status: 400 }, 'PUT', `${path}/adjudication`, {
        answer: { ranks: [1, 2, 3, 4] },
        reason: '',
      })
      await reviewer.fails({ status: 403 }, 'GET', `${path}/labels?reveal=1`)
      expect((await admin.ok('GET', `${path}/labels?reveal=1`)).outputs[0].model).toBe('model-a')
      for (const ranks of [
        [1, 1, 2, 2],
        [1, 2, 3, 4],
      ]) {
        await reviewer.ok('PUT', `${path}/adjudication`, { answer: { ranks }, reason: 'the first is true' })
      }
      expect((await reviewer.ok('GET', `${path}/labels`)).adjudication).toMatchObject({
        answer: { ranks: [1, 2, 3, 4] },
        reason: 'the first is true',
      })
      const { entries } = await admin.ok('GET', `/api/audit?subject=${worst.item_id}`)
      expect(entries.map((entry: Body) => [entry.action, entry.details?.before?.answer.ranks])).toEqual([
        ['item.adjudicate', [1, 1, 2, 2]],
        ['item.adjudicate', undefined],
        ['item.reveal', undefined],
      ])
      await one.fails({ status: 409, code: 'adjudicated' }, 'POST', `/api/assignments/${first.id}/undo`)
      // The final answer, and only it, goes into preference rows; the other item has two labels.
      const rows = (await admin.ok('GET', `/api/projects/${id}/export?format=trl`)).trim().split('\n')
      expect(rows).toHaveLength(6 + 2 * 6)
    })

    it('says whose outputs were preferred, to an admin alone', async () => {
      const outputs = (a: string, b: string) => [
        { content: [{ type: 'text', text: 'one' }], model: a },
        { content: [{ type: 'text', text: 'two' }], model: b },
      ]
      const asked = (text: string) => [{ role: 'user', content: [{ type: 'text', text }] }]
      const id = await project({ overlap: 2 }, [
        { prompt: asked('1'), outputs: outputs('aligned', 'base') },
        { prompt: asked('2'), outputs: outputs('base', 'aligned') },
        { prompt: asked('3'), outputs: outputs('aligned', 'aligned') },
      ])
      // The first output of an item is the better one, but for one tie: `aligned` wins twice, ties once and loses once.
      const order = new Map([
        ['1', [1, 2]],
        ['2', [1, 2]],
        ['3', [1, 2]],
      ])
      for (const [person, tied] of [
        [await labeler(id), undefined],
        [await labeler(id), '2'],
      ] as const) {
        for (let i = 0; i < 3; i++) {
          const assignment = await take(person, id)
          const text = assignment.prompt[0].content[0].text as string
          const ranks = assignment.outputs.map(
            (output: Body) => order.get(text)![output.content[0].text === 'one' ? 0 : 1],
          )
          await person.ok('PUT', `/api/assignments/${assignment.id}/answer`, {
            answer: { ranks: text === tied ? [1, 1] : ranks },
          })
        }
        await person.fails({ status: 403, code: 'wrong_role' }, 'GET', `/api/projects/${id}/preferences`)
      }
      const { pairs } = await admin.ok('GET', `/api/projects/${id}/preferences`)
      expect(pairs).toEqual([
        {
          model: 'aligned',
          over: 'base',
          share: expect.closeTo((2 + 0.5) / 4),
          low: expect.closeTo(0.25),
          high: expect.closeTo(1),
          comparisons: 4,
          ties: 1,
          items: 2,
        },
      ])
    })

    it('says how far labelers agree', async () => {
      const id = await project({ overlap: 2 }, [four('1'), four('2')])
      const [one, two] = [await labeler(id), await labeler(id)]
      for (const [person, orders] of [
        [one, ['abcd', 'abcd']],
        [two, ['abcd', 'abdc']],
      ] as const) {
        for (const order of orders) {
          const assignment = await take(person, id)
          clock += 30_000
          await rank(person, assignment, order)
        }
      }
      const found = await admin.ok('GET', `/api/projects/${id}/statistics`)
      expect(found).toMatchObject({
        labels: 4,
        items_with_two_labels: 2,
        pairs: 12,
        pairwise_agreement: expect.closeTo(11 / 12),
        strict_agreement: expect.closeTo(11 / 12),
        kendall_tau_b: expect.closeTo((1 + 4 / 6) / 2),
        // 24 pairs both ways, 2 of them put otherwise: 1 - (48 - 1) * 4 / (2 * 24 * 24).
        preference_alpha: expect.closeTo(1 - (47 * 4) / (2 * 24 * 24)),
        median_seconds: 30,
      })
      expect(found.labelers).toHaveLength(2)
      expect(found.labelers[0]).toMatchObject({
        submitted: 2,
        agreement_with_others: expect.closeTo(11 / 12),
        median_seconds: 30,
      })
      const { members } = await admin.ok('GET', `/api/projects/${id}/members`)
      const { labeler: pseudonym } = members.find(({ account }: Body) => account.id === two.id)
      expect(found.labelers.map((each: Body) => each.labeler)).toContain(pseudonym)
      clock += 3600_000
      nextHour()
      expect(await two.ok('GET', `/api/projects/${id}/own`)).toMatchObject({
        labeler: pseudonym,
        submitted: 2,
        agreement_with_others: expect.closeTo(11 / 12),
        median_seconds: 30,
        open: 0,
      })
    })

    it('says how far those agree who rate outputs one by one, in a project of ratings alone', async () => {
      const one = { prompt: prompt('one'), outputs: [{ content: text('one a') }] }
      const id = await project({ kind: 'ratings', overlap: 2 }, [four('1'), one])
      // By output: overall quality, and whether it makes things up. The second labeler sees one output otherwise.
      const says: Record<string, [number, boolean]>[] = [
        { a: [7, true], b: [5, false], c: [3, false], d: [1, false] },
        { a: [7, true], b: [5, true], c: [3, false], d: [2, false] },
      ]
      for (const said of says) {
        const person = await labeler(id)
        for (let i = 0; i < 2; i++) {
          const assignment = await take(person, id)
          expect(assignment.kind).toBe('ratings')
          const path = `/api/assignments/${assignment.id}/answer`
          await person.fails({ status: 400 }, 'PUT', path, { answer: { ranks: [1, 2, 3, 4] } })
          const ratings = assignment.outputs.map(({ content }: Body) => {
            const [overall, hallucination] = said[content[0].text.at(-1)]!
            return rating(overall, { hallucination })
          })
          await person.ok('PUT', path, { answer: { ratings } })
        }
        expect(await take(person, id)).toBeNull()
      }
      const found = await admin.ok('GET', `/api/projects/${id}/statistics`)
      const units = [
        [7, 7],
        [5, 5],
        [3, 3],
        [1, 2],
        [7, 7],
      ]
      expect(found).toMatchObject({
        labels: 4,
        items_with_two_labels: 2,
        preference_alpha: null,
        overall_alpha: {
          ordinal: expect.closeTo(krippendorffAlpha(units, 'ordinal')!),
          interval: expect.closeTo(krippendorffAlpha(units, 'interval')!),
        },
        // Five outputs, ten answers, of which five are yes; one output is judged both ways: 1 - 9 * 2 / (2 * 5 * 5).
        flag_alpha: expect.objectContaining({ hallucination: expect.closeTo(1 - 18 / 50), sexual_content: null }),
      })
      await admin.fails(
        { status: 400, message: /can be exported as full, csv\./ },
        'GET',
        `/api/projects/${id}/export?format=trl`,
      )
      const full: string = await admin.ok('GET', `/api/projects/${id}/export?format=full`)
      const renamed = full.replaceAll(id, `${id}x`).replaceAll('item_', 'item_r').replaceAll('asgn_', 'asgn_r')
      expect(await admin.ok('POST', '/api/import?format=full', renamed, jsonl)).toMatchObject({ items: 2, labels: 4 })
      expect(await admin.ok('GET', `/api/projects/${id}x/export?format=full`)).toBe(renamed)
    })

    it('tells a labeler what is left for them, and nothing to strangers', async () => {
      const id = await project({ screening_minimum: 0.5 }, [
        four('gold', { expected: { ranks: [1, 2, 3, 4] } }),
        four('1'),
        four('2'),
      ])
      const [one, two] = [await labeler(id), await labeler(id)]
      const own = (person: Person): Promise<Body> => person.ok('GET', `/api/projects/${id}/own`)
      expect(await own(one)).toMatchObject({ submitted: 0, open: 2, screening: { done: 0, total: 1 } })
      await rank(one, await take(one, id), 'abcd')
      const held = await take(one, id)
      expect(await own(one)).toMatchObject({ open: 2, screening: { done: 1, total: 1 } })
      expect(await own(two)).toMatchObject({ open: 1, screening: { done: 0, total: 1 } })
      clock += 1800_001
      expect(await own(two)).toMatchObject({ open: 2 })
      await one.ok('POST', `/api/assignments/${held.id}/skip`, { reason: 'unclear' })
      expect(await own(one)).toMatchObject({ open: 1, skipped: 1, submitted: 0, agreement_with_others: null })
      await (await labeler(null)).fails({ status: 404 }, 'GET', `/api/projects/${id}/own`)
    })

    describe('files', () => {
      it('bring a project back exactly', async () => {
        const { sha256: sound } = await admin.ok('POST', '/api/media', wav, {
          'content-type': 'application/octet-stream',
        })
        const spoken = four('spoken')
        spoken.outputs[0]!.content = [...text('spoken a'), { type: 'audio', sha256: sound }] as Body
        const id = await project({ overlap: 2, guidelines: 'Fair.', gold_every: 7 }, [
          spoken,
          four('2', { overlap: 1 }),
          four('3'),
          four('test', { expected: { ranks: [1, 1, 2, 2] } }),
          known('control', [1, 1, 2, 2]),
        ])
        const [one, two] = [await labeler(id), await labeler(id)]
        await rank(one, await take(one, id), 'abcd')
        const ratings = [1, 2, 3, 4].map((overall) => rating(overall, { hallucination: overall > 2 }))
        const { id: second } = await take(two, id)
        await two.ok('PUT', `/api/assignments/${second}/answer`, {
          answer: { ranks: [1, 1, 1, 2], ratings, notes: 'ü\n"' },
        })
        await two.ok('POST', `/api/assignments/${(await take(two, id)).id}/skip`, { reason: 'why' })
        await admin.ok('PUT', `/api/items/${(await itemIds(id))[0]}/adjudication`, {
          answer: { ranks: [2, 1, 3, 4] },
          reason: 'r',
        })
        const full = await admin.ok('GET', `/api/projects/${id}/export?format=full&media=1`)
        await admin.fails({ status: 409, code: 'project_exists' }, 'POST', '/api/import?format=full', full, jsonl)

        const elsewhere = await start()
        await createAdmin(elsewhere.options, { name: 'ada', password: 'correct horse' })
        const there = makeContext({ assistant: createFakeAssistant(), media: fakeMedia, store: elsewhere.options })
        const here = app
        try {
          app = buildApp(there, undefined)
          const other = await signIn('ada', 'correct horse')
          expect(await other.ok('POST', '/api/import?format=full', full, jsonl)).toEqual({
            project_id: id,
            items: 5,
            labels: 3,
          })
          const { items } = await other.ok('GET', `/api/projects/${id}/items`)
          expect(items.map(({ purpose }: Body) => purpose)).toEqual(['work', 'work', 'work', 'screening', 'gold'])
          expect((await other.ok('GET', `/api/projects/${id}`)).gold_every).toBe(7)
          expect(await other.ok('GET', `/api/projects/${id}/export?format=full&media=1`)).toBe(full)
          expect(new Uint8Array(await (await other.send('GET', `/api/media/${sound}`)).arrayBuffer())).toEqual(wav)
        } finally {
          app = here
          await there.store?.close()
          await elsewhere.stop()
        }
      }, 120_000)

      it('with a broken line are not imported at all, and the line is named', async () => {
        const id = await project({}, [four('1'), four('2')])
        const person = await labeler(id)
        for (let i = 0; i < 2; i++) await rank(person, await take(person, id), 'abcd')
        const full: string = await admin.ok('GET', `/api/projects/${id}/export?format=full`)
        const renamed = full.replaceAll(id, `${id}x`).replaceAll('item_', 'item_x').replaceAll('asgn_', 'asgn_x')
        const before = (await admin.ok('GET', '/api/projects')).projects.length
        const broken: [string, RegExp][] = [
          [renamed.slice(0, -20), /^line 3 is not valid JSON/],
          [renamed.replace(/("ranks":)\[1,2/, '$1[1'), /^line 2: .*ranks/],
          [renamed.replace('"prompt"', '"prmpt"'), /^line 2: /],
          [renamed + renamed.split('\n')[1], /^line 4: item item_x.* is on line 2 already/],
          [renamed.split('\n').slice(1).join('\n'), /^line 1: the full record begins/],
          [renamed.replace('1 a', '\\ud800'), /^line \d: .*cannot be stored/],
          [renamed.replace('"gold":false', '"gold":true'), /^line 2: the item is gold but has no expected answer/],
        ]
        for (const [file, message] of broken) {
          await admin.fails({ status: 400, message }, 'POST', '/api/import?format=full', file, jsonl)
        }
        expect((await admin.ok('GET', '/api/projects')).projects).toHaveLength(before)
        // A record that is older than control items has none.
        await admin.ok(
          'POST',
          '/api/import?format=full',
          renamed.replaceAll(',"gold":false', '').replace(',"gold_every":10', ''),
          jsonl,
        )
        expect(await admin.ok('GET', `/api/projects/${id}x/export?format=full`)).toBe(renamed)

        const target = await project()
        const items = [four('x'), four('y'), { ...four('z'), outputs: [] }]
          .map((item) => JSON.stringify(item))
          .join('\n')
        const path = `/api/import?format=items&project=${target}`
        await admin.fails({ status: 400, param: 'line 3', message: /^line 3: .*0 outputs/ }, 'POST', path, items, jsonl)
        await admin.fails(
          { status: 400, param: 'line 2', message: /^line 2/ },
          'POST',
          path,
          items.replace('"y"', '"y"]'),
          jsonl,
        )
        await admin.fails(
          { status: 400, param: 'line 2', message: /^line 2: items\[1\] is gold but has no expected answer; add / },
          'POST',
          path,
          [four('x'), four('y', { gold: true }), four('z')].map((item) => JSON.stringify(item)).join('\n'),
          jsonl,
        )
        expect(await itemIds(target)).toEqual([])
        await admin.fails({ status: 400, code: 'invalid_encoding' }, 'POST', path, new Uint8Array([0xff, 0xfe]), jsonl)
        await admin.fails({ status: 415 }, 'POST', path, items, { 'content-type': 'text/plain' })
      })

      it('with a cyclic preference are not imported, and its lines are named', async () => {
        const id = await project()
        const row = (chosen: string, rejected: string) => JSON.stringify({ prompt: 'p', chosen, rejected })
        const path = `/api/import?format=trl&project=${id}`
        const cyclic = [row('a', 'b'), row('b', 'c'), row('c', 'a')].join('\n')
        await admin.fails(
          { status: 400, code: 'invalid_line', message: /^lines 1, 2, 3 contradict each other/ },
          'POST',
          path,
          cyclic,
          jsonl,
        )
        expect(await itemIds(id)).toEqual([])
        expect(await admin.ok('POST', path, [row('a', 'b'), row('b', 'c'), row('a', 'c')].join('\n'), jsonl)).toEqual({
          project_id: id,
          items: 1,
          labels: 1,
        })
      })

      it('with more answers to a prompt than people rank become items of two', async () => {
        const id = await project()
        const pairs = Array.from({ length: 12 }, (_, i) => ({ prompt: 'p', chosen: `${i}`, rejected: `${i + 1}` }))
        const file = pairs.map((row) => JSON.stringify(row)).join('\n')
        expect(await admin.ok('POST', `/api/import?format=trl&project=${id}`, file, jsonl)).toMatchObject({ items: 12 })
        const { items } = await admin.ok('GET', `/api/projects/${id}/items`)
        // Any of them may be given to one more labeler, who can answer.
        await admin.ok('PATCH', `/api/items/${items[0].id}`, { overlap: 2 })
        const person = await labeler(id)
        const { id: taken } = await take(person, id)
        await person.ok('PUT', `/api/assignments/${taken}/answer`, { answer: { ranks: [1, 2] } })
        const full: string = await admin.ok('GET', `/api/projects/${id}/export?format=full`)
        const [first, second] = full.split('\n')
        const many = JSON.parse(second!)
        const outputs = Array.from({ length: 10 }, (_, i) => ({ content: text(`${i}`), model: null }))
        const wide = `${first}\n${JSON.stringify({ ...many, outputs, labels: [] })}`.replaceAll(id, `${id}x`)
        await admin.fails(
          { status: 400, param: 'line 2', message: /^line 2: the item has 10 outputs/ },
          'POST',
          '/api/import?format=full',
          wide,
          jsonl,
        )
      })

      it.each(['trl', 'sff'])('with items of one prompt ranked in opposite ways come back (%s)', async (format) => {
        const id = await project({}, [four('1'), four('1')])
        const person = await labeler(id)
        await rank(person, await take(person, id), 'abcd')
        await rank(person, await take(person, id), 'dcba')
        const rows: string = await admin.ok('GET', `/api/projects/${id}/export?format=${format}`)
        const target = await project()
        const path = `/api/import?format=${format}&project=${target}`
        expect(await admin.ok('POST', path, rows, jsonl)).toMatchObject({ items: 2, labels: 2 })
      })

      it.each(['trl', 'hh', 'sff'])('in the format %s come back as the same rows', async (format) => {
        const id = await project({}, [four('1'), four('2')])
        const person = await labeler(id)
        const assignment = await take(person, id)
        await person.ok('PUT', `/api/assignments/${assignment.id}/answer`, { answer: { ranks: [1, 2, 2, 3] } })
        await rank(person, await take(person, id), 'dabc')
        const rows: string = await admin.ok('GET', `/api/projects/${id}/export?format=${format}`)
        expect(rows.trim().split('\n')).toHaveLength(5 + 6)
        const target = await project()
        await admin.ok('POST', `/api/import?format=${format}&project=${target}`, rows, jsonl)
        const again: string = await admin.ok('GET', `/api/projects/${target}/export?format=${format}`)
        const ids = (file: string) => file.replace(/item_\w+/g, 'item')
        expect(ids(again)).toBe(ids(rows))
        // They have their label already.
        expect(await take(await labeler(target), target)).toBeNull()
      })

      it('go out without pairs, as KTO reads them', async () => {
        const id = await project({}, [four('1')])
        const person = await labeler(id)
        await rank(person, await take(person, id), 'b ac d')
        const rows: string = await admin.ok('GET', `/api/projects/${id}/export?format=kto`)
        const [first, ...others] = parseJsonLines(rows).map(({ value }) => value as Body)
        expect(first).toMatchObject({
          prompt: [{ role: 'user', content: '1' }],
          completion: [{ role: 'assistant', content: '1 b' }],
          label: true,
        })
        // The two in the middle won as often as they lost.
        expect(others.map(({ label }) => label)).toEqual([false])
      })

      it('go out as a table in which nothing is a formula', async () => {
        const outputs = ['=1+1\nand a', 'b', 'c', 'd'].map((said, i) => ({
          content: text(said),
          model: `model-${i}`,
        }))
        const id = await project({}, [{ prompt: prompt('Say "a, b".'), outputs }])
        const person = await labeler(id)
        await rank(person, await take(person, id), 'a bc d')
        const table: string = await admin.ok('GET', `/api/projects/${id}/export?format=csv`)
        expect(table).toMatch(
          /^item,source,labeler,time,seconds,prompt,output,model,text,rank,overall,fails_instruction,/,
        )
        expect(table).toContain(`"user: Say ""a, b"".",1,`)
        expect(table).toContain(`,model-0,"'=1+1\nand a",1,`)
        expect(table.match(/^item_/gm)).toHaveLength(4)
      })

      it('of the best of four come back as the same rows, without what the format cannot say', async () => {
        const id = await project({}, [
          four('1'),
          four('2'),
          four('3'),
          { ...four('4'), outputs: four('4').outputs.slice(1) },
        ])
        const person = await labeler(id)
        await rank(person, await take(person, id), 'bacd')
        await rank(person, await take(person, id), 'dcab')
        // No single best, and not four: such items have no row.
        const { id: tied } = await take(person, id)
        await person.ok('PUT', `/api/assignments/${tied}/answer`, { answer: { ranks: [1, 1, 2, 2] } })
        await rank(person, await take(person, id), 'bcd')
        const rows: string = await admin.ok('GET', `/api/projects/${id}/export?format=lhp`)
        const read = parseJsonLines(rows).map(({ value }) => value as Body)
        expect(read.map(({ query, best }) => [query, best])).toEqual([
          ['1', 1],
          ['2', 3],
        ])
        const target = await project()
        const path = `/api/import?format=lhp&project=${target}`
        expect(await admin.ok('POST', path, rows, jsonl)).toMatchObject({ items: 2, labels: 2 })
        expect(await admin.ok('GET', `/api/projects/${target}/export?format=lhp`)).toBe(rows)
        const [first] = await itemIds(target)
        const { labels } = await admin.ok('GET', `/api/items/${first}/labels`)
        expect(labels[0].answer.ranks).toEqual([2, 1, 2, 2])
      })

      it('have the format of the kind of project', async () => {
        const id = await project({ kind: 'demonstration' }, [{ prompt: prompt('hi') }])
        const person = await labeler(id)
        await person.ok('PUT', `/api/assignments/${(await take(person, id)).id}/answer`, {
          answer: { content: text('hello') },
        })
        await admin.fails(
          { status: 400, message: /can be exported as full, csv, sft/ },
          'GET',
          `/api/projects/${id}/export?format=hh`,
        )
        expect(JSON.parse(await admin.ok('GET', `/api/projects/${id}/export?format=sft`))).toMatchObject({
          prompt: [{ role: 'user', content: 'hi' }],
          completion: [{ role: 'assistant', content: 'hello' }],
        })
        await admin.fails({ status: 400 }, 'GET', `/api/projects/${id}/export?format=nope`)
      })
    })
  })
}

describe('the places of control items', () => {
  it.each([3, 4, 10, 99, 100])('are drawn evenly around one in %i', (every) => {
    const cycles = Array.from({ length: 5000 }, (_, nth) => goldGap('key', 'l_1', every, nth) + 1)
    const least = Math.ceil(every / 2)
    expect([Math.min(...cycles), Math.max(...cycles)]).toEqual([least, 2 * every - least])
    expect(new Set(cycles).size).toBe(2 * (every - least) + 1)
    // Within four standard errors of the mean of 5,000 draws.
    const mean = cycles.reduce((sum, cycle) => sum + cycle) / cycles.length
    expect(Math.abs(mean - every)).toBeLessThan((4 * every) / Math.sqrt(12 * cycles.length))
  })

  it('are others for each labeler and each key', () => {
    const places = (key: string, name: string) =>
      Array.from({ length: 20 }, (_, nth) => goldGap(key, name, 10, nth)).join()
    expect(places('key', 'l_1')).toBe(places('key', 'l_1'))
    expect(new Set([places('key', 'l_1'), places('key', 'l_2'), places('other', 'l_1')]).size).toBe(3)
  })
})

describe('the name of the first admin', () => {
  it('says what to do about a forgotten password where it is taken', async () => {
    const database = await databases[0]!.start()
    await createAdmin(database.options, { name: 'ada', password: 'correct horse' })
    await expect(createAdmin(database.options, { name: 'Ada', password: 'forgotten' })).rejects.toThrow(
      /^admin: The name "ada" is taken; .*"Reset password"/,
    )
    await database.stop()
  }, 120_000)
})

describe('a server without a store', () => {
  it('has no labels', async () => {
    const app = buildApp(makeContext({ assistant: createFakeAssistant(), media: fakeMedia }), undefined)
    expect((await app.request('http://localhost/api/projects')).status).toBe(404)
  })
})
