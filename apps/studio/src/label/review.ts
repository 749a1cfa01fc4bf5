/** @file An item under review: its outputs in an order that says nothing of who made them, and a decision about it. */
import type { LabelObject, ReviewObject } from '@tony/server/protocol'
import { type Draft, emptyDraft } from './answer.ts'

/**
 * The output at each place. The item's own order is often the same for all items (the old model first), so each item
 * gets one of its own, always the same for the same item.
 */
export function placesOf(itemId: string, outputs: number): readonly number[] {
  let state = 2_166_136_261
  for (const char of itemId) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619)
  const places = Array.from({ length: outputs }, (_, i) => i)
  for (let i = outputs - 1; i > 0; i--) {
    state = Math.imul(state ^ (state >>> 15), 2_246_822_519)
    const j = ((state ^ (state >>> 13)) >>> 0) % (i + 1)
    ;[places[i], places[j]] = [places[j]!, places[i]!]
  }
  return places
}

/** The same review with outputs and answers in another order. */
export function reordered(review: ReviewObject, places: readonly number[]): ReviewObject {
  const { adjudication } = review
  return {
    ...review,
    outputs: places.map((output) => review.outputs[output]!),
    labels: review.labels.map((label) => ({
      ...label,
      answer: label.answer === null ? null : reorderedAnswer(label.answer, places),
    })),
    adjudication:
      adjudication === null ? null : { ...adjudication, answer: reorderedAnswer(adjudication.answer, places) },
  }
}

/** Brings a decision back to the item's own order. */
export function unordered<T>(shown: readonly T[], places: readonly number[]): T[] {
  const own = new Array<T>(shown.length)
  for (const [place, output] of places.entries()) own[output] = shown[place]!
  return own
}

/** A decision that begins as a label is. */
export function draftFrom(answer: NonNullable<LabelObject['answer']> | null, outputs: number): Draft {
  const empty = emptyDraft(outputs)
  if (answer === null) return empty
  return {
    ...empty,
    content: answer.content ?? empty.content,
    ranks: answer.ranks ?? empty.ranks,
    ratings: answer.ratings ?? empty.ratings,
  }
}

type Answer = NonNullable<LabelObject['answer']>

function reorderedAnswer(answer: Answer, places: readonly number[]): Answer {
  const { ranks, ratings } = answer
  return {
    ...answer,
    ...(ranks === undefined ? {} : { ranks: places.map((output) => ranks[output]!) }),
    ...(ratings == null ? {} : { ratings: places.map((output) => ratings[output]!) }),
  }
}
