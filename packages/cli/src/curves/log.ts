/** @file Reads the log of a training run. */
import { readFile } from 'node:fs/promises'

/** One curve: steps and values of equal length. */
export interface Curve {
  readonly name: string
  readonly steps: readonly number[]
  readonly values: readonly number[]
}

/**
 * The curves of a `log.jsonl`: the loss, its parts, then speed, gradient norm and rate.
 *
 * A run that was killed repeats the steps since its checkpoint, so a step that is lower than one before it replaces what
 * was there; a line that was cut off is left out.
 */
export async function readCurves(path: string): Promise<Curve[]> {
  const records: Record<string, unknown>[] = []
  for (const line of (await readFile(path, 'utf8')).split('\n')) {
    const record = parse(line)
    if (record === undefined) continue
    while (records.length > 0 && stepOf(records.at(-1)) >= stepOf(record)) records.pop()
    records.push(record)
  }
  const metricNames = [...new Set(records.flatMap((record) => Object.keys(metricsOf(record))))]
  return [
    curve('loss', records, (record) => record['loss']),
    ...metricNames.map((name) => curve(name, records, (record) => metricsOf(record)[name])),
    curve('positions per second', records, (record) => record['positionsPerSecond']),
    curve('gradient norm', records, (record) => record['norm']),
    curve('learning rate', records, (record) => record['rate']),
  ].filter(({ values }) => values.length > 0)
}

function curve(
  name: string,
  records: readonly Record<string, unknown>[],
  pick: (record: Record<string, unknown>) => unknown,
): Curve {
  const steps: number[] = []
  const values: number[] = []
  for (const record of records) {
    const value = pick(record)
    if (typeof value !== 'number') continue
    steps.push(stepOf(record))
    values.push(value)
  }
  return { name, steps, values }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return undefined
    const record = value as Record<string, unknown>
    return typeof record['step'] === 'number' ? record : undefined
  } catch {
    return undefined
  }
}

function stepOf(record: Record<string, unknown> | undefined): number {
  return Number(record?.['step'])
}

function metricsOf(record: Record<string, unknown>): Record<string, unknown> {
  const metrics = record['metrics']
  return typeof metrics === 'object' && metrics !== null ? (metrics as Record<string, unknown>) : {}
}
