import type { ComponentChildren, JSX } from 'preact'

/** A table with a heading for each column, which scrolls by itself where the page is too narrow for it. */
export function Table(props: {
  readonly columns: readonly string[]
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <div class="scroll-x">
      <table>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  )
}
