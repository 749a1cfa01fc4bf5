import { describe, expect, it } from 'vitest'
import { readEvents, SseParser } from './sse.ts'

const streamOf = (chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })

async function collect(stream: ReadableStream<Uint8Array>): Promise<{ events: string[]; done: boolean }> {
  const events: string[] = []
  const reader = readEvents(stream)
  for (;;) {
    const next = await reader.next()
    if (next.done === true) return { events, done: next.value }
    events.push(next.value)
  }
}

describe('SseParser', () => {
  it('gives the data of complete events only', () => {
    const parser = new SseParser()
    expect(parser.push('data: {"a":1}\n\ndata: {"b"')).toEqual(['{"a":1}'])
    expect(parser.push(':2}\n')).toEqual([])
    expect(parser.push('\n')).toEqual(['{"b":2}'])
  })

  it('takes every kind of line end, also when one is cut in two', () => {
    const parser = new SseParser()
    expect(parser.push('data: one\r\n\r\ndata: two\r\r')).toEqual(['one'])
    expect(parser.push('data: three\r')).toEqual(['two'])
    expect(parser.push('\n\r')).toEqual([])
    expect(parser.push('\n')).toEqual(['three'])
  })

  it('skips comments and other fields, and joins lines of data', () => {
    const parser = new SseParser()
    expect(parser.push(': ping\n\nevent: x\nid: 7\ndata:one\ndata:  two\n\n')).toEqual(['one\n two'])
  })

  it('gives nothing for nothing', () => {
    expect(new SseParser().push('')).toEqual([])
    expect(new SseParser().push('\n\n\n')).toEqual([])
  })
})

describe('readEvents', () => {
  it('keeps characters whole that arrive in pieces, and stops at [DONE]', async () => {
    const bytes = new TextEncoder().encode('data: 你好 é\n\ndata: [DONE]\n\ndata: late\n\n')
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte))
    expect(await collect(streamOf(pieces))).toEqual({ events: ['你好 é'], done: true })
  })

  it('says when the stream ended without [DONE]', async () => {
    const bytes = new TextEncoder().encode('data: a\n\ndata: half')
    expect(await collect(streamOf([bytes]))).toEqual({ events: ['a'], done: false })
  })
})
