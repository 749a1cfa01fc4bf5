/** @file Answers of the labeling API under `/api` that report: what there is to do, how far it is, how people agree. */
import type { OutputFlag, PreferenceMessage, PreferencePart } from 'tony'
import type { AccountObject, AssignmentObject, LabelObject, ScreeningName } from './labels.ts'

/** Answer of `POST /api/projects/:id/next`: an item, or why there is none. */
export type NextObject =
  | { readonly assignment: AssignmentObject; readonly reason: null }
  | { readonly assignment: null; readonly reason: 'done' | 'waiting_for_review' | 'screening_failed' }

/**
 * Answer of `GET /api/projects/:id/progress`. Screening and control items are not counted, so labelers may not ask: what
 * does not move it after a label would tell them what they labeled.
 */
export interface ProgressObject {
  items: number
  complete: number
  labels_needed: number
  labels_done: number
  active: number
  skipped: number
  adjudicated: number
}

/** Figures of one labeler, of control items only where it is said; null where there is nothing to compute them from. */
export interface LabelerFigures {
  /** Pseudonym. */
  labeler: string
  submitted: number
  skipped: number
  median_seconds: number | null
  /** Agreement of rankings with the consensus of the others on the same items. */
  agreement_with_others: number | null
  pairs_with_others: number
  /** Control items that were answered. */
  gold_answered: number
  /** Share of judgments of control items that agree with the expected ones, and how many were compared. */
  gold_agreement: number | null
  gold_judgments: number
}

/**
 * Answer of `GET /api/projects/:id/own`: the asker's own figures. Control items count in `submitted`, `skipped` and
 * `median_seconds` like all others. Agreement, with the others and on control items, leaves out labels that can still be
 * undone, which is for an hour, and changes only on the hour.
 */
export interface OwnFigures extends LabelerFigures {
  /** Items that the asker could label now, with the control items that would come among them. */
  open: number
  /** Items of the screening test, and how many of them the asker has answered. */
  screening: { done: number; total: number }
}

/** Answer of `GET /api/projects/:id/statistics`. */
export interface StatisticsObject {
  labels: number
  items_with_two_labels: number
  pairwise_agreement: number | null
  pairs: number
  strict_agreement: number | null
  kendall_tau_b: number | null
  preference_alpha: number | null
  overall_alpha: { ordinal: number | null; interval: number | null }
  flag_alpha: Readonly<Record<OutputFlag, number | null>>
  median_seconds: number | null
  labelers: LabelerFigures[]
}

/** One row of `GET /api/projects/:id/preferences`: two models whose outputs were ranked together. */
export interface ModelPreferenceObject {
  model: string
  over: string
  /** Share of comparisons in which `model` was ranked before `over`, ties half; its 95% interval. */
  share: number
  low: number
  high: number
  comparisons: number
  ties: number
  items: number
}

/** Which items `GET /api/projects/:id/items?show=` lists; `open` and `complete` are work, `skipped` was skipped by somebody. */
export const itemFilters = ['all', 'open', 'complete', 'skipped', 'screening', 'gold'] as const
export type ItemFilter = (typeof itemFilters)[number]

/** An item as `GET /api/projects/:id/items` tells an admin of it. */
export interface ItemObject {
  id: string
  project_id: string
  /** Order in the project, from 1. */
  position: number
  /** `screening` is of the test before the work, `gold` a control item among it. */
  purpose: 'work' | 'screening' | 'gold'
  prompt: readonly PreferenceMessage[]
  outputs: readonly { content: readonly PreferencePart[]; model: string | null }[]
  /** The answer that is expected of a screening or control item. */
  expected: NonNullable<LabelObject['answer']> | null
  source: string | null
  created_at: string
  /** Labelers that it is to get, where it is not as many as the project says. */
  overlap: number | null
  labels_needed: number
  labels_done: number
  /** Labelers who have it before them. */
  active: number
  skips: readonly { labeler: string; reason: string }[]
  adjudicated: boolean
}

/** Answer of `GET /api/projects/:id/items`. */
export interface ItemPage {
  items: ItemObject[]
  total: number
}

/** One row of `GET /api/projects/:id/disagreements`. */
export interface DisagreementObject {
  item_id: string
  labels: number
  agreement: number | null
  adjudicated: boolean
}

/** Answer of `GET /api/items/:id/labels`, outputs in the item's own order. */
export interface ReviewObject {
  item_id: string
  project_id: string
  prompt: readonly PreferenceMessage[]
  outputs: { content: readonly PreferencePart[]; model?: string | null }[]
  labels: readonly LabelObject[]
  agreement: number | null
  adjudication: {
    answer: NonNullable<LabelObject['answer']>
    reason: string
    adjudicator: string
    created_at: string
  } | null
}

/** One row of `GET /api/projects/:id/members`. */
export interface MemberObject {
  account: AccountObject
  /** The name that the account has in labels and statistics. */
  labeler: string
  screening: ScreeningName
  screening_score: number | null
}

/** One row of `GET /api/accounts`. */
export interface AccountInfoObject extends AccountObject {
  disabled: boolean
  created_at: string
}

/** One entry of `GET /api/audit`, newest first; `before=ID` goes on with those that are older. */
export interface AuditObject {
  id: number
  at: string
  /** Who did it; null for the server itself. */
  account_id: string | null
  action: string
  /** Id of what it was done to. */
  subject: string
  details: unknown
}

/** One version of `GET /api/projects/:id/guidelines`. */
export interface GuidelinesObject {
  version: number
  text: string
  created_at: string
}
