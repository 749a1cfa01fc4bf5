/** @file Bodies of the labeling API under `/api`. */
import type { OutputFlag, OutputRating, PreferenceMessage, PreferencePart } from 'tony'
import { z } from 'zod'

/** What an account may do. */
export type RoleName = 'admin' | 'reviewer' | 'labeler'

/** An account, as it is told to itself and to admins. */
export interface AccountObject {
  id: string
  name: string
  role: RoleName
}

/** A project as its members see it. */
export interface ProjectObject {
  id: string
  name: string
  kind: 'demonstration' | 'comparison' | 'ratings'
  overlap: number
  lease_seconds: number
  ratings_required: boolean
  screening_minimum: number | null
  /** Of how many items one is a control item, on average; null: none are given out. Labelers are not told. */
  gold_every?: number | null
  archived: boolean
  guidelines: { version: number; text: string }
  /** The asker's own place; null for those who are not members. */
  membership: { screening: ScreeningName; screening_score: number | null } | null
}

/** Where a labeler stands in screening; `review`: all done, an admin has to look at it. */
export type ScreeningName = 'none' | 'pending' | 'review' | 'passed' | 'failed'

/**
 * A label on the wire, in the order in which the outputs were shown. Demonstrations have `content`, comparisons `ranks`
 * and `ratings`, ratings `ratings`.
 */
export interface AnswerBody {
  content?: PreferencePart[] | undefined
  /** Rank of each output, 1 is best, equal ranks are ties; null for those without one, which `rest_tied` puts last. */
  ranks?: (number | null)[] | undefined
  rest_tied?: boolean | undefined
  ratings?: { overall: number | null; flags?: Partial<Record<OutputFlag, boolean | null>> | undefined }[] | undefined
  notes?: string | null | undefined
}

/** A labeler's work on one item. It says nothing of who made the outputs or what others thought. */
export interface AssignmentObject {
  id: string
  project_id: string
  kind: ProjectObject['kind']
  state: 'active' | 'submitted' | 'skipped' | 'expired'
  prompt: readonly PreferenceMessage[]
  outputs: { content: readonly PreferencePart[] }[]
  guidelines_version: number
  lease_until: string
  draft: unknown
  draft_revision: number
  answer: AnswerBody | null
  skip_reason: string | null
}

/** Answer of `PUT /api/assignments/:id/draft`: whether this one was kept, and what is stored now. */
export interface DraftResult {
  stored: boolean
  draft: unknown
  draft_revision: number
  lease_until: string
}

/** One label beside others, outputs in the item's own order. */
export interface LabelObject {
  id: string
  labeler: string
  state: AssignmentObject['state']
  answer: {
    ranks?: readonly number[]
    ratings?: readonly OutputRating[] | null
    content?: readonly PreferencePart[]
    notes: string | null
  } | null
  skip_reason: string | null
  submitted_at: string | null
  seconds: number | null
}

const text = z.string().max(100_000)
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower case')

const part: z.ZodType<PreferencePart> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text }),
  z.object({ type: z.literal('audio'), sha256: hash }),
  z.object({ type: z.literal('image'), sha256: hash }),
])

/** Schema of the parts of a message. */
export const contentSchema: z.ZodType<PreferencePart[]> = z.array(part).min(1).max(64)

/** Schema of a prompt. */
export const promptSchema: z.ZodType<PreferenceMessage[]> = z
  .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: contentSchema }))
  .min(1)
  .max(256)

/** Schema of {@link AnswerBody}. What a kind of project needs is checked later, in its own words. */
export const answerBody: z.ZodType<AnswerBody> = z.strictObject({
  content: contentSchema.optional(),
  ranks: z.array(z.int().nullable()).max(9).optional(),
  rest_tied: z.boolean().optional(),
  ratings: z
    .array(
      z.strictObject({
        overall: z.int().min(1).max(7).nullable(),
        flags: z.record(z.string(), z.boolean().nullable()).optional() as z.ZodType<
          Partial<Record<OutputFlag, boolean | null>> | undefined
        >,
      }),
    )
    .max(9)
    .optional(),
  notes: z.string().max(10_000).nullish(),
})

/** Schema of a draft: anything the page wants back, within reason. */
export const draftBody: z.ZodType<{ revision: number; draft: unknown }> = z.strictObject({
  revision: z.int().min(1),
  draft: z.record(z.string(), z.unknown()),
})

/** Schema of `POST /api/projects`. */
export interface ProjectBody {
  name: string
  kind: ProjectObject['kind']
  overlap: number
  lease_seconds: number
  ratings_required: boolean
  screening_minimum: number | null
  gold_every: number | null
  guidelines: string
}

const overlap = z.int().min(1).max(100)
const leaseSeconds = z
  .int()
  .min(30)
  .max(7 * 24 * 3600)
const minimum = z.number().min(0).max(1).nullable()

/** Of how many items one can be a control item, and usually is. */
export const GOLD_EVERY = { least: 3, most: 100, usual: 10 } as const

/** Schema of `gold_every`. */
export const goldEverySchema: z.ZodType<number | null> = z.int().min(GOLD_EVERY.least).max(GOLD_EVERY.most).nullable()

const projectName = z.string().trim().min(1).max(200)

/** Schema of {@link ProjectBody}. */
export const projectBody: z.ZodType<ProjectBody> = z.strictObject({
  name: projectName,
  kind: z.enum(['demonstration', 'comparison', 'ratings']),
  overlap: overlap.default(1),
  lease_seconds: leaseSeconds.default(1800),
  ratings_required: z.boolean().default(true),
  screening_minimum: minimum.default(null),
  gold_every: goldEverySchema.default(GOLD_EVERY.usual),
  guidelines: text.default(''),
})

/** What can be changed of a project later. */
export type ProjectChange = Partial<Omit<ProjectBody, 'kind' | 'guidelines'>> & { archived?: boolean | undefined }

/** Schema of {@link ProjectChange}. */
export const projectChange: z.ZodType<{ [K in keyof ProjectChange]: ProjectChange[K] | undefined }> = z.strictObject({
  name: projectName.optional(),
  overlap: overlap.optional(),
  lease_seconds: leaseSeconds.optional(),
  ratings_required: z.boolean().optional(),
  screening_minimum: minimum.optional(),
  gold_every: goldEverySchema.optional(),
  archived: z.boolean().optional(),
})

/** An item to be labeled. */
export interface ItemBody {
  prompt: PreferenceMessage[]
  outputs: { content: PreferencePart[]; model?: string | null | undefined }[]
  /** Makes it a screening item, with `gold` a control item: the expected answer, outputs in the order given here. */
  expected?: AnswerBody | undefined
  /** Makes it a control item, which comes among the others and looks like them; needs `expected`. */
  gold?: boolean | undefined
  overlap?: number | null | undefined
  source?: string | null | undefined
}

/** Schema of an item. */
export const itemBody: z.ZodType<ItemBody> = z.strictObject({
  prompt: promptSchema,
  outputs: z
    .array(z.strictObject({ content: contentSchema, model: z.string().max(200).nullish() }))
    .max(9)
    .default([]),
  expected: answerBody.optional(),
  gold: z.boolean().optional(),
  overlap: overlap.nullish(),
  source: z.string().max(500).nullish(),
})

/** Schema of `POST /api/projects/:id/items`. */
export const itemsBody: z.ZodType<{ items: ItemBody[] }> = z.strictObject({
  items: z.array(itemBody).min(1).max(10_000),
})

/** Schema of `PATCH /api/items/:id`. */
export const itemChange: z.ZodType<{ overlap: number | null }> = z.strictObject({ overlap: overlap.nullable() })

/** Schema of `POST /api/session`. */
export const signInBody: z.ZodType<{ name: string; password: string }> = z.strictObject({
  name: z.string().max(200),
  password: z.string().max(1000),
})

/** Schema of `POST /api/session/password`. */
export const passwordBody: z.ZodType<{ old_password: string; new_password: string }> = z.strictObject({
  old_password: z.string().max(1000),
  new_password: z.string().max(1000),
})

const role: z.ZodType<RoleName> = z.enum(['admin', 'reviewer', 'labeler'])

/** Schema of `PATCH /api/accounts/:id`. */
export const accountChange: z.ZodType<{ role?: RoleName | undefined; disabled?: boolean | undefined }> = z.strictObject(
  {
    role: role.optional(),
    disabled: z.boolean().optional(),
  },
)

/** Schema of `POST /api/invites`. */
export const inviteBody: z.ZodType<{ role: RoleName; project_id: string | null }> = z.strictObject({
  role: role.default('labeler'),
  project_id: z.string().nullable().default(null),
})

/** Schema of `POST /api/invites/accept`. */
export const acceptBody: z.ZodType<{ token: string; name: string; password: string }> = z.strictObject({
  token: z.string().max(200),
  name: z.string().max(200),
  password: z.string().max(1000),
})

/** Answer of `POST /api/invites` and `POST /api/accounts/:id/reset`: `token` is for a link and is shown this once. */
export interface LinkMade {
  token: string
  expires_at: string
}

/** Schema of `POST /api/resets/find`. */
export const resetFindBody: z.ZodType<{ token: string }> = z.strictObject({ token: z.string().max(200) })

/** Answer of `POST /api/resets/find`: whose password the link sets. */
export interface ResetObject {
  name: string
}

/** Schema of `POST /api/resets/accept`. */
export const resetBody: z.ZodType<{ token: string; password: string }> = z.strictObject({
  token: z.string().max(200),
  password: z.string().max(1000),
})

/** Schema of `POST /api/projects/:id/guidelines`. */
export const guidelinesBody: z.ZodType<{ text: string }> = z.strictObject({ text })

/** Schema of `PUT /api/projects/:id/members/:account`. */
export const memberBody: z.ZodType<{
  screening?: 'pending' | 'passed' | 'failed' | undefined
  reason?: string | undefined
}> = z.strictObject({
  screening: z.enum(['pending', 'passed', 'failed']).optional(),
  reason: z.string().max(2000).optional(),
})

/** Schema of `POST /api/assignments/:id/skip`. */
export const skipBody: z.ZodType<{ reason: string }> = z.strictObject({ reason: z.string().trim().min(1).max(2000) })

/** Schema of `PUT /api/assignments/:id/answer`. */
export const submitBody: z.ZodType<{ answer: AnswerBody; seconds?: number | undefined }> = z.strictObject({
  answer: answerBody,
  /** Seconds of work as the page counts them, without pauses; by default the time since the item was given out. */
  seconds: z.number().min(0).optional(),
})

/** Schema of `PUT /api/items/:id/adjudication`: the final answer, outputs in the item's own order. */
export const adjudicationBody: z.ZodType<{ answer: AnswerBody; reason: string }> = z.strictObject({
  answer: answerBody,
  reason: z.string().trim().min(1).max(10_000),
})

/** The paper's ten use cases of prompts (InstructGPT, Table 1). */
export const useCases = [
  'generation',
  'open_qa',
  'brainstorming',
  'chat',
  'rewrite',
  'summarization',
  'classification',
  'other',
  'closed_qa',
  'extract',
] as const

/** One of the paper's use cases. */
export type UseCase = (typeof useCases)[number]

/** A stored prompt. */
export interface PromptObject {
  id: string
  kind: 'api' | 'plain' | 'few-shot' | 'user-based'
  messages: readonly PreferenceMessage[]
  use_case: UseCase | null
  suggested_use_case: UseCase | null
  split: 'train' | 'validation' | 'test'
  /** How many pieces of personal data were replaced, by kind. */
  replaced: Readonly<Record<string, number>>
  created_at: string
}

/**
 * A prompt that a labeler writes. `text` is the prompt, of `few-shot` the instruction, which `examples` show and `query`
 * is to be answered by; `use_case` says what a `user-based` one stands for.
 */
export interface PromptBody {
  kind: 'plain' | 'few-shot' | 'user-based'
  text: string
  examples: { query: string; response: string }[]
  query?: string | undefined
  use_case?: UseCase | undefined
}

/** Fewest and most query/response pairs of a few-shot prompt; the paper speaks of several. */
export const EXAMPLES = { least: 2, most: 20 } as const

const exampleText = z.string().trim().min(1).max(5000)

/** Schema of {@link PromptBody}. */
export const promptBody: z.ZodType<PromptBody> = z.strictObject({
  kind: z.enum(['plain', 'few-shot', 'user-based']),
  text: z.string().trim().min(1).max(20_000),
  examples: z
    .array(z.strictObject({ query: exampleText, response: exampleText }))
    .max(EXAMPLES.most)
    .default([]),
  query: exampleText.optional(),
  use_case: z.enum(useCases).optional(),
})

/** Answer of `POST /api/prompts`. */
export interface PromptStored {
  id: string
  suggested_use_case: UseCase | null
  split: PromptObject['split']
}

/** Which prompts are meant; what is left out does not matter. The same words are the query of `GET /api/prompts`. */
export interface PromptFilter {
  split?: PromptObject['split'] | undefined
  /** The use case that people have decided, otherwise the one that is suggested; `none`: neither. */
  use_case?: UseCase | 'none' | undefined
  kind?: PromptObject['kind'] | undefined
  /** Through the API, or written by labelers. */
  source?: 'api' | 'written' | undefined
  /** Whether people have decided the use case. */
  decided?: 'yes' | 'no' | undefined
}

const promptFilterFields = {
  split: z.enum(['train', 'validation', 'test']).optional(),
  use_case: z.enum([...useCases, 'none']).optional(),
  kind: z.enum(['api', 'plain', 'few-shot', 'user-based']).optional(),
  source: z.enum(['api', 'written']).optional(),
  decided: z.enum(['yes', 'no']).optional(),
}

/** Schema of {@link PromptFilter} in a query, beside other words. */
export const promptFilter: z.ZodType<PromptFilter> = z.object(promptFilterFields)

/** Answer of `GET /api/prompts`, newest first. */
export interface PromptPage {
  total: number
  prompts: PromptObject[]
}

/** One row of `GET /api/prompts/counts`: prompts of one use case, decided or suggested, in one split. */
export interface PromptCount {
  use_case: UseCase | null
  split: PromptObject['split']
  prompts: number
  /** Those whose use case people have decided. */
  decided: number
}

/** Body of `POST /api/projects/:id/prompts`: which prompts become items, the oldest first. */
export interface TakeBody extends PromptFilter {
  most: number
}

/** Schema of {@link TakeBody}. */
export const takeBody: z.ZodType<TakeBody> = z.strictObject({
  ...promptFilterFields,
  most: z.int().min(1).max(10_000).default(10_000),
})

/** Answer of `POST /api/projects/:id/prompts`. */
export interface Taken {
  items: number
  /** Prompts that the project has taken before; they stay one item each. */
  present: number
}

/** Schema of `PATCH /api/prompts/:id`. */
export const promptChange: z.ZodType<{ use_case: UseCase | null }> = z.strictObject({
  use_case: z.enum(useCases).nullable(),
})

const keyLabel = z.string().trim().min(1).max(200)

/** Schema of `PUT /api/key-consents`: the key itself or its SHA-256; `local` means requests of this machine without a key. */
export const consentBody: z.ZodType<{
  key?: string | undefined
  key_hash?: string | undefined
  label: string
  collect: boolean
}> = z.strictObject({
  key: z.string().min(8).max(1000).optional(),
  key_hash: z.union([hash, z.literal('local')]).optional(),
  label: keyLabel,
  collect: z.boolean(),
})

/** A key of the API, or the requests of this machine that carry none. */
export interface KeyObject {
  /** SHA-256 of the key, hexadecimal; `local` for requests of this machine without a key. */
  key_hash: string
  /** Null for a key that nobody has named yet. */
  label: string | null
  /** Whether its prompts are kept. */
  collect: boolean
  /** `issued`: made by an admin; `configured`: of the server's settings; `other`: only named, it opens nothing here. */
  source: 'issued' | 'configured' | 'local' | 'other'
  /** The last letters of an issued key. */
  hint: string | null
  issued_at: string | null
  revoked_at: string | null
  updated_at: string | null
}

/** Answer of `GET /api/keys`. */
export interface KeyList {
  /** Whether requests need a key; without keys in its settings a server answers everyone on its own machine. */
  required: boolean
  keys: KeyObject[]
}

/** Schema of `POST /api/keys`. */
export const keyBody: z.ZodType<{ label: string; collect: boolean }> = z.strictObject({
  label: keyLabel,
  collect: z.boolean().default(false),
})

/** Answer of `POST /api/keys`: `key` is shown this once. */
export interface KeyMade extends KeyObject {
  key: string
}
