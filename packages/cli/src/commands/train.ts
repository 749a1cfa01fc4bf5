/** @file `tony train`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { grpo, type OnPolicyProgress, ppo } from 'tony/align'
import { nodeFiles } from 'tony/files/node'
import { nodeRuntime } from 'tony/runtime/node'
import { type TrainProgress, train } from 'tony/train'
import { writeCurves } from '../curves/write.ts'
import { type LoadedPlan, loadPlan } from '../recipe.ts'
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
  const loaded = await loadPlan(recipe, options)
  const { plan } = loaded
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
  const report = (text: string): void => {
    line.update(text)
    if (now() - drawn < REDRAW) return
    drawn = now()
    // Curves are a convenience: the run goes on without them, and the last drawing reports what is wrong.
    drawing = writeCurves(folder).catch(() => undefined)
  }
  try {
    const [unit, steps] =
      loaded.algorithm === 'train'
        ? (['step', loaded.plan.steps] as const)
        : (['iteration', loaded.plan.iterations] as const)
    stdout.write(`${plan.name}: ${count(steps)} ${unit}s, into ${folder}\n`)
    const { step, finished } = await run(loaded, report, {
      folder,
      signal: stopped.signal,
      now,
      ...(logEvery === undefined ? {} : { logEvery }),
      ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
      ...(threads === undefined ? {} : { threads }),
    })
    line.end()
    await drawing
    const log = existsSync(join(folder, 'log.jsonl')) ? await writeCurves(folder) : undefined
    if (log !== undefined) stdout.write(`curves: ${log.html} and ${log.png}\n`)
    const where = `${unit} ${count(step)} of ${count(steps)}, ${join(folder, 'checkpoint.safetensors')}`
    stdout.write(finished ? `finished: ${where}\n` : `saved: ${where}; the same command goes on from there\n`)
    return finished ? 0 : 130
  } finally {
    line.end()
    release()
  }
}

/** Runs a plan to its end, or to where it is stopped. */
async function run(
  loaded: LoadedPlan,
  report: (text: string) => void,
  how: {
    readonly folder: string
    readonly signal: AbortSignal
    readonly now: () => number
    readonly logEvery?: number
    readonly checkpointEvery?: number
    readonly threads?: number
  },
): Promise<{ step: number; finished: boolean }> {
  const options = { runtime: nodeRuntime, files: nodeFiles, ...how }
  if (loaded.algorithm === 'train') {
    const { trainer, finished } = await train(loaded.plan, { ...options, onProgress: (step) => report(describe(step)) })
    await trainer.dispose()
    return { step: trainer.step, finished }
  }
  let step = 0
  const onProgress = (progress: OnPolicyProgress): void => {
    step = progress.iteration
    report(describeIteration(progress))
  }
  const onPolicy = { ...options, onProgress }
  const { finished } = await (loaded.algorithm === 'ppo' ? ppo(loaded.plan, onPolicy) : grpo(loaded.plan, onPolicy))
  // A run that had ended before makes no progress.
  return { step: finished ? loaded.plan.iterations : step, finished }
}

function describe({ step, steps, loss, metrics, positionsPerSecond, timeLeft }: TrainProgress): string {
  const speed = `${count(positionsPerSecond)} positions/s`
  return progressText(`step ${count(step)}/${count(steps)}`, { loss, ...metrics }, { speed, timeLeft })
}

function describeIteration({ iteration, iterations, metrics, samplesPerSecond, timeLeft }: OnPolicyProgress): string {
  const speed = `${samplesPerSecond.toFixed(1)} answers/s`
  return progressText(`iteration ${count(iteration)}/${count(iterations)}`, metrics, { speed, timeLeft })
}

function progressText(
  place: string,
  figures: Readonly<Record<string, number>>,
  { speed, timeLeft }: { speed: string; timeLeft: number },
): string {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${value.toPrecision(4)}`)
  return [place, ...parts, speed, `${duration(timeLeft)} left`].join('  ')
}
