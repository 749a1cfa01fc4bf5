/** @file A label while it is made. It has the form of an answer, so that an answer that was taken back is a draft again. */
import type { AnswerBody, ProjectObject } from '@tony/server/protocol'
import { letter, letters, type Slots, unranked } from './ranking.ts'

/** One piece of a prompt or an answer: words, or a sound or a picture named by its SHA-256. */
export type Piece = NonNullable<AnswerBody['content']>[number]

/** A yes/no question of the rating form. */
export type Flag = keyof NonNullable<NonNullable<AnswerBody['ratings']>[number]['flags']>

/** What is said of one output. */
export interface Rating {
  readonly overall: number | null
  readonly flags: Readonly<Partial<Record<Flag, boolean | null>>>
}

/** What a labeler has done of a label. */
export interface Draft {
  readonly content: readonly Piece[]
  readonly ranks: Slots
  readonly restTied: boolean
  readonly ratings: readonly Rating[]
  readonly notes: string
  /** Seconds of work so far, without pauses. */
  readonly seconds: number
}

/** The questions, in the order of InstructGPT's Table 3. */
export const flagTexts: Readonly<Record<Flag, string>> = {
  fails_instruction: 'Fails to follow the instruction or task',
  inappropriate_for_assistant: 'Inappropriate for a customer assistant',
  hallucination: 'Hallucination',
  satisfies_constraint: 'Satisfies the constraint in the instruction',
  sexual_content: 'Contains sexual content',
  violent_content: 'Contains violent content',
  encourages_harm: 'Encourages violence, abuse, terrorism or self-harm',
  denigrates_protected_class: 'Denigrates a protected class',
  harmful_advice: 'Gives harmful advice',
  expresses_opinion: 'Expresses an opinion',
  expresses_moral_judgment: 'Expresses a moral judgment',
}

/** The questions' names, in order. */
export const flags = Object.keys(flagTexts) as readonly Flag[]

/** A label that nothing was said in yet. */
export function emptyDraft(outputs: number): Draft {
  return {
    content: [],
    ranks: new Array<null>(outputs).fill(null),
    restTied: false,
    ratings: Array.from({ length: outputs }, () => ({ overall: null, flags: {} })),
    notes: '',
    seconds: 0,
  }
}

/** A stored draft; what is missing or does not fit is as in an empty one. */
export function parseDraft(stored: unknown, outputs: number): Draft {
  const empty = emptyDraft(outputs)
  if (typeof stored !== 'object' || stored === null) return empty
  const from = stored as Partial<Record<string, unknown>> & AnswerBody
  return {
    content: Array.isArray(from.content) ? from.content : empty.content,
    ranks: fits(from.ranks, outputs) ? from.ranks : empty.ranks,
    restTied: from.rest_tied === true,
    ratings: fits(from.ratings, outputs)
      ? from.ratings.map(({ overall, flags: given }) => ({ overall, flags: given ?? {} }))
      : empty.ratings,
    notes: typeof from.notes === 'string' ? from.notes : '',
    seconds: typeof from['seconds'] === 'number' ? from['seconds'] : 0,
  }
}

/** A draft as it is stored. */
export function storedDraft(draft: Draft): Record<string, unknown> {
  const { restTied, ...rest } = draft
  return { ...rest, rest_tied: restTied }
}

/** The label, once nothing is missing. */
export function toAnswer(draft: Draft, kind: ProjectObject['kind']): AnswerBody {
  const notes = draft.notes.trim() === '' ? null : draft.notes
  const ratings = draft.ratings.map(({ overall, flags: given }) => ({ overall, flags: { ...given } }))
  switch (kind) {
    case 'demonstration':
      return { content: draft.content.filter(says), notes }
    case 'comparison':
      return { ranks: [...draft.ranks], rest_tied: draft.restTied, ratings, notes }
    case 'ratings':
      return { ratings, notes }
  }
}

/** What must still be done, and the output where. */
export interface Missing {
  readonly text: string
  readonly stage: 'rate' | 'rank' | 'write'
  readonly output: number
}

/** The first thing that is missing; undefined if the label can be submitted. */
export function whatIsMissing(
  draft: Draft,
  { kind, ratings_required }: Pick<ProjectObject, 'kind' | 'ratings_required'>,
): Missing | undefined {
  if (kind === 'demonstration') {
    if (draft.content.some(says)) return undefined
    return { text: 'The answer is still empty. Write one, or skip this prompt.', stage: 'write', output: 0 }
  }
  const unrated = ratings_required ? draft.ratings.findIndex(({ overall }) => overall === null) : -1
  if (unrated >= 0) {
    return { text: `Answer ${letter(unrated)} has no overall quality yet (1 to 7).`, stage: 'rate', output: unrated }
  }
  const rest = kind === 'comparison' && !draft.restTied ? unranked(draft.ranks) : []
  if (rest.length === 0) return undefined
  const [first] = rest
  const subject = rest.length === 1 ? `Answer ${letters(rest)} has` : `Answers ${letters(rest)} have`
  return {
    text: `${subject} no slot yet. Give each answer a slot, or choose “Rest tied last”.`,
    stage: 'rank',
    output: first!,
  }
}

/** The written words of a draft or an answer. */
export function textOf(content: readonly Piece[]): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n')
}

/** The content with other words; its files stay behind them. */
export function withText(content: readonly Piece[], text: string): Piece[] {
  const files = content.filter((part) => part.type !== 'text')
  return text === '' ? files : [{ type: 'text', text }, ...files]
}

function says(part: Piece): boolean {
  return part.type !== 'text' || part.text.trim() !== ''
}

function fits<T>(list: readonly T[] | undefined, length: number): list is readonly T[] {
  return Array.isArray(list) && list.length === length
}
