/** @file What PPO and GRPO share: an iteration samples answers, judges them and learns; a run stops and resumes between iterations. */
import type { CompileOptions } from '../generate/program.ts'
import type { Tokenizer } from '../media/text/tokenizer.ts'
import type { OmniConfig } from '../models/omni/config.ts'
import type { BatchShape } from '../models/omni/model.ts'
import type { Element } from '../models/omni/sequence.ts'
import type { ParamScope, ParamValues } from '../nn/params.ts'
import type { AdamWConfig } from '../optim/adamw.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { decodeCheckpoint, encodeCheckpoint, untouched } from '../train/checkpoint.ts'
import { putBeside, type TrainPlan } from '../train/loop.ts'
import { type AcceptStep, type LossProgram, meanMetrics, type StepResult, Trainer } from '../train/step.ts'
import type { AbortLike } from '../util/abort.ts'
import { TonyError } from '../util/errors.ts'
import type { Files } from '../util/files.ts'
import { makeRng, type Rng, shuffled } from '../util/rng.ts'
import { MovingAverage } from './average.ts'
import { compileLogprobs, mean } from './forward.ts'
import type { PolicyShape } from './policy.ts'
import { type Rollout, type RolloutOptions, Sampler } from './rollout.ts'
import { judgingRoom, packSnugly, smallerRooms } from './rooms.ts'
import type { SampleBatch } from './samples.ts'

/** What decides a run, whatever the algorithm. */
export interface OnPolicyPlan extends Pick<TrainPlan, 'beside' | 'metadata'> {
  readonly name: string
  readonly seed: number
  readonly iterations: number
  readonly config: OmniConfig
  readonly tokenizer: Tokenizer
  /** Room of one minibatch. */
  readonly shape: BatchShape
  /** Weights to start from; also the reference that the policy must not stray from. Those that it does not use are kept in its checkpoints. */
  readonly policy: ParamValues
  /** A prompt's positions, without `<|assistant|>`. */
  readonly prompt: (rng: Rng) => readonly Element[]
  readonly answers: RolloutOptions
  /** One score for each answer: a reward model, or a rule. */
  readonly score: (rollouts: readonly Rollout[]) => Promise<readonly number[]> | readonly number[]
  /** Learning rate by iteration. */
  readonly rate: (iteration: number) => number
  readonly optimizer?: Partial<AdamWConfig>
  /** Decay a minibatch of a moving average of the policy's weights, which the run then leaves in their place; the paper's is 0.992. */
  readonly average?: number
}

export interface OnPolicyProgress {
  readonly iteration: number
  readonly iterations: number
  readonly metrics: Readonly<Record<string, number>>
  /** Answers a second: sampled, scored and learned from. */
  readonly samplesPerSecond: number
  /** Seconds. */
  readonly timeLeft: number
  /** A few answers with their scores. */
  readonly examples: readonly { readonly text: string; readonly score: number }[]
}

export interface OnPolicyOptions {
  readonly runtime: Runtime
  readonly files: Files
  /** Folder of the run: `checkpoint.safetensors` and `log.jsonl`. */
  readonly folder: string
  readonly checkpointEvery?: number
  readonly signal?: AbortLike
  readonly onProgress?: (progress: OnPolicyProgress) => void
  readonly now: () => number
  readonly threads?: number
}

/** One algorithm at work. */
export interface OnPolicyAlgorithm {
  readonly trainer: Trainer
  /** Answers of one iteration. */
  readonly rollouts: number
  /** Its weights as they are, without a critic's. */
  policy(): ParamValues
  iterate(iteration: number): Promise<Pick<OnPolicyProgress, 'metrics' | 'examples'>>
  /** What a checkpoint holds besides the trainer's state. */
  save(): Readonly<Record<string, string>>
  load(metadata: Readonly<Record<string, string>>): void
}

/** What is at work in a run. */
export interface OnPolicyParts {
  readonly trainer: Trainer
  /** Rooms of its minibatches besides the plan's, by the trainer's names for them. */
  readonly rooms: Readonly<Record<string, BatchShape>>
  /** Samples from the trainer's live weights. */
  readonly sampler: Sampler
  /** What `current` and `reference` take at a time. */
  readonly judging: PolicyShape
  /** Log-probabilities under the live weights, and under those that the run started from. */
  readonly current: Session
  readonly reference: Session
}

/** The parts of a run that learns by `loss` from `initial` weights; `current` compiles another program over the live ones, with more outputs. */
export async function openParts(
  plan: OnPolicyPlan,
  { runtime, threads: count }: OnPolicyOptions,
  {
    loss,
    initial = plan.policy,
    current,
  }: {
    /** For a minibatch of the room that is given. */
    readonly loss: (p: ParamScope, room: PolicyShape) => LossProgram
    readonly initial?: ParamValues
    readonly current?: (room: PolicyShape, how: Pick<CompileOptions, 'params' | 'threads'>) => Promise<Session>
  },
): Promise<OnPolicyParts> {
  const threads = count === undefined ? {} : { threads: count }
  const { config, tokenizer, policy, seed } = plan
  const shape = policyShapeOf(plan)
  const optimizer = { ...policyOptimizer, ...plan.optimizer }
  const rooms = smallerRooms(plan.shape)
  const trainer = await Trainer.create(runtime, (p) => loss(p, shape), {
    seed,
    optimizer,
    initial,
    buckets: Object.fromEntries(
      Object.entries(rooms).map(([name, room]) => [name, (p: ParamScope) => loss(p, { ...shape, shape: room })]),
    ),
    ...threads,
  })
  const live = (): ParamValues => trainer.state().params
  const judging = { ...shape, shape: judgingRoom(plan.shape) }
  return {
    trainer,
    rooms,
    judging,
    current: await (current?.(judging, { params: live, ...threads }) ??
      compileLogprobs(runtime, judging, { weights: live, ...threads })),
    reference: await compileLogprobs(runtime, judging, { weights: () => policy, ...threads }),
    sampler: await Sampler.load(runtime, { config, tokenizer, params: live, ...threads }),
  }
}

export async function disposeParts({ trainer, sampler, current, reference }: OnPolicyParts): Promise<void> {
  for (const part of [trainer, sampler, current, reference]) await part.dispose()
}

/** Adam's usual epsilon, 1e-8, makes the first steps of a policy several times as large (Huang et al. 2023). */
export const policyOptimizer: Partial<AdamWConfig> = { eps: 1e-5, weightDecay: 0 }

/**
 * Runs `algorithm` to the plan's last iteration, resuming from the folder's checkpoint. Gives the policy that it leaves;
 * not finished if the signal came first.
 *
 * @throws TonyError that names the run, the iteration that failed, and the checkpoint that is kept.
 */
export async function runOnPolicy(
  algorithm: OnPolicyAlgorithm,
  plan: OnPolicyPlan,
  { files, folder, checkpointEvery = 20, signal, onProgress, now }: OnPolicyOptions,
): Promise<{ policy: ParamValues; finished: boolean }> {
  const average = plan.average === undefined ? undefined : new MovingAverage(algorithm.policy(), plan.average)
  const kept = untouched(plan.policy, algorithm.policy())
  await putBeside(plan, { files, folder })
  const path = `${folder}/checkpoint.safetensors`
  const saved = await files.read(path)
  let iteration = 0
  /** The iteration that the checkpoint stands at. */
  let checkpoint: number | undefined
  if (saved !== undefined) {
    const { state, metadata } = decodeCheckpoint(saved, path)
    algorithm.trainer.restore(state)
    algorithm.load(metadata)
    average?.restore(state.params)
    iteration = Number(metadata['iteration'] ?? 0)
    checkpoint = iteration
  }
  const save = async (): Promise<void> => {
    const state = algorithm.trainer.state()
    const params = { ...kept, ...state.params, ...average?.saved() }
    const metadata = { ...plan.metadata, ...algorithm.save(), iteration: String(iteration) }
    await files.write(path, encodeCheckpoint({ ...state, params }, metadata))
    checkpoint = iteration
  }
  const iterate = async (): ReturnType<OnPolicyAlgorithm['iterate']> => {
    try {
      return await algorithm.iterate(iteration)
    } catch (error) {
      if (!(error instanceof TonyError)) throw error
      const left =
        checkpoint === undefined
          ? 'there is no checkpoint yet'
          : `the checkpoint of iteration ${checkpoint} is kept in ${folder}, from which the run resumes`
      const what = error.message.replace(`${plan.name}: `, '')
      throw new TonyError(
        error.code,
        `${plan.name}: stopped in iteration ${iteration + 1} of ${plan.iterations}: ${what}; ${left}`,
        { cause: error },
      )
    }
  }
  while (iteration < plan.iterations && signal?.aborted !== true) {
    const since = now()
    const step = algorithm.trainer.step
    const { metrics, examples } = await iterate()
    average?.add(algorithm.policy(), algorithm.trainer.step - step)
    iteration++
    const seconds = (now() - since) / 1000
    const progress: OnPolicyProgress = {
      iteration,
      iterations: plan.iterations,
      metrics,
      samplesPerSecond: algorithm.rollouts / seconds,
      timeLeft: seconds * (plan.iterations - iteration),
      examples,
    }
    // Beside answers a second, what other runs tell of their speed: here positions that were answered.
    const positionsPerSecond = (metrics['length'] ?? 0) * progress.samplesPerSecond
    const line = { step: iteration, ...progress, positionsPerSecond }
    await files.append(`${folder}/log.jsonl`, `${JSON.stringify(line)}\n`)
    onProgress?.(progress)
    if (iteration % checkpointEvery === 0) await save()
  }
  await save()
  return { policy: average?.get() ?? algorithm.policy(), finished: iteration >= plan.iterations }
}

export function policyShapeOf({ config, shape, tokenizer, answers }: OnPolicyPlan): PolicyShape {
  return { config, shape, words: tokenizer.vocabSize, temperature: answers.temperature }
}

/** The plan's scores; throws `invalid` where one is not finite. */
export async function scoresOf(plan: OnPolicyPlan, rollouts: readonly Rollout[]): Promise<number[]> {
  const scores = [...(await plan.score(rollouts))]
  const bad = scores.findIndex((score) => !Number.isFinite(score))
  if (bad >= 0)
    throw new TonyError('invalid', `answer ${bad} gets the reward ${scores[bad]}; mend the reward and resume`)
  return scores
}

/** What is told of answers under any algorithm; `logprobs` are those that training gives their actions. */
export function answerMetrics(rollouts: readonly Rollout[], logprobs: readonly Float32Array[]): Record<string, number> {
  // Sampling and training are two programs: where they part, every ratio is wrong.
  const gaps = rollouts.flatMap((rollout, i) =>
    Array.from(rollout.logprobs, (value, k) => Math.abs(value - logprobs[i]![k]!)),
  )
  const lengths = rollouts.map(({ answer }) => answer.length)
  return {
    length: mean(lengths),
    longest: Math.max(...lengths),
    rolloutGap: mean(gaps),
    rolloutGapMax: gaps.reduce((a, b) => Math.max(a, b), 0),
    ended: rollouts.filter(({ ended }) => ended).length / rollouts.length,
    distinct: new Set(rollouts.map(({ text }) => text)).size / rollouts.length,
  }
}

/** How an iteration's answers are learned from. */
export interface Learning {
  readonly epochs: number
  readonly minibatch: number
  /** Mean ratio of a minibatch above which nothing is learned from it: the policy has moved too far from who answered. */
  readonly largestRatio: number
  /** Inputs of a minibatch besides those of its samples; `ids[i]` is the rollout that stands as sample i. */
  readonly inputs: (batch: SampleBatch, ids: readonly number[]) => SampleBatch['inputs']
}

/** The order of an iteration's minibatches: a stream of its own, apart from that of its prompts. */
export function orderRng({ seed }: Pick<OnPolicyPlan, 'seed'>, iteration: number): Rng {
  return makeRng(seed * 1e6 + iteration).fork(1)
}

/**
 * Passes over `rollouts` in shuffled minibatches. Gives means of the trainer's metrics over those that were learned from, how
 * many were not (`skipped`), and the ratio and divergence of the very first one.
 */
export async function learn(
  { trainer, rooms }: Pick<OnPolicyParts, 'trainer' | 'rooms'>,
  plan: OnPolicyPlan,
  {
    rollouts,
    iteration,
    epochs,
    minibatch,
    largestRatio,
    inputs,
  }: Learning & {
    readonly rollouts: readonly Rollout[]
    readonly iteration: number
  },
): Promise<Record<string, number>> {
  const rate = plan.rate(iteration)
  const rng = orderRng(plan, iteration)
  // A ratio that is no number is a broken run, which the trainer reports.
  const accept: AcceptStep = ({ metrics }) => !(metrics['ratio']! > largestRatio)
  let first: StepResult | undefined
  let skipped = 0
  const learned: StepResult[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled([...rollouts.keys()], rng)
    for (let at = 0; at < order.length; at += minibatch) {
      const ids = order.slice(at, at + minibatch)
      const samples = ids.map((i) => rollouts[i]!)
      const { batch, room } = packSnugly(samples, { ...plan, rooms })
      const result = await trainer.run({ ...batch.inputs, ...inputs(batch, ids) }, rate, room, { accept })
      first ??= result
      if (accept(result)) learned.push(result)
      else skipped++
    }
  }
  const means = meanMetrics(learned.map(({ metrics, norm, loss }) => ({ ...metrics, norm, loss })))
  // Before anything is learned the policy is the one that was sampled: what differs is a mistake, not learning.
  return { ...means, firstRatio: first!.metrics['ratio']!, firstApproxKl: first!.metrics['approxKl']!, skipped, rate }
}
