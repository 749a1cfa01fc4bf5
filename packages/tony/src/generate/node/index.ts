/** @file An assistant whose model runs in a child process. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TonyError } from '../../util/errors.ts'
import type { Assistant, GenerateEvent, ModelInfo, VoiceEvent } from '../types.ts'
import type { FromWorker, LoadOptions, ToWorker } from './wire.ts'

/** What one request or session waits for. */
class Inbox<T> {
  private readonly queue: (T | Error | 'end')[] = []
  private wake: (() => void) | undefined
  push(item: T | Error | 'end'): void {
    this.queue.push(item)
    this.wake?.()
  }
  async *read(): AsyncGenerator<T> {
    for (;;) {
      while (this.queue.length > 0) {
        const item = this.queue.shift()!
        if (item === 'end') return
        if (item instanceof Error) throw item
        yield item
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }
}

/**
 * Loads the model in `modelDir` in a child process.
 *
 * @throws TonyError `not_found` or `invalid` naming the broken file.
 */
export async function createNodeAssistant({
  modelDir,
  ...options
}: { modelDir: string } & LoadOptions): Promise<Assistant> {
  const here = import.meta.url
  const worker = fork(fileURLToPath(new URL(here.endsWith('.ts') ? './worker.ts' : './worker.js', here)), [], {
    serialization: 'advanced',
    execArgv: process.execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const inboxes = new Map<number, Inbox<GenerateEvent | VoiceEvent>>()
  const gone = (): TonyError => new TonyError('internal', 'the model process has ended; start the server again')
  let alive = true
  let nextId = 1
  const post = (message: ToWorker): void => {
    if (alive) worker.send(message)
  }
  const info = await new Promise<ModelInfo>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'loaded') return resolve(message.info)
      const inbox = inboxes.get(message.id)
      if (message.type === 'event') return inbox?.push(message.event)
      if (message.type === 'end') return inbox?.push('end')
      const error = new TonyError(message.code, message.message.replace(/^internal: /, ''))
      if (message.id === 0) reject(error)
      return inbox?.push(error)
    })
    worker.on('exit', () => {
      alive = false
      reject(gone())
      for (const inbox of inboxes.values()) inbox.push(gone())
    })
    post({ type: 'load', folder: modelDir, options })
  }).catch((error: unknown) => {
    worker.kill()
    throw error
  })

  const open = (): { id: number; inbox: Inbox<GenerateEvent | VoiceEvent> } => {
    if (!alive) throw gone()
    const id = nextId++
    const inbox = new Inbox<GenerateEvent | VoiceEvent>()
    inboxes.set(id, inbox)
    return { id, inbox }
  }
  const known = (model: string): void => {
    if (model !== info.id)
      throw new TonyError('not_found', `the model '${model}' does not exist; this server has '${info.id}'`)
  }

  return {
    models: [info],
    async *generate(request, signal) {
      known(request.model)
      const { id, inbox } = open()
      const abort = (): void => post({ type: 'abort', id })
      if (signal?.aborted === true) throw new TonyError('aborted', 'the answer was cancelled')
      signal?.addEventListener('abort', abort)
      post({ type: 'generate', id, request })
      let finished = false
      try {
        for await (const event of inbox.read()) yield event as GenerateEvent
        finished = true
      } finally {
        signal?.removeEventListener('abort', abort)
        if (!finished) abort()
        inboxes.delete(id)
      }
    },
    async openVoice(options) {
      known(options.model)
      const { id, inbox } = open()
      post({ type: 'voice', id, options })
      const events = inbox.read() as AsyncGenerator<VoiceEvent>
      return {
        events,
        append: (samples) => post({ type: 'append', id, samples }),
        cancel: () => post({ type: 'cancel', id }),
        commit: () => post({ type: 'commit', id }),
        async close() {
          post({ type: 'close', id })
        },
      }
    },
    async close() {
      if (!alive) return
      const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
      worker.disconnect()
      await exited
    },
  }
}
