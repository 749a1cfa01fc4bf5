/** @file The part of Markdown that answers and guidelines use, as plain data: nothing of it is ever HTML. */

/** A piece of a line. */
export type Span =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em'; readonly spans: readonly Span[] }

/** A block of text. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly spans: readonly Span[] }
  | { readonly kind: 'paragraph' | 'quote'; readonly spans: readonly Span[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Span[])[] }

const item = /^\s{0,6}(?:[-*+]|(\d{1,3})[.)])\s+(.*)$/
const heading = /^(#{1,4})\s+(.+?)\s*#*$/
const quote = /^>\s?(.*)$/
const fence = /^\s*```/

/** Reads text; what is no Markdown stays as it is written, line breaks too. */
export function parseMarkdown(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  const blocks: Block[] = []
  let at = 0
  /** The lines from here on that match. */
  const take = (matches: (line: string) => boolean): string[] => {
    const from = at
    while (at < lines.length && matches(lines[at]!)) at++
    return lines.slice(from, at)
  }
  while (at < lines.length) {
    const line = lines[at]!
    const head = heading.exec(line)
    const first = item.exec(line)
    if (line.trim() === '') at++
    else if (fence.test(line)) {
      at++
      const code = take((each) => !fence.test(each))
      at++
      blocks.push({ kind: 'code', text: code.join('\n') })
    } else if (head !== null) {
      at++
      blocks.push({ kind: 'heading', level: head[1]!.length, spans: parseSpans(head[2]!) })
    } else if (first !== null) {
      const ordered = first[1] !== undefined
      const items = take((each) => item.test(each) && (item.exec(each)![1] !== undefined) === ordered)
      blocks.push({ kind: 'list', ordered, items: items.map((each) => parseSpans(item.exec(each)![2]!)) })
    } else if (quote.test(line)) {
      const quoted = take((each) => quote.test(each)).map((each) => quote.exec(each)![1]!)
      blocks.push({ kind: 'quote', spans: parseSpans(quoted.join('\n')) })
    } else {
      const plain = (each: string): boolean =>
        each.trim() !== '' && ![fence, heading, item, quote].some((other) => other.test(each))
      blocks.push({ kind: 'paragraph', spans: parseSpans(take(plain).join('\n')) })
    }
  }
  return blocks
}

/** Reads the inside of a block. */
function parseSpans(text: string): Span[] {
  const match = /`([^`\n]+)`|\*\*(\S(?:[^\n]{0,600}?\S)?)\*\*|(?<![\w*])\*(\S(?:[^*\n]{0,600}?\S)?)\*(?![\w*])/.exec(
    text,
  )
  if (match === null) return text === '' ? [] : [{ kind: 'text', text }]
  const [whole, code, strong, em] = match
  const found: Span =
    code !== undefined
      ? { kind: 'code', text: code }
      : { kind: strong === undefined ? 'em' : 'strong', spans: parseSpans(strong ?? em!) }
  return [...parseSpans(text.slice(0, match.index)), found, ...parseSpans(text.slice(match.index + whole.length))]
}
