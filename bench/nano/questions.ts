/** @file `answer-text`: written questions of the closed world, kind by kind, and the text-only twin beside. */

import type { WorldSample, WorldTurn } from '../../packages/tony/src/data/world/kind.ts'
import { normalise } from '../../packages/tony/src/data/world/normalise.ts'
import { isRight, sampleWorldItem, worldKinds } from '../../packages/tony/src/data/world/world.ts'
import { bestConstant, others, rateDifference, type Scored } from '../../packages/tony/src/eval/score.ts'
import type { Message } from '../../packages/tony/src/media/types.ts'
import { makeRng, type Rng } from '../../packages/tony/src/util/rng.ts'
import { measureOutside } from './outside.ts'
import { type Report, rightOrWrong, score } from './report.ts'
import type { Setting } from './setting.ts'
import { Subject, text } from './subject.ts'

/** Draws of training items from which the best constant reply of a kind is found. */
const CHANCE_DRAWS = 1000
/** Draws after which a kind is taken to have no more held-out items. */
const PATIENCE = 50
/** Most exchanges about something else before a later turn. */
const MOST_OTHERS = 3

export interface KindResult {
  readonly kind: string
  readonly value: number
  readonly chance: number
  readonly n: number
}

/** The omni model's answers against those of a text-only model to the same questions. */
export interface TwinResult {
  readonly model: string
  readonly parameters: number
  readonly value: number
  readonly low: number
  readonly high: number
  /** Accuracy of the omni model less that of the twin, over the same items. */
  readonly difference: number
  readonly difference_low: number
  readonly difference_high: number
  readonly n: number
}

/** Measures `answer-text`; gives the results by kind, worst first, and the twin's where there is one. */
export async function measureQuestions(
  setting: Setting,
): Promise<{ readonly kinds: readonly KindResult[]; readonly twin: TwinResult | null }> {
  const { report, subject } = setting
  const rng = makeRng(2026)
  const each = Math.max(1, Math.round(setting.n / 10))
  const items = worldKinds.flatMap((kind) => heldOutItems(rng, kind.name, each))
  const replies = await answers(setting, subject, items)
  const empty = (await subject.ask([text('')])).text
  const constants = constantReplies(rng)
  const right = (given: readonly string[]): Scored[] => items.map((item, i) => rightOrWrong(isRight(item, given[i]!)))
  const chance = items.map((item) => rightOrWrong(isRight(item, constants(item.kind))))
  report.task('answer-text', 'held-out', {
    metric: 'accuracy',
    items: right(replies),
    chance,
    ablated: right(others(replies)),
    note: `every kind ${each} times; ablated: another question`,
    more: { kinds: new Set(items.map((item) => item.kind)).size },
  })
  report.detail('answer-text', 'held-out', {
    metric: 'accuracy',
    items: right(items.map(() => empty)),
    note: 'no question at all',
  })
  reportSameKind(report, items, replies)
  await measureOutside(setting, { items, replies })
  const later = items.map((item) => ({ ...item, history: [...otherTurns(rng), ...item.history] }))
  const second = await answers(setting, subject, later)
  report.task('answer-text', 'later-turn', {
    metric: 'accuracy',
    items: right(second),
    chance,
    ablated: right(others(second)),
    note: `the same after one to ${MOST_OTHERS} turns about something else; ablated: another question`,
  })
  const kinds = byKind(items, right(replies), chance)
  printKinds(kinds)
  return { kinds, twin: await measureTwin(setting, items, right(replies)) }
}

/** What is right of a reply to another question of the same kind: the score of who knows the kind but did not read. */
function reportSameKind(report: Report, items: readonly WorldSample[], replies: readonly string[]): void {
  const scored = items.flatMap((item, i) => {
    const group = items.flatMap((other, at) => (other.kind === item.kind ? [at] : []))
    const other = group[(group.indexOf(i) + 1) % group.length]!
    return other === i ? [] : [rightOrWrong(isRight(item, replies[other]!))]
  })
  const note = 'another question of the same kind'
  if (scored.length > 0) report.detail('answer-text', 'held-out', { metric: 'accuracy', items: scored, note })
}

/** Up to `count` different held-out items of a kind; fewer where a kind has no more. */
export function heldOutItems(rng: Rng, kind: string, count: number): WorldSample[] {
  const found = new Map<string, WorldSample>()
  for (let draws = 0; found.size < count && draws < count * PATIENCE; draws++) {
    const item = sampleWorldItem(rng, { split: 'held-out', kinds: [kind] })
    found.set([...item.history.map((turn) => turn.question), item.question].join(' '), item)
  }
  return [...found.values()]
}

/** By kind, the one reply that is right most often in training: what can be scored without reading the question. */
export function constantReplies(rng: Rng): (kind: string) => string {
  const known = new Map<string, string>()
  return (kind) => {
    const old = known.get(kind)
    if (old !== undefined) return old
    const draws = Array.from({ length: CHANCE_DRAWS }, () => sampleWorldItem(rng, { split: 'train', kinds: [kind] }))
    const reply = bestConstant(draws.map(({ answer, accept }) => [answer, ...accept].map(normalise)))
    known.set(kind, reply)
    return reply
  }
}

/** Held-out turns that a question has nothing to do with: one to three exchanges, some of more than one turn. */
function otherTurns(rng: Rng): WorldTurn[] {
  return Array.from({ length: 1 + rng.int(MOST_OTHERS) }, () => sampleWorldItem(rng, { split: 'held-out' })).flatMap(
    turnsOf,
  )
}

/** All turns of an item, the question last. */
export function turnsOf({ history, question, answer }: WorldSample): WorldTurn[] {
  return [...history, { question, answer }]
}

/** Earlier turns of an item as messages. */
export function historyOf(item: WorldSample): Message[] {
  return item.history.flatMap(({ question, answer }): Message[] => [
    { role: 'user', content: [text(question)] },
    { role: 'assistant', content: [text(answer)] },
  ])
}

/** Written answers to written questions. */
function answers(
  { report, parallel }: { readonly report: Report; readonly parallel: number },
  subject: Subject,
  items: readonly WorldSample[],
): Promise<string[]> {
  return report.each('answer-text', items, {
    parallel,
    work: async (item) => (await subject.ask([text(item.question)], { history: historyOf(item) })).text,
  })
}

function byKind(items: readonly WorldSample[], right: readonly Scored[], chance: readonly Scored[]): KindResult[] {
  return [...new Set(items.map((item) => item.kind))]
    .map((kind) => {
      const of = (scored: readonly Scored[]): Scored[] => scored.filter((_, i) => items[i]!.kind === kind)
      return {
        kind,
        value: score('accuracy', of(right)).value,
        chance: score('accuracy', of(chance)).value,
        n: of(right).length,
      }
    })
    .sort((a, b) => a.value - b.value || a.kind.localeCompare(b.kind))
}

function printKinds(kinds: readonly KindResult[]): void {
  console.log('answer-text by kind, worst first: right (chance) of n')
  const cells = kinds.map(
    ({ kind, value, chance, n }) =>
      `${kind.padEnd(20)} ${value.toFixed(2)} (${chance.toFixed(2)}) of ${String(n).padEnd(3)}`,
  )
  const rows = Math.ceil(cells.length / 3)
  for (let i = 0; i < rows; i++) console.log(`  ${[0, 1, 2].map((c) => cells[c * rows + i] ?? '').join('  ')}`)
}

async function measureTwin(
  setting: Setting,
  items: readonly WorldSample[],
  omni: readonly Scored[],
): Promise<TwinResult | null> {
  if (setting.twin === undefined) return null
  const twin = await Subject.open(setting.twin)
  try {
    const replies = await answers(setting, twin, items)
    const right = items.map((item, i) => rightOrWrong(isRight(item, replies[i]!)))
    setting.report.detail('answer-text', 'held-out', { metric: 'accuracy', items: right, note: 'the text-only twin' })
    const gap = rateDifference(omni, right, makeRng(1))
    // Error rates: what the omni model errs less is what it is better by.
    const better = (x: number): number => Number((-x).toFixed(4))
    const result = {
      model: setting.twin,
      parameters: twin.info.parameters,
      ...score('accuracy', right),
      difference: better(gap.value),
      difference_low: better(gap.high),
      difference_high: better(gap.low),
      n: items.length,
    }
    console.log(
      `omni less twin: ${result.difference.toFixed(3)}  [${result.difference_low.toFixed(3)}, ${result.difference_high.toFixed(3)}]`,
    )
    return result
  } finally {
    await twin.close()
  }
}
