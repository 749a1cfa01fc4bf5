/** @file What a conversation is made of. */
import type { FailureInfo } from '../wire/failure.ts'

/** One piece of a turn. */
export type Part = TextPart | AudioPart | ImagePart | VideoPart

/** Written words. */
export interface TextPart {
  readonly kind: 'text'
  readonly text: string
}

/** Sound, and what was said in it if that is known. */
export interface AudioPart {
  readonly kind: 'audio'
  readonly samples: Int16Array<ArrayBuffer>
  readonly rate: number
  readonly transcript: string
  readonly name: string
}

/** A picture. */
export interface ImagePart {
  readonly kind: 'image'
  readonly blob: Blob
  readonly name: string
}

/** A film; an animated GIF is one too. */
export interface VideoPart {
  readonly kind: 'video'
  readonly blob: Blob
  readonly name: string
}

/** How far a turn has come. */
export type TurnStatus = 'streaming' | 'done' | 'stopped' | 'interrupted' | 'failed'

/** What one side said. */
export interface Turn {
  readonly id: string
  readonly conversation: string
  /** Milliseconds since 1970; orders the turns. */
  readonly at: number
  readonly role: 'user' | 'assistant'
  readonly parts: readonly Part[]
  readonly status: TurnStatus
  readonly failure?: FailureInfo
  /** Milliseconds from the question to the first word or sound. */
  readonly firstMs?: number
  /** The answer ended because it reached its longest length. */
  readonly cut?: boolean
}

/** A conversation in the list. */
export interface Conversation {
  readonly id: string
  readonly title: string
  /** The user named it, so it is not named after its first words any more. */
  readonly renamed: boolean
  readonly created: number
  readonly updated: number
}

/** The words of a turn, written or spoken. */
export function turnText(turn: Pick<Turn, 'parts'>): string {
  const words = turn.parts.flatMap((part) => {
    if (part.kind === 'text') return [part.text]
    return part.kind === 'audio' && part.transcript !== '' ? [part.transcript] : []
  })
  return words.join('\n').trim()
}

const partTitles: Readonly<Record<Part['kind'], string>> = {
  text: 'Conversation',
  audio: 'Spoken message',
  image: 'A picture',
  video: 'A film',
}

/** A conversation's name, from its first words. */
export function titleOf(turns: readonly Turn[]): string {
  const words = turns.find((turn) => turn.role === 'user' && turnText(turn) !== '') ?? turns[0]
  const text = words === undefined ? '' : turnText(words).replace(/\s+/g, ' ')
  if (text === '') return partTitles[turns[0]?.parts[0]?.kind ?? 'text']
  return text.length <= 48 ? text : `${text.slice(0, 47).trimEnd()}…`
}

/** Replaces the turn with the same id, or adds it. */
export function withTurn(turns: readonly Turn[], turn: Turn): readonly Turn[] {
  const at = turns.findIndex((other) => other.id === turn.id)
  return at < 0 ? [...turns, turn] : turns.with(at, turn)
}

/** Newest first. */
export function byNewest(conversations: readonly Conversation[]): readonly Conversation[] {
  return conversations.toSorted((a, b) => b.updated - a.updated)
}

/** The list in groups by day, newest first. */
export function groupByDay(
  conversations: readonly Conversation[],
  now: number,
): readonly (readonly [string, readonly Conversation[]])[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const day = 86_400_000
  const label = (updated: number): string => {
    if (updated >= midnight) return 'Today'
    if (updated >= midnight - day) return 'Yesterday'
    return updated >= midnight - 6 * day ? 'This week' : 'Earlier'
  }
  const groups = new Map<string, Conversation[]>()
  for (const conversation of byNewest(conversations)) {
    const name = label(conversation.updated)
    groups.set(name, [...(groups.get(name) ?? []), conversation])
  }
  return [...groups]
}

/** A turn that was being made when the page was closed is not being made any more. */
export function settle(turn: Turn): Turn {
  return turn.status === 'streaming' ? { ...turn, status: 'stopped' } : turn
}
