import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { TonyError } from '../../util/errors.ts'
import type { Assistant, GenerateRequest } from '../types.ts'
import { superviseModel } from './index.ts'

const script = fileURLToPath(new URL('../../../../../test/helpers/fake-worker.mjs', import.meta.url))

const open: Assistant[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((assistant) => assistant.close()))
})

async function start(folder = 'good'): Promise<Assistant> {
  const assistant = await superviseModel(folder, { load: {}, script })
  open.push(assistant)
  return assistant
}

const request: GenerateRequest = { model: 'fake', messages: [] }
/** Is not answered to the end. */
const endless: GenerateRequest = { ...request, maxTokens: 1 }

/** The process that answers, and the seed that it was given. */
async function said(assistant: Assistant, what = request): Promise<readonly [pid: number, seed: number]> {
  for await (const event of assistant.generate(what)) {
    if (event.type !== 'text') continue
    const [pid, seed] = event.delta.split(' ')
    return [Number(pid), Number(seed)]
  }
  throw new Error('no answer')
}

async function failure(action: () => Promise<unknown>): Promise<Pick<TonyError, 'code' | 'message'>> {
  try {
    await action()
  } catch (error) {
    const { code, message } = error as TonyError
    return { code, message }
  }
  throw new Error('no failure')
}

describe('a model process', () => {
  it.each([
    ['broken', { code: 'invalid', message: 'model: config.json is broken; restore the file' }],
    ['deadly', { code: 'unavailable', message: 'the model process ended while it loaded' }],
  ])('that is %s says why', async (folder, expected) => {
    expect(await failure(() => start(folder))).toEqual(expected)
  })

  it('that cannot be started at all says why', async () => {
    const options = { load: {}, script, execPath: '/nowhere/node' }
    expect(await failure(() => superviseModel('good', options))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/cannot be started: .*ENOENT/),
    })
  })

  it('that is killed fails what it was asked, and another one takes its place', async () => {
    const assistant = await start()
    const [pid] = await said(assistant)
    const voice = await assistant.openVoice({ model: 'fake' })
    const asked = assistant.generate(endless)[Symbol.asyncIterator]()
    await asked.next()
    process.kill(pid, 'SIGKILL')
    const expected = { code: 'unavailable', message: expect.stringMatching(/process has ended/) }
    expect(await failure(() => asked.next())).toMatchObject(expected)
    expect(assistant.running).toBe(false)
    expect(await failure(() => voice.events[Symbol.asyncIterator]().next())).toMatchObject(expected)
    // What is said to the dead is lost, not an error.
    voice.append(new Float32Array(1))
    await voice.close()
    const [next] = await said(assistant)
    expect(next).not.toBe(pid)
    expect(assistant.running).toBe(true)
  })

  it('that is killed is started again before anybody asks', async () => {
    const assistant = await start()
    const [pid] = await said(assistant)
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => assistant.running, { interval: 1 }).toBe(false)
    await expect.poll(() => assistant.running, { interval: 5, timeout: 30_000 }).toBe(true)
  })

  it('ends with the assistant and does not come back', async () => {
    const assistant = await start()
    await assistant.close()
    expect(assistant.running).toBe(false)
    expect(await failure(() => said(assistant))).toMatchObject({ code: 'unavailable' })
  })
})

describe('a request', () => {
  it('without a seed gets a new one each time', async () => {
    const assistant = await start()
    const seeds = [await said(assistant), await said(assistant), await said(assistant)].map(([, seed]) => seed)
    expect(new Set(seeds).size).toBe(3)
    expect((await said(assistant, { ...request, seed: 0 }))[1]).toBe(0)
  })

  it('that is aborted before it is made is not sent', async () => {
    const assistant = await start()
    const controller = new AbortController()
    controller.abort()
    const asked = assistant.generate(request, controller.signal)[Symbol.asyncIterator]()
    expect(await failure(() => asked.next())).toMatchObject({ code: 'aborted' })
  })

  it('that is aborted ends', async () => {
    const assistant = await start()
    const controller = new AbortController()
    const asked = assistant.generate(endless, controller.signal)[Symbol.asyncIterator]()
    await asked.next()
    controller.abort()
    expect(await failure(() => asked.next())).toMatchObject({ code: 'aborted' })
  })
})

describe('a voice session', () => {
  it('passes events on, and has none after it is closed', async () => {
    const assistant = await start()
    const voice = await assistant.openVoice({ model: 'fake' })
    const events = voice.events[Symbol.asyncIterator]()
    voice.append(new Float32Array(1))
    expect((await events.next()).value).toMatchObject({ type: 'speech-started' })
    const rest = events.next()
    await voice.close()
    expect((await rest).done).toBe(true)
  })
})
