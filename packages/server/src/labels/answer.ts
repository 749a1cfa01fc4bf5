/** @file Answers from outside: checked for what the project asks, and brought from the order shown to the item's own. */
import { checkRanks, type OutputRating, outputFlags, type PreferencePart, TonyError } from 'tony'
import { invalid, quote } from '../errors.ts'
import type { AnswerBody } from '../protocol/labels.ts'
import type { Answer, ProjectKind } from '../store/records.ts'

/** What an answer must fit. */
export interface AnswerShape {
  readonly kind: ProjectKind
  readonly outputs: number
  readonly ratingsRequired: boolean
  /** The output shown at each place. */
  readonly permutation: readonly number[]
}

/** Checks an answer and puts it into the item's own order. @throws ApiError 400 that says what is missing. */
export function toAnswer(body: AnswerBody, shape: AnswerShape): Answer {
  const notes = body.notes ?? null
  const { kind } = shape
  refuseOthers(body, kind)
  switch (kind) {
    case 'demonstration': {
      const { content } = body
      if (content === undefined || !content.some(says)) throw invalid('content is empty; write an answer.', 'content')
      return { kind, content, notes }
    }
    case 'comparison': {
      const ratings = toRatings(body.ratings, shape)
      if (body.ranks === undefined) throw invalid('ranks is missing.', 'ranks', 'missing_required_parameter')
      return { kind, ranks: unshuffle(ranksOf(body, body.ranks, shape.outputs), shape.permutation), ratings, notes }
    }
    case 'ratings': {
      const ratings = toRatings(body.ratings, shape)
      if (ratings === null) throw invalid('ratings is missing.', 'ratings', 'missing_required_parameter')
      return { kind, ratings, notes }
    }
  }
}

/** The same answer as the labeler saw it. */
export function toBody(answer: Answer, permutation: readonly number[]): AnswerBody {
  const { notes } = answer
  switch (answer.kind) {
    case 'demonstration':
      return { content: [...answer.content], notes }
    case 'comparison': {
      const ranks = permutation.map((i) => answer.ranks[i]!)
      const { ratings } = answer
      return { ranks, ...(ratings === null ? {} : { ratings: permutation.map((i) => ratings[i]!) }), notes }
    }
    case 'ratings':
      return { ratings: permutation.map((i) => answer.ratings[i]!), notes }
  }
}

/** What each kind of project asks for. */
const fieldsOf: Readonly<Record<ProjectKind, readonly (keyof AnswerBody)[]>> = {
  demonstration: ['content', 'notes'],
  comparison: ['ranks', 'rest_tied', 'ratings', 'notes'],
  ratings: ['ratings', 'notes'],
}

function refuseOthers(body: AnswerBody, kind: ProjectKind): void {
  for (const [name, value] of Object.entries(body)) {
    if (value !== undefined && !fieldsOf[kind].includes(name as keyof AnswerBody)) {
      throw invalid(`${name} does not belong to the answer in a project of kind ${kind}.`, name, 'unknown_parameter')
    }
  }
}

function says(part: PreferencePart): boolean {
  return part.type !== 'text' || part.text.trim() !== ''
}

function ranksOf(body: AnswerBody, ranks: readonly (number | null)[], count: number): number[] {
  try {
    return checkRanks(ranks, count, { restTied: body.rest_tied === true })
  } catch (error) {
    if (error instanceof TonyError) throw invalid(`${error.message}.`, 'ranks', 'invalid_ranking')
    throw error
  }
}

function toRatings(
  given: AnswerBody['ratings'],
  { outputs, ratingsRequired, permutation }: AnswerShape,
): OutputRating[] | null {
  if (given === undefined) {
    if (ratingsRequired)
      throw invalid('ratings is missing; rate each output first.', 'ratings', 'missing_required_parameter')
    return null
  }
  if (given.length !== outputs) {
    throw invalid(`ratings: ${given.length} ratings for ${outputs} outputs; rate each output.`, 'ratings')
  }
  const ratings = given.map(({ overall, flags = {} }, i) => {
    if (overall === null && ratingsRequired) {
      throw invalid(`ratings: output ${i + 1} has no overall quality (1 to 7).`, `ratings[${i}].overall`)
    }
    const unknown = Object.keys(flags).find((name) => !(outputFlags as readonly string[]).includes(name))
    if (unknown !== undefined) {
      throw invalid(
        `ratings[${i}].flags has ${quote(unknown)}, which is no question of this form.`,
        `ratings[${i}].flags`,
      )
    }
    return {
      overall,
      flags: Object.fromEntries(outputFlags.map((flag) => [flag, flags[flag] ?? null])) as OutputRating['flags'],
    }
  })
  return unshuffle(ratings, permutation)
}

/** What was said of the output at each place, put at the output's own index. */
function unshuffle<T>(shown: readonly T[], permutation: readonly number[]): T[] {
  const own = new Array<T>(shown.length)
  for (const [place, output] of permutation.entries()) own[output] = shown[place]!
  return own
}
