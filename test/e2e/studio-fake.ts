/** @file A small server that answers as Tony's does, for the page's test. */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { deflateSync } from 'node:zlib'
import type {
  ChatDelta,
  ChatMessage,
  ChatRequest,
  ClientEvent,
  ModelList,
  ServerEventBody,
} from '@tony/server/protocol'
import { type WebSocket, WebSocketServer } from 'ws'

/** The running server, and what it was asked. */
export interface FakeServer {
  readonly url: string
  readonly chats: ChatRequest[]
  readonly live: ClientEvent[]
  /** While set, chat requests fail with this status and body. */
  failure: { status: number; code: string; message: string } | undefined
  close(): Promise<void>
}

const RATE = 24_000
/** The policy that the real server sends with the page. */
const POLICY =
  "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob: data:; connect-src 'self'; object-src 'none'; base-uri 'none'"

/** Serves the built page in `folder` and the API. */
export async function startFakeServer(folder: string): Promise<FakeServer> {
  const server = createServer((request, response) => void handle(request, response))
  const sockets = new WebSocketServer({ server, path: '/v1/realtime', handleProtocols: () => 'realtime' })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const fake: FakeServer = {
    url: `http://127.0.0.1:${port}/`,
    chats: [],
    live: [],
    failure: undefined,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  sockets.on('connection', (socket) => converse(socket, fake.live))

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', fake.url).pathname
    if (path === '/v1/models') return json(response, 200, models)
    if (path === '/v1/chat/completions') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest
      fake.chats.push(body)
      if (fake.failure !== undefined) {
        const { status, code, message } = fake.failure
        return json(response, status, { error: { message, type: 'server_error', param: null, code } })
      }
      return answer(body, response)
    }
    try {
      const file = await readFile(join(folder, path === '/' ? 'index.html' : path))
      response.writeHead(200, {
        'content-type': types[extname(path)] ?? 'text/html',
        'content-security-policy': POLICY,
      })
      response.end(file)
    } catch {
      response.writeHead(404).end()
    }
  }
  return fake
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

const models: ModelList = {
  object: 'list',
  data: [
    {
      id: 'tony-nano',
      object: 'model',
      created: 1_790_000_000,
      owned_by: 'tony',
      parameters: 21_000_000,
      context_length: 2048,
      input_modalities: ['text', 'audio', 'image', 'video'],
      output_modalities: ['text', 'audio', 'image'],
    },
  ],
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Answers depend on the last question: "Draw", "long", or what kinds of parts it has. */
async function answer(body: ChatRequest, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (delta: ChatDelta, finish: 'stop' | null = null): void => {
    const choice = { index: 0, delta, logprobs: null, finish_reason: finish }
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: body.model, choices: [choice] }
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  const question = describe(body.messages.at(-1))
  const spoken = body.modalities?.includes('audio') === true
  const words = reply(question)
  const frames = question.includes('long') ? 60 : Math.ceil(words.length * 1.1)
  send({ role: 'assistant', content: spoken ? null : '' })
  if (question.startsWith('Draw')) {
    const url = `data:image/png;base64,${apple().toString('base64')}`
    send({ images: [{ type: 'image_url', image_url: { url }, index: 0 }] })
  }
  for (let i = 0; i < Math.max(words.length, spoken ? frames : 0) && !response.destroyed; i++) {
    const word = words[i]
    if (word !== undefined) send(spoken ? { audio: { id: 'a', transcript: word } } : { content: word })
    if (spoken && i < frames) send({ audio: { id: 'a', data: voice(i, frames) } })
    await pause(question.includes('long') ? 60 : 12)
  }
  if (question.includes('break off')) response.destroy()
  send({}, 'stop')
  response.end('data: [DONE]\n\n')
}

function describe(message: ChatMessage | undefined): string {
  if (typeof message?.content === 'string') return message.content
  return (message?.content ?? []).map((part) => (part.type === 'text' ? part.text : `<${part.type}>`)).join(' ')
}

function reply(question: string): string[] {
  if (question.startsWith('Draw')) return ['Here ', 'is ', 'a ', 'red ', 'apple.']
  if (question.includes('<image_url>'))
    return 'That is a red apple with a green leaf. In German it is called ein Apfel.'.split(/(?<= )/)
  if (question.includes('<input_audio>')) return 'You asked how many legs a spider has. It has eight.'.split(/(?<= )/)
  if (question.includes('<video_url>')) return 'The ball moves to the left.'.split(/(?<= )/)
  if (question.includes('long'))
    return 'Once upon a time there was a river that wanted to see the sea. It asked the hills, and the hills said: go down.'.split(
      /(?<= )/,
    )
  return 'The opposite of hot is cold.'.split(/(?<= )/)
}

/** Frame `i` of 80 ms of something that rises and falls like speech. */
function voice(i: number, frames: number): string {
  const samples = new Int16Array(RATE * 0.08)
  for (let j = 0; j < samples.length; j++) {
    const t = (i * samples.length + j) / RATE
    const syllables =
      Math.max(0, Math.sin(2 * Math.PI * 2.3 * t + Math.sin(t * 3))) * (0.55 + 0.45 * Math.sin(t * 1.7 + 1))
    const fade = Math.min(1, (frames - i) / 4)
    samples[j] = 5000 * fade * syllables * (Math.sin(2 * Math.PI * 140 * t) + 0.5 * Math.sin(2 * Math.PI * 420 * t))
  }
  return Buffer.from(samples.buffer).toString('base64')
}

/** A WAV file of `seconds`: silence, then a tone between the two times, then silence. */
export function toneWav(seconds: number, from: number, to: number): Buffer {
  const rate = 48_000
  const samples = new Int16Array(seconds * rate)
  for (let i = from * rate; i < to * rate; i++)
    samples[i] = 14_000 * Math.sin((2 * Math.PI * 330 * i) / rate) * (0.6 + 0.4 * Math.sin(i / 2600))
  const header = Buffer.alloc(44)
  header.write('RIFF')
  header.writeUInt32LE(36 + samples.byteLength, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.byteLength, 40)
  return Buffer.concat([header, Buffer.from(samples.buffer)])
}

/** A PNG of an apple on a light ground, 128 by 128. */
export function apple(): Buffer {
  const side = 128
  const raw = Buffer.alloc(side * (side * 3 + 1))
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const dx = (x - 64) / 40
      const dy = (y - 74) / 36
      const body = dx * dx + dy * dy - 0.22 * Math.max(0, 1 - Math.abs(dx) * 2.5) * (dy < 0 ? -1.6 : 0.7)
      const leaf = ((x - 78) / 15) ** 2 + ((y - 27 + (x - 78) * 0.35) / 7) ** 2
      const light = 1.15 - 0.35 * Math.hypot(dx + 0.4, dy + 0.4)
      let colour = [244, 238, 226]
      if (Math.abs(x - 64 - (40 - y) * 0.12) < 2.4 && y > 24 && y < 48) colour = [96, 62, 40]
      if (body < 1) colour = [205 * light, 44 * light, 48 * light]
      if (leaf < 1) colour = [84, 142, 62]
      raw.set(
        colour.map((value) => Math.max(0, Math.min(255, value))),
        y * (side * 3 + 1) + 1 + x * 3,
      )
    }
  }
  const size = Buffer.alloc(13)
  size.writeUInt32BE(side, 0)
  size.writeUInt32BE(side, 4)
  size.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    pngChunk('IHDR', size),
    pngChunk('IDAT', deflateSync(raw)),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

function pngChunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type), data])
  let crc = 0xffffffff
  for (const byte of content) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  const out = Buffer.alloc(content.length + 8)
  out.writeUInt32BE(data.length, 0)
  out.set(content, 4)
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, content.length + 4)
  return out
}

/** A live conversation: a turn ends with 300 ms of silence; speech during an answer cancels it. */
function converse(socket: WebSocket, heard: ClientEvent[]): void {
  let events = 0
  let turn = 0
  let ms = 0
  let quietMs = 0
  let speaking = false
  let answering: AbortController | undefined
  const send = (event: Record<string, unknown> & { type: ServerEventBody['type'] }): void =>
    socket.send(JSON.stringify({ event_id: `e${events++}`, ...event }))

  send({ type: 'session.created', session: {} })
  socket.on('message', (data) => {
    const event = JSON.parse(String(data)) as ClientEvent
    if (event.type !== 'input_audio_buffer.append') heard.push(event)
    else if (heard.every(({ type }) => type !== event.type)) heard.push(event)
    if (event.type === 'session.update') send({ type: 'session.updated', session: {} })
    if (event.type !== 'input_audio_buffer.append') return
    const bytes = Buffer.from(event.audio, 'base64')
    const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1)
    const loud = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) > 1500
    const length = samples.length / (RATE / 1000)
    ms += length
    quietMs = loud ? 0 : quietMs + length
    if (loud && !speaking) {
      speaking = true
      answering?.abort()
      send({
        type: 'input_audio_buffer.speech_started',
        item_id: `user${turn}`,
        audio_start_ms: Math.max(0, Math.round(ms) - 100),
      })
    }
    if (speaking && quietMs > 300) {
      speaking = false
      answering = new AbortController()
      send({ type: 'input_audio_buffer.speech_stopped', item_id: `user${turn}`, audio_end_ms: Math.round(ms) })
      void respond(turn++, answering.signal)
    }
  })

  async function respond(n: number, signal: AbortSignal): Promise<void> {
    const place = { response_id: `r${n}`, item_id: `tony${n}`, output_index: 0, content_index: 0 }
    const done = (status: string, details: unknown): void =>
      send({ type: 'response.done', response: { id: `r${n}`, status, status_details: details, output: [] } })
    const words = reply('long')
    send({ type: 'response.created', response: { id: `r${n}`, status: 'in_progress' } })
    for (let i = 0; i < 100; i++) {
      if (signal.aborted) return done('cancelled', { type: 'cancelled', reason: 'turn_detected' })
      if (words[i] !== undefined) send({ type: 'response.output_audio_transcript.delta', ...place, delta: words[i] })
      send({ type: 'response.output_audio.delta', ...place, delta: voice(i, 100) })
      if (i === 10) {
        send({
          type: 'conversation.item.input_audio_transcription.completed',
          item_id: `user${n}`,
          content_index: 0,
          transcript: 'tell me a long story',
        })
      }
      await pause(40)
    }
    done('completed', null)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
