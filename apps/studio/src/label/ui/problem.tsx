import type { JSX } from 'preact'

/** What went wrong, if anything did. */
export function Problem({ text }: { readonly text: string | null }): JSX.Element | null {
  if (text === null || text === '') return null
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  )
}
