import type { JSX } from 'preact'

/** Keys with what they do. */
export function KeyList({
  keys,
}: {
  readonly keys: readonly { readonly shown: string; readonly does: string }[]
}): JSX.Element {
  return (
    <dl class="shortcuts">
      {keys.map(({ shown, does }) => (
        <div key={shown + does}>
          <dt>
            <kbd>{shown}</kbd>
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  )
}
