import { encodePcm16, resample, TonyError, type VoiceSession } from 'tony'
import { describe, expect, it } from 'vitest'
import {
  createFakeAssistant,
  type FakeAssistant,
  fakeMedia,
  OMNI,
  PNG,
  tone,
  WORD_SAMPLES,
} from '../../../../test/helpers/fake-assistant.ts'
import { makeContext } from '../app.ts'
import type { AppContext } from '../context.ts'
import { toBase64, toDataUrl } from '../data-url.ts'
import { RealtimeSession } from './session.ts'

// biome-ignore lint/suspicious/noExplicitAny: test events are looked at field by field
type Event = any

interface Setup {
  readonly fake: FakeAssistant
  readonly session: RealtimeSession
  readonly events: Event[]
  readonly types: () => string[]
  readonly send: (event: object) => Promise<void>
  /** Appends sound at 24 kHz in pieces of 100 ms. */
  readonly hear: (samples: Float32Array) => Promise<void>
  readonly until: (type: string, count?: number) => Promise<Event>
}

function setup(fake: FakeAssistant = createFakeAssistant(), more: Partial<AppContext> = {}): Setup {
  const ctx = { ...makeContext({ assistant: fake, media: fakeMedia }), ...more }
  const events: Event[] = []
  const session = new RealtimeSession(ctx, fake.models.find((model) => model.id === OMNI)!, (text) =>
    events.push(JSON.parse(text)),
  )
  session.start()
  const send = (event: object): Promise<void> => session.receive(JSON.stringify(event))
  return {
    fake,
    session,
    events,
    types: () => events.map((event) => event.type),
    send,
    hear: async (samples) => {
      const bytes = encodePcm16(resample({ samples, sampleRate: 16000 }, 24000).samples)
      for (let at = 0; at < bytes.length; at += 4800) {
        await send({ type: 'input_audio_buffer.append', audio: toBase64(bytes.subarray(at, at + 4800)) })
      }
    },
    until: async (type, count = 1) => {
      const found = (): Event[] => events.filter((event) => event.type === type)
      await expect.poll(() => found().length, { interval: 1 }).toBeGreaterThanOrEqual(count)
      return found()[count - 1]
    },
  }
}

const silence = (seconds: number): Float32Array => new Float32Array(16000 * seconds)
/** Half a second of silence, half a second of sound, half a second of silence. */
const utterance = Float32Array.from([...silence(0.48), ...tone(8000), ...silence(0.6)])

/** Each name once for a run of the same or of text and sound in turn. */
function collapse(types: readonly string[]): string[] {
  const delta = (type: string): string => (/(audio|transcript|text)\.delta$/.test(type) ? 'deltas' : type)
  return types.map(delta).filter((type, i, all) => type !== all[i - 1])
}

const textItem = (text: string, more: object = {}): object => ({
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }], ...more },
})

const manual = { type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection: null } } } }

describe('session', () => {
  it('begins with every default', () => {
    const { events } = setup()
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      type: 'session.created',
      event_id: expect.stringMatching(/^event_/),
      session: {
        id: expect.stringMatching(/^sess_/),
        object: 'realtime.session',
        type: 'realtime',
        model: OMNI,
        output_modalities: ['audio'],
        instructions: '',
        tools: [],
        tool_choice: 'auto',
        max_output_tokens: 'inf',
        tracing: null,
        truncation: 'auto',
        prompt: null,
        include: null,
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24000 },
            transcription: null,
            noise_reduction: null,
            turn_detection: {
              type: 'server_vad',
              create_response: true,
              interrupt_response: true,
              idle_timeout_ms: null,
            },
          },
          output: { format: { type: 'audio/pcm', rate: 24000 }, speed: 1 },
        },
      },
    })
  })

  it('changes one nested field and keeps the others', async () => {
    const { send, events } = setup()
    await send({
      type: 'session.update',
      session: { type: 'realtime', audio: { input: { turn_detection: { silence_duration_ms: 300 } } } },
    })
    await send({ type: 'session.update', session: { type: 'realtime', tracing: 'auto' } })
    const { audio, tracing } = events.at(-1).session
    expect(tracing).toBe('auto')
    expect(audio.input.turn_detection).toEqual({
      ...events[0].session.audio.input.turn_detection,
      silence_duration_ms: 300,
    })
    expect(audio.output).toEqual(events[0].session.audio.output)
  })

  it('clears with empty values and swaps the kind of turn detection with its defaults', async () => {
    const { send, events } = setup()
    await send({
      type: 'session.update',
      session: { type: 'realtime', instructions: 'Be kind.', audio: { input: { transcription: { model: 'x' } } } },
    })
    await send({
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions: '',
        audio: {
          input: {
            transcription: null,
            turn_detection: { type: 'semantic_vad', eagerness: 'high', idle_timeout_ms: null },
          },
        },
      },
    })
    expect(events.at(-1).session).toMatchObject({
      instructions: '',
      audio: {
        input: {
          transcription: null,
          turn_detection: { type: 'semantic_vad', eagerness: 'high', create_response: true, interrupt_response: true },
        },
      },
    })
  })

  it.each([
    [{ type: 'realtime', colour: 'red' }, 'unknown_parameter', 'session.colour'],
    [{ instructions: 'x' }, 'missing_required_parameter', 'session.type'],
    [{ type: 'realtime', output_modalities: ['text', 'audio'] }, 'invalid_value', 'session.output_modalities'],
    [
      { type: 'realtime', audio: { input: { format: { type: 'audio/pcmu' } } } },
      'invalid_value',
      'session.audio.input.format.type',
    ],
    [
      { type: 'realtime', audio: { input: { turn_detection: { eagerness: 'low' } } } },
      'unknown_parameter',
      'session.audio.input.turn_detection.eagerness',
    ],
    [{ type: 'realtime', model: 'other' }, 'cannot_update_model', 'session.model'],
    [
      { type: 'realtime', audio: { input: { turn_detection: { idle_timeout_ms: 6000 } } } },
      'unsupported_value',
      'session.audio.input.turn_detection.idle_timeout_ms',
    ],
  ])('refuses %j and stays as it was', async (patch, code, param) => {
    const { send, events } = setup()
    await send({ type: 'session.update', event_id: 'mine', session: { ...patch, instructions: 'changed' } })
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', code, param, event_id: 'mine' },
    })
    await send({ type: 'session.update', session: { type: 'realtime' } })
    expect(events.at(-1).session).toEqual(events[0].session)
  })

  it('keeps its voice once it has spoken', async () => {
    const { send, until } = setup()
    const voice = (name: string): object => ({
      type: 'session.update',
      session: { type: 'realtime', audio: { output: { voice: name } } },
    })
    await send(voice('one'))
    await until('session.updated')
    await send(textItem('hi'))
    await send({ type: 'response.create' })
    await until('response.done')
    await send(voice('two'))
    expect((await until('error')).error.code).toBe('cannot_update_voice')
  })

  it.each([
    ['{"type":', 'invalid_json'],
    ['[1]', 'invalid_type'],
    ['{}', 'missing_required_parameter'],
    ['{"type":"response.dance","event_id":"e1"}', 'invalid_value'],
    ['{"type":"input_audio_buffer.append"}', 'missing_required_parameter'],
    ['{"type":"input_audio_buffer.append","audio":"?"}', 'invalid_value'],
  ])('answers %s with an error and goes on', async (text, code) => {
    const { session, events, send } = setup()
    await session.receive(text)
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { type: 'invalid_request_error', code } })
    await send({ type: 'input_audio_buffer.clear' })
    expect(events.at(-1).type).toBe('input_audio_buffer.cleared')
  })
})

describe('a spoken turn', () => {
  it('has its events in the order that clients rely on', async () => {
    const { hear, until, types } = setup()
    await hear(utterance)
    await until('rate_limits.updated')
    expect(collapse(types())).toEqual([
      'session.created',
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'deltas',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
      'rate_limits.updated',
    ])
  })

  it('tells when, under one id, and what was said', async () => {
    const { hear, until, events } = setup()
    await hear(utterance)
    const done = await until('response.done')
    const started = await until('input_audio_buffer.speech_started')
    const stopped = await until('input_audio_buffer.speech_stopped')
    const committed = await until('input_audio_buffer.committed')
    const user = await until('conversation.item.done', 1)
    expect(Math.abs(started.audio_start_ms - (480 - 300))).toBeLessThanOrEqual(80)
    expect([started.audio_start_ms, stopped.audio_end_ms].every(Number.isInteger)).toBe(true)
    expect(new Set([started.item_id, stopped.item_id, committed.item_id, user.item.id]).size).toBe(1)
    expect(user).toMatchObject({
      previous_item_id: null,
      item: { role: 'user', status: 'completed', content: [{ type: 'input_audio', transcript: null }] },
    })
    expect(done.response).toMatchObject({
      status: 'completed',
      status_details: null,
      output: [{ role: 'assistant', status: 'completed', content: [{ type: 'output_audio', transcript: 'Good day' }] }],
      usage: {
        total_tokens: 9,
        input_tokens: 5,
        output_tokens: 4,
        output_token_details: { audio_tokens: 2, text_tokens: 2 },
      },
    })
    const sound = events
      .filter((event) => event.type === 'response.output_audio.delta')
      .map((event) => Buffer.from(event.delta, 'base64'))
    expect(Buffer.concat(sound).length).toBe(2 * 1280 * 1.5 * 2)
    expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length)
  })

  it('goes on counting milliseconds in the next turn and remembers the first', async () => {
    const { hear, until, fake } = setup()
    await hear(utterance)
    await until('response.done')
    await hear(utterance)
    const { audio_start_ms } = await until('input_audio_buffer.speech_started', 2)
    expect(Math.abs(audio_start_ms - (1580 + 480 - 300))).toBeLessThanOrEqual(80)
    expect(fake.voices).toHaveLength(1)
  })

  it('keeps the sound of the turn', async () => {
    const { hear, until, send } = setup()
    await hear(utterance)
    const { item } = await until('conversation.item.done')
    await send({ type: 'conversation.item.retrieve', item_id: item.id })
    const [content] = (await until('conversation.item.retrieved')).item.content
    const seconds = Buffer.from(content.audio, 'base64').length / 48000
    expect(seconds).toBeGreaterThan(0.8)
    expect(seconds).toBeLessThan(1.3)
  })

  it('cancels the answer that the user talks into', async () => {
    const { hear, until } = setup(createFakeAssistant({ endlessVoice: true }))
    await hear(utterance)
    await until('response.output_audio.delta')
    await hear(utterance)
    const { response } = await until('response.done')
    expect(response).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'turn_detected' },
      output: [{ status: 'incomplete' }],
    })
    expect(response.usage).not.toBeNull()
    await until('response.output_audio.done')
    await until('response.created', 2)
  })

  it('lets the client cancel the answer', async () => {
    const { hear, until, send } = setup(createFakeAssistant({ endlessVoice: true }))
    await hear(utterance)
    await until('response.output_audio.delta')
    await send({ type: 'response.cancel' })
    expect((await until('response.done')).response.status_details.reason).toBe('client_cancelled')
  })

  it('gives no answer if the client wants to ask for it', async () => {
    const { hear, until, send, types, fake } = setup()
    await send({
      type: 'session.update',
      session: { type: 'realtime', audio: { input: { turn_detection: { create_response: false } } } },
    })
    await hear(utterance)
    await until('conversation.item.done')
    expect(types()).not.toContain('response.created')
    await send({ type: 'response.create' })
    await until('response.done')
    expect(fake.requests[0]?.messages.at(-1)?.content).toMatchObject([{ type: 'audio' }])
  })

  it('does not hear an interruption that it may not heed before the answer is over', async () => {
    const { hear, until, send, types } = setup(createFakeAssistant({ endlessVoice: true }))
    await send({
      type: 'session.update',
      session: { type: 'realtime', audio: { input: { turn_detection: { interrupt_response: false } } } },
    })
    await hear(utterance)
    await until('response.output_audio.delta')
    await hear(utterance)
    expect(types()).not.toContain('response.done')
    await send({ type: 'response.cancel' })
    await until('input_audio_buffer.speech_started', 2)
  })

  it('answers in text if asked to', async () => {
    const { hear, until, send, types } = setup()
    await send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } })
    await hear(utterance)
    expect((await until('response.output_text.done')).text).toBe('Good day')
    await until('response.done')
    expect(types().filter((type) => type.includes('output_audio'))).toEqual([])
  })

  it('takes and gives 16 kHz as it is', async () => {
    const { send, until, events } = setup()
    const format = { type: 'audio/pcm', rate: 16000 }
    await send({
      type: 'session.update',
      session: { type: 'realtime', audio: { input: { format }, output: { format } } },
    })
    const bytes = encodePcm16(utterance)
    // Pieces of odd length: samples are split between them.
    for (let at = 0; at < bytes.length; at += 3333) {
      await send({ type: 'input_audio_buffer.append', audio: toBase64(bytes.subarray(at, at + 3333)) })
    }
    expect((await until('response.done')).response.audio.output.format).toEqual(format)
    const sound = events
      .filter((event) => event.type === 'response.output_audio.delta')
      .map((event) => Buffer.from(event.delta, 'base64'))
    expect(Buffer.concat(sound)).toEqual(Buffer.concat([encodePcm16(tone(1280)), encodePcm16(tone(1280))]))
  })

  it('is written down after the answer if the client asked for it', async () => {
    const { hear, until, send, types } = setup()
    await send({
      type: 'session.update',
      session: { type: 'realtime', audio: { input: { transcription: { model: 'any' } } } },
    })
    await hear(utterance)
    const completed = await until('conversation.item.input_audio_transcription.completed')
    expect(completed).toMatchObject({
      transcript: expect.stringMatching(/^heard \d+ ms$/),
      usage: { type: 'duration', seconds: expect.any(Number) },
    })
    expect(types().indexOf('response.done')).toBeLessThan(
      types().indexOf('conversation.item.input_audio_transcription.delta'),
    )
  })

  it('is written down with how likely its words were if the client asked for that', async () => {
    const { hear, until, send } = setup()
    const include = ['item.input_audio_transcription.logprobs']
    await send({
      type: 'session.update',
      session: { type: 'realtime', include, audio: { input: { transcription: { model: 'any' } } } },
    })
    await hear(utterance)
    const { logprobs } = await until('conversation.item.input_audio_transcription.completed')
    const delta = await until('conversation.item.input_audio_transcription.delta')
    expect(logprobs.map(({ token }: { token: string }) => token).join('')).toMatch(/^heard \d+ ms$/)
    expect(delta.logprobs).toEqual(logprobs.slice(0, 1))
  })

  it('tells the model what was typed before', async () => {
    const { hear, until, send, fake } = setup()
    await send({ type: 'session.update', session: { type: 'realtime', instructions: 'Be kind.' } })
    await hear(utterance)
    await until('response.done')
    await send(textItem('my name is Ann'))
    await hear(utterance)
    await until('response.done', 2)
    expect(fake.voices).toHaveLength(2)
    expect(fake.voices[1]?.history?.map(({ role, content }) => [role, content.map((part) => part.type)])).toEqual([
      ['system', ['text']],
      ['user', ['audio']],
      ['assistant', ['text', 'audio']],
      ['user', ['text']],
    ])
    expect(fake.openVoices()).toBe(1)
  })

  it('survives a voice session that breaks', async () => {
    const fake = createFakeAssistant()
    const broken: VoiceSession = {
      append: () => {},
      cancel: () => {},
      commit: () => {},
      close: async () => {},
      // biome-ignore lint/correctness/useYield: it breaks before its first event
      events: (async function* () {
        throw new TonyError('internal', 'secret detail')
      })(),
    }
    const { hear, until, send } = setup({ ...fake, openVoice: async () => broken })
    await hear(silence(0.2))
    const { error } = await until('error')
    expect(error).toMatchObject({ type: 'server_error', message: expect.not.stringContaining('secret') })
    await send(textItem('hi'))
    await send({ type: 'response.create', response: { output_modalities: ['text'] } })
    expect((await until('response.done')).response.status).toBe('completed')
  })
})

describe('a voice session that fails', () => {
  /** Sessions that hear the first sound and then fail, or fail at once; then the fake's own. */
  function failing(count: number, error: TonyError, hears: boolean): { fake: FakeAssistant; opened: () => number } {
    const fake = createFakeAssistant()
    let opened = 0
    const openVoice: FakeAssistant['openVoice'] = async (options) => {
      if (opened++ >= count) return fake.openVoice(options)
      let heard = (): void => {}
      const sound = new Promise<void>((resolve) => {
        heard = resolve
      })
      return {
        append: () => heard(),
        cancel: () => {},
        commit: () => {},
        close: async () => {},
        events: (async function* () {
          await sound
          if (hears) yield { type: 'speech-started', atMs: 0 } as const
          throw error
        })(),
      }
    }
    return { fake: { ...fake, openVoice }, opened: () => opened }
  }
  const tooLong = new TonyError('too_large', 'the conversation needs 1025 positions')
  const dead = new TonyError('unavailable', 'the model process has ended')

  it('in the middle of a turn is opened anew by the next sound', async () => {
    const { fake, opened } = failing(1, tooLong, true)
    const { hear, until } = setup(fake)
    await hear(silence(0.2))
    expect((await until('error')).error.code).toBe('context_length_exceeded')
    await hear(utterance)
    expect((await until('response.done')).response.status).toBe('completed')
    expect(opened()).toBe(2)
  })

  it('at once is left alone for some seconds', async () => {
    const { fake, opened } = failing(1, dead, false)
    let now = 0
    const { hear, until, events } = setup(fake, { now: () => now })
    await hear(silence(0.2))
    expect((await until('error')).error.code).toBe('model_unavailable')
    await hear(silence(0.5))
    expect([opened(), events.filter(({ type }) => type === 'error').length]).toEqual([1, 1])
    now = 5000
    await hear(utterance)
    expect((await until('response.done')).response.status).toBe('completed')
    expect(opened()).toBe(2)
  })

  it('for what the client did waits until the client has changed something', async () => {
    const { fake, opened } = failing(1, tooLong, false)
    let now = 0
    const { hear, until, send } = setup(fake, { now: () => now })
    await hear(silence(0.2))
    await until('error')
    now = 1e9
    await hear(silence(0.2))
    expect(opened()).toBe(1)
    await send({ type: 'session.update', session: { type: 'realtime', instructions: 'Be short.' } })
    await hear(utterance)
    expect((await until('response.done')).response.status).toBe('completed')
  })
})

describe('push to talk', () => {
  it('commits, then answers when asked', async () => {
    const { send, hear, until, types, fake } = setup()
    await send(manual)
    await hear(utterance)
    await send({ type: 'input_audio_buffer.commit' })
    expect(types().slice(2)).toEqual([
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
    ])
    await send({ type: 'response.create' })
    const { response } = await until('response.done')
    expect(response.output[0].content[0]).toEqual({ type: 'output_audio', transcript: 'You said:  audio' })
    expect(fake.voices).toHaveLength(0)
  })

  it('refuses a turn that is too short', async () => {
    const { send, hear, until } = setup()
    await send(manual)
    await hear(silence(0.05))
    await send({ type: 'input_audio_buffer.commit' })
    expect((await until('error')).error.code).toBe('input_audio_buffer_commit_empty')
  })

  it('forgets what is cleared', async () => {
    const { send, hear, until } = setup()
    await send(manual)
    await hear(utterance)
    await send({ type: 'input_audio_buffer.clear' })
    await send({ type: 'input_audio_buffer.commit' })
    expect((await until('error')).error.code).toBe('input_audio_buffer_commit_empty')
  })

  it('holds five minutes and refuses more without losing them', async () => {
    const { send, until, types } = setup()
    await send(manual)
    const minute = toBase64(new Uint8Array(60 * 48000))
    for (let i = 0; i < 6; i++) await send({ type: 'input_audio_buffer.append', audio: minute })
    expect((await until('error')).error.code).toBe('input_audio_buffer_full')
    await send({ type: 'input_audio_buffer.commit' })
    expect(types()).toContain('input_audio_buffer.committed')
  })
})

describe('items', () => {
  it('keep the ids and places that clients give', async () => {
    const { send, until } = setup()
    await send(textItem('b', { id: 'b' }))
    await send({ ...textItem('a', { id: 'a' }), previous_item_id: 'root' })
    await send({ ...textItem('ab', { id: 'ab' }), previous_item_id: 'a' })
    expect((await until('conversation.item.added', 1)).previous_item_id).toBeNull()
    expect((await until('conversation.item.added', 2)).previous_item_id).toBeNull()
    expect((await until('conversation.item.added', 3)).previous_item_id).toBe('a')
    await send({ type: 'conversation.item.delete', item_id: 'a' })
    expect((await until('conversation.item.deleted')).item_id).toBe('a')
  })

  it.each([
    [{ ...textItem('x'), previous_item_id: 'nowhere' }, 'previous_item_id'],
    [textItem('x', { role: 'assistant', content: [{ type: 'input_audio', audio: 'AAAA' }] }), 'item.content[0].type'],
    [
      textItem('x', { content: [{ type: 'input_image', image_url: 'https://example.org/x.png' }] }),
      'item.content[0].image_url',
    ],
    [textItem('x', { type: 'function_call' }), 'item.type'],
    [{ type: 'conversation.item.delete', item_id: 'nowhere' }, 'item_id'],
    [{ type: 'conversation.item.retrieve', item_id: 'nowhere' }, 'item_id'],
    [{ type: 'conversation.item.truncate', item_id: 'nowhere', content_index: 0, audio_end_ms: 5 }, 'item_id'],
  ])('are refused: %j', async (event, param) => {
    const { send, events } = setup()
    await send({ ...event, event_id: 'mine' })
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { param, event_id: 'mine' } })
  })

  it('may be pictures and recordings', async () => {
    const { send, until, fake } = setup()
    await send(
      textItem('', {
        content: [
          { type: 'input_image', image_url: toDataUrl('image/png', Uint8Array.from(PNG)) },
          { type: 'input_audio', audio: toBase64(encodePcm16(new Float32Array(2400))) },
          { type: 'input_text', text: 'what is this?' },
        ],
      }),
    )
    await send({ type: 'response.create', response: { output_modalities: ['text'] } })
    await until('response.done')
    expect(fake.requests[0]?.messages[0]?.content).toMatchObject([
      { type: 'image' },
      { type: 'audio', audio: { sampleRate: 16000 } },
      { type: 'text' },
    ])
  })

  it('are cut where the user stopped listening', async () => {
    const { send, until, fake } = setup()
    await send(textItem('Say: one two three four'))
    await send({ type: 'response.create' })
    const { item } = await until('conversation.item.done', 2)
    await send({ type: 'conversation.item.truncate', item_id: item.id, content_index: 0, audio_end_ms: 9000 })
    expect((await until('error')).error).toMatchObject({
      code: 'invalid_value',
      message: expect.stringContaining('already shorter than 9000ms'),
    })
    await send({ type: 'conversation.item.truncate', item_id: item.id, content_index: 0, audio_end_ms: 200 })
    await until('conversation.item.truncated')
    await send(textItem('and?'))
    await send({ type: 'response.create' })
    await until('response.done', 2)
    const [text, audio] = fake.requests[1]?.messages[1]?.content ?? []
    expect(text).toEqual({ type: 'text', text: 'one two' })
    expect(audio?.type === 'audio' && audio.audio.samples.length).toBe(3200)
  })
})

describe('responses', () => {
  it('may be pictures, as those to spoken turns', async () => {
    const { send, until } = setup()
    await send(textItem('Draw: cat'))
    await send({ type: 'response.create' })
    const { response } = await until('response.done')
    expect(response.output[0].content.map((part: { type: string }) => part.type)).toEqual(['output_image'])
  })

  it('are one at a time, and the first goes on', async () => {
    const { send, until } = setup()
    await send(textItem('!forever'))
    await send({ type: 'response.create' })
    await send({ type: 'response.create', event_id: 'second' })
    expect((await until('error')).error).toMatchObject({
      code: 'conversation_already_has_active_response',
      event_id: 'second',
    })
    await until('response.output_audio_transcript.delta', 5)
    await send({ type: 'response.cancel' })
    expect((await until('response.done')).response).toMatchObject({
      status: 'cancelled',
      status_details: { reason: 'client_cancelled' },
    })
  })

  it('free the model when they are cancelled and when the client goes', async () => {
    const { send, until, fake, session } = setup()
    await send(textItem('!forever'))
    for (let i = 1; i <= 2; i++) {
      await send({ type: 'response.create' })
      await until('response.created', i)
      await expect.poll(() => fake.active(), { interval: 1 }).toBe(1)
      if (i === 1) await send({ type: 'response.cancel' })
      else await session.close()
      await expect.poll(() => fake.active(), { interval: 1 }).toBe(0)
    }
  })

  it('cannot be cancelled when there is none', async () => {
    const { send, until } = setup()
    await send({ type: 'response.cancel' })
    expect((await until('error')).error).toMatchObject({
      code: 'response_cancel_not_active',
      message: expect.stringMatching(/^Cancellation failed/),
    })
  })

  it('carry their metadata, and stay outside the conversation if asked to', async () => {
    const { send, until, types } = setup()
    const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'aside' }] }]
    await send({
      type: 'response.create',
      response: { conversation: 'none', metadata: { topic: 'x' }, input, output_modalities: ['text'] },
    })
    const { response } = await until('response.done')
    expect((await until('response.created')).response.metadata).toEqual({ topic: 'x' })
    expect(response).toMatchObject({
      metadata: { topic: 'x' },
      conversation_id: null,
      output: [{ content: [{ text: 'You said: aside' }] }],
    })
    expect(types()).not.toContain('conversation.item.added')
  })

  it('say when they were cut', async () => {
    const { send, until } = setup()
    await send(textItem('a b c'))
    await send({ type: 'response.create', response: { max_output_tokens: 2 } })
    expect((await until('response.done')).response).toMatchObject({
      status: 'incomplete',
      status_details: { type: 'incomplete', reason: 'max_output_tokens' },
    })
  })

  it('fail with usage and a reason', async () => {
    const { send, until } = setup()
    await send(textItem('!too-large'))
    await send({ type: 'response.create' })
    const { response } = await until('response.done')
    expect(response).toMatchObject({
      status: 'failed',
      status_details: { type: 'failed', error: { code: 'context_length_exceeded' } },
      output: [],
    })
    expect(response.usage.total_tokens).toBe(0)
  })

  it('of an empty conversation fail', async () => {
    const { send, until } = setup()
    await send({ type: 'response.create' })
    expect((await until('response.done')).response.status).toBe('failed')
  })

  it('speak at 24 kHz', async () => {
    const { send, until, events } = setup()
    await send(textItem('Say: one two'))
    await send({ type: 'response.create' })
    await until('response.done')
    const sound = events
      .filter((event) => event.type === 'response.output_audio.delta')
      .map((event) => Buffer.from(event.delta, 'base64'))
    expect(Buffer.concat(sound).length).toBe(2 * WORD_SAMPLES * 1.5 * 2)
  })
})
