/** @file HH-RLHF pairs of the bench `hh-reward`. Their text is offensive: nothing here or in what uses it prints any. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromRows, parseJsonLines } from '../packages/tony/src/data/preference-formats.ts'
import type { PreferencePart } from '../packages/tony/src/data/preferences.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'

export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

export interface Pair {
  readonly prompt: readonly Turn[]
  readonly chosen: string
  readonly rejected: string
  /** The first turn without case and punctuation: dialogues that begin alike share a fold. */
  readonly key: string
}

/** All pairs of the `.jsonl` files in `folder`; pairs whose sides answer different prompts are counted and left out. */
export function readPairs(folder: string): { pairs: Pair[]; skipped: number } {
  const pairs: Pair[] = []
  let skipped = 0
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.jsonl')) continue
    for (const line of parseJsonLines(readFileSync(join(folder, file), 'utf8'))) {
      const pair = readPair(line)
      if (pair === undefined) skipped++
      else pairs.push(pair)
    }
  }
  return { pairs, skipped }
}

function readPair(line: ReturnType<typeof parseJsonLines>[number]): Pair | undefined {
  try {
    const { prompt, outputs } = fromRows('hh', [line], String)[0]!
    const turns = prompt.map(
      ({ role, content }): Turn => ({
        role: role === 'assistant' ? role : 'user',
        text: textOf(content),
      }),
    )
    const key = (turns[0]?.text ?? '').toLowerCase().replace(/\W+/g, ' ').trim()
    const [chosen, rejected] = [textOf(outputs[0]!.content), textOf(outputs[1]!.content)]
    // An answer that runs on into further turns.
    if ([chosen, rejected].some((answer) => answer.includes('\n\nAssistant:'))) return undefined
    return { prompt: turns, chosen, rejected, key }
  } catch (error) {
    if (error instanceof TonyError) return undefined
    throw error
  }
}

const textOf = (parts: readonly PreferencePart[]): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
