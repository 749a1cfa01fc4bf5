/** @file Asking Tony in writing or with a recording, and taking his answer. */
import { type Signal, signal } from '@preact/signals'
import type { ChatRequest, ModelObject } from '@tony/server/protocol'
import { player } from '../sound/player.ts'
import { conversations } from '../store/conversations.ts'
import { model, models, settings } from '../store/settings.ts'
import type { Part, Turn } from '../store/types.ts'
import { streamChat } from '../wire/chat.ts'
import { failureInfo } from '../wire/failure.ts'
import { toChatMessages } from '../wire/messages.ts'
import { fetchModels } from '../wire/models.ts'
import { GrowingTurn } from './growing-turn.ts'
import { announce } from './notices.ts'
import { sampling } from './sampling.ts'

/** The answer that is being made can be stopped with this. */
export const answering: Signal<AbortController | null> = signal(null)

/** Says something to Tony and takes his answer. */
export async function ask(parts: readonly Part[]): Promise<void> {
  if (parts.length === 0 || answering.value !== null) return
  player.unlock()
  player.stop()
  await conversations.put(conversations.newTurn({ role: 'user', parts, status: 'done' }))
  await answer(conversations.turns.value)
}

/** Makes the last answer again; with `forget`, only the last question is sent. */
export async function retry(forget = false): Promise<void> {
  if (answering.value !== null) return
  player.unlock()
  player.stop()
  const last = conversations.turns.value.at(-1)
  // Gone from the page at once, from the database soon: the answer begins without a pause, so that a second click finds it begun.
  const removed = last?.role === 'assistant' ? conversations.remove(last) : undefined
  const turns = conversations.turns.value
  const asked = forget ? turns.slice(turns.findLastIndex((turn) => turn.role === 'user')) : turns
  await answer(asked, { differ: last?.role === 'assistant' && last.status !== 'failed' && !forget })
  await removed
}

/** Stops the answer and the sound. Returns whether there was anything to stop. */
export function hush(): boolean {
  const busy = answering.value !== null || player.playback.value !== null
  answering.value?.abort()
  player.stop()
  return busy
}

/** Asks the server for its models again. */
export async function refreshModels(): Promise<readonly ModelObject[]> {
  const list = await fetchModels(settings.value.apiKey)
  models.value = list
  return list
}

async function answer(turns: readonly Turn[], { differ = false } = {}): Promise<void> {
  const controller = new AbortController()
  answering.value = controller
  const growing = new GrowingTurn(conversations, player)
  try {
    const asked = model.value ?? (await refreshModels())[0]
    const request = await chatRequest(turns, asked, differ)
    for await (const event of streamChat(request, { apiKey: settings.value.apiKey, signal: controller.signal })) {
      growing.add(event)
    }
    await growing.finish({ status: 'done' })
    announce(`Tony: ${growing.text === '' ? 'a picture' : growing.text}`)
  } catch (error) {
    if (controller.signal.aborted) await growing.finish({ status: 'stopped' })
    else await growing.finish({ status: 'failed', failure: failureInfo(error) })
  } finally {
    answering.value = null
  }
}

async function chatRequest(
  turns: readonly Turn[],
  asked: ModelObject | undefined,
  differ: boolean,
): Promise<ChatRequest> {
  const { speech } = settings.value
  const can = asked?.output_modalities ?? ['text']
  const spoken = speech && can.includes('audio')
  return {
    model: asked?.id ?? settings.value.model,
    messages: await toChatMessages(turns),
    modalities: [
      'text',
      ...(spoken ? (['audio'] as const) : []),
      ...(can.includes('image') ? (['image'] as const) : []),
    ],
    ...(spoken ? { audio: { voice: 'tony', format: 'pcm16' } } : {}),
    ...sampling(settings.value, { differ }),
  }
}
