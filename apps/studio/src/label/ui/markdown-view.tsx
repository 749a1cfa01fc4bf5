import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { type Block, parseMarkdown, type Span } from '../markdown.ts'

/** Text as it is meant to look. */
export function MarkdownView({ text }: { readonly text: string }): JSX.Element {
  const blocks = useMemo(() => parseMarkdown(text), [text])
  return (
    <div class="prose">
      {blocks.map((block, i) => (
        <BlockView key={i} block={block} />
      ))}
    </div>
  )
}

function BlockView({ block }: { readonly block: Block }): JSX.Element {
  switch (block.kind) {
    case 'heading': {
      const Heading = (['h3', 'h4', 'h5', 'h6'] as const)[block.level - 1] ?? 'h6'
      return (
        <Heading class={`prose-heading prose-heading-${block.level}`}>
          <Spans spans={block.spans} />
        </Heading>
      )
    }
    case 'paragraph':
      return (
        <p>
          <Spans spans={block.spans} />
        </p>
      )
    case 'quote':
      return (
        <blockquote>
          <Spans spans={block.spans} />
        </blockquote>
      )
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      )
    case 'list': {
      const items = block.items.map((spans, i) => (
        <li key={i}>
          <Spans spans={spans} />
        </li>
      ))
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
  }
}

function Spans({ spans }: { readonly spans: readonly Span[] }): JSX.Element {
  return (
    <>
      {spans.map((span, i) => (
        <SpanView key={i} span={span} />
      ))}
    </>
  )
}

function SpanView({ span }: { readonly span: Span }): JSX.Element {
  switch (span.kind) {
    case 'text':
      return <>{span.text}</>
    case 'code':
      return <code>{span.text}</code>
    case 'strong':
      return (
        <strong>
          <Spans spans={span.spans} />
        </strong>
      )
    case 'em':
      return (
        <em>
          <Spans spans={span.spans} />
        </em>
      )
  }
}
