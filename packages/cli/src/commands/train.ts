/** @file `tony train`. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TonyError } from 'tony'
import { nodeFiles } from 'tony/files/node'
import { nodeRuntime } from 'tony/runtime/node'
import { type TrainPlan, type TrainProgress, train } from 'tony/train'
import { candidates } from '../checkout.ts'
import { writeCurves } from '../curves/write.ts'
import { onStop } from '../signals.ts'
import type { Terminal } from '../terminal.ts'
import { progressLine } from '../ui/progress.ts'
import { count, duration } from '../ui/table.ts'

/** Options of `tony train`. */
export interface TrainCommandOptions {
  readonly data?: string
  readonly steps?: number
  readonly seed?: number
  readonly out?: string
  readonly set: readonly string[]
  readonly logEvery?: number
  readonly checkpointEvery?: number
  readonly threads?: number
}

/** Milliseconds between two drawings of the curves while a run goes on. */
const REDRAW = 60_000

/** Trains a recipe to its last step, or to Ctrl-C; the status is 130 where it was stopped, as for any interrupted program. */
export async function trainRecipe(recipe: string, options: TrainCommandOptions, terminal: Terminal): Promise<number> {
  const { stdout, now } = terminal
  const { logEvery, checkpointEvery, threads } = options
  const plan = await loadPlan(recipe, options)
  const folder = options.out ?? join('runs', plan.name)
  const line = progressLine(terminal)
  const stopped = new AbortController()
  const release = onStop((signal) => {
    line.end()
    terminal.stderr.write(`${signal}: saving after this step (again: stop at once, keeping the last checkpoint)\n`)
    stopped.abort()
  }, now)

  let drawn = now()
  let drawing: Promise<unknown> = Promise.resolve()
  const onProgress = (progress: TrainProgress): void => {
    line.update(describe(progress))
    if (now() - drawn < REDRAW) return
    drawn = now()
    // Curves are a convenience: the run goes on without them, and the last drawing reports what is wrong.
    drawing = writeCurves(folder).catch(() => undefined)
  }
  try {
    stdout.write(`${plan.name}: ${count(plan.steps)} steps, into ${folder}\n`)
    const { trainer, finished } = await train(plan, {
      runtime: nodeRuntime,
      files: nodeFiles,
      folder,
      signal: stopped.signal,
      onProgress,
      now,
      ...(logEvery === undefined ? {} : { logEvery }),
      ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
      ...(threads === undefined ? {} : { threads }),
    })
    line.end()
    await drawing
    await trainer.dispose()
    const log = existsSync(join(folder, 'log.jsonl')) ? await writeCurves(folder) : undefined
    if (log !== undefined) stdout.write(`curves: ${log.html} and ${log.png}\n`)
    const where = `step ${count(trainer.step)} of ${count(plan.steps)}, ${join(folder, 'checkpoint.safetensors')}`
    stdout.write(finished ? `finished: ${where}\n` : `saved: ${where}; the same command goes on from there\n`)
    return finished ? 0 : 130
  } finally {
    line.end()
    release()
  }
}

function describe({ step, steps, loss, metrics, positionsPerSecond, timeLeft }: TrainProgress): string {
  const parts = Object.entries(metrics).map(([name, value]) => `${name} ${value.toPrecision(4)}`)
  return [
    `step ${count(step)}/${count(steps)}`,
    `loss ${loss.toPrecision(4)}`,
    ...parts,
    `${count(positionsPerSecond)} positions/s`,
    `${duration(timeLeft)} left`,
  ].join('  ')
}

async function loadPlan(recipe: string, options: TrainCommandOptions): Promise<TrainPlan> {
  const file = await findRecipe(recipe)
  const loaded = (await import(pathToFileURL(file).href)) as { plan?: unknown }
  if (typeof loaded.plan !== 'function')
    throw new TonyError(
      'invalid',
      `train: ${recipe} exports no function named plan; recipes that train are ${await recipes()}`,
    )
  const { data, steps, seed } = options
  const given = {
    ...(data === undefined ? {} : { data }),
    ...(steps === undefined ? {} : { steps }),
    ...(seed === undefined ? {} : { seed }),
    ...Object.fromEntries(options.set.map(setting)),
  }
  // The module comes from outside the type checker's sight; what it must return is what recipes declare.
  return (await (loaded.plan as (options: object) => TrainPlan | Promise<TrainPlan>)(given)) satisfies TrainPlan
}

/** `name=value`; numbers, true and false as such, the rest as text. */
function setting(text: string): [string, string | number | boolean] {
  const [, name, value] = /^([A-Za-z]\w*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new TonyError('invalid', `train: --set ${text} (expected name=value)`)
  if (value === 'true' || value === 'false') return [name, value === 'true']
  return [name, value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value]
}

async function findRecipe(recipe: string): Promise<string> {
  const files = recipe.endsWith('.ts') ? [resolve(recipe)] : candidates(join('recipes', `${recipe}.ts`))
  const found = files.find((file) => existsSync(file))
  if (found !== undefined) return found
  const name = recipe.endsWith('.ts') ? recipe : `recipes/${recipe}.ts`
  throw new TonyError('not_found', `train: there is no ${name}; recipes that train are ${await recipes()}`)
}

async function recipes(): Promise<string> {
  const folder = candidates('recipes').find((path) => existsSync(path))
  if (folder === undefined) return 'none (run this in the repository)'
  const names: string[] = []
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.ts')) continue
    const text = await readFile(join(folder, file), 'utf8')
    if (/^export (async function|function|const) plan\b/m.test(text)) names.push(basename(file, '.ts'))
  }
  return names.sort().join(', ') || 'none'
}
