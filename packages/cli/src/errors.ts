/** @file Errors as one sentence. */
import { TonyError } from 'tony'

/** What a person reads about an error; `TONY_DEBUG=1` or more adds where it came from. */
export function sentence(error: unknown, env: Readonly<Record<string, string | undefined>>): string {
  if (Number(env['TONY_DEBUG'] ?? 0) >= 1 && error instanceof Error) return `tony: ${withCauses(error)}`
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0]
  if (error instanceof TonyError && error.code !== 'internal') return `tony: ${message}`
  return `tony: ${message} (unexpected; TONY_DEBUG=1 shows where)`
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message
  return error.cause instanceof Error ? `${own}\ncaused by ${withCauses(error.cause)}` : own
}
