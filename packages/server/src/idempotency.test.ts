import { encodeWav } from 'tony'
import { describe, expect, it } from 'vitest'
import { createFakeAssistant, type FakeAssistant, fakeMedia, OMNI, tone } from '../../../test/helpers/fake-assistant.ts'
import { type AppDeps, createApp } from './app.ts'
import { makeKeyRing } from './keys.ts'

type Send = (body: object, headers?: Record<string, string>) => Promise<Response>

function setup(deps: Partial<AppDeps> = {}): { fake: FakeAssistant; send: Send; app: ReturnType<typeof createApp> } {
  const fake = createFakeAssistant()
  const app = createApp({ assistant: fake, media: fakeMedia, ...deps })
  const send: Send = async (body, headers = {}) =>
    app.request('http://localhost:8080/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one', ...headers },
      body: JSON.stringify({ model: OMNI, ...body }),
    })
  return { fake, send, app }
}

const ask = (content: string, more: object = {}): object => ({ messages: [{ role: 'user', content }], ...more })

describe('a request with an Idempotency-Key', () => {
  it('is answered once, and sent again gets the same', async () => {
    const { fake, send } = setup()
    const first = await send(ask('hello'))
    const again = await send(ask('hello'))
    expect(await again.text()).toBe(await first.text())
    expect(fake.requests).toHaveLength(1)
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
    await send(ask('hello'), { 'idempotency-key': 'two' })
    expect(fake.requests).toHaveLength(2)
  })

  it('waits while the first is still being answered', async () => {
    const { fake, send } = setup()
    const both = await Promise.all([send(ask('hello')), send(ask('hello'))])
    const [one, two] = await Promise.all(both.map((response) => response.text()))
    expect(two).toBe(one)
    expect(fake.requests).toHaveLength(1)
  })

  it('is streamed again as it was streamed', async () => {
    const { fake, send } = setup()
    const body = ask('hello', { stream: true, stream_options: { include_usage: true } })
    const first = await (await send(body)).text()
    expect(first).toContain('[DONE]')
    const again = await send(body)
    expect(again.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(await again.text()).toBe(first)
    expect(fake.requests).toHaveLength(1)
  })

  it('is answered to its end when the client has gone', async () => {
    const { fake, send } = setup()
    const body = ask('a sentence of several words', { stream: true })
    const reader = (await send(body)).body!.getReader()
    await reader.read()
    await reader.cancel()
    const again = await (await send(body)).text()
    expect(again).toContain('[DONE]')
    expect(again).toContain('several')
    expect([fake.requests.length, fake.aborted()]).toEqual([1, 0])
  })

  it('is refused with another request, and keys of one client mean nothing to another', async () => {
    const [mine, yours] = ['a-key-of-one-client', 'a-key-of-another-client']
    const { fake, send } = setup({ keys: makeKeyRing([mine, yours]) })
    const headers = { authorization: `Bearer ${mine}` }
    await send(ask('hello'), headers)
    const other = await send(ask('goodbye'), headers)
    expect(other.status).toBe(422)
    expect(await other.json()).toMatchObject({ error: { code: 'idempotency_key_reused' } })
    const theirs = await send(ask('goodbye'), { authorization: `Bearer ${yours}` })
    expect([theirs.status, fake.requests.length]).toEqual([200, 2])
  })

  it('is tried again after a failure, also after one in the middle of a stream', async () => {
    const { fake, send } = setup()
    for (const text of ['!unavailable', '!unavailable']) expect((await send(ask(text))).status).toBe(503)
    expect(fake.requests).toHaveLength(2)
    const late = ask('!crash-late', { stream: true })
    for (let i = 0; i < 2; i++) {
      const text = await (await send(late, { 'idempotency-key': 'late' })).text()
      expect(text).toContain('internal_error')
    }
    expect(fake.requests).toHaveLength(4)
  })

  it('is forgotten after an hour, and when newer answers need the room', async () => {
    let now = 1000
    const { fake, send } = setup({ now: () => now, limits: { replyBytes: 4000 } })
    await (await send(ask('hello'))).text()
    now += 3_600_001
    await (await send(ask('hello'))).text()
    expect(fake.requests).toHaveLength(2)
    for (const key of ['a', 'b', 'c']) await (await send(ask('hello'), { 'idempotency-key': key })).text()
    await (await send(ask('hello'))).text()
    expect(fake.requests).toHaveLength(6)
  })

  it('knows a form by what is in it', async () => {
    const { fake, app } = setup()
    const send = async (samples: number): Promise<Response> => {
      const form = new FormData()
      form.set('model', OMNI)
      form.set('file', new File([encodeWav({ samples: tone(samples), sampleRate: 16_000 }).slice()], 'a.wav'))
      const headers = { 'idempotency-key': 'form' }
      return app.request('http://localhost:8080/v1/audio/transcriptions', { method: 'POST', headers, body: form })
    }
    const first = await (await send(1600)).text()
    expect(await (await send(1600)).text()).toBe(first)
    expect((await send(3200)).status).toBe(422)
    expect(fake.requests).toHaveLength(1)
  })

  it.each(['', 'x'.repeat(256), 'a\tb'])('is refused with a key that is none: %j', async (key) => {
    const { send } = setup()
    const response = await send(ask('hello'), { 'idempotency-key': key })
    expect([response.status, (await response.json()).error.code]).toEqual([400, 'invalid_idempotency_key'])
  })
})
