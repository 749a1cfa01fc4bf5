import type { JSX } from 'preact'

/** Notes beside a label. */
export function Notes(props: {
  readonly value: string
  readonly disabled: boolean
  readonly onChange: (notes: string) => void
}): JSX.Element {
  return (
    <label class="notes">
      Notes
      <textarea
        rows={2}
        maxLength={10_000}
        disabled={props.disabled}
        value={props.value}
        onInput={(event) => props.onChange(event.currentTarget.value)}
      />
    </label>
  )
}
