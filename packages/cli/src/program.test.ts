import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { type Assistant, encodeWav, parseWav, TonyError } from 'tony'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeAssistant, type FakeAssistant, fakeMedia, PNG, tone } from '../../../test/helpers/fake-assistant.ts'
import { runTony } from './program.ts'

let folder = ''
let modelDir = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tony-cli-'))
  modelDir = join(folder, 'model')
  await mkdir(modelDir)
  await writeFile(join(modelDir, 'config.json'), '{}')
})
afterEach(() => rm(folder, { recursive: true }))

interface Run {
  readonly status: number
  readonly out: string
  readonly err: string
  readonly fake: FakeAssistant
}

async function run(
  args: readonly string[],
  { input = '', open }: { input?: string; open?: () => Promise<Assistant> } = {},
): Promise<Run> {
  const fake = createFakeAssistant()
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const status = await runTony(args, {
    terminal: { stdin: Readable.from([input]), stdout, stderr, env: {}, now: () => Date.UTC(2026, 0, 2, 3, 4, 5) },
    openAssistant: open ?? (async () => fake),
    openMedia: async () => fakeMedia,
  })
  return { status, fake, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
}

/** `tony chat` with the test's model and folder. */
function chat(...args: string[]): string[] {
  return ['chat', '--model', modelDir, '--out', join(folder, 'out'), ...args]
}

describe('the command line', () => {
  it.each([
    [['flail'], /unknown command 'flail'/],
    [['chat', '--loud'], /unknown option '--loud'/],
    [['serve', '--port', '70000'], /'70000' is invalid. It must be a whole number from 0 to 65535/],
    [['serve', '--port', ''], /is invalid/],
    [['train'], /missing required argument 'recipe'/],
    [['train', 'codec', '--steps', '1.5'], /whole number/],
    [['train', 'no-such-recipe'], /there is no recipes\/no-such-recipe.ts; recipes that train are .*codec/],
    [['train', 'test/helpers/fake-assistant.ts'], /exports no function named plan/],
    [['train', 'test/helpers/tiny-recipe.ts', '--set', 'pause'], /--set pause \(expected name=value\)/],
    [['curves', 'no-such-run'], /there is no no-such-run\/log.jsonl/],
    [['chat', '--model', 'no-such-model', '--once', 'hi'], /there is no models\/no-such-model\/config.json/],
  ])('refuses %j with one sentence', async (args, sentence) => {
    const { status, out, err } = await run(args)
    expect(status).toBe(1)
    expect(out).toBe('')
    expect(err).toMatch(/^tony: /)
    expect(err).toMatch(sentence)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('shows its help and succeeds', async () => {
    const { status, out } = await run(['--help'])
    expect(status).toBe(0)
    expect(out).toContain('train [options] <recipe>')
  })

  it('says what was unexpected without a stack', async () => {
    const open = async (): Promise<Assistant> => {
      throw new Error('first line\nsecond line')
    }
    const { status, err } = await run(chat('--once', 'hi'), { open })
    expect(status).toBe(1)
    expect(err).toBe('tony: first line (unexpected; TONY_DEBUG=1 shows where)\n')
  })

  it('passes a broken model on as its own sentence', async () => {
    const open = async (): Promise<Assistant> => {
      throw new TonyError('invalid', 'model.safetensors: 12 bytes are missing; copy the file again')
    }
    const { err } = await run(chat('--once', 'hi'), { open })
    expect(err).toBe('tony: model.safetensors: 12 bytes are missing; copy the file again\n')
  })
})

describe('tony chat', () => {
  it('answers one question', async () => {
    const { status, out, err } = await run(chat('--once', 'good day'))
    expect({ status, out, err }).toEqual({ status: 0, out: 'You said: good day\n', err: '' })
  })

  it('answers each line with a line, and remembers', async () => {
    const { status, out, fake } = await run(chat('--system', 'be kind'), { input: 'one\n\ntwo' })
    expect({ status, out }).toEqual({ status: 0, out: 'You said: one\nYou said: two\n' })
    const roles = fake.requests.at(-1)?.messages.map((message) => message.role)
    expect(roles).toEqual(['system', 'user', 'assistant', 'user'])
  })

  it('writes what is said to WAV files and says where', async () => {
    const { out, err } = await run(chat(), { input: '/speech on\none two\nthree\n/speech off\nfour' })
    expect(out.split('\n')).toHaveLength(4)
    const files = (await readdir(join(folder, 'out'))).sort()
    expect(files).toEqual(['20260102-030405-2.wav', '20260102-030405.wav'])
    for (const file of files) expect(err).toContain(`sound: ${join(folder, 'out', file)}`)
    const clip = parseWav(await readFile(join(folder, 'out', '20260102-030405.wav')))
    expect(clip.sampleRate).toBe(16000)
    expect(clip.samples.length).toBe(4 * 1600)
  })

  it('draws into a PNG file', async () => {
    const { err, fake } = await run(chat(), { input: '/draw a red apple' })
    const path = join(folder, 'out', '20260102-030405.png')
    expect(err).toBe(`picture: ${path}\n`)
    expect([...(await readFile(path)).subarray(0, 8)]).toEqual([...PNG])
    expect(fake.requests[0]?.messages[0]?.content).toEqual([{ type: 'text', text: 'Draw: a red apple' }])
  })

  it('sends recordings and pictures', async () => {
    const wav = join(folder, 'a b.wav')
    const png = join(folder, 'p.png')
    await writeFile(wav, encodeWav({ samples: tone(8000), sampleRate: 8000 }))
    await writeFile(png, Uint8Array.from(PNG))
    expect((await run(chat('--once', '--audio', wav, '--image', png))).out).toBe('You said:  image audio\n')
    const { out } = await run(chat(), { input: `/audio ${wav}\nTranscribe:\n/image ${png}\n\n` })
    expect(out).toBe('heard 1000 ms\nYou said:  image\n')
  })

  it('draws what it is asked for in words, and only then', async () => {
    const { out, err } = await run(chat(), { input: 'Draw: a tree\na tree' })
    expect(err).toMatch(/^picture: .*\.png\n$/)
    expect(out).toBe('\nYou said: a tree\n')
  })

  it('drops a file that went with a message which failed, and says so', async () => {
    const png = join(folder, 'p.png')
    await writeFile(png, Uint8Array.from(PNG))
    const { err, fake } = await run(chat(), { input: `/image ${png}\n!invalid\nstill here` })
    expect(err).toMatch(/^the attached file was dropped; attach again\ntony: fake: a value is wrong\n$/)
    expect(fake.requests.at(-1)?.messages.at(-1)?.content).toEqual([{ type: 'text', text: 'still here' }])
  })

  it.each([
    ['/audio nothing.wav', /nothing.wav: there is no such file/],
    ['/image package.json', /package.json: decodeImage: not a picture/],
    ['/image .', /\. is not a file/],
    ['/speech loud', /expected on or off/],
    ['/fly', /there is no \/fly/],
    ['!crash', /unexpected/],
    ['!invalid', /a value is wrong/],
  ])('goes on after %s and fails at the end', async (line, sentence) => {
    const { status, out, err } = await run(chat(), { input: `${line}\nstill here` })
    expect(status).toBe(1)
    expect(err).toMatch(sentence)
    expect(out).toContain('You said: still here')
  })

  it('refuses to send nothing', async () => {
    const { status, err } = await run(chat('--once'))
    expect(status).toBe(1)
    expect(err).toMatch(/--once has no text/)
  })

  it('forgets when asked', async () => {
    const { fake } = await run(chat(), { input: 'one\n/new\ntwo\n/quit\nthree' })
    expect(fake.requests.map(({ messages }) => messages.length)).toEqual([1, 1])
  })

  it('keeps control characters of an answer away from the terminal', async () => {
    const { out } = await run(chat('--once', 'a\u001b[31mb\u0007'))
    expect(out).toBe('You said: a[31mb\n')
  })
})

describe('tony transcribe', () => {
  const recording = async (name: string, seconds: number): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, encodeWav({ samples: tone(16_000 * seconds), sampleRate: 16_000 }))
    return path
  }

  it('writes down a recording, and several with their names', async () => {
    const [one, two] = [await recording('one.wav', 1), await recording('two.wav', 2)]
    const { status, out, fake } = await run(['transcribe', '--model', modelDir, one])
    expect([status, out]).toEqual([0, 'heard 1000 ms\n'])
    expect(fake.requests).toMatchObject([{ beams: 4, modalities: ['text'] }])
    const both = await run(['transcribe', '--model', modelDir, one, two])
    expect(both.out).toBe(`${one}: heard 1000 ms\n${two}: heard 2000 ms\n`)
  })

  it('goes on after one that cannot be read, and says so', async () => {
    const [good, missing] = [await recording('good.wav', 1), join(folder, 'missing.wav')]
    const { status, out, err } = await run(['transcribe', '--model', modelDir, missing, good])
    expect([status, out]).toEqual([1, `${good}: heard 1000 ms\n`])
    expect(err).toBe(`tony: ${missing}: there is no such file\n`)
  })

  it('tells how likely each token was as JSON', async () => {
    const { out } = await run(['transcribe', '--model', modelDir, '--json', await recording('a.wav', 1)])
    const { text, logprobs } = JSON.parse(out)
    expect(text).toBe('heard 1000 ms')
    expect(logprobs).toMatchObject([{ token: 'heard', logprob: 0 }, { token: ' 1000' }, { token: ' ms' }])
  })
})
