/** @file What the benchmarks of the senses, `hearing` and `sight`, share: a checkpoint to open, answers to count, a table. */
import { proportion, rate, type Scored } from '../packages/tony/src/eval/score.ts'
import { type OmniConfig, readOmniConfig } from '../packages/tony/src/models/omni/config.ts'
import type { ParamValues } from '../packages/tony/src/nn/params.ts'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { decodeCheckpoint } from '../packages/tony/src/train/checkpoint.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { readOptions, wholeNumber } from '../recipes/program.ts'

/** The options of such a benchmark: a checkpoint of recipes/senses.ts, the corpora, and a number `count` of its own. */
export async function openSenses(
  args: readonly string[],
  { bench, count, default: usual }: { readonly bench: string; readonly count: string; readonly default: number },
): Promise<{
  params: ParamValues
  config: OmniConfig
  /** Words that hearing tells apart, in the order of its answers; none where it was trained before they were kept. */
  words: readonly string[]
  data: string
  count: number
  report: SensesReport
}> {
  const { values } = readOptions({
    args: [...args],
    options: {
      senses: { type: 'string', default: 'runs/senses/checkpoint.safetensors' },
      data: { type: 'string', default: 'runs/data' },
      [count]: { type: 'string', default: String(usual) },
    },
  }) as { values: Record<string, string> }
  const [senses, data, given] = [values['senses']!, values['data']!, values[count]!]
  const bytes = await nodeFiles.read(senses)
  if (bytes === undefined)
    throw new TonyError('not_found', `${bench}: there is no '${senses}'; train it with recipes/senses.ts`)
  const wanted = wholeNumber(bench, count, given)
  const { state, metadata } = decodeCheckpoint(bytes, senses)
  const config = readOmniConfig(JSON.parse(metadata['config']!))
  return {
    params: state.params,
    config,
    words: JSON.parse(metadata['words'] ?? '[]') as string[],
    data,
    count: wanted,
    report: new SensesReport(bench, senses),
  }
}

/** Shares of right answers with their intervals, as a table and as the last line of JSON. */
export class SensesReport {
  private readonly rows: { what: string; split: string; value: number; low: number; high: number; n: number }[] = []
  private readonly bench: string
  private readonly senses: string

  constructor(bench: string, senses: string) {
    this.bench = bench
    this.senses = senses
  }

  add(what: string, split: string, right: readonly boolean[]): void {
    const { value, low, high } = proportion(right.map((ok) => ({ errors: ok ? 1 : 0, length: 1 })))
    this.rows.push({ what, split, value, low, high, n: right.length })
  }

  /** One less the errors over the lengths of all. */
  addRate(what: string, split: string, items: readonly Scored[]): void {
    const { value, low, high } = rate(items, makeRng(1))
    this.rows.push({ what, split, value: 1 - value, low: 1 - high, high: 1 - low, n: items.length })
  }

  print(): void {
    console.table(
      this.rows.map(({ value, low, high, ...rest }) => ({
        ...rest,
        right: value.toFixed(3),
        interval: `${low.toFixed(3)} to ${high.toFixed(3)}`,
      })),
    )
    console.log(JSON.stringify({ bench: this.bench, senses: this.senses, rows: this.rows }))
  }
}

/** The place, counted from `from`, of the largest of `length` values there. */
export function argmaxRow(values: Float32Array, from: number, length: number): number {
  let best = from
  for (let i = from + 1; i < from + length; i++) if (values[i]! > values[best]!) best = i
  return best - from
}
