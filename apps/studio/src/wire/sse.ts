/** @file Server-sent events, as chat completions stream them. */

/** Splits a text that arrives in pieces into the `data` of its events. */
export class SseParser {
  #rest = ''
  #data: string[] = []

  /** Takes the next piece and returns the events that are complete. */
  push(text: string): string[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    const events: string[] = []
    for (const line of lines) {
      if (line === '') {
        if (this.#data.length > 0) events.push(this.#data.join('\n'))
        this.#data = []
      } else if (line.startsWith('data:')) {
        this.#data.push(line.slice(line[5] === ' ' ? 6 : 5))
      }
    }
    return events
  }
}

/** The events of a response body, up to `[DONE]`. Returns whether `[DONE]` came. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string, boolean, undefined> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const parser = new SseParser()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return false
      for (const event of parser.push(decoder.decode(value, { stream: true }))) {
        if (event === '[DONE]') return true
        yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
