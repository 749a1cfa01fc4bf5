/** @file A prompt while a labeler writes it, and the words for what prompts are. */
import type { PromptBody, PromptObject, EXAMPLES as SERVER_EXAMPLES, UseCase } from '@tony/server/protocol'

/** What labelers write; the paper's three kinds. */
export type WrittenKind = PromptBody['kind']

/** A query and the response that it should get. */
export interface Example {
  readonly query: string
  readonly response: string
}

/** A prompt being written. It holds the fields of every kind, so that changing the kind loses nothing. */
export interface PromptDraft {
  readonly kind: WrittenKind
  readonly text: string
  readonly examples: readonly Example[]
  readonly query: string
  readonly useCase: UseCase | null
}

/** Fewest and most pairs that the server takes; the compiler holds them to the server's. */
export const EXAMPLES: typeof SERVER_EXAMPLES = { least: 2, most: 20 } as const

/** Use cases by the names of InstructGPT's Table 1, in its order. */
export const useCaseNames: Readonly<Record<UseCase, string>> = {
  generation: 'Generation',
  open_qa: 'Open QA',
  brainstorming: 'Brainstorming',
  chat: 'Chat',
  rewrite: 'Rewrite',
  summarization: 'Summarization',
  classification: 'Classification',
  other: 'Other',
  closed_qa: 'Closed QA',
  extract: 'Extract',
}

/** All use cases with their names. */
export const useCases = Object.entries(useCaseNames) as readonly (readonly [UseCase, string])[]

/** How prompts come into the store. */
export const kindNames: Readonly<Record<PromptObject['kind'], string>> = {
  api: 'Through the API',
  plain: 'Plain',
  'few-shot': 'Few-shot',
  'user-based': 'User-based',
}

/** The parts of the data, by user. */
export const splitNames: Readonly<Record<PromptObject['split'], string>> = {
  train: 'Train',
  validation: 'Validation',
  test: 'Test',
}

const blank: Example = { query: '', response: '' }

/** A prompt that nothing was written of yet. */
export function emptyPrompt(kind: WrittenKind = 'plain'): PromptDraft {
  return { kind, text: '', examples: new Array<Example>(EXAMPLES.least).fill(blank), query: '', useCase: null }
}

/** A kept draft; what is missing or broken is as in an empty one. */
export function parsePrompt(kept: unknown): PromptDraft {
  const empty = emptyPrompt()
  if (typeof kept !== 'object' || kept === null) return empty
  const { kind, text, examples, query, useCase } = kept as Partial<Record<keyof PromptDraft, unknown>>
  const pairs = Array.isArray(examples) ? examples.filter(isExample) : []
  return {
    kind: kind === 'few-shot' || kind === 'user-based' ? kind : 'plain',
    text: typeof text === 'string' ? text : '',
    examples: [...pairs, ...empty.examples].slice(0, Math.max(pairs.length, EXAMPLES.least)),
    query: typeof query === 'string' ? query : '',
    useCase: typeof useCase === 'string' && useCase in useCaseNames ? (useCase as UseCase) : null,
  }
}

/** Whether nothing would be lost with it. */
export function isEmptyPrompt({ text, examples, query }: PromptDraft): boolean {
  return [text, query, ...examples.flatMap((pair) => [pair.query, pair.response])].every((each) => each.trim() === '')
}

/** What the server is sent: only the fields of the kind; pairs that are wholly empty are left out. */
export function toPromptBody({ kind, text, examples, query, useCase }: PromptDraft): PromptBody {
  return {
    kind,
    text,
    examples: kind === 'few-shot' ? examples.filter((pair) => !isBlank(pair)) : [],
    ...(kind === 'few-shot' ? { query } : {}),
    ...(useCase === null ? {} : { use_case: useCase }),
  }
}

/** What must still be written, and the name of the field. */
export interface MissingField {
  readonly text: string
  readonly field: string
}

/** The first thing that is missing; undefined if the prompt can be stored. */
export function missingOf({ kind, text, examples, query, useCase }: PromptDraft): MissingField | undefined {
  if (text.trim() === '') {
    const what = kind === 'few-shot' ? 'The instruction' : 'The prompt'
    return { text: `${what} is still empty. Write what the assistant should do.`, field: 'text' }
  }
  if (kind === 'user-based' && useCase === null) {
    return { text: 'A user-based prompt stands for a use case. Choose which one.', field: 'use_case' }
  }
  if (kind !== 'few-shot') return undefined
  for (const [i, pair] of examples.entries()) {
    const half = pair.query.trim() === '' ? 'query' : pair.response.trim() === '' ? 'response' : undefined
    if (half === undefined || isBlank(pair)) continue
    return { text: `Pair ${i + 1} has no ${half} yet. Write it, or empty the pair.`, field: `${half}-${i}` }
  }
  if (examples.filter((pair) => !isBlank(pair)).length < EXAMPLES.least) {
    const first = examples.findIndex(isBlank)
    return {
      text: `A few-shot prompt needs at least ${EXAMPLES.least} pairs. Write another query and its response.`,
      field: `query-${first < 0 ? examples.length - 1 : first}`,
    }
  }
  if (query.trim() === '') {
    return { text: 'The query to be answered is still empty. Write one like those of the pairs.', field: 'query' }
  }
  return undefined
}

/** How many pieces of personal data were taken out, by kind; empty if none were. */
export function replacedText(replaced: PromptObject['replaced']): string {
  const parts = Object.entries(replaced).filter(([, n]) => n > 0)
  return parts.map(([kind, n]) => (n === 1 ? kind : `${kind} ×${n}`)).join(', ')
}

function isBlank({ query, response }: Example): boolean {
  return query.trim() === '' && response.trim() === ''
}

function isExample(value: unknown): value is Example {
  if (typeof value !== 'object' || value === null) return false
  const { query, response } = value as Partial<Record<keyof Example, unknown>>
  return typeof query === 'string' && typeof response === 'string'
}
