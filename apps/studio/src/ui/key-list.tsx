import type { ComponentChildren, JSX } from 'preact'

/** A key with what it does. */
interface ListedKey {
  readonly shown: string
  readonly does: string
}

/** Keys with what they do, and what `after` puts behind each. */
export function KeyList<K extends ListedKey>(props: {
  readonly keys: readonly K[]
  /** How a key is shown, where it is not its `shown`. */
  readonly shownAs?: (key: K) => string
  readonly after?: (key: K) => ComponentChildren
}): JSX.Element {
  const { keys, shownAs, after } = props
  return (
    <dl class="shortcuts">
      {keys.map((key) => (
        <div key={key.shown + key.does}>
          <dt>
            <kbd>{shownAs?.(key) ?? key.shown}</kbd>
          </dt>
          <dd>
            {key.does}
            {after?.(key)}
          </dd>
        </div>
      ))}
    </dl>
  )
}
