/** @file The real command `tony serve` in a process of its own, and the official client that talks to it. */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'

const root = resolve(import.meta.dirname, '../..')

/** A server on a free port of this machine. */
export interface Served {
  readonly client: OpenAI
  /** A live conversation, once its session is there. */
  live(model: string): Promise<OpenAIRealtimeWS>
  close(): Promise<void>
}

/** Starts `tony serve` with more options, and waits until it can be talked to. */
export async function serveTony(options: readonly string[] = []): Promise<Served> {
  const command = ['--conditions=@tony/source', '--import', 'tsx', 'packages/cli/src/main.ts', 'serve', '--port', '0']
  const server = spawn(process.execPath, [...command, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((done) => server.once('exit', done))
  // Whoever fails before `close` must not leave it behind.
  process.once('exit', () => server.kill())
  const url = await new Promise<string>((found, failed) => {
    void ended.then((code) => failed(new Error(`tony serve ended with ${code}`)))
    createInterface({ input: server.stdout }).on('line', (line) => {
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
      if (address !== null) found(address[0])
    })
  })
  const client = new OpenAI({ apiKey: 'any', baseURL: `${url}/v1`, maxRetries: 0 })
  return {
    client,
    async live(model) {
      // The client knows TLS alone.
      const createConnection = (): ReturnType<typeof connect> => connect(Number(new URL(url).port), '127.0.0.1')
      const session = new OpenAIRealtimeWS({ model, options: { createConnection } }, client)
      await new Promise((open, failed) => {
        session.on('session.created', open)
        session.on('error', failed)
      })
      return session
    },
    async close() {
      server.kill('SIGTERM')
      await ended
    },
  }
}
