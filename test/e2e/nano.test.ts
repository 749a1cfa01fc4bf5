/** @file The shipped model behind the real server, asked by the official `openai` client, unmodified. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import OpenAI, { toFile } from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { encodePcm16, parseWav, resample } from 'tony'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { speak } from '../helpers/flite.ts'

const root = resolve(import.meta.dirname, '../..')
let server: ChildProcess
let client: OpenAI
beforeAll(async () => {
  const command = ['--conditions=@tony/source', '--import', 'tsx', 'packages/cli/src/main.ts', 'serve', '--port', '0']
  server = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise<string>((found, failed) => {
    server.once('exit', (code) => failed(new Error(`tony serve ended with ${code}`)))
    createInterface({ input: server.stdout! }).on('line', (line) => {
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
      if (address !== null) found(address[0])
    })
  })
  client = new OpenAI({ apiKey: 'any', baseURL: `${url}/v1`, maxRetries: 0 })
}, 120_000)
afterAll(async () => {
  const ended = new Promise((done) => server.once('exit', done))
  server.kill('SIGTERM')
  await ended
})

const model = 'tony-nano'
const question = { role: 'user' as const, content: 'What is the capital of France?' }
const words = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? []

it('answers in writing, whole and streamed alike', { timeout: 60_000 }, async () => {
  const { choices } = await client.chat.completions.create({ model, messages: [question], modalities: ['text'] })
  expect(choices[0]!.message.content).toContain('Paris')
  const stream = client.chat.completions.stream({ model, messages: [question], modalities: ['text'] })
  expect(await stream.finalContent()).toBe(choices[0]!.message.content)
})

it('answers aloud, is understood by its own ear, and takes its answer back by its id', {
  timeout: 120_000,
}, async () => {
  const { choices } = await client.chat.completions.create({
    ...{ model, messages: [question], modalities: ['text', 'audio'], seed: 1 },
    audio: { voice: 'alloy', format: 'wav' },
  })
  const { audio } = choices[0]!.message
  expect(audio!.transcript).toContain('Paris')
  const bytes = Buffer.from(audio!.data, 'base64')
  const { samples, sampleRate } = parseWav(bytes)
  expect(samples.length / sampleRate).toBeGreaterThan(1)
  const { text } = await client.audio.transcriptions.create({ model, file: await toFile(bytes, 'answer.wav') })
  const said = words(audio!.transcript)
  expect(said.filter((word) => words(text).includes(word)).length).toBeGreaterThanOrEqual(said.length / 2)
  const next = await client.chat.completions.create({
    ...{ model, modalities: ['text'] },
    messages: [
      question,
      { role: 'assistant', audio: { id: audio!.id } },
      { role: 'user', content: 'What is the capital of Italy?' },
    ],
  })
  expect(next.choices[0]!.message.content).toContain('Rome')
})

it('draws', { timeout: 60_000 }, async () => {
  const { data } = await client.images.generate({ model, prompt: 'a red circle' })
  const png = Buffer.from(data![0]!.b64_json!, 'base64')
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect(png.readUInt32BE(16)).toBeGreaterThanOrEqual(64)
})

it('answers live over several turns that have nothing to do with each other', { timeout: 120_000 }, async ({
  skip,
}) => {
  const chat = [
    ['What is the capital of France?', 'Paris'],
    ['What colour is a banana?', 'yellow'],
    ['What sound does a cow make?', 'moo'],
    ['What comes after Monday?', 'Tuesday'],
    ['What is the capital of Italy?', 'Rome'],
  ] as const
  const clips = chat.flatMap(([question]) => speak(question) ?? [])
  if (clips.length === 0) return skip('flite is not installed')
  // The client knows TLS alone.
  const createConnection = (): ReturnType<typeof connect> => connect(Number(new URL(client.baseURL).port), '127.0.0.1')
  const live = new OpenAIRealtimeWS({ model, options: { createConnection } }, client)
  const answers: string[] = []
  live.on('response.output_audio_transcript.done', ({ transcript }) => answers.push(transcript))
  await new Promise((open, failed) => {
    live.on('session.created', open)
    live.on('error', failed)
  })
  for (const [i, clip] of clips.entries()) {
    const { samples } = resample(clip, 24_000)
    const withSilence = Buffer.concat([encodePcm16(samples), Buffer.alloc(24_000)])
    live.send({ type: 'input_audio_buffer.append', audio: withSilence.toString('base64') })
    await expect.poll(() => answers.length, { timeout: 60_000 }).toBe(i + 1)
  }
  live.close()
  // It does not hear everything (model card): how often, `bench nano` measures.
  const right = chat.filter(([, answer], i) => answers[i]!.includes(answer))
  expect(right.length, answers.join(' | ')).toBeGreaterThanOrEqual(3)
  expect(new Set(answers).size).toBe(chat.length)
})
