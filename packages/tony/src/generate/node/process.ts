/** @file A child process with a loaded model, and what is asked of it. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TonyError } from '../../util/errors.ts'
import { Channel } from '../channel.ts'
import type { GenerateEvent, ModelInfo, VoiceEvent } from '../types.ts'
import type { FromWorker, LoadOptions, ToWorker } from './wire.ts'

/** How the child is started. */
export interface ProcessOptions {
  readonly load: LoadOptions
  /** What it runs; default: the model's worker. */
  readonly script?: string
  /** By what it is run; default: this Node. */
  readonly execPath?: string
}

/** One request or session, and what comes for it. */
export interface Talk {
  readonly id: number
  readonly events: Channel<GenerateEvent | VoiceEvent>
}

/** Ends by `close`, or by itself when it is killed or crashes. */
export class ModelProcess {
  readonly info: ModelInfo
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  private readonly worker: ChildProcess
  private readonly talks: Map<number, Talk>
  private alive = true
  private nextId = 1

  private constructor(worker: ChildProcess, { info, talks }: { info: ModelInfo; talks: Map<number, Talk> }) {
    this.info = info
    this.worker = worker
    this.talks = talks
    this.ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.alive = false
        for (const { events } of talks.values()) events.end(gone())
        talks.clear()
        resolve()
      })
    })
  }

  /** Starts a process and loads the model in `folder`. */
  static async start(folder: string, options: ProcessOptions): Promise<ModelProcess> {
    const worker = fork(options.script ?? workerScript(), [], {
      serialization: 'advanced',
      execArgv: process.execArgv,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(options.execPath === undefined ? {} : { execPath: options.execPath }),
    })
    const talks = new Map<number, Talk>()
    try {
      return await new Promise<ModelProcess>((resolve, reject) => {
        // Without a listener a process that cannot be started, or killed, would end this one.
        worker.on('error', (cause) =>
          reject(
            new TonyError('unavailable', `the model process cannot be started: ${cause.message}; try again`, { cause }),
          ),
        )
        worker.once('exit', () => reject(new TonyError('unavailable', 'the model process ended while it loaded')))
        worker.on('message', (message: FromWorker) => {
          if (message.type === 'loaded') resolve(new ModelProcess(worker, { info: message.info, talks }))
          else if (message.type === 'error' && message.id === 0) reject(failure(message))
          else receive(talks, message)
        })
        send(worker, { type: 'load', folder, options: options.load })
      })
    } catch (error) {
      worker.kill()
      throw error
    }
  }

  get running(): boolean {
    return this.alive
  }

  /** Whoever waits for something; `forget` it in the end. */
  open(): Talk {
    if (!this.alive) throw gone()
    const talk: Talk = { id: this.nextId++, events: new Channel() }
    this.talks.set(talk.id, talk)
    return talk
  }

  /** Nothing more is taken for this one. */
  forget(id: number): void {
    this.talks.get(id)?.events.end()
    this.talks.delete(id)
  }

  post(message: ToWorker): void {
    if (this.alive) send(this.worker, message)
  }

  async close(): Promise<void> {
    if (this.alive) this.worker.disconnect()
    await this.ended
  }
}

/** What those hear whose process has ended. */
function gone(): TonyError {
  return new TonyError(
    'unavailable',
    'the model process has ended in the middle of this; it is started again, so try again',
  )
}

function workerScript(): string {
  const here = import.meta.url
  return fileURLToPath(new URL(here.endsWith('.ts') ? './worker.ts' : './worker.js', here))
}

function failure({ code, message }: FromWorker & { type: 'error' }): TonyError {
  return new TonyError(code, message.replace(/^internal: /, ''))
}

function receive(talks: Map<number, Talk>, message: Exclude<FromWorker, { type: 'loaded' }>): void {
  const talk = talks.get(message.id)
  if (talk === undefined) return
  if (message.type === 'event') talk.events.push(message.event)
  else {
    talks.delete(message.id)
    talk.events.end(message.type === 'error' ? failure(message) : undefined)
  }
}

/** A process that is just ending takes no message any more: its `exit` tells of it. */
function send(worker: ChildProcess, message: ToWorker): void {
  worker.send(message, () => undefined)
}
