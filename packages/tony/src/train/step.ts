/** @file A whole training step as one program: forward, backward, clipping and AdamW in one run. */
import { grad } from '../autodiff/grad.ts'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { countParams, initParams, ParamScope, type ParamSpec, type ParamValues } from '../nn/params.ts'
import { encodeModel } from '../onnx/model.ts'
import { type AdamWConfig, adamW, adamWDefaults } from '../optim/adamw.ts'
import { simplify } from '../passes/simplify.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { type HostTensor, hostScalar, hostZeros } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'

/** A traced model to train: a scalar loss, and other scalars to watch. */
export interface LossProgram {
  readonly loss: Tensor
  readonly metrics?: Readonly<Record<string, Tensor>>
}

export interface TrainerOptions {
  readonly seed: number
  readonly optimizer?: Partial<AdamWConfig>
  /** Parameters to start from; missing ones are made from the seed. */
  readonly initial?: ParamValues
  /** Parameters that stay as they are, by name: neither gradients nor moments are kept for them. Default: none. */
  readonly frozen?: (name: string) => boolean
  readonly threads?: number
  readonly profile?: string
  /** Batches whose gradients are averaged for one update (default 1): a larger batch in the memory of a small one. */
  readonly accumulate?: number
  /** The same model under inputs of other sizes, by name, so that short sequences need not be padded to the longest. */
  readonly buckets?: Readonly<Record<string, LossModel>>
}

/** Parameters, and moments of those that are trained: what a checkpoint holds. */
export interface TrainState {
  readonly step: number
  readonly params: ParamValues
  readonly moment1: ParamValues
  readonly moment2: ParamValues
}

export interface StepResult {
  readonly loss: number
  /** Global norm of the gradients before clipping. */
  readonly norm: number
  readonly metrics: Readonly<Record<string, number>>
}

/** Whether a step that was computed is taken; else everything stays as it was before. */
export type AcceptStep = (result: StepResult) => boolean

/** A model as a function of its parameters; it declares its own inputs. */
export type LossModel = (p: ParamScope) => LossProgram

/** The bucket of the model itself. */
const ONE = ''

/** One program for each bucket, compiled when it is first asked for: a bucket that no batch needs costs nothing. */
class Programs {
  private readonly compile: ReadonlyMap<string, () => Promise<Session>>
  private readonly compiled = new Map<string, Promise<Session>>()

  constructor(compile: ReadonlyMap<string, () => Promise<Session>>) {
    this.compile = compile
  }

  async of(bucket: string): Promise<Session> {
    const compile = this.compile.get(bucket)
    if (compile === undefined) {
      const known = [...this.compile.keys()].map((key) => `'${key}'`).join(', ')
      throw new TonyError('invalid', `train: no bucket '${bucket}' (expected ${known})`)
    }
    const session = this.compiled.get(bucket) ?? compile()
    this.compiled.set(bucket, session)
    return session
  }

  async dispose(): Promise<void> {
    for (const session of this.compiled.values()) await (await session).dispose()
  }
}

/** Sums of gradients over the batches of one step, in two buffers that take turns. */
interface Accumulation {
  readonly count: number
  readonly programs: Programs
  /** Clips and updates once all batches of a step are in. */
  readonly update: Session
  front: Record<string, HostTensor>
  back: Record<string, HostTensor>
}

/**
 * A compiled training program with its parameters. Values live twice (ping-pong): one run reads one copy and writes the
 * other, so no step allocates memory that grows with the model.
 */
export class Trainer {
  readonly specs: readonly ParamSpec[]
  /** Names of the parameters that a step changes. */
  private readonly trained: ReadonlySet<string>
  readonly parameterCount: number
  step = 0
  /** Whole steps; without buckets where gradients are accumulated. */
  private readonly programs: Programs
  private readonly beta: readonly [number, number]
  private readonly metricNames: readonly string[]
  private readonly accumulation: Accumulation | undefined
  private front: Record<string, HostTensor>
  private back: Record<string, HostTensor>

  private constructor(
    programs: Programs,
    specs: readonly ParamSpec[],
    {
      beta,
      metricNames,
      front,
      back,
      accumulation,
      trained,
    }: {
      trained: ReadonlySet<string>
      beta: readonly [number, number]
      metricNames: readonly string[]
      front: Record<string, HostTensor>
      back: Record<string, HostTensor>
      accumulation: Accumulation | undefined
    },
  ) {
    this.programs = programs
    this.specs = specs
    this.trained = trained
    this.parameterCount = countParams(specs)
    this.beta = beta
    this.metricNames = metricNames
    this.accumulation = accumulation
    this.front = front
    this.back = back
  }

  /**
   * Traces `model` and differentiates it, and once more for each bucket; a step is compiled when it is first run.
   *
   * @throws TonyError `invalid` where two buckets differ in their parameters or metrics.
   */
  static async create(
    runtime: Runtime,
    model: LossModel,
    { seed, optimizer, initial, frozen = () => false, threads, profile, accumulate = 1, buckets = {} }: TrainerOptions,
  ): Promise<Trainer> {
    if (!Number.isInteger(accumulate) || accumulate < 1)
      throw new TonyError('invalid', `train: accumulate is ${accumulate}; give a whole number from 1`)
    const config = { ...adamWDefaults, ...optimizer }
    const compile = (name: string, outputs: Readonly<Record<string, Tensor>>): Promise<Session> =>
      runtime.createSession(encodeModel(toOnnx(simplify(program(name, outputs)))), {
        // A residual added inside Gemm is first copied by one thread; a product and an addition of their own are faster.
        withoutOptimizers: ['MatMulAddFusion'],
        ...(threads === undefined ? {} : { threads }),
        ...(profile === undefined ? {} : { profile }),
      })
    const programs = new Map<string, () => Promise<Session>>()
    const first = { name: ONE, ...traceLoss(model, frozen) }
    const traced = [first, ...Object.entries(buckets).map(([name, build]) => ({ name, ...traceLoss(build, frozen) }))]
    const { params, metrics } = first
    const specs = params.map(({ spec }) => spec)
    const moving = first.trained.map(({ spec }) => spec)
    if (moving.length === 0) throw new TonyError('invalid', 'train: every parameter is frozen; leave some to train')
    const describe = (bucket: typeof first): string =>
      JSON.stringify([bucket.params.map(({ spec }) => [spec.name, spec.shape]), Object.keys(bucket.metrics)])
    for (const bucket of traced) {
      if (describe(bucket) !== describe(first))
        throw new TonyError(
          'invalid',
          `train: bucket '${bucket.name}' differs from the model in its parameters or metrics; only the sizes of inputs may differ`,
        )
    }
    let accumulation: Accumulation | undefined
    for (const bucket of traced) {
      const watched: Record<string, Tensor> = { loss: bucket.loss }
      for (const [name, tensor] of Object.entries(bucket.metrics)) watched[`metric/${name}`] = tensor
      const outputs =
        accumulate === 1
          ? { ...watched, ...updateOutputs(bucket.trained, bucket.gradients, config) }
          : {
              ...watched,
              ...Object.fromEntries(
                sumInputs(moving).map((sum, i) => [`next/sum/${moving[i]!.name}`, t.add(sum, bucket.gradients[i]!)]),
              ),
            }
      programs.set(bucket.name, () => compile(accumulate === 1 ? 'train' : 'gradients', outputs))
    }
    if (accumulate > 1) {
      const averages = sumInputs(moving).map((sum) => t.mul(sum, 1 / accumulate))
      const zeros = (): Record<string, HostTensor> =>
        Object.fromEntries(moving.map(({ name, shape }) => [`sum/${name}`, hostZeros('float32', shape)]))
      accumulation = {
        count: accumulate,
        programs: new Programs(programs),
        update: await compile('train', updateOutputs(first.trained, averages, config)),
        front: zeros(),
        back: zeros(),
      }
    }
    const values = initParams(specs, seed)
    const front: Record<string, HostTensor> = {}
    const back: Record<string, HostTensor> = {}
    for (const { name, shape } of specs) {
      const given = initial?.[name]
      if (given !== undefined && given.shape.join() !== shape.join()) {
        throw new TonyError(
          'shape',
          `train: checkpoint holds ${name} as [${given.shape}], the model wants [${shape}]; use the recipe that made it`,
        )
      }
      front[name] = given === undefined ? values[name]! : { dtype: 'float32', shape, data: given.data.slice() }
      if (frozen(name)) continue
      front[`m/${name}`] = hostZeros('float32', shape)
      front[`v/${name}`] = hostZeros('float32', shape)
      for (const key of [name, `m/${name}`, `v/${name}`]) back[key] = hostZeros('float32', shape)
    }
    return new Trainer(new Programs(accumulate === 1 ? programs : new Map()), specs, {
      beta: [config.beta1, config.beta2],
      metricNames: Object.keys(metrics),
      front,
      back,
      accumulation,
      trained: new Set(moving.map(({ name }) => name)),
    })
  }

  /** One step on `batch` (the model's own inputs, in the sizes of `bucket`) at learning rate `rate`, which `accept` may refuse. */
  async run(
    batch: Readonly<Record<string, HostTensor>>,
    rate: number,
    bucket: string = ONE,
    { accept }: { readonly accept?: AcceptStep } = {},
  ): Promise<StepResult> {
    if (this.accumulation !== undefined)
      throw new TonyError(
        'invalid',
        `train: a step of this trainer takes ${this.accumulation.count} batches; call runMany`,
      )
    const how = { want: this.watched, ...(accept === undefined ? {} : { accept }) }
    return this.update(await this.programs.of(bucket), { ...batch, ...this.front }, rate, how)
  }

  /**
   * One step on the average gradient of `accumulate` batches, one after the other, each in a bucket of its own if there
   * are several. Losses and metrics are their means.
   */
  async runMany(
    batches: readonly Readonly<Record<string, HostTensor>>[],
    rate: number,
    buckets: readonly string[] = [],
  ): Promise<StepResult> {
    const sums = this.accumulation
    const count = sums?.count ?? 1
    if (batches.length !== count)
      throw new TonyError('invalid', `train: got ${batches.length} batches for one step, expected ${count}`)
    if (sums === undefined) return this.run(batches[0]!, rate, buckets[0])
    const watched: Record<string, number>[] = []
    for (const { data } of Object.values(sums.front)) (data as Float32Array).fill(0)
    for (const [i, batch] of batches.entries()) {
      const into = Object.fromEntries(Object.entries(sums.back).map(([key, value]) => [`next/${key}`, value]))
      const session = await sums.programs.of(buckets[i] ?? ONE)
      const out = await session.run({ ...batch, ...this.front, ...sums.front }, { into, want: this.watched })
      watched.push(Object.fromEntries(this.watched.map((name) => [name, Number(out[name]!.data[0])])))
      ;[sums.front, sums.back] = [sums.back, sums.front]
    }
    return this.update(sums.update, { ...this.front, ...sums.front }, rate, { want: [], known: meanMetrics(watched) })
  }

  /** The scalars that the forward pass gives. */
  private get watched(): string[] {
    return ['loss', ...this.metricNames.map((name) => `metric/${name}`)]
  }

  private async update(
    session: Session,
    feeds: Readonly<Record<string, HostTensor>>,
    rate: number,
    {
      want,
      known = {},
      accept,
    }: { want: readonly string[]; known?: Readonly<Record<string, number>>; accept?: AcceptStep },
  ): Promise<StepResult> {
    const n = this.step + 1
    const into: Record<string, HostTensor> = {}
    for (const key of Object.keys(this.back)) into[`next/${key}`] = this.back[key]!
    const out = await session.run(
      {
        ...feeds,
        'optimizer/rate': hostScalar(rate),
        'optimizer/correction1': hostScalar(1 - this.beta[0] ** n),
        'optimizer/correction2': hostScalar(1 - this.beta[1] ** n),
      },
      { into, want: ['norm', ...want] },
    )
    const scalarOf = (name: string): number => known[name] ?? Number(out[name]?.data[0])
    const loss = scalarOf('loss')
    const norm = scalarOf('norm')
    const metrics = Object.fromEntries(this.metricNames.map((name) => [name, scalarOf(`metric/${name}`)]))
    const result: StepResult = { loss, norm, metrics }
    // The update stands in the other buffers, which the next run writes over.
    if (accept?.(result) === false) return result
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw new TonyError(
        'invalid',
        `train: loss ${loss}, gradient norm ${norm} at step ${n}; it is not taken; lower the learning rate and go on from the last checkpoint`,
      )
    }
    for (const key of Object.keys(this.back)) [this.front[key], this.back[key]] = [this.back[key]!, this.front[key]!]
    this.step = n
    return result
  }

  /** The current state, without a copy: valid until the next `run`. */
  state(): TrainState {
    const pick = (prefix: string): ParamValues =>
      Object.fromEntries(
        this.specs
          .filter(({ name }) => prefix === '' || this.trained.has(name))
          .map(({ name }) => [name, this.front[prefix + name] as HostTensor<'float32'>]),
      )
    return { step: this.step, params: pick(''), moment1: pick('m/'), moment2: pick('v/') }
  }

  /** Takes over a saved state. */
  restore(state: TrainState): void {
    const copies: (() => void)[] = []
    for (const { name, shape } of this.specs) {
      for (const [prefix, values] of [
        ['', state.params],
        ['m/', state.moment1],
        ['v/', state.moment2],
      ] as const) {
        if (prefix !== '' && !this.trained.has(name)) continue
        const from = values[name]
        const to = this.front[prefix + name]!
        if (from === undefined || from.shape.join() !== shape.join())
          throw new TonyError(
            'invalid',
            `train: the checkpoint has no fitting ${prefix}${name} [${shape}]; use the recipe that made it`,
          )
        copies.push(() => (to.data as Float32Array).set(from.data))
      }
    }
    // Nothing is taken over before everything fits.
    for (const copy of copies) copy()
    this.step = state.step
  }

  async dispose(): Promise<void> {
    await this.programs.dispose()
    await this.accumulation?.programs.dispose()
    await this.accumulation?.update.dispose()
  }
}

/** Means by name over the results that measured something: NaN counts as nothing, and a name with nothing is left out. */
export function meanMetrics(results: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const means: Record<string, number> = {}
  for (const name of new Set(results.flatMap((result) => Object.keys(result)))) {
    const found = results.map((result) => result[name] ?? Number.NaN).filter((value) => !Number.isNaN(value))
    if (found.length > 0) means[name] = found.reduce((sum, value) => sum + value, 0) / found.length
  }
  return means
}

type DeclaredParams = ParamScope['entries']

function traceLoss(
  model: LossModel,
  frozen: (name: string) => boolean,
): {
  loss: Tensor
  metrics: Readonly<Record<string, Tensor>>
  params: DeclaredParams
  /** Those of `params` that a step changes, and their gradients. */
  trained: DeclaredParams
  gradients: readonly Tensor[]
} {
  const scope = new ParamScope()
  const { loss, metrics = {} } = model(scope)
  const params = scope.entries
  const trained = params.filter(({ spec }) => !frozen(spec.name))
  return {
    loss,
    metrics,
    params,
    trained,
    gradients: grad(
      loss,
      trained.map(({ tensor }) => tensor),
    ),
  }
}

function sumInputs(specs: readonly ParamSpec[]): Tensor[] {
  return specs.map(({ name, shape }) => t.input(`sum/${name}`, 'float32', shape))
}

/** The clipped AdamW update of parameters as outputs of a program. */
function updateOutputs(
  params: DeclaredParams,
  gradients: readonly Tensor[],
  config: AdamWConfig,
): Record<string, Tensor> {
  const inputs = {
    rate: t.input('optimizer/rate', 'float32', []),
    correction1: t.input('optimizer/correction1', 'float32', []),
    correction2: t.input('optimizer/correction2', 'float32', []),
  }
  const { updates, norm } = adamW(params, gradients, inputs, config)
  const outputs: Record<string, Tensor> = { norm }
  for (const { name, param, moment1, moment2 } of updates) {
    outputs[`next/${name}`] = param
    outputs[`next/m/${name}`] = moment1
    outputs[`next/v/${name}`] = moment2
  }
  return outputs
}
