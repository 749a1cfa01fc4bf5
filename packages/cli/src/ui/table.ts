/** @file Tables and figures as text. */
import { styleText } from 'node:util'

/** Columns as wide as they need to be; the head in bold where colours are on. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { color = false }: { color?: boolean } = {},
): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const first = line(head)
  return [color ? styleText('bold', first) : first, ...rows.map(line)].map((text) => `${text}\n`).join('')
}

/** `1234567` as `1,234,567`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Seconds as `12 s`, `3 min 05 s` or `2 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${two(whole % 60)} s` : `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
}
