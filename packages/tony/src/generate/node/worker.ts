/** @file The process that owns ONNX Runtime: its runs block this process and nobody else. */
import { nodeRuntime } from '../../runtime/node/index.ts'
import { TonyError } from '../../util/errors.ts'
import { type AssistantDefaults, answerChat } from '../assistant.ts'
import { OmniEngine } from '../engine.ts'
import type { VoiceSession } from '../types.ts'
import { openVoice } from '../voice.ts'
import { readModel } from './load.ts'
import type { FromWorker, ToWorker } from './wire.ts'

const send = (message: FromWorker): void => {
  // The parent may close while something is still on its way to it: nobody is left to tell.
  process.send?.(message, undefined, {}, () => undefined)
}

function fail(id: number, error: unknown): void {
  const known = error instanceof TonyError
  send({
    type: 'error',
    id,
    code: known ? error.code : 'internal',
    message: known ? error.message : `internal: ${(error as Error).message}`,
  })
}

let engine: OmniEngine | undefined
let defaults: AssistantDefaults = { audioTemperature: 0, maxPositions: 512, draft: true }
const aborts = new Map<number, AbortController>()
const voices = new Map<number, VoiceSession>()

/** Lets messages in between two steps. */
const between = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function generate(id: number, message: ToWorker & { type: 'generate' }): Promise<void> {
  const controller = new AbortController()
  aborts.set(id, controller)
  try {
    const { signal } = controller
    for await (const event of answerChat(engine!, message.request, { defaults, signal }))
      send({ type: 'event', id, event })
    send({ type: 'end', id })
  } catch (error) {
    fail(id, error)
  } finally {
    aborts.delete(id)
  }
}

async function voice(id: number, message: ToWorker & { type: 'voice' }): Promise<void> {
  const session = openVoice(engine!, message.options, { defaults })
  voices.set(id, session)
  try {
    for await (const event of session.events) send({ type: 'event', id, event })
    send({ type: 'end', id })
  } catch (error) {
    fail(id, error)
  } finally {
    voices.delete(id)
  }
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'load') {
    readModel(message.folder)
      .then(async (model) => {
        engine = await OmniEngine.load(nodeRuntime, { ...model.parts, ...message.options, between })
        defaults = model.defaults
        send({ type: 'loaded', info: model.info })
      })
      .catch((error: unknown) => fail(0, error))
  } else if (message.type === 'generate') void generate(message.id, message)
  else if (message.type === 'voice') void voice(message.id, message)
  else if (message.type === 'abort') aborts.get(message.id)?.abort()
  else if (message.type === 'append') voices.get(message.id)?.append(message.samples)
  else if (message.type === 'cancel') voices.get(message.id)?.cancel()
  else if (message.type === 'commit') voices.get(message.id)?.commit()
  else void voices.get(message.id)?.close()
})
// Ctrl-C reaches the whole process group; the parent decides when this process ends.
process.on('SIGINT', () => undefined)
// The parent is gone: nobody is left to answer.
process.on('disconnect', () => process.exit(0))
