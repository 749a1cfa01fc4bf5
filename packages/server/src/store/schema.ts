/** @file The tables as queries see them; `migrations.ts` makes them, and a test compares the two. */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  integer,
  jsonb,
  type PgTimestampBuilderInitial,
  pgTable,
  primaryKey,
  real,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import type { PreferenceMessage, PreferenceOutput } from 'tony'
import type { AccountRole, Answer, AssignmentState, ProjectKind, PromptKind, ScreeningState, Split } from './records.ts'

/** Milliseconds are all that JavaScript's dates hold; more would not come back the same. */
const time = <N extends string>(name: N): PgTimestampBuilderInitial<N> =>
  timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

/** People who sign in. */
export const accounts = pgTable('accounts', {
  id: text('id').primaryKey(),
  /** Lower case. */
  name: text('name').notNull().unique(),
  role: text('role').$type<AccountRole>().notNull(),
  passwordHash: text('password_hash').notNull(),
  createdAt: time('created_at').notNull(),
  disabledAt: time('disabled_at'),
})

/** Signed-in browsers, by the hash of their cookie. */
export const sessions = pgTable('sessions', {
  tokenHash: text('token_hash').primaryKey(),
  accountId: text('account_id')
    .notNull()
    .references(() => accounts.id),
  expiresAt: time('expires_at').notNull(),
})

/** Links that let one person make an account, by the hash of their token. */
export const invites = pgTable('invites', {
  tokenHash: text('token_hash').primaryKey(),
  role: text('role').$type<AccountRole>().notNull(),
  /** The project that the new account joins. */
  projectId: text('project_id').references(() => projects.id),
  createdBy: text('created_by').notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  usedBy: text('used_by'),
})

/** The link with which the owner of an account sets a new password, by the hash of its token; an account has one. */
export const passwordResets = pgTable('password_resets', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => accounts.id),
  tokenHash: text('token_hash').notNull().unique(),
  expiresAt: time('expires_at').notNull(),
})

/** What is labeled together, under one set of guidelines. */
export const projects = pgTable('projects', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  kind: text('kind').$type<ProjectKind>().notNull(),
  /** Labelers asked for each item; an item may have its own number. */
  overlap: integer('overlap').notNull(),
  leaseSeconds: integer('lease_seconds').notNull(),
  ratingsRequired: boolean('ratings_required').notNull(),
  /** Least share of agreement with the screening items' expected answers; null means no screening. */
  screeningMinimum: real('screening_minimum'),
  /** Of how many items one is a control item, on average; null means that none are given out. */
  goldEvery: integer('gold_every'),
  /** Secret: who knows it can compute where control items come. */
  goldKey: text('gold_key').notNull().default(sql`gen_random_uuid()::text`),
  createdAt: time('created_at').notNull(),
  archivedAt: time('archived_at'),
})

/** Every version of a project's guidelines; the newest is shown, each label keeps the one that it was made under. */
export const guidelines = pgTable(
  'guidelines',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    version: integer('version').notNull(),
    text: text('text').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.version] })],
)

/** Who labels in which project. */
export const members = pgTable(
  'members',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    screening: text('screening').$type<ScreeningState>().notNull(),
    screeningScore: real('screening_score'),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.accountId] })],
)

/** One thing to label: a prompt, with outputs to compare or rate. */
export const items = pgTable('items', {
  id: text('id').primaryKey(),
  projectId: text('project_id')
    .notNull()
    .references(() => projects.id),
  /** Order in the project, from 1. */
  position: integer('position').notNull(),
  prompt: jsonb('prompt').$type<readonly PreferenceMessage[]>().notNull(),
  outputs: jsonb('outputs').$type<readonly PreferenceOutput[]>().notNull(),
  /** The expected answer of a screening item or a control item. */
  expected: jsonb('expected').$type<Answer>(),
  /** Whether it is a control item: given out among others, which it looks like. */
  gold: boolean('gold').notNull(),
  overlap: integer('overlap'),
  source: text('source'),
  createdAt: time('created_at').notNull(),
})

/** One labeler's work on one item: the lease, the draft, then the label. */
export const assignments = pgTable('assignments', {
  id: text('id').primaryKey(),
  itemId: text('item_id')
    .notNull()
    .references(() => items.id),
  /** Null for labels that were imported. */
  accountId: text('account_id').references(() => accounts.id),
  /** Pseudonym in exports; with `item_id` unique. */
  labeler: text('labeler').notNull(),
  state: text('state').$type<AssignmentState>().notNull(),
  /** The output shown at each place. */
  permutation: jsonb('permutation').$type<readonly number[]>().notNull(),
  guidelinesVersion: integer('guidelines_version').notNull(),
  startedAt: time('started_at').notNull(),
  leaseUntil: time('lease_until').notNull(),
  /** As the page sent it, in the order that the labeler saw. */
  draft: jsonb('draft').$type<unknown>(),
  draftRevision: bigint('draft_revision', { mode: 'number' }).notNull(),
  answer: jsonb('answer').$type<Answer>(),
  skipReason: text('skip_reason'),
  submittedAt: time('submitted_at'),
  /** Seconds of work. */
  seconds: real('seconds'),
})

/** The final word on an item that labelers disagreed about. */
export const adjudications = pgTable('adjudications', {
  itemId: text('item_id')
    .primaryKey()
    .references(() => items.id),
  answer: jsonb('answer').$type<Answer>().notNull(),
  reason: text('reason').notNull(),
  /** Pseudonym. */
  adjudicator: text('adjudicator').notNull(),
  createdAt: time('created_at').notNull(),
})

/** Who did what; rows are only ever added. */
export const auditLog = pgTable('audit_log', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  at: time('at').notNull(),
  accountId: text('account_id'),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  details: jsonb('details').$type<unknown>(),
})

/** Sound and pictures in the media folder, by who brought them. */
export const uploads = pgTable(
  'uploads',
  {
    sha256: text('sha256').notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sha256, table.accountId] })],
)

/** API keys that admins have made or named, and which of them have consented that their prompts are kept. */
export const keyConsents = pgTable('key_consents', {
  /** SHA-256 of the key, hexadecimal; `local` for requests of this machine without a key. */
  keyHash: text('key_hash').primaryKey(),
  label: text('label').notNull(),
  collect: boolean('collect').notNull(),
  updatedAt: time('updated_at').notNull(),
  /** When an admin made the key; null for one that was only named, which opens nothing by itself. */
  issuedAt: time('issued_at'),
  revokedAt: time('revoked_at'),
  /** The last letters of a key that was made here, by which people tell it from others. */
  hint: text('hint'),
})

/** Prompts for labeling and training. */
export const prompts = pgTable('prompts', {
  id: text('id').primaryKey(),
  kind: text('kind').$type<PromptKind>().notNull(),
  /** Pseudonym: hash of the key and the user that the request named, or of the labeler. */
  userHash: text('user_hash').notNull(),
  /** SHA-256 of the key that it came through, or `local`; null for one that a labeler wrote, or that is older than this column. */
  keyHash: text('key_hash'),
  messages: jsonb('messages').$type<readonly PreferenceMessage[]>().notNull(),
  /** The beginning of the text as it is compared for duplicates. */
  prefix: text('prefix').notNull(),
  useCase: text('use_case'),
  suggestedUseCase: text('suggested_use_case'),
  split: text('split').$type<Split>().notNull(),
  /** How many pieces of personal data were replaced, by kind. */
  replaced: jsonb('replaced').$type<Readonly<Record<string, number>>>().notNull(),
  createdAt: time('created_at').notNull(),
})
