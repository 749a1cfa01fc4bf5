/** @file The shipped model behind the real server, asked by the official `openai` client, unmodified. */
import { type OpenAI, toFile } from 'openai'
import { encodePcm16, parseWav, resample } from 'tony'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { speak } from '../helpers/flite.ts'
import { type Served, serveTony } from '../helpers/served.ts'

let served: Served
let client: OpenAI
beforeAll(async () => {
  served = await serveTony()
  client = served.client
}, 120_000)
afterAll(() => served.close())

const model = 'tony-nano'
const question = { role: 'user' as const, content: 'What is the capital of France?' }
const words = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? []

it('answers in writing, whole and streamed alike', { timeout: 60_000 }, async () => {
  const { choices } = await client.chat.completions.create({ model, messages: [question], modalities: ['text'] })
  expect(choices[0]!.message.content).toContain('Paris')
  const likely = await client.chat.completions.create({
    ...{ model, messages: [question], modalities: ['text'], logprobs: true, top_logprobs: 2 },
  })
  const { content } = likely.choices[0]!.logprobs!
  expect(content!.map(({ token }) => token).join('')).toBe(choices[0]!.message.content)
  // Greedy: each token is the likeliest of its place.
  expect(content!.every(({ token, top_logprobs: [first] }) => token === first!.token)).toBe(true)
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
  // Searched for with beams, given out as soon as it is sure, and the same in both ways.
  let streamed = ''
  const logprobs: { token?: string; logprob?: number }[] = []
  const file = await toFile(bytes, 'answer.wav')
  for await (const event of await client.audio.transcriptions.create({
    model,
    file,
    stream: true,
    include: ['logprobs'],
  })) {
    if (event.type === 'transcript.text.delta') streamed += event.delta
    else if (event.type === 'transcript.text.done') logprobs.push(...event.logprobs!)
  }
  expect(streamed.trim()).toBe(text)
  expect(logprobs.map(({ token }) => token).join('')).toBe(streamed)
  expect(logprobs.every(({ logprob }) => logprob! <= 0)).toBe(true)
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
  const live = await served.live(model)
  const answers: string[] = []
  live.on('response.output_audio_transcript.done', ({ transcript }) => answers.push(transcript))
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

it('hears nobody in silence and in steady noise, and who speaks after it', { timeout: 120_000 }, async ({ skip }) => {
  const clip = speak('What is the opposite of hot?')
  if (clip === undefined) return skip('flite is not installed')
  const rng = makeRng(3)
  const around = Float32Array.from({ length: 6 * 24_000 }, (_, i) => (i < 3 * 24_000 ? 0 : 0.003 * rng.normal()))
  const live = await served.live(model)
  const starts: number[] = []
  const answers: string[] = []
  live.on('input_audio_buffer.speech_started', ({ audio_start_ms }) => starts.push(audio_start_ms))
  live.on('response.output_audio_transcript.done', ({ transcript }) => answers.push(transcript))
  const pieces = [encodePcm16(around), encodePcm16(resample(clip, 24_000).samples), Buffer.alloc(48_000)]
  live.send({ type: 'input_audio_buffer.append', audio: Buffer.concat(pieces).toString('base64') })
  await expect.poll(() => answers.length, { timeout: 60_000 }).toBe(1)
  live.close()
  expect(starts).toHaveLength(1)
  expect(starts[0]).toBeGreaterThan(5500)
})

it('goes on answering in noise, and stops for who speaks', { timeout: 120_000 }, async ({ skip }) => {
  const clip = speak('What is the opposite of hot?')
  const other = speak('What is the capital of France?')
  if (clip === undefined || other === undefined) return skip('flite is not installed')
  const rng = makeRng(4)
  const noise = Float32Array.from({ length: 2 * 24_000 }, () => 0.01 * rng.normal())
  const pcm = (sound: typeof clip): Buffer => Buffer.from(encodePcm16(resample(sound, 24_000).samples))
  for (const [during, ends] of [
    [Buffer.from(encodePcm16(noise)), ['completed']],
    [Buffer.concat([pcm(other), Buffer.alloc(48_000)]), ['cancelled', 'completed']],
  ] as const) {
    const live = await served.live(model)
    const statuses: unknown[] = []
    live.on('response.done', ({ response }) => statuses.push(response.status))
    // At once, so that what comes after the question is there before its answer is made.
    const audio = Buffer.concat([pcm(clip), Buffer.alloc(33_600), during]).toString('base64')
    live.send({ type: 'input_audio_buffer.append', audio })
    await expect.poll(() => statuses, { timeout: 60_000 }).toEqual(ends)
    live.close()
  }
})
