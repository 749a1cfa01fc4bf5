/**
 * @file Writes what `bench nano` measured into a model's folder: `results.json`, and the tables of its card between the
 * marks `<!-- results -->` and `<!-- /results -->`, beside the figures that were there before.
 *
 *   npm run -s bench -- nano --n 40 | tee runs/bench/nano.log
 *   npm run -s bench -- card --results runs/bench/nano.log
 *
 * Of tasks that this run left out (`bench nano --tasks draw`) what was measured before stays.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeFiles } from '../packages/tony/src/runtime/node/files.ts'
import { TonyError } from '../packages/tony/src/util/errors.ts'
import { readOptions } from '../recipes/program.ts'
import type { Row } from './nano/report.ts'

/** The last line of `bench nano`, as far as a card shows it. */
interface Results {
  readonly bench: 'nano'
  readonly tasks: readonly Row[]
  readonly details: readonly Row[]
}

const [FROM, TO] = ['<!-- results -->', '<!-- /results -->']

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      /** A file that ends with the line of JSON. */
      results: { type: 'string', default: 'runs/bench/nano.log' },
      model: { type: 'string', default: 'models/tony-nano' },
    },
  })
  const kept = join(values.model, 'results.json')
  const card = join(values.model, 'README.md')
  const before = existsSync(kept) ? resultsIn(kept) : undefined
  const now = withLeftOut(resultsIn(values.results), before)
  const text = readFileSync(card, 'utf8')
  const [start, end] = [text.indexOf(FROM), text.indexOf(TO)]
  if (start < 0 || end < start)
    throw new TonyError('invalid', `${card} has no ${FROM} … ${TO}; put them where the tables belong`)
  const made = `${text.slice(0, start + FROM.length)}\n${tables(now, before)}\n${text.slice(end)}`
  await nodeFiles.write(card, Buffer.from(made))
  await nodeFiles.write(kept, Buffer.from(`${JSON.stringify(now)}\n`))
  console.log(JSON.stringify({ bench: 'card', card, tasks: now.tasks.length, details: now.details.length }))
}

/** Results with the rows of tasks that only `before` has, in the order of that. */
function withLeftOut(results: Results, before: Results | undefined): Results {
  if (before === undefined) return results
  const names = new Set([...results.tasks, ...results.details].map(({ name }) => name))
  const merged = (rows: readonly Row[], earlier: readonly Row[]): Row[] => {
    const order = [...new Set([...earlier, ...rows].map(({ name }) => name))]
    return order.flatMap((name) => (names.has(name) ? rows : earlier).filter((row) => row.name === name))
  }
  return {
    ...before,
    ...Object.fromEntries(Object.entries(results).filter(([, value]) => value !== null)),
    bench: 'nano',
    tasks: merged(results.tasks, before.tasks),
    details: merged(results.details, before.details),
  }
}

function resultsIn(path: string): Results {
  let last: string | undefined
  try {
    last = readFileSync(path, 'utf8').trimEnd().split('\n').at(-1)
    const found = JSON.parse(last ?? '') as Results
    if (found.bench === 'nano') return found
  } catch (cause) {
    throw new TonyError('invalid', `${path} does not end with the line of JSON of bench nano`, { cause })
  }
  throw new TonyError('invalid', `${path} holds results of another benchmark (expected nano)`)
}

function tables(now: Results, before: Results | undefined): string {
  return `
${table(now.tasks, before?.tasks)}

<details>
<summary>Everything beside it: other judges, other wordings, ceilings</summary>

${table(now.details, before?.details)}

</details>
`
}

/** A table in Markdown; a row's earlier value is that of the row with the same task, split, metric, language and note. */
function table(rows: readonly Row[], earlier: readonly Row[] = []): string {
  const key = ({ name, split, metric, note, ...more }: Row): string =>
    [name, split, metric, more['lang'] ?? '', note ?? ''].join('|')
  const known = new Map(earlier.map((row) => [key(row), row.value]))
  const figure = (value: number | null | undefined): string => (typeof value === 'number' ? value.toFixed(3) : '')
  const lines = rows.map((row) => {
    const interval = row.low === null ? '' : `${figure(row.low)} to ${figure(row.high)}`
    const cells = [row.name, row.split, row.metric, figure(row.value), interval, figure(known.get(key(row)))]
    return [...cells, figure(row.chance), figure(row.ablated), String(row.n), row.note ?? row.why ?? '']
  })
  const head = ['task', 'split', 'metric', 'value', 'interval', 'before', 'chance', 'ablated', 'n', 'note']
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
