/** @file What went wrong, as a sentence for the user and a hint what the page can offer. */
import type { ErrorBody } from '@tony/server/protocol'

/** Kinds of failure; each has its own way out. */
export type FailureKind = 'offline' | 'key' | 'model' | 'length' | 'busy' | 'input' | 'server' | 'broken' | 'microphone'

/** A failure that can be kept with a conversation. */
export interface FailureInfo {
  readonly kind: FailureKind
  readonly message: string
}

/** A failure with a sentence for the user. */
export class Failure extends Error {
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string) {
    super(message)
    this.name = 'Failure'
    this.kind = kind
  }
}

/** The failure of an HTTP answer that is not 2xx. */
export async function failureOf(response: Response): Promise<Failure> {
  const { message, code } = await readError(response)
  return classify(response.status, code, message)
}

/** The failure in an error body. */
export function classify(status: number, code: string | null, message: string | null): Failure {
  const said = message ?? `The server answered with status ${status}.`
  if (status === 401 || code === 'invalid_api_key') {
    return new Failure('key', 'The server wants an API key. Enter it in the settings, then try again.')
  }
  if (code === 'model_not_found') return new Failure('model', said)
  if (code === 'context_length_exceeded') {
    return new Failure('length', 'The conversation has grown longer than Tony can remember.')
  }
  if (status === 429) return new Failure('busy', 'Tony is busy with other answers. Try again in a moment.')
  if (status === 502 || status === 504) return offline()
  return new Failure(status >= 500 ? 'server' : 'input', said)
}

/** Nothing answers at the server's address. */
export function offline(): Failure {
  return new Failure('offline', 'Tony does not answer. Is the server still running?')
}

/** Anything caught, as plain data. */
export function failureInfo(error: unknown): FailureInfo {
  if (error instanceof Failure) return { kind: error.kind, message: error.message }
  return { kind: 'broken', message: `Something went wrong in this page: ${String(error)}` }
}

/** Fetches, or says in a sentence why not. An abort passes through as it is. */
export async function request(path: string, init: RequestInit & { apiKey: string }): Promise<Response> {
  const { apiKey, ...rest } = init
  const headers = new Headers(rest.headers)
  if (apiKey !== '') headers.set('authorization', `Bearer ${apiKey}`)
  let response: Response
  try {
    response = await fetch(apiUrl(path), { ...rest, headers })
  } catch (cause) {
    if (rest.signal?.aborted === true) throw cause
    throw offline()
  }
  if (!response.ok) throw await failureOf(response)
  return response
}

/** The address of an endpoint, beside the page. */
export function apiUrl(path: string): URL {
  return new URL(`v1/${path}`, document.baseURI)
}

async function readError(response: Response): Promise<{ message: string | null; code: string | null }> {
  try {
    const body = (await response.json()) as Partial<ErrorBody>
    return { message: body.error?.message ?? null, code: body.error?.code ?? null }
  } catch {
    return { message: null, code: null }
  }
}
