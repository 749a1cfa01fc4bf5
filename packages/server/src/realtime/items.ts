/** @file Items as clients send and fetch them. */
import { decodePcm16, type Part, resample } from 'tony'
import { encodeSound } from '../audio/encoder.ts'
import { requireInput } from '../context.ts'
import { decodeBase64, toBase64 } from '../data-url.ts'
import { invalid, quote } from '../errors.ts'
import { decodeImagePart, MODEL_RATE } from '../messages.ts'
import type { ItemInput, RealtimeContent, RealtimeItem } from '../protocol/realtime.ts'
import type { Entry } from './conversation.ts'
import type { SessionCore } from './core.ts'

/** What each role may say; the sound of an assistant cannot be made up. */
const contentTypes: Readonly<Record<ItemInput['role'], readonly string[]>> = {
  system: ['input_text'],
  user: ['input_text', 'input_audio', 'input_image'],
  assistant: ['output_text', 'text'],
}

/** Decodes an item that a client sends. @throws ApiError 400 that names the part. */
export async function toEntry(core: SessionCore, input: ItemInput): Promise<Entry> {
  const content: RealtimeContent[] = []
  const parts: Part[] = []
  for (const [i, part] of input.content.entries()) {
    const at = `item.content[${i}]`
    const allowed = contentTypes[input.role]
    if (!allowed.includes(part.type)) {
      throw invalid(`${at}.type is ${quote(part.type)}; a ${input.role} item has ${allowed.join(', ')}.`, `${at}.type`)
    }
    if (part.type === 'input_audio') {
      requireInput(core.model, 'audio', at)
      const { rate } = core.config.audio.input.format
      const samples = decodePcm16(decodeBase64(part.audio, `${at}.audio`))
      parts.push({ type: 'audio', audio: resample({ samples, sampleRate: rate }, MODEL_RATE) })
      content.push({ type: 'input_audio', transcript: part.transcript ?? null })
    } else if (part.type === 'input_image') {
      parts.push(await decodeImagePart(core.ctx, core.model, part.image_url, `${at}.image_url`))
      content.push({ type: 'input_image', image_url: part.image_url })
    } else {
      parts.push({ type: 'text', text: part.text })
      content.push({ type: input.role === 'assistant' ? 'output_text' : 'input_text', text: part.text })
    }
  }
  const id = input.id ?? core.ctx.newId('item_')
  return { item: newItem(id, input.role, content), parts }
}

/** A spoken turn of the user. */
export function spokenEntry(id: string, samples: Float32Array): Entry {
  return {
    item: newItem(id, 'user', [{ type: 'input_audio', transcript: null }]),
    parts: [{ type: 'audio', audio: { samples, sampleRate: MODEL_RATE } }],
  }
}

/** An item with its sound, which other events leave out. */
export function withSound({ item, parts }: Entry): RealtimeItem {
  const sound = parts.find((part) => part.type === 'audio')
  if (sound === undefined) return item
  const audio = toBase64(encodeSound(sound.audio.samples, 'pcm16'))
  const content = item.content.map((part) =>
    part.type === 'input_audio' || part.type === 'output_audio' ? { ...part, audio } : part,
  )
  return { ...item, content }
}

function newItem(id: string, role: RealtimeItem['role'], content: RealtimeContent[]): RealtimeItem {
  return { id, object: 'realtime.item', type: 'message', status: 'completed', role, content }
}
