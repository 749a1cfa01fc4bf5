/** @file Where the server's log lines go. */

/** Takes log lines; what to do with them is the caller's choice. */
export interface Logger {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Drops every line. */
export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} }

/** Writes one JSON object per line. */
export function jsonLogger(write: (line: string) => void): Logger {
  const line = (level: string, message: string, fields: Record<string, unknown> = {}): void =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`)
  return {
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, fields) => line('error', message, fields),
  }
}

/** An error and its causes in one string, for the log only. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `; caused by ${describeError(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
