/** @file The server over a real port, asked by the official `openai` client, unmodified. */
import { connect } from 'node:net'
import { makeKeyRing, type RunningServer, type ServerOptions, startServer } from '@tony/server'
import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
  toFile,
} from 'openai'
import { encodeWav, parseWav } from 'tony'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createFakeAssistant,
  type FakeAssistant,
  fakeMedia,
  OMNI,
  PNG,
  TEXT_ONLY,
  tone,
  WORD_SAMPLES,
} from '../helpers/fake-assistant.ts'

const running: RunningServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

interface Setup {
  readonly client: OpenAI
  readonly fake: FakeAssistant
  readonly server: RunningServer
  readonly port: number
}

async function setup(options: Partial<ServerOptions> = {}, apiKey = 'any-key'): Promise<Setup> {
  const fake = createFakeAssistant()
  const server = await startServer({ assistant: fake, media: fakeMedia, port: 0, graceMs: 200, ...options })
  running.push(server)
  const client = new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 })
  return { client, fake, server, port: Number(new URL(server.url).port) }
}

const hello = (content: string): { model: string; messages: [{ role: 'user'; content: string }] } => ({
  model: OMNI,
  messages: [{ role: 'user', content }],
})

const wav = encodeWav({ samples: tone(8000), sampleRate: 16000 })
const picture = `data:image/png;base64,${Buffer.from(PNG).toString('base64')}`

/** Sends bytes as they are and returns all that comes back. */
function raw(port: number, request: string, half = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(request)
      if (half) socket.end()
    })
    let answer = ''
    socket.on('data', (data) => {
      answer += data.toString()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
  })
}

describe('the official client', () => {
  it('lists models', async () => {
    const { client } = await setup()
    const ids: string[] = []
    for await (const model of client.models.list()) ids.push(model.id)
    expect(ids).toEqual([OMNI, TEXT_ONLY])
    expect(await client.models.retrieve(OMNI)).toMatchObject({ id: OMNI, object: 'model' })
  })

  it('gets the answer of its first try again by an idempotency key, also when it left in the middle of it', async () => {
    const { client, fake } = await setup()
    const key = { headers: { 'Idempotency-Key': 'one' } }
    const first = await client.chat.completions.create(hello('one two three'), key)
    expect(await client.chat.completions.create(hello('one two three'), key)).toEqual(first)
    const streamed = { ...hello('four five six seven'), stream: true as const }
    const other = { headers: { 'Idempotency-Key': 'two' } }
    for await (const chunk of await client.chat.completions.create(streamed, other))
      if (chunk.choices[0]?.delta.content) break
    let text = ''
    for await (const chunk of await client.chat.completions.create(streamed, other))
      text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe('You said: four five six seven')
    expect([fake.requests.length, fake.aborted()]).toEqual([2, 0])
  })

  it('chats with text, sound and pictures', async () => {
    const { client, fake } = await setup()
    const answer = await client.chat.completions.create({
      model: OMNI,
      messages: [
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look and listen' },
            { type: 'image_url', image_url: { url: picture } },
            { type: 'input_audio', input_audio: { data: Buffer.from(wav).toString('base64'), format: 'wav' } },
          ],
        },
      ],
    })
    expect(answer.choices[0]?.message.content).toBe('You said: look and listen image audio')
    expect(answer._request_id).toMatch(/^req_/)
    expect(fake.requests[0]?.messages).toHaveLength(2)
  })

  it('streams with usage, and its own helper puts the pieces together', async () => {
    const { client } = await setup()
    const stream = client.chat.completions.stream({ ...hello('hi there'), stream_options: { include_usage: true } })
    const deltas: string[] = []
    stream.on('content', (delta) => deltas.push(delta))
    const final = await stream.finalChatCompletion()
    expect(deltas.join('')).toBe('You said: hi there')
    expect(final.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'You said: hi there' },
    })
    expect(final.usage?.total_tokens).toBe(14)
  })

  it('streams several choices', async () => {
    const { client } = await setup()
    const texts = ['', '']
    for await (const chunk of await client.chat.completions.create({ ...hello('hi'), n: 2, stream: true })) {
      for (const choice of chunk.choices) texts[choice.index] += choice.delta.content ?? ''
    }
    expect(texts).toEqual(['You said: hi', 'You said: hi'])
  })

  it('gets sound and names it in the next turn', async () => {
    const { client } = await setup()
    const audio = {
      modalities: ['text', 'audio'] as ['text', 'audio'],
      audio: { voice: 'tony', format: 'wav' as const },
    }
    const first = await client.chat.completions.create({ ...hello('Say: one two'), ...audio })
    const spoken = first.choices[0]!.message.audio!
    expect(spoken.transcript).toBe('one two')
    expect(parseWav(Buffer.from(spoken.data, 'base64')).samples.length).toBe(2 * WORD_SAMPLES)
    const second = await client.chat.completions.create({
      model: OMNI,
      messages: [
        { role: 'user', content: 'Say: one two' },
        { role: 'assistant', audio: { id: spoken.id } },
        { role: 'user', content: 'thanks' },
      ],
    })
    expect(second.choices[0]?.message.content).toBe('You said: thanks')
  })

  it('streams sound', async () => {
    const { client } = await setup()
    const stream = await client.chat.completions.create({
      ...hello('Say: one two'),
      modalities: ['text', 'audio'],
      audio: { voice: 'tony', format: 'pcm16' },
      stream: true,
    })
    let bytes = 0
    let transcript = ''
    for await (const chunk of stream) {
      // The client's types do not have the sound of streamed answers.
      const delta = chunk.choices[0]?.delta as { audio?: { data?: string; transcript?: string } } | undefined
      bytes += Buffer.from(delta?.audio?.data ?? '', 'base64').length
      transcript += delta?.audio?.transcript ?? ''
    }
    expect([bytes, transcript]).toEqual([2 * WORD_SAMPLES * 3, 'one two'])
  })

  it('has text spoken', async () => {
    const { client } = await setup()
    const response = await client.audio.speech.create({
      model: OMNI,
      input: 'one two',
      voice: 'tony',
      response_format: 'wav',
    })
    expect(parseWav(new Uint8Array(await response.arrayBuffer())).samples.length).toBe(2 * WORD_SAMPLES)
  })

  it('has sound written down', async () => {
    const { client } = await setup()
    const file = await toFile(wav, 'a.wav')
    expect((await client.audio.transcriptions.create({ file, model: OMNI })).text).toBe('heard 500 ms')
    expect(await client.audio.transcriptions.create({ file, model: OMNI, response_format: 'text' })).toBe(
      'heard 500 ms\n',
    )
    expect(await client.audio.transcriptions.create({ file, model: OMNI, response_format: 'vtt' })).toMatch(/^WEBVTT/)
    const verbose = await client.audio.transcriptions.create({
      file,
      model: OMNI,
      response_format: 'verbose_json',
      timestamp_granularities: ['segment'],
    })
    expect(verbose.segments).toHaveLength(1)
    const likely = await client.audio.transcriptions.create({ file, model: OMNI, include: ['logprobs'] })
    expect(likely.logprobs?.map(({ token }) => token)).toEqual(['heard', ' 500', ' ms'])
    let text = ''
    for await (const event of await client.audio.transcriptions.create({ file, model: OMNI, stream: true })) {
      if (event.type === 'transcript.text.delta') text += event.delta
      else if (event.type === 'transcript.text.done') expect(event.text).toBe(text)
    }
    expect(text).toBe('heard 500 ms')
  })

  it('has pictures drawn', async () => {
    const { client } = await setup()
    const images = await client.images.generate({ model: OMNI, prompt: 'a cat' })
    expect([...Buffer.from(images.data![0]!.b64_json!, 'base64')]).toEqual([...PNG, 8, 8])
    const types: string[] = []
    for await (const event of await client.images.generate({
      model: OMNI,
      prompt: 'a cat',
      stream: true,
      partial_images: 1,
    }))
      types.push(event.type)
    expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed'])
  })

  it('gets each failure as its own class', async () => {
    const { client } = await setup()
    const chat = client.chat.completions
    const unknown = chat.create({ ...hello('x'), model: 'nope' })
    await expect(unknown).rejects.toBeInstanceOf(NotFoundError)
    await expect(unknown).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      type: 'invalid_request_error',
      requestID: expect.stringMatching(/^req_/),
    })
    await expect(chat.create({ model: OMNI, messages: [] })).rejects.toBeInstanceOf(BadRequestError)
    await expect(chat.create(hello('!crash'))).rejects.toBeInstanceOf(InternalServerError)
    await expect(client.models.retrieve('nope')).rejects.toBeInstanceOf(NotFoundError)
    await expect(
      client.audio.speech.create({ model: OMNI, input: 'x', voice: 'tony', response_format: 'mp3' }),
    ).rejects.toThrow(/wav and pcm/)
    await expect(
      client.audio.transcriptions.create({ file: await toFile(Buffer.from('no'), 'a.wav'), model: OMNI }),
    ).rejects.toBeInstanceOf(BadRequestError)
    await expect(client.embeddings.create({ model: OMNI, input: 'x' })).rejects.toMatchObject({
      status: 404,
      code: 'unknown_url',
    })
  })

  it('gets a failure in the middle of a stream', async () => {
    const { client } = await setup()
    const stream = await client.chat.completions.create({ ...hello('!crash-late'), stream: true })
    const read = async (): Promise<void> => {
      for await (const chunk of stream) void chunk
    }
    await expect(read()).rejects.toBeInstanceOf(APIError)
  })

  it('is told when a key is missing or wrong', async () => {
    const { client, server } = await setup({ keys: makeKeyRing(['the-right-key']) }, 'the-wrong-key')
    await expect(client.models.list()).rejects.toBeInstanceOf(AuthenticationError)
    const right = new OpenAI({ apiKey: 'the-right-key', baseURL: `${server.url}/v1` })
    expect((await right.models.list()).data).toHaveLength(2)
  })

  it('frees the model at once when it stops a stream or a request', async () => {
    const { client, fake } = await setup({ limits: { generations: 1, queue: 0 } })
    const stream = await client.chat.completions.create({ ...hello('!forever'), stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content?.startsWith('3')) break
    await expect.poll(() => fake.active()).toBe(0)

    const controller = new AbortController()
    const request = client.chat.completions.create(hello('!forever'), { signal: controller.signal })
    await expect.poll(() => fake.active()).toBe(1)
    await expect(client.chat.completions.create(hello('hi'))).rejects.toBeInstanceOf(RateLimitError)
    controller.abort()
    await expect(request).rejects.toBeInstanceOf(APIUserAbortError)
    await expect.poll(() => [fake.active(), fake.aborted()]).toEqual([0, 2])
    expect((await client.chat.completions.create(hello('hi'))).choices).toHaveLength(1)
  })

  it('waits its turn in the queue', async () => {
    const { client, fake } = await setup({ limits: { generations: 1, queue: 10 } })
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) => client.chat.completions.create(hello(`${i}`))),
    )
    expect(answers.map((answer) => answer.choices[0]?.message.content)).toEqual(
      [0, 1, 2, 3, 4].map((i) => `You said: ${i}`),
    )
    expect(fake.active()).toBe(0)
  })
})

describe('broken requests', () => {
  const post = (body: string, headers = ''): string =>
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n${headers}\r\n${body}`

  it('get an answer and leave the server up', async () => {
    const { port, client } = await setup({ limits: { bodyBytes: 100_000 } })
    expect(await raw(port, post('{"model"', 'Content-Length: 8\r\n'))).toMatch(/^HTTP\/1.1 400 [\s\S]*invalid_json/)
    expect(await raw(port, post('', 'Content-Length: 0\r\n'))).toMatch(/^HTTP\/1.1 400 [\s\S]*empty_body/)
    expect(await raw(port, post('\xff\xfe{}', 'Content-Length: 4\r\n'))).toMatch(/^HTTP\/1.1 400 /)
    expect(await raw(port, post('', 'Content-Length: 999999999\r\n'))).toMatch(/^HTTP\/1.1 413 [\s\S]*body_too_large/)
    const chunk = 'x'.repeat(0x8000)
    expect(await raw(port, post(`8000\r\n${chunk}\r\n`.repeat(5), 'Transfer-Encoding: chunked\r\n'))).toMatch(
      /^HTTP\/1.1 413 /,
    )
    expect(await raw(port, post('zz\r\n', 'Transfer-Encoding: chunked\r\n'))).toMatch(/^HTTP\/1.1 400 /)
    expect(await raw(port, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
    expect(await raw(port, post('{}', `Content-Length: 2\r\nX: ${'x'.repeat(70_000)}\r\n`))).toMatch(/^HTTP\/1.1 431 /)
    await raw(port, post('{"mod', 'Content-Length: 900\r\n'), true) // leaves in the middle of its body
    expect(await raw(port, post('['.repeat(50_000), 'Content-Length: 50000\r\n'))).toMatch(/^HTTP\/1.1 400 /)
    expect((await client.models.list()).data).toHaveLength(2)
  })

  it('cannot leave the folder of the page', async () => {
    const { port } = await setup({ studioDir: import.meta.dirname })
    expect(await raw(port, 'GET /server.test.ts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 200 /,
    )
    for (const path of [
      '/../helpers/fake-assistant.ts',
      '/..%2fhelpers/fake-assistant.ts',
      '/%2e%2e%2fhelpers/fake-assistant.ts',
    ]) {
      expect(await raw(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1.1 404 /,
      )
    }
  })

  it('of strangers are refused', async () => {
    const { port } = await setup()
    const get = (headers: string): Promise<string> =>
      raw(port, `GET /v1/models HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
    expect(await get('Host: evil.example\r\n')).toMatch(/^HTTP\/1.1 403 /)
    expect(await get(`Host: localhost:${port}\r\nOrigin: http://evil.example\r\n`)).toMatch(/^HTTP\/1.1 403 /)
    expect(await get(`Host: localhost:${port}\r\nOrigin: http://localhost:${port}\r\n`)).toMatch(/^HTTP\/1.1 200 /)
  })
})

describe('the port', () => {
  it('that is taken is named in one sentence', async () => {
    const { port } = await setup()
    await expect(setup({ port })).rejects.toThrow(
      `server: port ${port} on 127.0.0.1 is already in use; stop the other program or choose another port`,
    )
  })

  it('is not opened to other machines without keys', async () => {
    await expect(setup({ host: '0.0.0.0' })).rejects.toThrow(/needs API keys/)
    const { client } = await setup({ host: '0.0.0.0', keys: makeKeyRing(['the-right-key']) }, 'the-right-key')
    expect((await client.models.list()).data).toHaveLength(2)
  })

  it('closes although connections are open and an answer does not end', async () => {
    const { client, fake, server } = await setup()
    const stream = await client.chat.completions.create({ ...hello('!forever'), stream: true })
    const reading = (async (): Promise<unknown> => {
      try {
        for await (const chunk of stream) void chunk
        return undefined
      } catch (error) {
        return error
      }
    })()
    await expect.poll(() => fake.active()).toBe(1)
    const closed = server.close()
    expect(server.close()).toBe(closed)
    await closed
    expect(await reading).toMatchObject({ message: expect.stringContaining('shutting down') })
    expect(fake.active()).toBe(0)
    await expect(client.models.list()).rejects.toThrow(/Connection error/)
  })

  it('lets an answer finish that is nearly done', async () => {
    const { client, server } = await setup({ graceMs: 5000 })
    const answer = client.chat.completions.create(hello('bye'))
    await new Promise((resolve) => setImmediate(resolve))
    const [text] = await Promise.all([
      answer.then(
        (body) => body.choices[0]?.message.content,
        () => 'refused',
      ),
      server.close(),
    ])
    expect(['You said: bye', 'refused']).toContain(text)
  })
})
