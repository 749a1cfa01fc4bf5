/** @file Prompts that answers are sampled for: from a file, or of the simulated world's users. */
import { existsSync, readFileSync } from 'node:fs'
import { sampleInstruction } from '../../packages/tony/src/data/instructions/prompts.ts'
import { parseJsonLines } from '../../packages/tony/src/data/preference-formats.ts'
import { chatElements } from '../../packages/tony/src/generate/assistant.ts'
import type { Message } from '../../packages/tony/src/media/types.ts'
import type { Element } from '../../packages/tony/src/models/omni/sequence.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import type { Rng } from '../../packages/tony/src/util/rng.ts'
import { askedElements } from './labels.ts'
import type { LoadedModel } from './model.ts'

/** Draws prompts: those of `file`, or without one the training prompts of the simulated world. */
export function openPrompts(model: LoadedModel, file?: string): (rng: Rng) => Element[] {
  if (file === undefined) return (rng) => askedElements(model, sampleInstruction(rng, { split: 'train' }).text)
  const chats = readPrompts(file).map(({ chat }) => chat)
  return (rng) => chatElements(model, rng.pick(chats))
}

/** The texts of a file of prompts. Throws `invalid` where it has none, or a line without one. */
export function promptTexts(file: string): string[] {
  return readPrompts(file).map(({ line, text }) => {
    if (text !== undefined) return text
    throw new TonyError(
      'invalid',
      `${file}: line ${line} is a conversation; only prompts of one message can stand here`,
    )
  })
}

/** A prompt of a file: a chat, and its text where it is one message. */
interface FilePrompt {
  readonly line: number
  readonly chat: readonly Message[]
  readonly text?: string
}

/** Lines `{"prompt": "…"}`, or conversations `{"prompt": [{"role": "user", "content": "…"}]}`, as the Studio exports them. */
function readPrompts(file: string): FilePrompt[] {
  if (!existsSync(file))
    throw new TonyError('not_found', `there is no ${file}; write prompts into it, as {"prompt": "…"} a line`)
  const found = parseJsonLines(readFileSync(file, 'utf8')).map(({ line, value }): FilePrompt => {
    const { prompt } = (value ?? {}) as { prompt?: unknown }
    if (typeof prompt === 'string') return { line, chat: [message('user', prompt)], text: prompt }
    const chat = Array.isArray(prompt) ? prompt.map(turnOf) : []
    const last = chat.at(-1)
    if (last?.role === 'user' && chat.every((turn) => turn !== undefined)) return { line, chat }
    throw new TonyError(
      'invalid',
      `${file}: line ${line} has no prompt (expected text, or messages with role and content of which the last is the user's)`,
    )
  })
  if (found.length === 0) throw new TonyError('invalid', `${file} has no prompts`)
  return found
}

function turnOf(turn: unknown): Message | undefined {
  const { role, content } = (turn ?? {}) as { role?: unknown; content?: unknown }
  if ((role !== 'system' && role !== 'user' && role !== 'assistant') || typeof content !== 'string') return undefined
  return message(role, content)
}

function message(role: Message['role'], text: string): Message {
  return { role, content: [{ type: 'text', text }] }
}
