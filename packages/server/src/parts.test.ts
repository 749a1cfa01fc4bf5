import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { tone } from '../../../test/helpers/fake-assistant.ts'
import { TimeStretch } from './audio/time-stretch.ts'
import { AudioStore } from './audio-store.ts'
import { environmentOptions } from './env.ts'
import { Gate } from './gate.ts'
import { isLoopbackAddress } from './guard.ts'
import { makeKeyRing, parseKeys } from './keys.ts'
import { jsonLogger } from './logger.ts'
import { fitPicture } from './picture.ts'
import { AudioLog } from './realtime/audio-log.ts'

const dir = mkdtempSync(join(tmpdir(), 'tony-server-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('gate', () => {
  const never = new AbortController().signal

  it('serves in order and never more than its slots', async () => {
    const gate = new Gate(2, 10)
    const order: number[] = []
    const releases = await Promise.all([gate.acquire(never), gate.acquire(never)])
    const waiting = [1, 2, 3].map((n) => gate.acquire(never).then((release) => [order.push(n), release] as const))
    expect([gate.active, gate.waiting]).toEqual([2, 3])
    releases[0]!()
    releases[0]!() // giving back twice must not open a second slot
    const [, release] = await waiting[0]!
    expect([order, gate.active, gate.waiting]).toEqual([[1], 2, 2])
    releases[1]!()
    release()
    for (const next of waiting.slice(1)) (await next)[1]()
    expect([order, gate.active, gate.waiting]).toEqual([[1, 2, 3], 0, 0])
  })

  it('forgets those that leave the queue', async () => {
    const gate = new Gate(1, 1)
    const release = await gate.acquire(never)
    const leave = new AbortController()
    const waiting = gate.acquire(leave.signal)
    leave.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    expect(gate.waiting).toBe(0)
    release()
    expect(gate.active).toBe(0)
  })

  it('turns away what its queue cannot hold', async () => {
    const gate = new Gate(1, 0)
    await gate.acquire(never)
    await expect(gate.acquire(never)).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
  })
})

describe('keys', () => {
  it('are read from text with comments', () => {
    expect(parseKeys('aaaa, bbbb\n# none\ncccc # mine\r\n\n')).toEqual(['aaaa', 'bbbb', 'cccc'])
  })

  it('match in plain and by their hash', () => {
    // printf hunter22 | sha256sum
    const ring = makeKeyRing(['longenough', 'sha256:20D2FE5E369DB54EC7090639A9DC30EC4D608604936239D39E2DE07FDA09EB0B'])
    expect([
      ring.size,
      ring.accepts('longenough'),
      ring.accepts('hunter22'),
      ring.accepts('longenoug'),
      ring.accepts(''),
    ]).toEqual([2, true, true, false, false])
  })

  it.each([['short'], ['sha256:12'], [`sha256:${'x'.repeat(64)}`]])('refuse %s', (key) => {
    expect(() => makeKeyRing([key])).toThrow(/keys: a /)
  })
})

describe('environment', () => {
  it('sets everything', async () => {
    const file = join(dir, 'keys')
    writeFileSync(file, '# keys\nfrom-a-file\n')
    const options = await environmentOptions({
      TONY_PORT: '0',
      TONY_HOST: '::1',
      TONY_API_KEYS: 'from-the-environment',
      TONY_API_KEYS_FILE: file,
      TONY_CORS_ORIGINS: 'https://a.example,http://b.example:81',
    })
    expect(options).toMatchObject({ port: 0, host: '::1', corsOrigins: ['https://a.example', 'http://b.example:81'] })
    expect(['from-a-file', 'from-the-environment', 'other-key'].map((key) => options.keys.accepts(key))).toEqual([
      true,
      true,
      false,
    ])
  })

  it('may set nothing', async () => {
    expect(await environmentOptions({})).toMatchObject({ corsOrigins: [], keys: { size: 0 } })
  })

  it('says what is wrong', async () => {
    const empty = join(dir, 'empty')
    writeFileSync(empty, '# nothing\n')
    await expect(environmentOptions({ TONY_PORT: 'http' })).rejects.toThrow('TONY_PORT: "http" (expected 0 to 65535)')
    await expect(environmentOptions({ TONY_API_KEYS_FILE: join(dir, 'none') })).rejects.toThrow(/cannot be read/)
    await expect(environmentOptions({ TONY_API_KEYS_FILE: empty })).rejects.toThrow(/has no key/)
    await expect(environmentOptions({ TONY_CORS_ORIGINS: '*' })).rejects.toThrow(/is not an origin/)
  })
})

describe('time stretch', () => {
  it.each([0.5, 0.8, 1.25, 2, 4])('at %d keeps pitch and loudness, however the input is cut', (speed) => {
    const input = tone(16000)
    const whole = stretch(input, speed, 16000)
    expect(stretch(input, speed, 777)).toEqual(whole)
    expect(Math.abs(whole.length - 16000 / speed)).toBeLessThanOrEqual(80)
    const middle = whole.subarray(1000, -1000)
    const crossings = middle.reduce((sum, x, i) => sum + (i > 0 && x >= 0 !== middle[i - 1]! >= 0 ? 1 : 0), 0)
    expect((crossings * 16000) / middle.length / 2).toBeCloseTo(440, -1)
    const rms = Math.sqrt(middle.reduce((sum, x) => sum + x * x, 0) / middle.length)
    expect(rms).toBeGreaterThan(0.3)
    expect(rms).toBeLessThan(0.4)
  })

  it.each([0, 1, 100, 479, 481])('takes %d samples', (length) => {
    expect(Math.abs(stretch(tone(length), 2, 50).length - length / 2)).toBeLessThanOrEqual(1)
  })

  function stretch(input: Float32Array, speed: number, piece: number): Float32Array {
    const stretcher = new TimeStretch(speed, 16000)
    const out: number[] = []
    for (let at = 0; at < input.length; at += piece) out.push(...stretcher.push(input.subarray(at, at + piece)))
    out.push(...stretcher.end())
    return Float32Array.from(out)
  }
})

describe('audio log', () => {
  it('gives back any span that it still has', () => {
    const log = new AudioLog()
    log.append(Float32Array.of(0, 1, 2))
    log.append(Float32Array.of(3, 4))
    log.append(Float32Array.of(5))
    expect([...log.slice(1, 5)]).toEqual([1, 2, 3, 4])
    log.trim(4)
    expect([log.start, log.end, ...log.slice(0, 99)]).toEqual([3, 6, 3, 4, 5])
    log.trim(6)
    expect([log.start, log.end, log.slice(0, 99).length]).toEqual([6, 6, 0])
  })
})

describe('audio store', () => {
  it('drops the oldest when it is full, and everything after an hour', () => {
    let now = 1000
    const store = new AudioStore(10_000, () => now)
    const audio = { samples: new Float32Array(1000), transcript: 'x' }
    for (const id of ['a', 'b', 'c']) store.put(id, audio)
    expect(['a', 'b', 'c'].map((id) => store.get(id) !== undefined)).toEqual([false, true, true])
    now += 3_600_001
    expect(store.get('c')).toBeUndefined()
  })

  it('does not keep what is larger than itself', () => {
    const store = new AudioStore(100, () => 0)
    store.put('a', { samples: new Float32Array(1000), transcript: '' })
    expect(store.get('a')).toBeUndefined()
  })
})

describe('picture', () => {
  it('is fitted into the middle of a white sheet', () => {
    const picture = fitPicture({ width: 1, height: 1, data: Uint8Array.of(9, 8, 7) }, { width: 4, height: 2 })
    expect([...picture.data.subarray(0, 12)]).toEqual([255, 255, 255, 9, 8, 7, 9, 8, 7, 255, 255, 255])
  })
})

describe('loopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['127.0.0.1.evil.example', false],
    ['::', false],
  ])('%s: %s', (address, is) => {
    expect(isLoopbackAddress(address)).toBe(is)
  })
})

describe('logger', () => {
  it('writes one line of JSON for each entry', () => {
    const lines: string[] = []
    jsonLogger((line) => lines.push(line)).warn('two\nlines', { port: 1 })
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', message: 'two\nlines', port: 1 })
  })
})
