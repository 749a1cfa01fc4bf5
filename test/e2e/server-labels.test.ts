/** @file Labeling over a real port: a connection that breaks off, and a server that is started again. */
import { connect } from 'node:net'
import { createAdmin, type RunningServer, startServer } from '@tony/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeAssistant, fakeMedia } from '../helpers/fake-assistant.ts'
import { databases, type TestDatabase } from '../helpers/stores.ts'

// biome-ignore lint/suspicious/noExplicitAny: test bodies are looked at field by field
type Body = any

let database: TestDatabase
let server: RunningServer
let cookie = ''

const start = async (): Promise<void> => {
  server = await startServer({ assistant: createFakeAssistant(), media: fakeMedia, store: database.options, port: 0 })
}

beforeAll(async () => {
  database = await databases[0]!.start()
  await createAdmin(database.options, { name: 'ada', password: 'correct horse' })
  await start()
}, 240_000)
afterAll(async () => {
  await server?.close()
  await database?.stop()
})

async function send(method: string, path: string, body?: unknown): Promise<Body> {
  const response = await fetch(server.url + path, {
    method,
    headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const given = response.headers.get('set-cookie')
  if (given !== null) cookie = given.split(';')[0]!
  return { status: response.status, ...((await response.json()) as object) }
}

/** Sends the first half of a request and breaks the connection off. */
function breakOff(method: string, path: string, body: string): Promise<void> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      const head = `${method} ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncookie: ${cookie}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
      socket.write(head + body.slice(0, body.length / 2), () => socket.destroy())
    })
    socket.on('close', () => resolve())
    socket.on('error', () => resolve())
  })
}

describe('a labeler', () => {
  it('loses nothing when the connection breaks or the server is started again', async () => {
    const { account } = await send('POST', '/api/session', { name: 'ada', password: 'correct horse' })
    const { id: project } = await send('POST', '/api/projects', { name: 'p', kind: 'demonstration' })
    await send('POST', `/api/projects/${project}/items`, {
      items: [{ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Say hello.' }] }] }],
    })
    await send('PUT', `/api/projects/${project}/members/${account.id}`, {})
    const { assignment } = await send('POST', `/api/projects/${project}/next`)
    const draft = `/api/assignments/${assignment.id}/draft`
    expect(await send('PUT', draft, { revision: 1, draft: { text: 'Hel' } })).toMatchObject({ stored: true })
    await breakOff('PUT', draft, JSON.stringify({ revision: 2, draft: { text: 'Hello, w' } }))
    const answer = { answer: { content: [{ type: 'text', text: 'Hello.' }] } }
    await breakOff('PUT', `/api/assignments/${assignment.id}/answer`, JSON.stringify(answer))
    await server.close()
    await start()
    const again = await send('POST', `/api/projects/${project}/next`)
    expect(again.assignment).toMatchObject({
      id: assignment.id,
      state: 'active',
      draft: { text: 'Hel' },
      draft_revision: 1,
    })
    expect(await send('PUT', `/api/assignments/${assignment.id}/answer`, answer)).toMatchObject({ state: 'submitted' })
  }, 240_000)

  it('gets the API of models beside it as before', async () => {
    expect(await send('GET', '/v1/models')).toMatchObject({ status: 200, object: 'list' })
    expect(await send('PATCH', '/api/session')).toMatchObject({ status: 405 })
  })
})
