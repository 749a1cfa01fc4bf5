/** @file Reading request bodies, never more than allowed. */
import type { Context } from 'hono'
import type { z } from 'zod'
import { ApiError, invalid } from './errors.ts'
import { validate } from './validate.ts'

/** Reads a JSON body and checks it. @throws ApiError 400, 413 or 415. */
export async function readJson<T>(c: Context, schema: z.ZodType<T>, maxBytes: number): Promise<T> {
  // Anything but JSON is refused: browsers send other types across sites without asking first.
  requireType(c, 'application/json')
  const bytes = await readBytes(c.req.raw, maxBytes)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `: ${cause.message.slice(0, 120)}` : ' (not UTF-8)'
    throw new ApiError(400, `The body is not valid JSON${why}.`, { code: 'invalid_json', cause })
  }
  return validate(schema, value)
}

/** Reads a multipart form. @throws ApiError 400, 413 or 415. */
export async function readForm(c: Context, maxBytes: number): Promise<FormData> {
  const type = requireType(c, 'multipart/form-data')
  const bytes = await readBytes(c.req.raw, maxBytes)
  try {
    return await new Response(bytes, { headers: { 'content-type': type } }).formData()
  } catch (cause) {
    throw new ApiError(400, 'The body is not a valid multipart form.', { code: 'invalid_form', cause })
  }
}

/** Reads a body of another type. @throws ApiError 400, 413 or 415. */
export async function readRaw(c: Context, type: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  requireType(c, type)
  return readBytes(c.req.raw, maxBytes)
}

function requireType(c: Context, expected: string): string {
  const type = c.req.header('content-type') ?? ''
  if (type.split(';')[0]?.trim().toLowerCase() === expected) return type
  throw new ApiError(415, `Content-Type is ${type === '' ? 'missing' : type.slice(0, 80)}; send ${expected}.`, {
    code: 'unsupported_media_type',
  })
}

/** Reads a body as it is. @throws ApiError 400 or 413. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = request.body?.getReader()
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      chunks.push(value)
    }
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    throw new ApiError(400, 'The body ended before it was complete.', { code: 'incomplete_body', cause })
  } finally {
    reader?.releaseLock()
  }
  if (length === 0) throw invalid('The body is empty.', undefined, 'empty_body')
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(413, `The body is larger than ${Math.floor(maxBytes / 1024)} KiB, the most this server takes.`, {
    code: 'body_too_large',
  })
}
