/** @file The training loop: progress, JSONL log, atomic checkpoints, exact resumption. */
import type { ParamValues } from '../nn/params.ts'
import type { AdamWConfig } from '../optim/adamw.ts'
import type { Runtime } from '../runtime/types.ts'
import type { HostTensor } from '../tensor/host.ts'
import type { AbortLike } from '../util/abort.ts'
import { TonyError } from '../util/errors.ts'
import { type Files, writeError } from '../util/files.ts'
import { decodeCheckpoint, encodeCheckpoint, untouched } from './checkpoint.ts'
import { type LossModel, meanMetrics, type StepResult, Trainer } from './step.ts'

/** Everything that decides a training run. Batches are a function of the step alone, so a resumed run repeats nothing and skips nothing. */
export interface TrainPlan {
  readonly name: string
  readonly seed: number
  readonly steps: number
  readonly rate: (step: number) => number
  readonly optimizer?: Partial<AdamWConfig>
  readonly model: LossModel
  /** The model under inputs of other sizes, by name: buckets of sequence lengths, which share the parameters. */
  readonly buckets?: Readonly<Record<string, LossModel>>
  /** The bucket of batch `step`, or '' for the model itself (the default). */
  readonly bucket?: (step: number) => string
  /** Batches whose gradients are averaged for one step (default 1); batch i of a step is then `batch(step · accumulate + i)`. */
  readonly accumulate?: number
  readonly batch: (step: number) => Readonly<Record<string, HostTensor>> | Promise<Readonly<Record<string, HostTensor>>>
  /** Positions (tokens, frames, patches) in one step, for the speed figure; their mean where buckets differ. */
  readonly positionsPerStep: number
  /** Weights to start from; those that the model does not use are kept in its checkpoints. */
  readonly initial?: ParamValues
  /** Parameters that stay as they are, by name (default: none). */
  readonly frozen?: (name: string) => boolean
  /** Saved with every checkpoint. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Files that the weights are of no use without, by name, as a tokenizer: they are put beside the checkpoint. */
  readonly beside?: Readonly<Record<string, Uint8Array>>
}

export interface TrainOptions {
  readonly runtime: Runtime
  readonly files: Files
  /** Folder of the run: `checkpoint.safetensors` and `log.jsonl`. */
  readonly folder: string
  readonly logEvery?: number
  readonly checkpointEvery?: number
  /** Stops after a checkpoint when aborted. */
  readonly signal?: AbortLike
  readonly onProgress?: (progress: TrainProgress) => void
  readonly now: () => number
  readonly threads?: number
}

export interface TrainProgress {
  readonly step: number
  readonly steps: number
  /** Mean over the steps since the last report; a metric over those that had something to measure, absent if none had. */
  readonly loss: number
  readonly metrics: Readonly<Record<string, number>>
  readonly norm: number
  readonly rate: number
  readonly positionsPerSecond: number
  /** Seconds. */
  readonly timeLeft: number
}

/** Runs `plan` to its last step, resuming from the folder's checkpoint, and gives the final state. */
export async function train(plan: TrainPlan, options: TrainOptions): Promise<{ trainer: Trainer; finished: boolean }> {
  const { runtime, threads } = options
  const trainer = await Trainer.create(runtime, plan.model, {
    seed: plan.seed,
    ...(plan.optimizer === undefined ? {} : { optimizer: plan.optimizer }),
    ...(plan.initial === undefined ? {} : { initial: plan.initial }),
    ...(plan.frozen === undefined ? {} : { frozen: plan.frozen }),
    ...(threads === undefined ? {} : { threads }),
    ...(plan.accumulate === undefined ? {} : { accumulate: plan.accumulate }),
    ...(plan.buckets === undefined ? {} : { buckets: plan.buckets }),
  })
  try {
    return { trainer, finished: await runPlan(trainer, plan, options) }
  } catch (error) {
    await trainer.dispose()
    throw error
  }
}

/** Whether all steps are done; `false` if the signal came first. */
async function runPlan(trainer: Trainer, plan: TrainPlan, options: TrainOptions): Promise<boolean> {
  const { files, folder, logEvery = 20, checkpointEvery = 500, signal, onProgress, now } = options
  const path = `${folder}/checkpoint.safetensors`
  const saved = await files.read(path)
  if (saved !== undefined) trainer.restore(decodeCheckpoint(saved, path).state)
  await putBeside(plan, { files, folder })
  const kept = untouched(plan.initial ?? {}, trainer.state().params)
  const save = (): Promise<void> => {
    const state = trainer.state()
    const whole = { ...state, params: { ...kept, ...state.params } }
    return writing(path, () => files.write(path, encodeCheckpoint(whole, plan.metadata)))
  }
  const count = plan.accumulate ?? 1
  const batchesOf = async (step: number): Promise<Readonly<Record<string, HostTensor>>[]> => {
    const batches: Readonly<Record<string, HostTensor>>[] = []
    for (let i = 0; i < count; i++) batches.push(await plan.batch(step * count + i))
    return batches
  }
  // Made while the step before runs on threads of its own; an error in it belongs to its own step.
  const prepare = (step: number): Promise<Readonly<Record<string, HostTensor>>[]> => {
    const batches = batchesOf(step)
    batches.catch(() => undefined)
    return batches
  }

  let sums: StepResult[] = []
  let since = now()
  let next = trainer.step < plan.steps ? prepare(trainer.step) : undefined
  while (trainer.step < plan.steps && signal?.aborted !== true) {
    const step = trainer.step
    const batches = await next!
    const buckets = batches.map((_, i) => plan.bucket?.(step * count + i) ?? '')
    const running = trainer.runMany(batches, plan.rate(step), buckets)
    if (step + 1 < plan.steps) next = prepare(step + 1)
    const result = await running
    sums.push(result)
    if (trainer.step % logEvery === 0 || trainer.step === plan.steps) {
      const seconds = (now() - since) / 1000
      const mean = (pick: (r: StepResult) => number): number => sums.reduce((sum, r) => sum + pick(r), 0) / sums.length
      const progress: TrainProgress = {
        step: trainer.step,
        steps: plan.steps,
        loss: mean((r) => r.loss),
        metrics: meanMetrics(sums.map(({ metrics }) => metrics)),
        norm: mean((r) => r.norm),
        rate: plan.rate(step),
        positionsPerSecond: (plan.positionsPerStep * sums.length) / seconds,
        timeLeft: ((plan.steps - trainer.step) * seconds) / sums.length,
      }
      const log = `${folder}/log.jsonl`
      await writing(log, () => files.append(log, `${JSON.stringify(progress)}\n`))
      onProgress?.(progress)
      sums = []
      since = now()
    }
    if (trainer.step % checkpointEvery === 0) await save()
  }
  await save()
  return trainer.step >= plan.steps
}

/** Writes what a plan wants beside its checkpoint, where it is not there yet. */
export async function putBeside(
  { beside = {} }: Pick<TrainPlan, 'beside'>,
  { files, folder }: Pick<TrainOptions, 'files' | 'folder'>,
): Promise<void> {
  for (const [name, bytes] of Object.entries(beside)) {
    const path = `${folder}/${name}`
    if ((await files.read(path)) === undefined) await writing(path, () => files.write(path, bytes))
  }
}

/** Runs a file operation; whatever goes wrong in it becomes one `io` error that says what to do. */
async function writing(path: string, operation: () => Promise<void>): Promise<void> {
  try {
    await operation()
  } catch (cause) {
    throw cause instanceof TonyError ? cause : writeError(path, cause)
  }
}
