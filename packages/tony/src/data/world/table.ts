/** @file Tables of the small world are written as text, one row a line, cells between bars; here they are read. */
import { invariant } from '../../util/errors.ts'

/** The rows of `text` as objects with the named cells. */
export function readTable<K extends string>(cells: readonly K[], text: string): readonly Readonly<Record<K, string>>[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const values = line.split('|').map((value) => value.trim())
      invariant(
        values.length === cells.length,
        `readTable: '${line}' has ${values.length} cells (expected ${cells.length})`,
      )
      return Object.fromEntries(cells.map((cell, i) => [cell, values[i]!])) as Record<K, string>
    })
}

/** The words or phrases of a cell: between commas, or between spaces where there are no commas. */
export function readList(cell: string): readonly string[] {
  const items = cell.includes(',') ? cell.split(',') : cell.split(/\s+/)
  return items.map((item) => item.trim()).filter((item) => item !== '')
}
