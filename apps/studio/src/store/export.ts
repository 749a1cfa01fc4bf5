/** @file A conversation as a file: OpenAI's messages, with pictures and sound inside. */
import type { ChatMessage } from '@tony/server/protocol'
import { bytesToBase64 } from '../sound/pcm.ts'
import { encodeWav } from '../sound/wav.ts'
import { toChatMessages } from '../wire/messages.ts'
import type { Conversation, Turn } from './types.ts'

/** The content of an exported file. */
export interface ExportedConversation {
  readonly title: string
  readonly created: string
  /** Messages as `POST /v1/chat/completions` takes them; `speech` is Tony's voice as a WAV data URL. */
  readonly messages: readonly (ChatMessage & { readonly speech?: string })[]
}

/** Gathers a conversation for export. */
export async function exportConversation(
  conversation: Conversation,
  turns: readonly Turn[],
): Promise<ExportedConversation> {
  const kept = turns.filter((turn) => turn.parts.length > 0)
  const messages = await toChatMessages(kept)
  return {
    title: conversation.title,
    created: new Date(conversation.created).toISOString(),
    messages: messages.map((message, i) => {
      const sound = kept[i]?.role === 'assistant' ? kept[i].parts.find((part) => part.kind === 'audio') : undefined
      if (sound === undefined) return message
      return { ...message, speech: `data:audio/wav;base64,${bytesToBase64(encodeWav(sound.samples, sound.rate))}` }
    }),
  }
}

/** A file name that every system takes. */
export function fileName(title: string, extension: string): string {
  const plain = title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  return `${plain === '' ? 'tony' : plain}.${extension}`
}

/** Hands a file to the user. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
