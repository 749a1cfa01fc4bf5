import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'

/** Goes through a list of `total` in pages; `words` say which way a page lies. */
export function Pager(props: {
  readonly offset: Signal<number>
  readonly total: number
  readonly page: number
  readonly words: readonly [before: string, after: string]
}): JSX.Element {
  const { offset, total, page, words } = props
  const last = Math.min(offset.value + page, total)
  const move = (by: number): void => {
    offset.value += by
    document.querySelector('.label-page')?.scrollTo(0, 0)
  }
  return (
    <nav class="actions" aria-label="Pages">
      <button type="button" class="button" disabled={offset.value === 0} onClick={() => move(-page)}>
        {words[0]}
      </button>
      <span class="muted">
        {offset.value + 1} to {last} of {total}
      </span>
      <button type="button" class="button" disabled={last === total} onClick={() => move(page)}>
        {words[1]}
      </button>
    </nav>
  )
}
