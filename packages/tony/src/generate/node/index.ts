/** @file An assistant whose model runs in a child process. */
import { randomInt } from 'node:crypto'
import type { AbortLike } from '../../util/abort.ts'
import { TonyError } from '../../util/errors.ts'
import type { Assistant, GenerateEvent, VoiceEvent } from '../types.ts'
import { ModelProcess, type ProcessOptions } from './process.ts'
import type { LoadOptions } from './wire.ts'

/**
 * Loads the model in `modelDir` in a child process. If that process ends by itself, what it was asked fails with
 * `unavailable`, and another one is started.
 *
 * @throws TonyError `not_found` or `invalid` naming the broken file.
 */
export async function createNodeAssistant({
  modelDir,
  ...load
}: { modelDir: string } & LoadOptions): Promise<Assistant> {
  return superviseModel(modelDir, { load })
}

/** As {@link createNodeAssistant}, for any process that speaks as the worker does. */
export async function superviseModel(modelDir: string, options: ProcessOptions): Promise<Assistant> {
  let closed = false
  let current: ModelProcess | undefined
  let starting: Promise<ModelProcess> | undefined

  /** The running process; the next request tries again where it could not be started. */
  const ready = async (): Promise<ModelProcess> => {
    if (current?.running === true) return current
    if (closed) throw new TonyError('unavailable', 'the assistant is closed')
    starting ??= ModelProcess.start(modelDir, options).finally(() => {
      starting = undefined
    })
    const mine = starting
    const child = await mine
    if (current !== child) {
      current = child
      // Started again at once, so that the next request need not wait; one that cannot be loaded any more is left alone.
      void child.ended.then(() => (closed ? undefined : ready().catch(() => undefined)))
    }
    return child
  }
  const { info } = await ready()

  const known = (model: string): void => {
    if (model !== info.id)
      throw new TonyError('not_found', `the model '${model}' does not exist; this server has '${info.id}'`)
  }
  const refuseAborted = (signal: AbortLike | undefined): void => {
    if (signal?.aborted === true) throw new TonyError('aborted', 'the answer was cancelled')
  }

  return {
    models: [info],
    get running() {
      return current?.running === true
    },
    async *generate(request, signal) {
      known(request.model)
      refuseAborted(signal)
      const child = await ready()
      refuseAborted(signal)
      const { id, events } = child.open()
      const abort = (): void => child.post({ type: 'abort', id })
      signal?.addEventListener('abort', abort)
      child.post({ type: 'generate', id, request: { ...request, seed: request.seed ?? freshSeed() } })
      let finished = false
      try {
        for await (const event of events) yield event as GenerateEvent
        finished = true
      } finally {
        signal?.removeEventListener('abort', abort)
        if (!finished) abort()
        child.forget(id)
      }
    },
    async openVoice(options) {
      known(options.model)
      const child = await ready()
      const { id, events } = child.open()
      child.post({ type: 'voice', id, options })
      return {
        events: events as AsyncIterable<VoiceEvent>,
        append: (samples) => child.post({ type: 'append', id, samples }),
        cancel: () => child.post({ type: 'cancel', id }),
        commit: () => child.post({ type: 'commit', id }),
        async close() {
          child.post({ type: 'close', id })
          child.forget(id)
        },
      }
    },
    async close() {
      closed = true
      // One that is just being started is waited for: nothing may stay behind.
      const last = starting === undefined ? current : await starting.catch(() => undefined)
      await last?.close()
    },
  }
}

/** Without a seed nobody wants the same answer twice. */
function freshSeed(): number {
  return randomInt(2 ** 31)
}
