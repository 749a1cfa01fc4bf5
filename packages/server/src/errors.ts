/** @file Every failure as OpenAI's error body with the right status. */
import { TonyError } from 'tony'
import type { ErrorBody } from './protocol/common.ts'

/** Statuses that the server answers failures with. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503

/** A failure that the client is told about. */
export class ApiError extends Error {
  readonly status: ErrorStatus
  readonly type: string
  readonly param: string | null
  readonly code: string | null
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: ErrorStatus,
    message: string,
    options: { code?: string; param?: string; type?: string; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ApiError'
    this.status = status
    this.type = options.type ?? typeOf(status)
    this.param = options.param ?? null
    this.code = options.code ?? null
    this.headers = options.headers ?? {}
  }

  /** The body on the wire. */
  body(): ErrorBody {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } }
  }
}

/** A 400 about one field. */
export function invalid(message: string, param?: string, code = 'invalid_value'): ApiError {
  return new ApiError(400, message, param === undefined ? { code } : { code, param })
}

/** The 404 of anything else that is named in an address. */
export function notFound(what: string): ApiError {
  return new ApiError(404, `There is no such ${what}.`, { code: 'not_found' })
}

/** A 409: the request is well formed, but what is stored does not allow it. */
export function conflict(message: string, code: string): ApiError {
  return new ApiError(409, message, { code })
}

/** The 404 of a model that is not there. */
export function modelNotFound(model: string): ApiError {
  return new ApiError(404, `The model ${quote(model)} does not exist; GET /v1/models lists those that do.`, {
    code: 'model_not_found',
    param: 'model',
  })
}

/** A client's value in a message: shortened, so that a huge one is not sent back. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** What the client is told about anything thrown. Bugs of ours keep their details for the log. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (!(error instanceof TonyError)) return internalError(error)
  switch (error.code) {
    case 'invalid':
    case 'unsupported':
      return new ApiError(400, error.message, { code: `${error.code}_value`, cause: error })
    case 'not_found':
      return new ApiError(404, error.message, { code: 'model_not_found', param: 'model', cause: error })
    case 'too_large':
      return new ApiError(400, error.message, { code: 'context_length_exceeded', param: 'messages', cause: error })
    case 'missing_dependency':
      return new ApiError(503, error.message, {
        code: 'missing_dependency',
        headers: { 'x-should-retry': 'false' },
        cause: error,
      })
    case 'aborted':
      return new ApiError(503, 'The answer was stopped because the server is shutting down.', {
        code: 'aborted',
        cause: error,
      })
    case 'unavailable':
      return new ApiError(503, sentence(error.message), {
        code: 'model_unavailable',
        headers: { 'retry-after': '5' },
        cause: error,
      })
    case 'shape':
    case 'io':
    case 'internal':
      return internalError(error)
  }
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}

function internalError(cause: unknown): ApiError {
  return new ApiError(500, 'The server had an error while it handled the request; its log has the details.', {
    code: 'internal_error',
    cause,
  })
}

function typeOf(status: ErrorStatus): string {
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}
