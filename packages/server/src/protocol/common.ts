/** @file What several endpoints share on the wire. */

/** An optional wire field: clients leave it out or send null, and both mean "not set". */
export type Opt<T> = T | null | undefined

/** The body of every failed request, as OpenAI sends it. */
export interface ErrorBody {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
}

/** `GET /v1/models/:id`. The fields after `owned_by` are Tony's own. */
export interface ModelObject {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
  readonly parameters: number
  readonly context_length: number
  readonly input_modalities: readonly ('text' | 'audio' | 'image' | 'video')[]
  readonly output_modalities: readonly ('text' | 'audio' | 'image')[]
}

/** `GET /v1/models`. */
export interface ModelList {
  readonly object: 'list'
  readonly data: readonly ModelObject[]
}

/** A written token and the natural logarithm of its probability. */
export interface LogprobObject {
  token: string
  bytes: number[]
  logprob: number
}

/** A voice is named by a string or by the id of an object. */
export type VoiceName = string | { readonly id: string }
