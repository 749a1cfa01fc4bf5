import { describe, expect, it } from 'vitest'
import type { ServerEventBody } from '../protocol/realtime.ts'
import { Conversation } from './conversation.ts'
import { ResponseWriter } from './response.ts'

describe('a picture in an answer', () => {
  it('is a part of its own whose bytes are sent once', async () => {
    const events: ServerEventBody[] = []
    let count = 0
    const conversation = new Conversation('conv')
    const writer = new ResponseWriter(
      {
        emit: (event) => events.push(event),
        newId: (prefix) => `${prefix}${++count}`,
        encodePng: async () => Uint8Array.of(1, 2, 3),
      },
      {
        conversation,
        modalities: ['audio'],
        maxOutputTokens: 'inf',
        format: { type: 'audio/pcm', rate: 24000 },
        voice: 'tony',
        speed: 1,
        metadata: null,
      },
    )
    const image = { width: 1, height: 1, data: new Uint8Array(3) }
    writer.begin()
    await writer.handle({ type: 'text', delta: 'Here.' })
    await writer.handle({ type: 'image', image, preview: true })
    await writer.handle({ type: 'image', image, preview: false })
    writer.finish('completed', null)
    const url = 'data:image/png;base64,AQID'
    expect(events.filter((event) => JSON.stringify(event).includes(url))).toMatchObject([
      { type: 'response.content_part.done', content_index: 1, part: { type: 'image', image_url: url } },
    ])
    expect(events.find((event) => event.type === 'response.done')).toMatchObject({
      response: { output: [{ content: [{ type: 'output_audio', transcript: 'Here.' }, { type: 'output_image' }] }] },
    })
    expect(conversation.messages('', 1000)).toMatchObject([
      { content: [{ type: 'text', text: 'Here.' }, { type: 'image' }] },
    ])
  })
})

describe('a conversation', () => {
  it('gives the model its end when not everything fits', () => {
    const conversation = new Conversation('conv')
    for (let i = 0; i < 10; i++) {
      conversation.add({
        item: { id: `${i}`, object: 'realtime.item', type: 'message', status: 'completed', role: 'user', content: [] },
        parts: [{ type: 'text', text: `${i}`.repeat(20) }],
      })
    }
    const kept = conversation.messages('Be kind.', 30).map((message) => message.content[0])
    expect(kept).toMatchObject([{ text: 'Be kind.' }, { text: '8'.repeat(20) }, { text: '9'.repeat(20) }])
    expect(conversation.messages('', 1)).toHaveLength(1)
  })
})
