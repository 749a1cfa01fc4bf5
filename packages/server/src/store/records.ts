/** @file What the store holds beside plain columns. */
import type { OutputRating, PreferencePart } from 'tony'

/** What an account may do: an admin everything, a reviewer also adjudicate, a labeler label what is assigned. */
export type AccountRole = 'admin' | 'reviewer' | 'labeler'

/** What a project asks for. */
export type ProjectKind = 'demonstration' | 'comparison' | 'ratings'

/** A finished label. Outputs are in the item's own order, whatever order the labeler saw. */
export type Answer =
  | { readonly kind: 'demonstration'; readonly content: readonly PreferencePart[]; readonly notes: string | null }
  | {
      readonly kind: 'comparison'
      /** Dense, 1 is best, equal ranks are ties. */
      readonly ranks: readonly number[]
      /** One for each output; null if the labeler rated none. */
      readonly ratings: readonly OutputRating[] | null
      readonly notes: string | null
    }
  | { readonly kind: 'ratings'; readonly ratings: readonly OutputRating[]; readonly notes: string | null }

/**
 * Where an assignment stands. `expired`: the lease ran out and the place went back; its draft is kept, and its labeler
 * may take it up again while there is a place.
 */
export type AssignmentState = 'active' | 'submitted' | 'skipped' | 'expired'

/** Where a labeler stands in a project's screening. */
export type ScreeningState = 'none' | 'pending' | 'review' | 'passed' | 'failed'

/** How a prompt came into the store: through the API, or written by a labeler in one of InstructGPT's three kinds. */
export type PromptKind = 'api' | 'plain' | 'few-shot' | 'user-based'

/** The part of the data that a prompt belongs to; all prompts of one user are in the same. */
export type Split = 'train' | 'validation' | 'test'
