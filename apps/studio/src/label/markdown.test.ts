import { describe, expect, it } from 'vitest'
import { type Block, parseMarkdown, type Span } from './markdown.ts'

const plain = (spans: readonly Span[]): string =>
  spans.map((span) => ('text' in span ? span.text : `<${span.kind}>${plain(span.spans)}</>`)).join('')

function shown(block: Block): string {
  if (block.kind === 'code') return `code:${block.text}`
  if (block.kind === 'list') return `${block.ordered ? 'ol' : 'ul'}:${block.items.map(plain).join('|')}`
  return `${block.kind}:${plain(block.spans)}`
}

const read = (text: string): string[] => parseMarkdown(text).map(shown)

describe('Markdown', () => {
  it('has headings, paragraphs, lists, quotes and code', () => {
    expect(read('# Title #\nFirst\nline\n\n- a\n- b\n1. c\n2) d\n> q\n> r\n```js\n# no\n```\nend')).toEqual([
      'heading:Title',
      'paragraph:First\nline',
      'ul:a|b',
      'ol:c|d',
      'quote:q\nr',
      'code:# no',
      'paragraph:end',
    ])
  })

  it('has emphasis and code in a line', () => {
    expect(read('a **b *c* d** `**d**` *e* f')).toEqual(['paragraph:a <strong>b <em>c</> d</> **d** <em>e</> f'])
  })

  it('leaves what is no Markdown as it is', () => {
    for (const text of ['2 * 3 * 4', 'a*b*c', '#hash', '** open', '<b>no</b>', '5 - 3', '*', '`', 'snake_case_name']) {
      expect(read(text)).toEqual([`paragraph:${text}`])
    }
    expect(read('')).toEqual([])
    expect(read('```\nnever closed')).toEqual(['code:never closed'])
  })

  it('takes a long line of open signs in little time', () => {
    expect(read('**a '.repeat(5000))).toHaveLength(1)
  })
})
