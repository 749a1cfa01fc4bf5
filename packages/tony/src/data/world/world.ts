/** @file The closed world: all kinds of question, items by chance, and the check that no held-out item is trained on. */
import { TonyError } from '../../util/errors.ts'
import { pickWeighted, type Rng } from '../../util/rng.ts'
import type { WorldItem } from '../types.ts'
import { hash, splitOf, type WorldKind, type WorldSample } from './kind.ts'
import { CHAT_KINDS } from './kinds-chat.ts'
import { FACT_KINDS } from './kinds-facts.ts'
import { NUMBER_KINDS } from './kinds-numbers.ts'
import { STORY_KINDS } from './kinds-stories.ts'
import { WORD_KINDS } from './kinds-words.ts'
import { normalise } from './normalise.ts'

/** All kinds of question. */
export const worldKinds: readonly WorldKind[] = [
  ...NUMBER_KINDS,
  ...WORD_KINDS,
  ...FACT_KINDS,
  ...CHAT_KINDS,
  ...STORY_KINDS,
]

/** What to sample. */
export interface WorldOptions {
  readonly split?: WorldItem['split']
  /** Names of kinds; all by default. */
  readonly kinds?: readonly string[]
  /** Only what can be spoken: no words of other languages. */
  readonly spoken?: boolean
}

/** One exchange by chance. The same generator state gives the same item. */
export function sampleWorldItem(rng: Rng, options: WorldOptions = {}): WorldSample {
  const { split, kinds, spoken = false } = options
  const chosen = worldKinds.filter((kind) => (kinds?.includes(kind.name) ?? true) && !(spoken && kind.written))
  if (chosen.length === 0)
    throw new TonyError(
      'invalid',
      `sampleWorldItem: no kind of '${kinds?.join(', ') ?? ''}' (expected names of worldKinds)`,
    )
  const kind = pickWeighted(
    rng,
    chosen.map((kind) => [kind.weight ?? 1, kind] as const),
  )
  for (;;) {
    const item = makeItem(kind, rng)
    if (split === undefined || item.split === split) return item
  }
}

/** Items of `count` draws by kind and side, without repeats: for reports and fixed test sets. */
export function sampleWorldSet(rng: Rng, count: number, options: WorldOptions = {}): readonly WorldSample[] {
  const items = new Map<string, WorldSample>()
  for (let draws = 0; items.size < count; draws++) {
    if (draws > count * 200)
      throw new TonyError(
        'too_large',
        `sampleWorldSet: found ${items.size} different items (expected ${count}); ask for fewer`,
      )
    const item = sampleWorldItem(rng, options)
    const spelled = [...item.history.map((turn) => turn.question), item.question].join(' ')
    if (!items.has(spelled)) items.set(spelled, item)
  }
  return [...items.values()]
}

/** The side of a phrase that is to be repeated, written down or read out: the same for all uses. */
export function phraseSplit(phrase: string): WorldItem['split'] {
  return splitOf(`repeat:${normalise(phrase)}`)
}

/** Keys of held-out items that training has too; empty where the split is sound. */
export function findLeaks(
  train: readonly Pick<WorldSample, 'key' | 'question' | 'history'>[],
  heldOut: readonly Pick<WorldSample, 'key' | 'question' | 'history'>[],
): readonly string[] {
  const asked = (item: Pick<WorldSample, 'question' | 'history'>): string =>
    normalise([...item.history.map((turn) => turn.question), item.question].join(' '))
  const keys = new Set(train.map((item) => item.key))
  const questions = new Set(train.map(asked))
  return heldOut.filter((item) => keys.has(item.key) || questions.has(asked(item))).map((item) => item.key)
}

/** Whether a reply is right: the canonical answer or one of the others that count, whatever the punctuation. */
export function isRight(item: Pick<WorldSample, 'answer' | 'accept'>, reply: string): boolean {
  const given = normalise(reply)
  return [item.answer, ...item.accept].some((answer) => normalise(answer) === given)
}

function makeItem(kind: WorldKind, rng: Rng): WorldSample {
  const { key: semantic, question, answer, accept = [], history = [] } = kind.draft(rng)
  const context = [...history.map((turn) => turn.question), question].join(' ')
  const key = `${kind.name}:${kind.knowledge ? `${semantic}#${normalise(context)}` : semantic}`
  return {
    id: `${kind.name}-${hash(`${key} ${context}`).toString(16).padStart(8, '0')}`,
    kind: kind.name,
    question,
    answer,
    split: splitOf(key),
    key,
    accept,
    history,
    spoken: kind.written !== true,
  }
}
