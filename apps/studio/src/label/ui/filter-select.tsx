import type { JSX } from 'preact'

/** Narrows a list by one of its columns; `undefined` is all. */
export function FilterSelect(props: {
  readonly label: string
  readonly value: string | undefined
  readonly choices: readonly (readonly [value: string, text: string])[]
  readonly onChoose: (value: string | undefined) => void
}): JSX.Element {
  return (
    <label>
      {props.label}
      <select value={props.value ?? ''} onChange={(event) => props.onChoose(event.currentTarget.value || undefined)}>
        <option value="">All</option>
        {props.choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
