/** @file A child process that is measured: it answers each line it is sent with one line of JSON. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A running worker. Lines that are not JSON pass through to the terminal. */
export class WorkerProcess {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = []
  private readonly ready: unknown[] = []
  private failure: Error | undefined
  private errors = ''

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(command, args, { env: { ...process.env, ...env } })
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return
      const value: unknown = JSON.parse(line)
      const next = this.waiting.shift()
      if (next === undefined) this.ready.push(value)
      else next.resolve(value)
    })
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-2000)
    })
    const end = (why: string): void => {
      this.failure = new Error(`${command}: ${why}\n${this.errors}`)
      for (const { reject } of this.waiting.splice(0)) reject(this.failure)
    }
    this.child.on('error', (error) => end(error.message))
    this.child.on('exit', (code) => end(`ended with ${code}`))
    // A child that died reports through `exit`; writing to its closed pipe must not end this process.
    this.child.stdin.on('error', () => undefined)
  }

  /** The next answer. */
  read<T>(): Promise<T> {
    if (this.ready.length > 0) return Promise.resolve(this.ready.shift() as T)
    if (this.failure !== undefined) return Promise.reject(this.failure)
    return new Promise((resolve, reject) => this.waiting.push({ resolve: resolve as (value: unknown) => void, reject }))
  }

  /** Sends one request and waits for its answer. */
  ask<T>(request: unknown): Promise<T> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`)
    return this.read()
  }

  end(): void {
    this.child.stdin.end()
  }
}

/** Answers requests on standard input, one JSON line each, until it is closed. */
export async function serveRequests<T>(answer: (request: T) => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as T))}\n`)
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[at]! : (sorted[at - 1]! + sorted[at]!) / 2
}

/** Peak resident memory of this process in MB. */
export function peakMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024
}
