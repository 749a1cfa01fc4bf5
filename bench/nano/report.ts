/** @file The table of results as it grows, and the rows of the last line. */
import { proportion, rate, type Scored } from '../../packages/tony/src/eval/score.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { inLanes } from '../lanes.ts'

/** The tasks that issue 3 and DESIGN.md name. */
export const taskNames = [
  'transcribe',
  'repeat-speech',
  'answer-text',
  'answer-speech',
  'read-word',
  'name-picture',
  'draw',
  'motion',
] as const
export type TaskName = (typeof taskNames)[number]

export type Metric = 'wer' | 'cer' | 'accuracy'

/** One line of the table; rates are 0 to 1 (error rates may pass 1), with a 95% interval. */
export interface Row {
  readonly name: string
  readonly split: string
  readonly metric: Metric
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly chance: number | null
  readonly ablated: number | null
  readonly n: number
  /** Which of several lines of one task: who judged, in which language, of what sound. */
  readonly note?: string
  /** Why there is no value. */
  readonly why?: string
  readonly [more: string]: unknown
}

export interface Measured {
  readonly metric: Metric
  readonly items: readonly Scored[]
  /** The score of who does not look: a number, or items that are scored the same way. */
  readonly chance?: number | readonly Scored[]
  /** The score where the input was taken away. */
  readonly ablated?: readonly Scored[]
  readonly note?: string
  /** Further keys of the row. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** 1 or 0 right, as an item of an accuracy. */
export const rightOrWrong = (right: boolean): Scored => ({ errors: right ? 0 : 1, length: 1 })

const rounded = (value: number): number => Number(value.toFixed(4))

/** The value of a metric over items with its interval: Wilson's for accuracies, bootstrap for error rates. */
export function score(
  metric: Metric,
  items: readonly Scored[],
): { readonly value: number; readonly low: number; readonly high: number } {
  if (metric !== 'accuracy') {
    const { value, low, high } = rate(items, makeRng(1))
    return { value: rounded(value), low: rounded(low), high: rounded(high) }
  }
  const { value, low, high } = proportion(items)
  return { value: rounded(1 - value), low: rounded(1 - high), high: rounded(1 - low) }
}

/** Prints rows as they come and keeps them. */
export class Report {
  /** One row for each task, split and language: the headline. */
  readonly tasks: Row[] = []
  /** Everything beside it. */
  readonly details: Row[] = []
  private lastProgress = 0

  /** The headline of a task. */
  task(name: TaskName, split: string, measured: Measured): void {
    const row = this.row(name, split, measured)
    const same = (other: Row): boolean => other.name === name && other.split === split && other['lang'] === row['lang']
    if (this.tasks.some(same)) throw new TonyError('internal', `two headlines for ${name} ${split}`)
    this.tasks.push(row)
  }

  /** A further line. */
  detail(name: string, split: string, measured: Measured): void {
    this.details.push(this.row(name, split, measured))
  }

  /** A headline that could not be measured. */
  missing(name: TaskName, split: string, { metric, why }: { readonly metric: Metric; readonly why: string }): void {
    const none = { value: null, low: null, high: null, chance: null, ablated: null }
    this.tasks.push({ name, split, metric, ...none, n: 0, why })
    console.log(`${name.padEnd(14)} ${split.padEnd(12)} not measured: ${why}`)
  }

  /** Says how far a piece of work is, at most every ten seconds, beside the table. */
  progress(what: string, done: number, total: number): void {
    const now = performance.now()
    if (now - this.lastProgress < 10_000) return
    this.lastProgress = now
    console.error(`nano: ${what} ${done}/${total}`)
  }

  /** `work` on each item, `parallel` at a time, in order of the items. */
  async each<T, R>(
    what: string,
    items: readonly T[],
    { parallel, work }: { readonly parallel: number; readonly work: (item: T, index: number) => Promise<R> },
  ): Promise<R[]> {
    let done = 0
    return inLanes(items, {
      parallel,
      work: async (item, index) => {
        const made = await work(item, index)
        this.progress(what, ++done, items.length)
        return made
      },
    })
  }

  private row(name: string, split: string, { metric, items, chance, ablated, note, more }: Measured): Row {
    const empty = items.length === 0
    const { value, low, high } = empty ? { value: null, low: null, high: null } : score(metric, items)
    const plain = (given: number | readonly Scored[] | undefined): number | null =>
      typeof given === 'number'
        ? rounded(given)
        : given === undefined || given.length === 0
          ? null
          : score(metric, given).value
    const row: Row = {
      name,
      split,
      metric,
      value,
      low,
      high,
      chance: plain(chance),
      ablated: plain(ablated),
      n: items.length,
      ...(note === undefined ? {} : { note }),
      ...(empty ? { why: 'no item' } : {}),
      ...more,
    }
    const number = (x: number | null): string => (x === null ? '    -' : x.toFixed(3))
    console.log(
      `${name.padEnd(14)} ${split.padEnd(12)} ${metric.padEnd(8)} ${number(value)}  [${number(low)}, ${number(high)}]  chance ${number(row.chance)}  ablated ${number(row.ablated)}  n ${String(row.n).padStart(4)}  ${note ?? ''}`,
    )
    return row
  }
}
