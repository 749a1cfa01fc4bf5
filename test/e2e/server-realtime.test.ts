/** @file The realtime endpoint over a real port, by `ws` and by the official `openai` client. */
import { connect } from 'node:net'
import { makeKeyRing, type RunningServer, type ServerOptions, startServer } from '@tony/server'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { encodePcm16, resample } from 'tony'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createFakeAssistant, type FakeAssistant, fakeMedia, OMNI, TEXT_ONLY, tone } from '../helpers/fake-assistant.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function setup(
  options: Partial<ServerOptions> = {},
): Promise<{ server: RunningServer; fake: FakeAssistant; port: number }> {
  const fake = createFakeAssistant()
  const server = await startServer({ assistant: fake, media: fakeMedia, port: 0, graceMs: 200, ...options })
  cleanups.push(() => server.close())
  return { server, fake, port: Number(new URL(server.url).port) }
}

interface Client {
  readonly socket: WebSocket
  // biome-ignore lint/suspicious/noExplicitAny: test events are looked at field by field
  readonly events: any[]
  // biome-ignore lint/suspicious/noExplicitAny: test events are looked at field by field
  readonly until: (type: string) => Promise<any>
  readonly send: (event: object) => void
  readonly closed: Promise<{ code: number; reason: string }>
}

function dial(
  port: number,
  query = `?model=${OMNI}`,
  protocols: string[] = [],
  headers: Record<string, string> = {},
): Client {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime${query}`, protocols, { headers })
  cleanups.push(() => socket.terminate())
  const events: Client['events'] = []
  socket.on('message', (data) => events.push(JSON.parse(data.toString())))
  socket.on('error', () => {})
  return {
    socket,
    events,
    until: async (type) => {
      await expect.poll(() => events.find((event) => event.type === type), { interval: 2 }).toBeDefined()
      return events.find((event) => event.type === type)
    },
    send: (event) => socket.send(JSON.stringify(event)),
    closed: new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    ),
  }
}

/** The plain HTTP answer to an upgrade that is refused. */
function refused(client: Client): Promise<{ status: number; body: { error: { code: string } } }> {
  return new Promise((resolve, reject) => {
    client.socket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', (data) => {
        text += data
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
    client.socket.on('open', () => reject(new Error('the upgrade was not refused')))
  })
}

const speech = encodePcm16(
  resample({ samples: Float32Array.from([...tone(8000), ...new Float32Array(9600)]), sampleRate: 16000 }, 24000)
    .samples,
)

describe('the handshake', () => {
  it('begins with session.created', async () => {
    const { port } = await setup()
    const { until, events, socket } = dial(port)
    await until('session.created')
    expect(events[0]).toMatchObject({ type: 'session.created', session: { model: OMNI } })
    expect(socket.protocol).toBe('')
  })

  it('selects exactly `realtime` and takes the key from its neighbour', async () => {
    const { port } = await setup({ keys: makeKeyRing(['the-right-key']) })
    const { until, socket } = dial(port, undefined, [
      'realtime',
      'openai-insecure-api-key.the-right-key',
      'openai-agents-sdk.1.0',
    ])
    await until('session.created')
    expect(socket.protocol).toBe('realtime')
  })

  it('takes the key from its header', async () => {
    const { port } = await setup({ keys: makeKeyRing(['the-right-key']) })
    await dial(port, undefined, [], { authorization: 'Bearer the-right-key' }).until('session.created')
  })

  it.each([
    ['a wrong key', ['realtime', 'openai-insecure-api-key.the-wrong-key'], 401, 'invalid_api_key'],
    ['no key', [], 401, 'missing_api_key'],
  ])('refuses %s before the upgrade', async (_name, protocols, status, code) => {
    const { port } = await setup({ keys: makeKeyRing(['the-right-key']) })
    expect(await refused(dial(port, undefined, protocols))).toMatchObject({ status, body: { error: { code } } })
  })

  it('refuses pages of other sites, other paths, and more sessions than allowed', async () => {
    const { port } = await setup({ limits: { realtimeSessions: 1 } })
    expect((await refused(dial(port, undefined, [], { origin: 'https://evil.example' }))).status).toBe(403)
    expect((await refused(dial(port, undefined, [], { host: 'evil.example' }))).status).toBe(403)
    await dial(port, undefined, [], { origin: `http://127.0.0.1:${port}` }).until('session.created')
    expect(await refused(dial(port))).toMatchObject({ status: 429, body: { error: { code: 'rate_limit_exceeded' } } })
  })

  it.each([
    ['', 'missing_required_parameter'],
    ['?model=nope', 'model_not_found'],
    [`?model=${TEXT_ONLY}`, 'unsupported_value'],
  ])('says in an event that the model of %j will not do', async (query, code) => {
    const { port } = await setup()
    const { until, closed } = dial(port, query)
    expect((await until('error')).error.code).toBe(code)
    expect((await closed).code).toBe(1008)
  })
})

describe('a connection', () => {
  it('carries a spoken turn and its answer', async () => {
    const { port, fake } = await setup()
    const { until, send, events, socket } = dial(port)
    await until('session.created')
    for (let at = 0; at < speech.length; at += 9600) {
      send({ type: 'input_audio_buffer.append', audio: Buffer.from(speech.subarray(at, at + 9600)).toString('base64') })
    }
    const { response } = await until('response.done')
    expect(response).toMatchObject({ status: 'completed', output: [{ content: [{ transcript: 'Good day' }] }] })
    expect(events.filter((event) => event.type === 'error')).toEqual([])
    socket.close()
    await expect.poll(() => fake.openVoices()).toBe(0)
  })

  it('frees the model when the client vanishes', async () => {
    const { port, fake } = await setup()
    const { until, send, socket } = dial(port)
    await until('session.created')
    send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: '!forever' }] },
    })
    send({ type: 'response.create' })
    await until('response.output_audio_transcript.delta')
    expect(fake.active()).toBe(1)
    socket.terminate()
    await expect.poll(() => fake.active()).toBe(0)
  })

  it('survives nonsense, but not frames beyond all bounds', async () => {
    const { port } = await setup()
    const { until, socket, events, closed } = dial(port)
    await until('session.created')
    socket.send('{')
    socket.send(Buffer.of(1, 2, 3))
    socket.send('{"type":"nonsense"}')
    await expect.poll(() => events.filter((event) => event.type === 'error').length).toBe(3)
    socket.send('x'.repeat(22 * 2 ** 20))
    expect((await closed).code).toBe(1009)
    await dial(port).until('session.created')
  })

  it('ends at its time limit', async () => {
    const { port } = await setup({ limits: { realtimeSessionMs: 50 } })
    expect(await dial(port).closed).toEqual({ code: 1001, reason: 'the session has reached its time limit' })
  })

  it('is told when the server goes away', async () => {
    const { port, server } = await setup()
    const { until, closed } = dial(port)
    await until('session.created')
    await server.close()
    expect(await closed).toEqual({ code: 1001, reason: 'the server is shutting down' })
  })
})

describe('the official client', () => {
  it('holds a conversation', async () => {
    const { port } = await setup()
    // The client speaks wss only; a plain connection in its place does for a test.
    const client = new OpenAI({ apiKey: 'any-key', baseURL: `http://127.0.0.1:${port}/v1` })
    const realtime = new OpenAIRealtimeWS(
      { model: OMNI, options: { createConnection: () => connect(port, '127.0.0.1') } },
      client,
    )
    cleanups.push(() => realtime.close())
    const done = new Promise<OpenAI.Realtime.RealtimeResponse>((resolve, reject) => {
      realtime.on('error', reject)
      realtime.on('response.done', (event) => resolve(event.response))
    })
    let text = ''
    realtime.on('response.output_text.delta', (event) => {
      text += event.delta
    })
    realtime.on('session.created', () => {
      realtime.send({
        type: 'session.update',
        session: { type: 'realtime', output_modalities: ['text'], instructions: 'Be kind.' },
      })
    })
    realtime.on('session.updated', () => {
      realtime.send({
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
      })
      realtime.send({ type: 'response.create' })
    })
    expect((await done).status).toBe('completed')
    expect(text).toBe('You said: hello')
  })
})
