/** @file Comparisons in the file formats of others: TRL, HH-RLHF, summarize-from-feedback, lm-human-preferences. */
import { TonyError } from '../util/errors.ts'
import { groupBy } from '../util/group.ts'
import {
  type Comparison,
  type Demonstration,
  MOST_OUTPUTS,
  orderOfPairs,
  type PreferenceMessage,
  type PreferenceOutput,
  type PreferencePart,
  preferencePairs,
  textContent,
} from './preferences.ts'

/** The formats of others. */
export const preferenceFormats = ['trl', 'hh', 'sff', 'lhp'] as const
/** A format of others: TRL preference rows, HH-RLHF, summarize-from-feedback, lm-human-preferences. */
export type PreferenceFormat = (typeof preferenceFormats)[number]

/** One preference read from a file. */
export interface PairRow {
  readonly line: number
  readonly prompt: readonly PreferenceMessage[]
  readonly chosen: PreferenceOutput
  readonly rejected: PreferenceOutput
  /** What it is one pair of; null where the row does not say. */
  readonly item: string | null
  readonly labeler: string | null
  readonly time: string | null
}

/** A line of a JSONL file. */
export interface JsonLine {
  /** From 1, as editors count. */
  readonly line: number
  readonly value: unknown
}

/**
 * Parses JSON lines; empty lines are left out.
 *
 * @throws TonyError `invalid` that names the first broken line.
 */
export function parseJsonLines(text: string): JsonLine[] {
  return text.split('\n').flatMap((raw, i) => {
    if (raw.trim() === '') return []
    try {
      return [{ line: i + 1, value: JSON.parse(raw) as unknown }]
    } catch (cause) {
      const why = cause instanceof SyntaxError ? cause.message.slice(0, 100) : 'not JSON'
      throw new TonyError('invalid', `line ${i + 1} is not valid JSON: ${why}; nothing was imported`, { cause })
    }
  })
}

/** Rows of one comparison in a format, in a fixed order: better outputs first. */
export function toRows(format: PreferenceFormat, comparison: Comparison): object[] {
  return writers[format](comparison)
}

/** A demonstration as TRL's prompt-completion row. */
export function toCompletionRow({ id, prompt, completion, labeler, time }: Demonstration): object {
  return {
    prompt: prompt.map(({ role, content }) => ({ role, content: trlContent(content) })),
    completion: [{ role: 'assistant', content: trlContent(completion) }],
    item: id,
    labeler,
    time,
  }
}

/**
 * A comparison as TRL's unpaired rows, which KTO learns from (Ethayarajh et al. 2024): an output that won more pairs than it
 * lost is labelled true, one that lost more false, one with as many of both is left out.
 */
export function toUnpairedRows({ prompt, outputs, ranks, ...comparison }: Comparison): object[] {
  return outputs.flatMap((output, i) => {
    const balance = ranks.reduce((sum, rank) => sum + Math.sign(rank - ranks[i]!), 0)
    if (balance === 0) return []
    const row = toCompletionRow({ ...comparison, prompt, completion: output.content })
    return [{ ...row, label: balance > 0 }]
  })
}

/**
 * Reads demonstrations from TRL's prompt-completion rows: the inverse of {@link toCompletionRow}.
 *
 * @param newId - makes the id of a demonstration whose row names none.
 * @throws TonyError `invalid` that names the line of a bad row.
 */
export function fromCompletionRows(lines: readonly JsonLine[], newId: (line: number) => string): Demonstration[] {
  return lines.map(({ line, value }) => {
    const row = fields(line, value)
    const prompt = trlSide(line, 'prompt', row['prompt'], 'user')
    const completion = trlSide(line, 'completion', row['completion'])
    const [answer] = completion
    if (prompt.length === 0 || completion.length !== 1 || answer === undefined)
      throw new TonyError(
        'invalid',
        `line ${line}: prompt has ${prompt.length} messages, completion ${completion.length} (expected some, and one); nothing was imported`,
      )
    const text = (name: string): string | null => (typeof row[name] === 'string' ? row[name] : null)
    return {
      id: text('item') ?? newId(line),
      prompt,
      completion: answer.content,
      labeler: text('labeler'),
      time: text('time'),
    }
  })
}

/**
 * Reads comparisons from the lines of a file in a format of others.
 *
 * Pairwise rows of one item (where they name it), one prompt and one labeler become one comparison where they are the pairs
 * of one weak order of outputs that a person can rank, so that what {@link toRows} wrote comes back whole; otherwise each row
 * stays a comparison of two. Rows of HH-RLHF name neither item nor labeler, and stay pairs.
 *
 * @param newId - makes the id of the comparison that begins on a line.
 * @throws TonyError `invalid` that names the line of a bad row, or the lines of preferences that form a cycle.
 */
export function fromRows(
  format: PreferenceFormat,
  lines: readonly JsonLine[],
  newId: (line: number) => string,
): Comparison[] {
  if (format === 'lhp') return lines.map((line) => readBestOf(line, newId(line.line)))
  const rows = lines.map((line) => readers[format](line))
  // Many people compared answers to one prompt of HH-RLHF: joined, what they say is often a circle.
  const groups = format === 'hh' ? rows.map((row) => [row]) : groupsOf(rows)
  return groups.flatMap((group) => joinGroup(group, newId))
}

/** Pairwise rows of one item, prompt and labeler. */
function groupsOf(rows: readonly PairRow[]): PairRow[][] {
  return [...groupBy(rows, (row) => JSON.stringify([row.item, row.prompt, row.labeler])).values()]
}

/** The comparison that rows are the pairs of, or one for each of them. @throws TonyError `invalid` for a cycle. */
function joinGroup(group: readonly PairRow[], newId: (line: number) => string): Comparison[] {
  const outputs: PreferenceOutput[] = []
  const indices = new Map<string, number>()
  const indexOf = (output: PreferenceOutput): number => {
    const key = JSON.stringify([output.content, output.model])
    const known = indices.get(key)
    if (known !== undefined) return known
    indices.set(key, outputs.length)
    return outputs.push(output) - 1
  }
  const pairs = group.map((row) => ({ chosen: indexOf(row.chosen), rejected: indexOf(row.rejected), row }))
  const order = orderOfPairs(outputs.length, pairs)
  if (order.kind === 'cycle') throw cyclic(order.cycle, pairs)
  if (order.kind === 'weak-order' && outputs.length <= MOST_OUTPUTS)
    return [comparisonOf(group[0]!, outputs, order.ranks, newId)]
  return group.map((row) => comparisonOf(row, [row.chosen, row.rejected], [1, 2], newId))
}

function comparisonOf(
  row: PairRow,
  outputs: readonly PreferenceOutput[],
  ranks: readonly number[],
  newId: (line: number) => string,
): Comparison {
  const { prompt, labeler, time } = row
  return { id: newId(row.line), prompt, outputs, ranks, ratings: null, labeler, time }
}

function cyclic(
  cycle: readonly number[],
  pairs: readonly { readonly chosen: number; readonly rejected: number; readonly row: PairRow }[],
): TonyError {
  const lines = cycle.map((chosen, i) => {
    const rejected = cycle[(i + 1) % cycle.length]
    return pairs.find((pair) => pair.chosen === chosen && pair.rejected === rejected)!.row.line
  })
  const named = [...lines].sort((a, b) => a - b).join(', ')
  return new TonyError(
    'invalid',
    lines.length === 1
      ? `line ${named} prefers an output to itself; nothing was imported`
      : `lines ${named} contradict each other: following their preferences one comes back to the first output; remove one of them; nothing was imported`,
  )
}

const writers: { readonly [F in PreferenceFormat]: (comparison: Comparison) => object[] } = {
  trl: (comparison) =>
    pairsInOrder(comparison).map(({ chosen, rejected }) => ({
      prompt: comparison.prompt.map(({ role, content }) => ({ role, content: trlContent(content) })),
      chosen: [{ role: 'assistant', content: trlContent(chosen.content) }],
      rejected: [{ role: 'assistant', content: trlContent(rejected.content) }],
      ...provenance(comparison),
    })),
  hh: (comparison) => {
    const prompt = comparison.prompt
      .map(({ role, content }) => {
        if (role === 'system') throw notHeld(comparison, 'hh', 'a system message')
        return `\n\n${role === 'user' ? 'Human' : 'Assistant'}: ${plain(comparison, 'hh', content)}`
      })
      .join('')
    const whole = (output: PreferenceOutput): string =>
      `${prompt}\n\nAssistant: ${plain(comparison, 'hh', output.content)}`
    return pairsInOrder(comparison).map(({ chosen, rejected }) => ({
      chosen: whole(chosen),
      rejected: whole(rejected),
    }))
  },
  sff: (comparison) =>
    pairsInOrder(comparison).map(({ chosen, rejected }) => ({
      info: { id: comparison.id, post: onlyPost(comparison, 'sff'), title: null, subreddit: null },
      summaries: [chosen, rejected].map((output) => ({
        text: plain(comparison, 'sff', output.content),
        policy: output.model,
        note: null,
      })),
      choice: 0,
      worker: comparison.labeler,
      batch: null,
      split: null,
      extra: { confidence: null },
    })),
  lhp: (comparison) => {
    const best = comparison.ranks.flatMap((rank, i) => (rank === 1 ? [i] : []))
    // The format knows one best of four and no ties.
    if (comparison.outputs.length !== 4 || best.length !== 1) return []
    const samples = comparison.outputs.map((output, i) => [`sample${i}`, plain(comparison, 'lhp', output.content)])
    return [{ query: onlyPost(comparison, 'lhp'), ...Object.fromEntries(samples), best: best[0] }]
  },
}

const readers: { readonly [F in Exclude<PreferenceFormat, 'lhp'>]: (line: JsonLine) => PairRow } = {
  trl: ({ line, value }) => {
    const row = fields(line, value)
    const chosen = trlSide(line, 'chosen', row['chosen'])
    const rejected = trlSide(line, 'rejected', row['rejected'])
    const given = row['prompt'] === undefined ? [] : trlSide(line, 'prompt', row['prompt'], 'user')
    const prompt = [...given, ...commonPrefix(line, chosen, rejected)]
    return {
      line,
      prompt,
      chosen: { content: lastTurn(line, 'chosen', chosen), model: null },
      rejected: { content: lastTurn(line, 'rejected', rejected), model: null },
      item: itemOf(row['item']),
      labeler: optionalText(line, 'labeler', row['labeler']),
      time: optionalText(line, 'time', row['time']),
    }
  },
  hh: ({ line, value }) => {
    const row = fields(line, value)
    const chosen = dialogue(line, 'chosen', row['chosen'])
    const rejected = dialogue(line, 'rejected', row['rejected'])
    const shared = sharedTurns(line, chosen, rejected)
    return {
      line,
      prompt: chosen.slice(0, shared),
      chosen: { content: rest(line, 'chosen', chosen, shared), model: null },
      rejected: { content: rest(line, 'rejected', rejected, shared), model: null },
      item: null,
      labeler: null,
      time: null,
    }
  },
  sff: ({ line, value }) => {
    const row = fields(line, value)
    const info = fields(line, row['info'], 'info')
    const summaries = row['summaries']
    if (!Array.isArray(summaries) || summaries.length !== 2) throw bad(line, 'summaries', 'two summaries')
    const [first, second] = summaries.map((summary, i) => {
      const { text, policy } = fields(line, summary, `summaries[${i}]`)
      return {
        content: textContent(requireText(line, `summaries[${i}].text`, text)),
        model: optionalText(line, `summaries[${i}].policy`, policy),
      }
    })
    const choice = row['choice']
    if (choice !== 0 && choice !== 1) throw bad(line, 'choice', '0 or 1')
    return {
      line,
      prompt: [{ role: 'user', content: textContent(requireText(line, 'info.post', info['post'] ?? info['article'])) }],
      chosen: (choice === 0 ? first : second)!,
      rejected: (choice === 0 ? second : first)!,
      item: itemOf(info['id']),
      labeler: optionalText(line, 'worker', row['worker']),
      time: null,
    }
  },
}

function readBestOf({ line, value }: JsonLine, id: string): Comparison {
  const row = fields(line, value)
  const outputs = [0, 1, 2, 3].map((i) => ({
    content: textContent(requireText(line, `sample${i}`, row[`sample${i}`])),
    model: null,
  }))
  const best = row['best']
  if (typeof best !== 'number' || ![0, 1, 2, 3].includes(best)) throw bad(line, 'best', '0, 1, 2 or 3')
  return {
    id,
    prompt: [{ role: 'user', content: textContent(requireText(line, 'query', row['query'])) }],
    outputs,
    // One best, the rest tied last.
    ranks: outputs.map((_, i) => (i === best ? 1 : 2)),
    ratings: null,
    labeler: null,
    time: null,
  }
}

function pairsInOrder(comparison: Comparison): { chosen: PreferenceOutput; rejected: PreferenceOutput }[] {
  return preferencePairs(comparison.ranks)
    .sort((a, b) => comparison.ranks[a.chosen]! - comparison.ranks[b.chosen]! || a.chosen - b.chosen)
    .map(({ chosen, rejected }) => ({
      chosen: comparison.outputs[chosen]!,
      rejected: comparison.outputs[rejected]!,
    }))
}

function provenance({ id, labeler, time }: Comparison): object {
  return { item: id, labeler, time }
}

/** A string if it is text only, else the list of parts with paths, as datasets with sound and pictures have it. */
function trlContent(content: readonly PreferencePart[]): unknown {
  if (content.length === 1 && content[0]!.type === 'text') return content[0]!.text
  return content.map(trlPart)
}

function trlPart(part: PreferencePart): object {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'audio':
      return { type: 'audio', audio: { path: `${part.sha256}.wav` } }
    case 'image':
      return { type: 'image', image: { path: `${part.sha256}.png` } }
  }
}

function trlSide(
  line: number,
  name: string,
  value: unknown,
  role: PreferenceMessage['role'] = 'assistant',
): PreferenceMessage[] {
  if (typeof value === 'string') return [{ role, content: textContent(value) }]
  if (!Array.isArray(value) || value.length === 0) throw bad(line, name, 'text or a list of messages')
  return value.map((message, i) => {
    const at = `${name}[${i}]`
    const { role: given, content } = fields(line, message, at)
    if (given !== 'system' && given !== 'user' && given !== 'assistant') {
      throw bad(line, `${at}.role`, 'system, user or assistant')
    }
    return { role: given, content: trlParts(line, `${at}.content`, content) }
  })
}

function trlParts(line: number, at: string, content: unknown): PreferencePart[] {
  if (typeof content === 'string') return textContent(content)
  if (!Array.isArray(content) || content.length === 0) throw bad(line, at, 'text or a list of parts')
  return content.map((part, i): PreferencePart => {
    const where = `${at}[${i}]`
    const { type, text, audio, image } = fields(line, part, where)
    if (type === 'text') return { type, text: requireText(line, `${where}.text`, text) }
    if (type !== 'audio' && type !== 'image') throw bad(line, `${where}.type`, 'text, audio or image')
    const { path } = fields(line, type === 'audio' ? audio : image, `${where}.${type}`)
    const sha256 = /^([0-9a-f]{64})\.(?:wav|png)$/.exec(typeof path === 'string' ? path : '')?.[1]
    if (sha256 === undefined) throw bad(line, `${where}.${type}.path`, 'the SHA-256 of a stored file and its ending')
    return { type, sha256 }
  })
}

/** `\n\nHuman: ...\n\nAssistant: ...` as turns. */
function dialogue(line: number, name: string, value: unknown): PreferenceMessage[] {
  const text = requireText(line, name, value)
  const turns = text.split(/\n\n(?=(?:Human|Assistant): ?)/).filter((turn) => turn.trim() !== '')
  return turns.map((turn) => {
    const match = /^(Human|Assistant): ?([\s\S]*)$/.exec(turn)
    if (match === null) throw bad(line, name, 'turns that begin with "Human:" or "Assistant:" after an empty line')
    return { role: match[1] === 'Human' ? 'user' : 'assistant', content: textContent(match[2]!) }
  })
}

/** How many turns both sides of an HH-RLHF row begin with; what differs begins with an answer. */
function sharedTurns(
  line: number,
  chosen: readonly PreferenceMessage[],
  rejected: readonly PreferenceMessage[],
): number {
  const most = Math.min(chosen.length, rejected.length) - 1
  let shared = 0
  while (shared < most && JSON.stringify(chosen[shared]) === JSON.stringify(rejected[shared])) shared++
  if (shared === most && chosen.length === rejected.length) return shared
  if (chosen[shared]?.role === 'assistant' && rejected[shared]?.role === 'assistant') return shared
  throw differentPrompts(line)
}

/** The answer from turn `from` on. In a few rows of HH-RLHF it runs on into further turns, which stay its text. */
function rest(
  line: number,
  name: string,
  turns: readonly PreferenceMessage[],
  from: number,
): readonly PreferencePart[] {
  const last = lastTurn(line, name, turns)
  if (from === turns.length - 1) return last
  const said = turns.slice(from).map(({ role, content }, i) => {
    const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
    return i === 0 ? text : `${role === 'user' ? 'Human' : 'Assistant'}: ${text}`
  })
  return textContent(said.join('\n\n'))
}

/** The turns before the last one, which both sides must share. */
function commonPrefix(
  line: number,
  chosen: readonly PreferenceMessage[],
  rejected: readonly PreferenceMessage[],
): readonly PreferenceMessage[] {
  const before = chosen.slice(0, -1)
  if (JSON.stringify(before) === JSON.stringify(rejected.slice(0, -1))) return before
  throw differentPrompts(line)
}

function differentPrompts(line: number): TonyError {
  return new TonyError('invalid', `line ${line}: chosen and rejected answer different prompts; nothing was imported`)
}

function lastTurn(line: number, name: string, turns: readonly PreferenceMessage[]): readonly PreferencePart[] {
  const last = turns.at(-1)
  if (last?.role !== 'assistant') throw bad(line, name, 'an answer of the assistant at its end')
  return last.content
}

function plain(comparison: Comparison, format: PreferenceFormat, content: readonly PreferencePart[]): string {
  return content
    .map((part) => {
      if (part.type !== 'text') throw notHeld(comparison, format, part.type === 'audio' ? 'sound' : 'a picture')
      return part.text
    })
    .join('')
}

function onlyPost(comparison: Comparison, format: PreferenceFormat): string {
  const [first, ...rest] = comparison.prompt
  if (first === undefined || rest.length > 0 || first.role !== 'user') {
    throw notHeld(comparison, format, 'a prompt of several messages')
  }
  return plain(comparison, format, first.content)
}

function notHeld(comparison: Comparison, format: PreferenceFormat, what: string): TonyError {
  return new TonyError(
    'unsupported',
    `export: item ${comparison.id} has ${what}, which the format ${format} cannot hold; export as trl or full`,
  )
}

function fields(line: number, value: unknown, name = ''): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw bad(line, name, 'an object')
}

function requireText(line: number, name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw bad(line, name, 'text')
}

/** What a row calls its item; files of others have numbers there, or nothing. */
function itemOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

function optionalText(line: number, name: string, value: unknown): string | null {
  return value === undefined || value === null ? null : requireText(line, name, value)
}

function bad(line: number, name: string, expected: string): TonyError {
  return new TonyError(
    'invalid',
    `line ${line}: ${name === '' ? 'the row' : name} is not ${expected}; nothing was imported`,
  )
}
