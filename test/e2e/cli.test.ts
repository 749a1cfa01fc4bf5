/** @file The real command in its own process: training that is stopped, killed and resumed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const recipe = join(root, 'test/helpers/tiny-recipe.ts')
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tony-train-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command; `watch` sees the process and all that it has printed, at each piece of output. */
function tony(
  args: readonly string[],
  watch: (child: ChildProcess, out: string) => void = () => {},
  main = join(root, 'packages/cli/src/main.ts'),
): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=@tony/source', '--import', 'tsx', main, ...args], { cwd: root })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    watch(child, out)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })))
}

const train = (out: string, ...more: string[]): string[] => [
  ...['train', recipe, '--out', join(folder, out), '--steps', '40', '--log-every', '1', '--threads', '1', ...more],
]

async function losses(out: string): Promise<Map<number, number>> {
  const lines = (await readFile(join(folder, out, 'log.jsonl'), 'utf8')).trim().split('\n')
  return new Map(
    lines.map((line) => JSON.parse(line) as { step: number; loss: number }).map(({ step, loss }) => [step, loss]),
  )
}

/** Sends `signal` once, at the first report. */
function signalOnce(signal: NodeJS.Signals, times = 1): (child: ChildProcess, out: string) => void {
  let sent = false
  return (child, out) => {
    if (sent || !out.includes('step 5/40')) return
    sent = true
    for (let i = 0; i < times; i++) child.kill(signal)
  }
}

describe('tony serve', () => {
  const fake = join(root, 'test/helpers/tony-with-fake.ts')
  let model = ''
  beforeAll(async () => {
    model = join(folder, 'model')
    await mkdir(model)
    await writeFile(join(model, 'config.json'), '{}')
  })

  it('prints its address, answers, and stops cleanly', async () => {
    let status: Promise<number> | undefined
    const { code, out, err } = await tony(
      ['serve', '--model', model, '--port', '0'],
      (child, printed) => {
        const url = /^Tony listens at (\S+)$/m.exec(printed)?.[1]
        if (url === undefined || status !== undefined) return
        status = fetch(`${url}/v1/models`).then((response) => response.status)
        void status.finally(() => child.kill('SIGTERM'))
      },
      fake,
    )
    expect(err).toBe('')
    expect(await status).toBe(200)
    expect(out).toContain('Stopping')
    expect(code).toBe(0)
  })

  it('says in one sentence that a port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, err } = await tony(['serve', '--model', model, '--port', String(port)], undefined, fake)
    taken.close()
    expect(code).toBe(1)
    expect(err).toMatch(/^tony: server: port \d+ on 127.0.0.1 is already in use; [^\n]*\n$/)
  })

  it('asks for keys where others can reach it', async () => {
    const { code, err } = await tony(['serve', '--model', model, '--port', '0', '--host', '0.0.0.0'], undefined, fake)
    expect(code).toBe(1)
    expect(err).toContain('needs API keys')
  })
})

describe('tony train', () => {
  it('runs to the end and draws its curves', async () => {
    const { code, out, err } = await tony(train('whole'))
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toMatch(/^step 40\/40 {2}loss \S+ {2}squared \S+ {2}\S+ positions\/s {2}0 s left$/m)
    expect(out).toContain('finished: step 40 of 40')
    for (const file of ['checkpoint.safetensors', 'curves.html', 'curves.png'])
      expect(existsSync(join(folder, 'whole', file))).toBe(true)
    const again = await tony(train('whole'))
    expect(again.code).toBe(0)
    expect((await losses('whole')).size).toBe(40)
  })

  // Under npm one Ctrl-C arrives twice.
  it.each([1, 2])('saves at Ctrl-C (arriving %i times) and goes on as if nothing had happened', async (times) => {
    const name = `stopped-${times}`
    const stopped = await tony(train(name, '--set', 'pause=30'), signalOnce('SIGINT', times))
    expect(stopped.code).toBe(130)
    expect(stopped.err).toContain('SIGINT: saving')
    expect(stopped.out).toMatch(/^saved: step \d+ of 40/m)
    expect(existsSync(join(folder, name, 'checkpoint.safetensors'))).toBe(true)
    const resumed = await tony(train(name))
    expect(resumed.code).toBe(0)
    expect(resumed.out).not.toContain('step 1/40')
    expect(await losses(name)).toEqual(await losses('whole'))
  })

  it('loses no more than one checkpoint interval when it is killed', async () => {
    const killed = await tony(train('killed', '--set', 'pause=30', '--checkpoint-every', '3'), signalOnce('SIGKILL'))
    expect(killed.code).toBeNull()
    const resumed = await tony(train('killed', '--checkpoint-every', '3'))
    expect(resumed.code).toBe(0)
    const first = Number(/^step (\d+)\/40/m.exec(resumed.out)?.[1])
    expect(first).toBeGreaterThan(3)
    expect(await losses('killed')).toEqual(await losses('whole'))
  })

  it('names a checkpoint that is cut off', async () => {
    const path = join(folder, 'whole', 'checkpoint.safetensors')
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, bytes.length - 10))
    const { code, err } = await tony(train('whole', '--seed', '1'))
    await writeFile(path, bytes)
    expect(code).toBe(1)
    expect(err).toContain('checkpoint.safetensors')
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

describe('tony train with PPO', () => {
  const ppo = (out: string, ...more: string[]): string[] => [
    ...['train', join(root, 'test/helpers/tiny-ppo.ts'), '--out', join(folder, out), '--threads', '1', ...more],
  ]
  const scores = async (out: string): Promise<Map<number, number>> => {
    const lines = (await readFile(join(folder, out, 'log.jsonl'), 'utf8')).trim().split('\n')
    return new Map(
      lines
        .map((line) => JSON.parse(line) as { iteration: number; metrics: { score: number } })
        .map(({ iteration, metrics }) => [iteration, metrics.score]),
    )
  }

  it('goes on after a kill as if nothing had happened', { timeout: 180_000 }, async () => {
    const whole = await tony(ppo('ppo-whole'))
    expect(whole.err).toBe('')
    expect(whole.out).toContain('finished: iteration 8 of 8')
    let sent = false
    const killed = await tony(ppo('ppo-killed', '--set', 'pause=30', '--checkpoint-every', '2'), (child, out) => {
      if (sent || !out.includes('iteration 4/8')) return
      sent = true
      child.kill('SIGKILL')
    })
    expect(killed.code).toBeNull()
    const resumed = await tony(ppo('ppo-killed', '--checkpoint-every', '2'))
    expect(resumed.code).toBe(0)
    expect(Number(/^iteration (\d+)\/8/m.exec(resumed.out)?.[1])).toBeGreaterThan(2)
    expect(await scores('ppo-killed')).toEqual(await scores('ppo-whole'))
  })

  it('stops at a reward that is no number, says so, and keeps the last good checkpoint', {
    timeout: 180_000,
  }, async () => {
    const { code, err } = await tony(ppo('ppo-nan', '--set', 'nan=5', '--checkpoint-every', '2'))
    expect(code).toBe(1)
    expect(err).toMatch(
      /stopped in iteration 5 of 8: answer 0 gets the reward NaN; .* the checkpoint of iteration \d is kept/,
    )
    expect(err.trim().split('\n')).toHaveLength(1)
    const mended = await tony(ppo('ppo-nan', '--checkpoint-every', '2'))
    expect(mended.code).toBe(0)
    expect(mended.out).toMatch(/^iteration 5\/8/m)
    expect(await scores('ppo-nan')).toEqual(await scores('ppo-whole'))
  })
})
