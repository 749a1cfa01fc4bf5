/** @file A conversation in the form that the server takes. */
import type { ChatMessage, ChatPart, ItemInput, ImagePart as WireImage } from '@tony/server/protocol'
import { bytesToBase64, pcm16ToBase64 } from '../sound/pcm.ts'
import { encodeWav } from '../sound/wav.ts'
import { type Part, type Turn, turnText } from '../store/types.ts'

/** The turns as chat messages; answers that failed before their first word are left out. */
export async function toChatMessages(turns: readonly Turn[]): Promise<ChatMessage[]> {
  const messages: ChatMessage[] = []
  for (const turn of turns) {
    if (turn.parts.length === 0) continue
    messages.push(turn.role === 'user' ? await userMessage(turn.parts) : await assistantMessage(turn))
  }
  return messages
}

/** The last turns as items of a live conversation. */
export async function toRealtimeItems(turns: readonly Turn[], atMost: number): Promise<ItemInput[]> {
  const items: ItemInput[] = []
  for (const turn of turns.slice(-atMost)) {
    const content: ItemInput['content'] = []
    const text = turnText(turn)
    if (text !== '') content.push({ type: turn.role === 'user' ? 'input_text' : 'output_text', text })
    if (turn.role === 'user') {
      for (const part of turn.parts) {
        if (part.kind === 'image') content.push({ type: 'input_image', image_url: await dataUrl(part.blob) })
        if (part.kind === 'audio' && part.transcript === '') {
          content.push({ type: 'input_audio', audio: pcm16ToBase64(part.samples) })
        }
      }
    }
    if (content.length > 0) items.push({ type: 'message', role: turn.role, content })
  }
  return items
}

/** A file as a data URL. */
export async function dataUrl(blob: Blob): Promise<string> {
  return `data:${blob.type};base64,${bytesToBase64(new Uint8Array(await blob.arrayBuffer()))}`
}

async function userMessage(parts: readonly Part[]): Promise<ChatMessage> {
  const [only] = parts
  if (parts.length === 1 && only?.kind === 'text') return { role: 'user', content: only.text }
  return { role: 'user', content: await Promise.all(parts.map(userPart)) }
}

async function userPart(part: Part): Promise<ChatPart> {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'audio': {
      const data = bytesToBase64(encodeWav(part.samples, part.rate))
      return { type: 'input_audio', input_audio: { data, format: 'wav' } }
    }
    case 'image':
      return { type: 'image_url', image_url: { url: await dataUrl(part.blob) } }
    case 'video':
      return { type: 'video_url', video_url: { url: await dataUrl(part.blob) } }
  }
}

/** What Tony said goes back as text: the sound itself is not needed to go on. */
async function assistantMessage(turn: Turn): Promise<ChatMessage> {
  const images: WireImage[] = []
  for (const part of turn.parts) {
    if (part.kind === 'image') images.push({ type: 'image_url', image_url: { url: await dataUrl(part.blob) } })
  }
  return { role: 'assistant', content: turnText(turn), ...(images.length > 0 ? { images } : {}) }
}
