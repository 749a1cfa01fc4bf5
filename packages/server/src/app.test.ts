import { deflateSync } from 'node:zlib'
import { encodeWav, parseWav } from 'tony'
import { describe, expect, it } from 'vitest'
import {
  createFakeAssistant,
  type FakeAssistant,
  fakeMedia,
  OMNI,
  PNG,
  TEXT_ONLY,
  tone,
  WORD_SAMPLES,
} from '../../../test/helpers/fake-assistant.ts'
import { type AppDeps, createApp } from './app.ts'
import { toDataUrl } from './data-url.ts'
import { makeKeyRing } from './keys.ts'
import type { ChatChunk } from './protocol/chat.ts'

interface Setup {
  readonly fake: FakeAssistant
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>
  readonly post: (
    path: string,
    body: unknown,
    init?: { headers?: Record<string, string>; signal?: AbortSignal },
  ) => Promise<Response>
}

function setup(deps: Partial<AppDeps> = {}): Setup {
  const fake = createFakeAssistant()
  const app = createApp({ assistant: fake, media: fakeMedia, ...deps })
  const url = (path: string): string => `http://localhost:8080${path}`
  return {
    fake,
    get: async (path, headers = {}) => app.request(url(path), { headers }),
    post: async (path, body, { headers = {}, signal } = {}) =>
      app.request(url(path), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal ? { signal } : {}),
      }),
  }
}

const ask = (text: string, more: object = {}): object => ({
  model: OMNI,
  messages: [{ role: 'user', content: text }],
  ...more,
})

// biome-ignore lint/suspicious/noExplicitAny: test bodies are looked at field by field
async function json(response: Response): Promise<any> {
  return response.json()
}

async function expectError(
  response: Response,
  status: number,
  fields: { code?: string | null; param?: string | null; message?: RegExp },
): Promise<void> {
  const body = await json(response)
  expect({ status: response.status, ...body.error }).toMatchObject({
    status,
    ...fields,
    message: expect.stringMatching(fields.message ?? /./),
  })
  expect(Object.keys(body.error).sort()).toEqual(['code', 'message', 'param', 'type'])
  expect(response.headers.get('x-request-id')).toMatch(/^req_/)
}

/** The data of each event; comments are left out. */
async function frames(response: Response): Promise<unknown[]> {
  const text = await response.text()
  return text
    .split('\n\n')
    .map((block) => block.split('\n').find((line) => line.startsWith('data: ')))
    .filter((line) => line !== undefined)
    .map((line) => (line === 'data: [DONE]' ? 'DONE' : JSON.parse(line.slice(6))))
}

const wav = encodeWav({ samples: tone(8000), sampleRate: 16000 })
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

describe('models', () => {
  it('lists them and shows one', async () => {
    const { get } = setup()
    const list = await json(await get('/v1/models'))
    expect(list.object).toBe('list')
    expect(list.data.map((model: { id: string }) => model.id)).toEqual([OMNI, TEXT_ONLY])
    expect(await json(await get(`/v1/models/${OMNI}`))).toMatchObject({ id: OMNI, object: 'model', owned_by: 'tony' })
  })

  it('says which one is unknown', async () => {
    await expectError(await setup().get('/v1/models/nope'), 404, {
      code: 'model_not_found',
      param: 'model',
      message: /"nope"/,
    })
  })
})

describe('chat', () => {
  it('answers text', async () => {
    const { post, fake } = setup({ now: () => 5000, newId: (prefix) => `${prefix}x` })
    const body = await json(
      await post(
        '/v1/chat/completions',
        ask('hello', {
          ...{ temperature: 0.5, top_p: 0.9, frequency_penalty: 0.3, presence_penalty: -0.1 },
          ...{ seed: 7, stop: 'END', max_tokens: 50 },
        }),
      ),
    )
    expect(body).toEqual({
      id: 'chatcmpl-x',
      object: 'chat.completion',
      created: 5,
      model: OMNI,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'You said: hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 3,
        total_tokens: 13,
        prompt_tokens_details: { audio_tokens: 3, image_tokens: 2, cached_tokens: 0 },
        completion_tokens_details: {
          audio_tokens: 0,
          image_tokens: 0,
          reasoning_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
    })
    expect(fake.requests[0]).toMatchObject({
      temperature: 0.5,
      topP: 0.9,
      frequencyPenalty: 0.3,
      presencePenalty: -0.1,
      seed: 7,
      stop: ['END'],
      maxTokens: 50,
      modalities: ['text', 'image'],
    })
  })

  it('draws where it was not asked for words alone', async () => {
    const { post, fake } = setup()
    const drawn = async (more: object): Promise<boolean> => {
      const { message } = (await json(await post('/v1/chat/completions', ask('Draw: cat', more)))).choices[0]
      return message.images !== undefined
    }
    expect(await drawn({})).toBe(true)
    expect(await drawn({ modalities: ['text'] })).toBe(false)
    const spoken = { modalities: ['text', 'audio'], audio: { voice: 'tony', format: 'wav' } }
    expect(await drawn(spoken)).toBe(false)
    await post('/v1/chat/completions', ask('hi', { model: TEXT_ONLY }))
    expect(fake.requests.at(-1)?.modalities).toEqual(['text'])
  })

  it('leaves the seeds of several choices to the assistant, and lets them differ', async () => {
    const { post, fake } = setup()
    await post('/v1/chat/completions', ask('hi', { n: 2 }))
    await post('/v1/chat/completions', ask('hi', { n: 2, temperature: 0.5 }))
    await post('/v1/chat/completions', ask('hi'))
    expect(fake.requests.map(({ seed, temperature }) => [seed, temperature])).toEqual([
      [undefined, 1],
      [undefined, 1],
      [undefined, 0.5],
      [undefined, 0.5],
      [undefined, undefined],
    ])
  })

  it('takes an assistant that said nothing', async () => {
    const { post } = setup()
    const user = { role: 'user', content: 'hi' }
    for (const said of [{ content: '' }, { content: '', images: [] }, { content: [{ type: 'text', text: '' }] }]) {
      const messages = [user, { role: 'assistant', ...said }, user]
      expect((await post('/v1/chat/completions', { model: OMNI, messages })).status).toBe(200)
    }
    const content = [
      { type: 'text', text: '' },
      { type: 'image_url', image_url: { url: toDataUrl('image/png', Uint8Array.from(PNG)) } },
    ]
    expect((await post('/v1/chat/completions', { model: OMNI, messages: [{ role: 'user', content }] })).status).toBe(
      200,
    )
  })

  it('gives choices of one seed different seeds, and counts the prompt once', async () => {
    const { post, fake } = setup()
    const body = await json(await post('/v1/chat/completions', ask('hi', { n: 3, seed: 10 })))
    expect(body.choices.map((choice: { index: number }) => choice.index)).toEqual([0, 1, 2])
    expect(fake.requests.map((request) => request.seed)).toEqual([10, 11, 12])
    expect(body.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 9 })
  })

  it('prefers max_completion_tokens and says when an answer was cut', async () => {
    const body = await json(
      await setup().post('/v1/chat/completions', ask('a b c', { max_tokens: 9, max_completion_tokens: 2 })),
    )
    expect(body.choices[0]).toMatchObject({ message: { content: 'You said:' }, finish_reason: 'length' })
  })

  it('says how likely the words were, and what else was', async () => {
    const { post, fake } = setup()
    const logprobsOf = async (more: object): Promise<unknown> =>
      (await json(await post('/v1/chat/completions', ask('Say: one two', more)))).choices[0].logprobs
    const token = (word: string, logprob: number): object => ({
      token: word,
      bytes: [...Buffer.from(word)],
      logprob: expect.closeTo(logprob, 6),
    })
    expect(await logprobsOf({ logprobs: true, top_logprobs: 2 })).toEqual({
      content: [
        { ...token('one', 0), top_logprobs: [token('one', 0), token('<|end|>', Math.log(0.25))] },
        {
          ...token(' two', Math.log(0.5)),
          top_logprobs: [token(' two', Math.log(0.5)), token('<|end|>', Math.log(0.25))],
        },
      ],
      refusal: null,
    })
    expect(await logprobsOf({ logprobs: true })).toMatchObject({
      content: [{ top_logprobs: [] }, { top_logprobs: [] }],
    })
    expect(await logprobsOf({ logprobs: false })).toBeNull()
    expect(fake.requests.map(({ topLogprobs }) => topLogprobs)).toEqual([2, 0, undefined])
    const chunks = await frames(
      await post('/v1/chat/completions', ask('Say: one two', { stream: true, logprobs: true })),
    )
    const content = (chunks.slice(0, -1) as ChatChunk[]).flatMap(({ choices }) => choices[0]?.logprobs?.content ?? [])
    expect(content.map(({ token }) => token)).toEqual(['one', ' two'])
  })

  it('passes every kind of part on, in order', async () => {
    const { post, fake } = setup()
    const picture = toDataUrl('image/png', Uint8Array.from(PNG))
    const content = [
      { type: 'image_url', image_url: { url: picture, detail: 'low' } },
      { type: 'text', text: 'look' },
      { type: 'input_audio', input_audio: { data: base64(wav), format: 'wav' } },
      { type: 'video_url', video_url: { url: toDataUrl('video/mp4', Uint8Array.of(1)) } },
      { type: 'file', file: { file_data: toDataUrl('audio/wav', wav), filename: 'a.wav' } },
    ]
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'assistant', content: 'Hm?', images: [{ type: 'image_url', image_url: { url: picture } }] },
      { role: 'user', content },
    ]
    const response = await post('/v1/chat/completions', { model: OMNI, messages })
    expect(response.status).toBe(200)
    const [request] = fake.requests
    expect(request?.messages.map(({ role, content }) => [role, content.map((part) => part.type)])).toEqual([
      ['system', ['text']],
      ['assistant', ['text', 'image']],
      ['user', ['image', 'text', 'audio', 'video', 'audio']],
    ])
  })

  it('speaks, and knows its own sound again in the next turn', async () => {
    const { post, fake } = setup()
    const spoken = ask('Say: one two', { modalities: ['text', 'audio'], audio: { voice: 'tony', format: 'wav' } })
    const { message } = (await json(await post('/v1/chat/completions', spoken))).choices[0]
    expect(message).toMatchObject({ content: null, audio: { transcript: 'one two', expires_at: expect.any(Number) } })
    const clip = parseWav(Buffer.from(message.audio.data, 'base64'))
    expect([clip.sampleRate, clip.samples.length]).toEqual([16000, 2 * WORD_SAMPLES])

    const messages = [
      { role: 'assistant', audio: { id: message.audio.id } },
      { role: 'user', content: 'again' },
    ]
    expect((await post('/v1/chat/completions', { model: OMNI, messages })).status).toBe(200)
    expect(fake.requests.at(-1)?.messages[0]?.content).toMatchObject([
      { type: 'text', text: 'one two' },
      { type: 'audio' },
    ])
  })

  it('writes raw sound at 24 kHz', async () => {
    const { message } = (
      await json(
        await setup().post(
          '/v1/chat/completions',
          ask('Say: one two', { modalities: ['text', 'audio'], audio: { voice: 'tony', format: 'pcm16' } }),
        ),
      )
    ).choices[0]
    expect(Buffer.from(message.audio.data, 'base64').length).toBe(2 * WORD_SAMPLES * 2 * 1.5)
  })

  it('shows pictures beside its text', async () => {
    const body = await json(
      await setup().post('/v1/chat/completions', ask('Draw: cat', { modalities: ['text', 'image'] })),
    )
    expect(body.choices[0].message.images).toEqual([
      { type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,/) } },
    ])
  })

  it('streams role, text, end, usage and DONE', async () => {
    const response = await setup().post(
      '/v1/chat/completions',
      ask('hi', { stream: true, stream_options: { include_usage: true } }),
    )
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const events = (await frames(response)) as {
      choices: { delta: object; finish_reason: string | null }[]
      usage: object | null
    }[]
    expect(events.at(-1)).toBe('DONE')
    const chunks = events.slice(0, -1)
    expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { content: 'You' },
      { content: ' said:' },
      { content: ' hi' },
      {},
      undefined,
    ])
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, null, 'stop', undefined])
    expect(chunks.map((chunk) => chunk.usage !== null)).toEqual([false, false, false, false, false, true])
  })

  it('leaves usage out of a stream unless asked', async () => {
    const [first] = await frames(await setup().post('/v1/chat/completions', ask('hi', { stream: true })))
    expect(first).not.toHaveProperty('usage')
  })

  it('streams sound with its transcript', async () => {
    const response = await setup().post(
      '/v1/chat/completions',
      ask('Say: one two', { stream: true, modalities: ['text', 'audio'], audio: { voice: 'tony', format: 'pcm16' } }),
    )
    const audio = (
      (await frames(response)).slice(0, -1) as {
        choices: { delta: { audio?: { data?: string; transcript?: string; expires_at?: number } } }[]
      }[]
    )
      .map((chunk) => chunk.choices[0]?.delta.audio)
      .filter((part) => part !== undefined)
    expect(audio.map((part) => part.transcript ?? '').join('')).toBe('one two')
    const bytes = Buffer.concat(audio.map((part) => Buffer.from(part.data ?? '', 'base64')))
    expect(bytes.length).toBe(2 * WORD_SAMPLES * 2 * 1.5)
    expect(audio.at(-1)?.expires_at).toBeGreaterThan(0)
  })

  it('gives a failure before the first word its own status, and one after it an error frame', async () => {
    const { post } = setup()
    await expectError(await post('/v1/chat/completions', ask('!too-large', { stream: true })), 400, {
      code: 'context_length_exceeded',
    })
    const late = await post('/v1/chat/completions', ask('!crash-late', { stream: true }))
    expect(late.status).toBe(200)
    expect((await frames(late)).at(-1)).toMatchObject({
      error: { type: 'server_error', message: expect.not.stringContaining('secret') },
    })
  })
})

describe('bad chat requests', () => {
  const cases: [
    name: string,
    body: unknown,
    status: number,
    fields: { code?: string; param?: string | null; message?: RegExp },
  ][] = [
    ['broken JSON', '{"model": ', 400, { code: 'invalid_json', param: null }],
    ['an empty body', '', 400, { code: 'empty_body' }],
    ['a list', '[]', 400, { code: 'invalid_type', param: null }],
    ['no model', { messages: [] }, 400, { code: 'missing_required_parameter', param: 'model' }],
    [
      'an unknown model',
      ask('x', { model: 'gpt-9' }),
      404,
      { code: 'model_not_found', param: 'model', message: /gpt-9/ },
    ],
    ['no messages', { model: OMNI, messages: [] }, 400, { code: 'too_short', param: 'messages' }],
    ['messages of the wrong type', { model: OMNI, messages: 'hi' }, 400, { code: 'invalid_type', param: 'messages' }],
    [
      'an unknown role',
      { model: OMNI, messages: [{ role: 'robot', content: 'x' }] },
      400,
      { param: 'messages[0].role' },
    ],
    [
      'a number as content',
      { model: OMNI, messages: [{ role: 'user', content: 5 }] },
      400,
      { param: 'messages[0].content' },
    ],
    [
      'an empty list of parts',
      { model: OMNI, messages: [{ role: 'user', content: [] }] },
      400,
      { param: 'messages[0].content' },
    ],
    [
      'an unknown part',
      { model: OMNI, messages: [{ role: 'user', content: [{ type: 'smell' }] }] },
      400,
      { param: 'messages[0].content[0].type' },
    ],
    [
      'a part without its text',
      { model: OMNI, messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      400,
      { param: 'messages[0].content[0].text', code: 'missing_required_parameter' },
    ],
    [
      'an assistant that says nothing',
      { model: OMNI, messages: [{ role: 'assistant' }] },
      400,
      { param: 'messages[0].content' },
    ],
    ['a wrong temperature', ask('x', { temperature: 'hot' }), 400, { code: 'invalid_type', param: 'temperature' }],
    ['too high a temperature', ask('x', { temperature: 3 }), 400, { code: 'above_maximum', param: 'temperature' }],
    ['half a token', ask('x', { max_tokens: 1.5 }), 400, { param: 'max_tokens' }],
    ['five stops', ask('x', { stop: ['a', 'b', 'c', 'd', 'e'] }), 400, { param: 'stop' }],
    ['an empty stop', ask('x', { stop: '' }), 400, { code: 'too_short', param: 'stop' }],
    ['an empty stop among others', ask('x', { stop: ['a', ''] }), 400, { code: 'too_short', param: 'stop[1]' }],
    ['an empty question', ask(''), 400, { param: 'messages[0].content', message: /is empty/ }],
    [
      'an empty part alone',
      { model: OMNI, messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
      400,
      { param: 'messages[0].content', message: /is empty/ },
    ],
    [
      'empty instructions',
      { model: OMNI, messages: [{ role: 'system', content: '' }] },
      400,
      { param: 'messages[0].content', message: /is empty/ },
    ],
    ['tools', ask('x', { tools: [{}] }), 400, { code: 'unsupported_parameter', param: 'tools' }],
    ['structured output', ask('x', { response_format: { type: 'json_object' } }), 400, { param: 'response_format' }],
    [
      'sound from a model that is mute',
      ask('x', { model: TEXT_ONLY, modalities: ['text', 'audio'], audio: { format: 'wav' } }),
      400,
      { code: 'unsupported_value', param: 'modalities' },
    ],
    ['sound of no format', ask('x', { modalities: ['text', 'audio'] }), 400, { param: 'audio' }],
    [
      'mp3',
      ask('x', { modalities: ['text', 'audio'], audio: { voice: 'a', format: 'mp3' } }),
      400,
      { code: 'unsupported_value', param: 'audio.format' },
    ],
    [
      'streamed wav',
      ask('x', { stream: true, modalities: ['text', 'audio'], audio: { voice: 'a', format: 'wav' } }),
      400,
      { param: 'audio.format' },
    ],
    [
      'a forgotten answer',
      { model: OMNI, messages: [{ role: 'assistant', audio: { id: 'audio_0' } }] },
      400,
      { code: 'audio_not_found', param: 'messages[0].audio.id' },
    ],
    ['what the model refuses', ask('!invalid'), 400, { code: 'invalid_value' }],
    ['a prompt that is too long', ask('!too-large'), 400, { code: 'context_length_exceeded' }],
    ['a crash', ask('!crash'), 500, { code: 'internal_error', message: /^(?!.*secret)/ }],
  ]
  it.each(cases)('refuses %s', async (_name, body, status, fields) => {
    await expectError(await setup().post('/v1/chat/completions', body), status, fields)
  })

  const media: [
    name: string,
    part: object,
    status: number,
    fields: { code?: string; param?: string; message?: RegExp },
  ][] = [
    [
      'an address',
      { type: 'image_url', image_url: { url: 'https://example.org/cat.png' } },
      400,
      { code: 'unsupported_url', param: 'messages[0].content[0].image_url.url', message: /does not fetch/ },
    ],
    ['no data URL', { type: 'image_url', image_url: { url: 'cat.png' } }, 400, { code: 'invalid_url' }],
    [
      'a broken picture',
      { type: 'image_url', image_url: { url: toDataUrl('image/png', Uint8Array.of(1, 2)) } },
      400,
      { code: 'invalid_media', message: /not a picture/ },
    ],
    [
      'a huge picture',
      {
        type: 'image_url',
        image_url: { url: toDataUrl('image/png', Uint8Array.from([...PNG, ...new Uint8Array(2000)])) },
      },
      413,
      { code: 'media_too_large' },
    ],
    [
      'base64 that is none',
      { type: 'input_audio', input_audio: { data: '!!!', format: 'wav' } },
      400,
      { param: 'messages[0].content[0].input_audio.data', message: /base64/ },
    ],
    ['empty sound', { type: 'input_audio', input_audio: { data: '', format: 'wav' } }, 400, { message: /empty/ }],
    [
      'a broken recording',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      400,
      { code: 'invalid_media' },
    ],
    [
      'a file by id',
      { type: 'file', file: { file_id: 'file-1' } },
      400,
      { param: 'messages[0].content[0].file.file_data' },
    ],
    [
      'a file of another kind',
      { type: 'file', file: { file_data: toDataUrl('application/pdf', Uint8Array.of(1)) } },
      400,
      { message: /application\/pdf/ },
    ],
  ]
  it.each(media)('refuses %s', async (_name, part, status, fields) => {
    await expectError(
      await setup().post('/v1/chat/completions', { model: OMNI, messages: [{ role: 'user', content: [part] }] }),
      status,
      fields,
    )
  })

  it('refuses media that the model cannot take', async () => {
    const messages = [
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: base64(wav), format: 'wav' } }] },
    ]
    await expectError(await setup().post('/v1/chat/completions', { model: TEXT_ONLY, messages }), 400, {
      code: 'unsupported_value',
    })
  })

  it('refuses what is not JSON by its type', async () => {
    await expectError(
      await setup().post('/v1/chat/completions', ask('x'), { headers: { 'content-type': 'text/plain' } }),
      415,
      { code: 'unsupported_media_type' },
    )
  })

  it('stops reading a body that is too large', async () => {
    const { post } = setup({ limits: { bodyBytes: 1000 } })
    await expectError(await post('/v1/chat/completions', ask('x'.repeat(2000))), 413, { code: 'body_too_large' })
  })

  it('stays up afterwards', async () => {
    const { post } = setup()
    await post('/v1/chat/completions', ask('!crash'))
    expect((await post('/v1/chat/completions', ask('hi'))).status).toBe(200)
  })
})

describe('speech', () => {
  const say = (more: object = {}): object => ({ model: OMNI, input: 'one two three', voice: 'tony', ...more })

  it('streams wav', async () => {
    const { post, fake } = setup()
    const response = await post('/v1/audio/speech', say())
    expect(response.headers.get('content-type')).toBe('audio/wav')
    const clip = parseWav(new Uint8Array(await response.arrayBuffer()))
    expect([clip.sampleRate, clip.samples.length]).toEqual([16000, 3 * WORD_SAMPLES])
    expect(fake.requests[0]?.messages[0]?.content).toEqual([{ type: 'text', text: 'Say: one two three' }])
    expect(fake.requests[0]?.modalities).toEqual(['text', 'audio'])
  })

  it('streams raw sound at 24 kHz', async () => {
    const response = await setup().post('/v1/audio/speech', say({ response_format: 'pcm' }))
    expect((await response.arrayBuffer()).byteLength).toBe(3 * WORD_SAMPLES * 2 * 1.5)
  })

  it('speaks faster', async () => {
    const response = await setup().post('/v1/audio/speech', say({ speed: 2 }))
    const clip = parseWav(new Uint8Array(await response.arrayBuffer()))
    expect(clip.samples.length).toBe(1.5 * WORD_SAMPLES)
  })

  it('sends events', async () => {
    const events = (await frames(
      await setup().post('/v1/audio/speech', say({ response_format: 'pcm', stream_format: 'sse' })),
    )) as { type: string; audio?: string }[]
    expect(new Set(events.slice(0, -1).map((event) => event.type))).toEqual(new Set(['speech.audio.delta']))
    expect(events.at(-1)).toMatchObject({
      type: 'speech.audio.done',
      usage: { input_tokens: 10, output_tokens: 6, total_tokens: 16 },
    })
  })

  it.each([
    ['mp3', say({ response_format: 'mp3' }), 'response_format'],
    ['no input', say({ input: '' }), 'input'],
    ['too much input', say({ input: 'x'.repeat(5000) }), 'input'],
    ['no voice', { model: OMNI, input: 'x' }, 'voice'],
    ['a mute model', say({ model: TEXT_ONLY }), 'model'],
  ])('refuses %s', async (_name, body, param) => {
    await expectError(await setup().post('/v1/audio/speech', body), 400, { param })
  })
})

describe('transcriptions', () => {
  async function transcribe(fields: Record<string, string | Blob>): Promise<Response> {
    const app = createApp({ assistant: createFakeAssistant(), media: fakeMedia })
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    return app.request('http://localhost/v1/audio/transcriptions', { method: 'POST', body: form })
  }
  const file = new File([new Uint8Array(wav)], 'a.wav')

  it('answers json with usage', async () => {
    expect(await json(await transcribe({ file, model: OMNI }))).toEqual({
      text: 'heard 500 ms',
      usage: {
        type: 'tokens',
        input_tokens: 10,
        input_token_details: { text_tokens: 7, audio_tokens: 3 },
        output_tokens: 3,
        total_tokens: 13,
      },
    })
  })

  it.each([
    ['text', 'heard 500 ms\n'],
    ['srt', '1\n00:00:00,000 --> 00:00:00,500\nheard 500 ms\n\n'],
    ['vtt', 'WEBVTT\n\n00:00:00.000 --> 00:00:00.500\nheard 500 ms\n\n'],
  ])('answers %s as plain text', async (format, text) => {
    const response = await transcribe({ file, model: OMNI, response_format: format })
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await response.text()).toBe(text)
  })

  it('answers verbose_json', async () => {
    expect(await json(await transcribe({ file, model: OMNI, response_format: 'verbose_json' }))).toMatchObject({
      task: 'transcribe',
      duration: 0.5,
      text: 'heard 500 ms',
      segments: [{ start: 0, end: 0.5, text: 'heard 500 ms' }],
    })
  })

  it('says how likely its words were', async () => {
    const words = ['heard', ' 500', ' ms']
    const logprobs = words.map((token, i) => ({
      token,
      bytes: [...Buffer.from(token)],
      logprob: expect.closeTo(i * Math.log(0.5), 6),
    }))
    const wanted = { file, model: OMNI, 'include[]': 'logprobs' }
    expect(await json(await transcribe(wanted))).toMatchObject({ text: 'heard 500 ms', logprobs })
    const events = await frames(await transcribe({ ...wanted, stream: 'true' }))
    expect(events.slice(0, 3)).toMatchObject(words.map((delta, i) => ({ delta, logprobs: [logprobs[i]] })))
    expect(events.at(-2)).toMatchObject({ type: 'transcript.text.done', logprobs })
    const verbose = await json(await transcribe({ file, model: OMNI, response_format: 'verbose_json' }))
    expect(verbose.segments).toMatchObject([
      { tokens: [0, 1, 2], avg_logprob: expect.closeTo(Math.log(0.5), 6), no_speech_prob: expect.closeTo(0.25, 6) },
    ])
    expect(verbose.segments[0].compression_ratio).toBeCloseTo(12 / deflateSync('heard 500 ms').length, 6)
  })

  it('looks for the likeliest text, or at a temperature draws one', async () => {
    const asked = async (more: Record<string, string>): Promise<object> => {
      const fake = createFakeAssistant()
      const app = createApp({ assistant: fake, media: fakeMedia })
      const form = new FormData()
      for (const [name, value] of Object.entries({ file, model: OMNI, ...more })) form.append(name, value)
      await app.request('http://localhost/v1/audio/transcriptions', { method: 'POST', body: form })
      return fake.requests[0]!
    }
    expect(await asked({})).toMatchObject({ beams: 4 })
    expect(await asked({ temperature: '0' })).toMatchObject({ beams: 4, temperature: 0 })
    expect(await asked({ temperature: '0.5' })).toMatchObject({ temperature: 0.5 })
    expect(await asked({ temperature: '0.5' })).not.toHaveProperty('beams')
  })

  it('streams', async () => {
    const events = await frames(await transcribe({ file, model: OMNI, stream: 'true' }))
    expect(events.slice(0, -2)).toEqual(
      ['heard', ' 500', ' ms'].map((delta) => ({ type: 'transcript.text.delta', delta })),
    )
    expect(events.at(-2)).toMatchObject({ type: 'transcript.text.done', text: 'heard 500 ms' })
  })

  it('tells a stream no log-probabilities that nobody asked for', async () => {
    const events = await frames(
      await transcribe({ file, model: OMNI, stream: 'true', response_format: 'verbose_json' }),
    )
    expect(events.at(-2)).toMatchObject({ type: 'transcript.text.done', text: 'heard 500 ms' })
    expect(JSON.stringify(events)).not.toContain('logprob')
  })

  it.each([
    ['no file', { model: OMNI }, 'file'],
    ['text in place of a file', { model: OMNI, file: 'x' }, 'file'],
    ['an empty file', { model: OMNI, file: new File([], 'a.wav') }, 'file'],
    ['a broken file', { model: OMNI, file: new File(['hello'], 'a.wav') }, 'file'],
    ['an unknown format', { model: OMNI, file, response_format: 'docx' }, 'response_format'],
    ['no model', { file }, 'model'],
    [
      'log-probabilities of a text',
      { model: OMNI, file, response_format: 'srt', 'include[]': 'logprobs' },
      'include[]',
    ],
    ['an unknown include', { model: OMNI, file, 'include[]': 'usage' }, 'include[][0]'],
    ['word times', { model: OMNI, file, 'timestamp_granularities[]': 'word' }, 'timestamp_granularities[]'],
  ])('refuses %s', async (_name, fields, param) => {
    await expectError(await transcribe(fields as Record<string, string | Blob>), 400, { param })
  })

  it('refuses a broken form', async () => {
    const app = createApp({ assistant: createFakeAssistant(), media: fakeMedia })
    const response = await app.request('http://localhost/v1/audio/transcriptions', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--y\r\n',
    })
    await expectError(response, 400, { code: 'invalid_form' })
  })
})

describe('images', () => {
  it('draws with the first model that can', async () => {
    const { post, fake } = setup()
    const body = await json(await post('/v1/images/generations', { prompt: 'a cat' }))
    expect([...Buffer.from(body.data[0].b64_json, 'base64')]).toEqual([...PNG, 8, 8])
    expect(body).toMatchObject({ size: '8x8', output_format: 'png', usage: { output_tokens: 16 } })
    expect(fake.requests[0]).toMatchObject({
      model: OMNI,
      modalities: ['image'],
      messages: [{ content: [{ text: 'Draw: a cat' }] }],
    })
  })

  it('leaves several pictures to new seeds, and one to the likeliest', async () => {
    const { post, fake } = setup()
    const draw = (more: object): Promise<Response> => post('/v1/images/generations', { prompt: 'a cat', ...more })
    await draw({ n: 2 })
    await draw({})
    await draw({ seed: 5 })
    expect(fake.requests.map(({ seed, temperature }) => [seed, temperature])).toEqual([
      [undefined, 1],
      [undefined, 1],
      [undefined, undefined],
      [5, 1],
    ])
  })

  it('scales, and gives several pictures different seeds', async () => {
    const { post, fake } = setup()
    const body = await json(
      await post('/v1/images/generations', {
        prompt: 'a cat',
        model: OMNI,
        n: 2,
        seed: 3,
        size: '32x16',
        response_format: 'url',
      }),
    )
    expect(body.data).toHaveLength(2)
    expect(body.data[0].url).toBe(toDataUrl('image/png', Uint8Array.from([...PNG, 32, 16])))
    expect(fake.requests.map((request) => request.seed)).toEqual([3, 4])
  })

  it('streams previews, then the picture', async () => {
    const events = (await frames(
      await setup().post('/v1/images/generations', { prompt: 'a cat', stream: true, partial_images: 2 }),
    )) as { type: string }[]
    expect(events).toMatchObject([
      { type: 'image_generation.partial_image', partial_image_index: 0, size: '4x4' },
      { type: 'image_generation.completed', size: '8x8', usage: { total_tokens: 26 } },
    ])
  })

  it.each([
    ['no prompt', {}, 'prompt'],
    ['a strange size', { prompt: 'x', size: 'huge' }, 'size'],
    ['a size beyond all bounds', { prompt: 'x', size: '99999x99999' }, 'size'],
    ['too many', { prompt: 'x', n: 11 }, 'n'],
    ['webp', { prompt: 'x', output_format: 'webp' }, 'output_format'],
    ['a model that does not draw', { prompt: 'x', model: TEXT_ONLY }, 'model'],
  ])('refuses %s', async (_name, body, param) => {
    await expectError(await setup().post('/v1/images/generations', body), 400, { param })
  })
})

describe('who may ask', () => {
  it('needs a key where there are keys', async () => {
    const { get } = setup({ keys: makeKeyRing(['right-key', `sha256:${'0'.repeat(64)}`]) })
    await expectError(await get('/v1/models'), 401, { code: 'missing_api_key' })
    await expectError(await get('/v1/models', { authorization: 'Bearer wrong-key' }), 401, { code: 'invalid_api_key' })
    await expectError(await get('/metrics'), 401, {})
    await expectError(await get('/v1/nowhere'), 401, {})
    expect((await get('/v1/models', { authorization: 'Bearer right-key', host: 'tony.example.org' })).status).toBe(200)
    expect((await get('/health')).status).toBe(200)
  })

  it('answers this machine only where there are none', async () => {
    const { get } = setup()
    for (const host of ['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080'])
      expect((await get('/v1/models', { host })).status).toBe(200)
    for (const host of ['evil.example', '127.0.0.1.evil.example', '192.168.0.4', 'localhost.evil.example']) {
      await expectError(await get('/v1/models', { host }), 403, { code: 'forbidden' })
    }
  })

  it('refuses pages of other sites', async () => {
    const { get } = setup()
    const host = 'localhost:8080'
    await expectError(await get('/v1/models', { host, origin: 'https://evil.example' }), 403, {})
    await expectError(await get('/v1/models', { host, origin: 'http://localhost:9999' }), 403, {})
    await expectError(await get('/v1/models', { host, origin: 'null' }), 403, {})
    expect((await get('/v1/models', { host, origin: 'http://localhost:8080' })).status).toBe(200)
  })

  it('sends CORS headers to allowed origins only', async () => {
    const app = createApp({
      assistant: createFakeAssistant(),
      media: fakeMedia,
      corsOrigins: ['https://friend.example'],
    })
    const preflight = (origin: string): Promise<Response> =>
      Promise.resolve(
        app.request('http://localhost/v1/chat/completions', {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'content-type',
          },
        }),
      )
    expect((await preflight('https://friend.example')).headers.get('access-control-allow-origin')).toBe(
      'https://friend.example',
    )
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
    expect((await setup().get('/v1/models')).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('the rest', () => {
  it('answers unknown paths and methods in the same shape', async () => {
    const { get, post } = setup()
    await expectError(await get('/v1/nowhere'), 404, { code: 'unknown_url' })
    await expectError(await get('/nowhere'), 404, { code: 'unknown_url' })
    const wrong = await get('/v1/chat/completions')
    expect(wrong.headers.get('allow')).toBe('POST')
    await expectError(wrong, 405, { code: 'method_not_supported' })
    await expectError(await post('/v1/models', {}), 405, {})
    await expectError(await get('/v1/realtime'), 400, { code: 'upgrade_required' })
  })

  it('turns away what the queue cannot hold', async () => {
    const { post, fake } = setup({ limits: { generations: 1, queue: 0 } })
    const leave = new AbortController()
    const running = post('/v1/chat/completions', ask('!forever'), { signal: leave.signal })
    await expect.poll(() => fake.active()).toBe(1)
    const busy = await post('/v1/chat/completions', ask('hi'))
    expect(busy.headers.get('retry-after')).toBe('1')
    await expectError(busy, 429, { code: 'rate_limit_exceeded' })
    leave.abort()
    await running.catch(() => {})
    await expect.poll(() => fake.active()).toBe(0)
    expect((await post('/v1/chat/completions', ask('hi'))).status).toBe(200)
  })

  it('frees the slot of a stream whose reader leaves', async () => {
    const { post, fake } = setup({ limits: { generations: 1, queue: 1 } })
    const response = await post('/v1/chat/completions', ask('!forever', { stream: true }))
    const reader = response.body!.getReader()
    await reader.read()
    expect(fake.active()).toBe(1)
    await reader.cancel()
    expect((await post('/v1/chat/completions', ask('hi'))).status).toBe(200)
    expect([fake.active(), fake.aborted()]).toEqual([0, 1])
  })

  it('says that it is not well while the model is gone', async () => {
    const gone = { ...createFakeAssistant(), running: false }
    const response = await setup({ assistant: gone }).get('/health')
    expect([response.status, await json(response)]).toEqual([503, { status: 'unavailable', models: [OMNI, TEXT_ONLY] }])
    expect(await json(await setup().get('/health'))).toMatchObject({ status: 'ok' })
  })

  it('says that a model which ended in the middle may answer later', async () => {
    const response = await setup().post('/v1/chat/completions', ask('!unavailable'))
    expect(response.headers.get('retry-after')).toBe('5')
    await expectError(response, 503, { code: 'model_unavailable', message: /^Fake: .*\.$/ })
  })

  it('counts', async () => {
    const { get, post } = setup()
    await post('/v1/chat/completions', ask('hi'))
    await get('/v1/secret-path')
    const text = await (await get('/metrics')).text()
    expect(text).toContain('tony_requests_total{route="/v1/chat/completions",status="200"} 1')
    expect(text).toContain('tony_requests_total{route="other",status="404"} 1')
    expect(text).toContain('tony_tokens_total{kind="completion"} 3')
    expect(text).not.toContain('secret-path')
  })
})
