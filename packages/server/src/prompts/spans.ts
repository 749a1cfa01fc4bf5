/** @file Stretches of a text. */

export interface Span {
  readonly start: number
  readonly end: number
}

export function matches(text: string, pattern: RegExp): Span[] {
  return [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length }))
}

export function cut(text: string, { start, end }: Span): string {
  return text.slice(start, end)
}

/** Spans in order, those that overlap made one. */
export function merged(spans: readonly Span[]): Span[] {
  const out: Span[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1)
    if (last !== undefined && span.start < last.end)
      out[out.length - 1] = { start: last.start, end: Math.max(last.end, span.end) }
    else out.push(span)
  }
  return out
}

export function replaceSpans(text: string, spans: readonly Span[], by: string): string {
  let result = ''
  let at = 0
  for (const { start, end } of spans) {
    result += text.slice(at, start) + by
    at = end
  }
  return result + text.slice(at)
}
