/** @file Requests to the labeling API, and what can go wrong with them. */
import type { ErrorBody } from '@tony/server/protocol'

/** Longer than any answer of the API takes: a connection that has gone dead is found out by this. */
const PATIENCE_MS = 15_000

/** A request that did not do what it should. */
export class ApiFailure extends Error {
  /** 0: nothing answered. */
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'ApiFailure'
    this.status = status
    this.code = code
  }

  /** Whether the same request can succeed later without any change. */
  get passing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** What a request carries. */
export interface CallOptions {
  /** Sent as JSON, or as it is if it is a blob. */
  readonly body?: unknown
  /** The page may be closed while the request is under way. */
  readonly keepalive?: boolean
}

/** Sends a request and reads its JSON. @throws ApiFailure */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(method, path, options)
  try {
    return (await response.json()) as T
  } catch {
    throw unreachable()
  }
}

/** Fetches a file. @throws ApiFailure */
export async function callForFile(path: string): Promise<Blob> {
  return (await send('GET', path, {})).blob()
}

/** The address of an endpoint, beside the page. */
export function apiAddress(path: string): string {
  return new URL(`api/${path}`, document.baseURI).href
}

/** Anything caught, as a failure with a sentence. */
export function asFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error
  return new ApiFailure(-1, 'page', `Something went wrong in this page: ${String(error)}`)
}

async function send(method: string, path: string, { body, keepalive = false }: CallOptions): Promise<Response> {
  const file = body instanceof Blob
  let response: Response
  try {
    response = await fetch(apiAddress(path), {
      method,
      keepalive,
      signal: AbortSignal.timeout(file || method === 'GET' ? 4 * PATIENCE_MS : PATIENCE_MS),
      ...(body === undefined
        ? {}
        : {
            headers: { 'content-type': file ? body.type : 'application/json' },
            body: file ? body : JSON.stringify(body),
          }),
    })
  } catch {
    throw unreachable()
  }
  if (response.ok) return response
  throw await failureOf(response)
}

async function failureOf(response: Response): Promise<ApiFailure> {
  try {
    const { error } = (await response.json()) as ErrorBody
    return new ApiFailure(response.status, error.code ?? '', error.message)
  } catch {
    return new ApiFailure(response.status, '', `The server answered with status ${response.status}.`)
  }
}

function unreachable(): ApiFailure {
  return new ApiFailure(0, 'offline', 'The server does not answer.')
}
