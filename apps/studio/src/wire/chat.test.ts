import { describe, expect, it } from 'vitest'
import { pcm16ToBase64 } from '../sound/pcm.ts'
import { answerEvents } from './chat.ts'
import { classify, Failure, type FailureKind } from './failure.ts'

const chunk = (delta: unknown, finish: string | null = null): string =>
  JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })

function failureOf(action: () => unknown): Failure {
  try {
    action()
  } catch (error) {
    if (error instanceof Failure) return error
  }
  throw new Error('expected a Failure')
}

describe('answerEvents', () => {
  it('reads words, sound and pictures', () => {
    const data = pcm16ToBase64(Int16Array.of(1, -2))
    const url = 'data:image/png;base64,AA=='
    const images = [
      { type: 'image_url', index: 2, image_url: { url } },
      { type: 'image_url', image_url: { url } },
    ]
    expect(
      answerEvents(chunk({ role: 'assistant', content: 'Hi', audio: { id: 'a', transcript: 'ho', data }, images })),
    ).toEqual([
      { type: 'text', delta: 'Hi' },
      { type: 'transcript', delta: 'ho' },
      { type: 'audio', samples: Int16Array.of(1, -2) },
      { type: 'image', index: 2, url },
      { type: 'image', index: 1, url },
    ])
  })

  it('reads the end, and ignores chunks that say nothing', () => {
    expect(answerEvents(chunk({}, 'length'))).toEqual([{ type: 'end', reason: 'length' }])
    expect(answerEvents(chunk({ role: 'assistant', content: '' }))).toEqual([])
    expect(answerEvents(chunk({ audio: { expires_at: 1 } }))).toEqual([])
    expect(answerEvents('{"choices":[],"usage":{}}')).toEqual([])
  })

  it('throws an error that the stream reports', () => {
    const error = { message: 'Too long.', type: 'invalid_request_error', param: null, code: 'context_length_exceeded' }
    expect(failureOf(() => answerEvents(JSON.stringify({ error }))).kind).toBe('length')
    expect(failureOf(() => answerEvents('{"cho')).kind).toBe('server')
  })
})

describe('classify', () => {
  it.each<[number, string | null, FailureKind]>([
    [401, 'missing_api_key', 'key'],
    [404, 'model_not_found', 'model'],
    [400, 'context_length_exceeded', 'length'],
    [429, null, 'busy'],
    [413, 'body_too_large', 'input'],
    [500, 'internal_error', 'server'],
    [502, null, 'offline'],
  ])('status %i with code %s is "%s"', (status, code, kind) => {
    expect(classify(status, code, 'Said.').kind).toBe(kind)
  })

  it('keeps what the server said, or names the status', () => {
    expect(classify(400, null, 'messages is missing.').message).toBe('messages is missing.')
    expect(classify(418, null, null).message).toContain('418')
  })
})
