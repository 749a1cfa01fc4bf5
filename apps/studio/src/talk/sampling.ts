/** @file How freely an answer is chosen. */
import type { ChatRequest } from '@tony/server/protocol'
import type { Settings } from '../store/settings.ts'

/** Temperature of an answer that is to differ from the one before, where none was chosen. */
const AGAIN = 0.7

/**
 * What the user has chosen; with `differ` the answer is to be another one than before. The model's own temperature may be
 * 0, which gives the same answer each time, whatever the seed. A chosen seed keeps its promise: the same answer again.
 */
export function sampling(
  { temperature, seed }: Pick<Settings, 'temperature' | 'seed'>,
  { differ, random = Math.random }: { readonly differ: boolean; readonly random?: () => number },
): Pick<ChatRequest, 'temperature' | 'seed'> {
  const warmth = temperature ?? (differ && seed === null ? AGAIN : null)
  return { ...(warmth === null ? {} : { temperature: warmth }), seed: seed ?? Math.floor(random() * 2 ** 31) }
}
