/** @file Labels as a table: a row for each output that a label speaks of. */
import { stringify } from 'csv-stringify/sync'
import { outputFlags, type PreferencePart } from 'tony'
import type { Answer } from '../store/records.ts'
import type { ItemRecord } from './record.ts'

/** A label that an export counts. */
export interface CountedLabel {
  /** Null where the labeler skipped the item. */
  readonly answer: Answer | null
  readonly labeler: string
  /** ISO 8601. */
  readonly time: string | null
  readonly seconds: number | null
}

const columns = [
  ...['item', 'source', 'labeler', 'time', 'seconds', 'prompt', 'output', 'model', 'text', 'rank', 'overall'],
  ...outputFlags,
  'notes',
]

/** The first line. */
export function csvHeader(): string {
  return written([columns])
}

/** The lines of an item (RFC 4180): outputs in the item's order, counted from 1; files by the name that exports give them. */
export function csvLines({ id, source, prompt, outputs }: ItemRecord, labels: readonly CountedLabel[]): string {
  const asked = prompt.map(({ role, content }) => `${role}: ${shown(content)}`).join('\n\n')
  return written(
    labels.flatMap(({ answer, labeler, time, seconds }) => {
      if (answer === null) return []
      const row = (cells: Readonly<Record<string, unknown>>): unknown[] => {
        const all: Record<string, unknown> = {
          ...{ item: id, source, labeler, time, seconds, prompt: asked, notes: answer.notes },
          ...cells,
        }
        return columns.map((column) => all[column] ?? null)
      }
      if (answer.kind === 'demonstration') return [row({ text: shown(answer.content) })]
      return outputs.map(({ content, model }, i) => {
        const rating = answer.ratings?.[i]
        const rank = answer.kind === 'comparison' ? answer.ranks[i] : null
        return row({ output: i + 1, model, text: shown(content), rank, overall: rating?.overall, ...rating?.flags })
      })
    }),
  )
}

function written(rows: readonly (readonly unknown[])[]): string {
  // A spreadsheet runs what begins with = + - or @: what people and models wrote must stay text.
  return stringify(rows as unknown[][], { escape_formulas: true, cast: { boolean: (value) => (value ? 'yes' : 'no') } })
}

function shown(content: readonly PreferencePart[]): string {
  return content
    .map((part) => (part.type === 'text' ? part.text : `[${part.sha256}.${part.type === 'audio' ? 'wav' : 'png'}]`))
    .join(' ')
}
