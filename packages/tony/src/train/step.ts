/** @file A whole training step as one program: forward, backward, clipping and AdamW in one run. */
import { grad } from '../autodiff/grad.ts'
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import { program, toOnnx } from '../graph/program.ts'
import { encodeModel } from '../onnx/model.ts'
import { countParams, initParams, ParamScope, type ParamSpec, type ParamValues } from '../nn/params.ts'
import { adamW, type AdamWConfig, adamWDefaults } from '../optim/adamw.ts'
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
  readonly threads?: number
  readonly profile?: string
}

/** Parameters and moments: what a checkpoint holds. */
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

/**
 * A compiled training program with its parameters. Values live twice (ping-pong): one run reads one copy and writes the
 * other, so no step allocates memory that grows with the model.
 */
export class Trainer {
  readonly specs: readonly ParamSpec[]
  readonly parameterCount: number
  step = 0
  private readonly session: Session
  private readonly beta: readonly [number, number]
  private readonly metricNames: readonly string[]
  private front: Record<string, HostTensor>
  private back: Record<string, HostTensor>

  private constructor(session: Session, specs: readonly ParamSpec[], { beta, metricNames, front, back }: { beta: readonly [number, number]; metricNames: readonly string[]; front: Record<string, HostTensor>; back: Record<string, HostTensor> }) {
    this.session = session
    this.specs = specs
    this.parameterCount = countParams(specs)
    this.beta = beta
    this.metricNames = metricNames
    this.front = front
    this.back = back
  }

  /** Traces `model`, differentiates it and compiles the step. */
  static async create(runtime: Runtime, model: (p: ParamScope) => LossProgram, { seed, optimizer, initial, threads, profile }: TrainerOptions): Promise<Trainer> {
    const scope = new ParamScope()
    const { loss, metrics = {} } = model(scope)
    const params = scope.entries
    const specs = params.map(({ spec }) => spec)
    const gradients = grad(loss, params.map(({ tensor }) => tensor))
    const config = { ...adamWDefaults, ...optimizer }
    const inputs = {
      rate: t.input('optimizer/rate', 'float32', []),
      correction1: t.input('optimizer/correction1', 'float32', []),
      correction2: t.input('optimizer/correction2', 'float32', []),
    }
    const { updates, norm } = adamW(params, gradients, inputs, config)
    const outputs: Record<string, Tensor> = { loss, norm }
    for (const [name, tensor] of Object.entries(metrics)) outputs[`metric/${name}`] = tensor
    for (const { name, param, moment1, moment2 } of updates) {
      outputs[`next/${name}`] = param
      outputs[`next/m/${name}`] = moment1
      outputs[`next/v/${name}`] = moment2
    }
    // A residual added inside Gemm is first copied by one thread; a product and an addition of their own are faster.
    const session = await runtime.createSession(encodeModel(toOnnx(program('train', outputs))), { withoutOptimizers: ['MatMulAddFusion'], ...(threads === undefined ? {} : { threads }), ...(profile === undefined ? {} : { profile }) })
    const values = initParams(specs, seed)
    const front: Record<string, HostTensor> = {}
    const back: Record<string, HostTensor> = {}
    for (const { name, shape } of specs) {
      const given = initial?.[name]
      if (given !== undefined && given.shape.join() !== shape.join()) {
        throw new TonyError('shape', `train: checkpoint holds ${name} as [${given.shape}], the model wants [${shape}]; use the recipe that made it`)
      }
      front[name] = given === undefined ? values[name]! : { dtype: 'float32', shape, data: given.data.slice() }
      front[`m/${name}`] = hostZeros('float32', shape)
      front[`v/${name}`] = hostZeros('float32', shape)
      for (const key of [name, `m/${name}`, `v/${name}`]) back[key] = hostZeros('float32', shape)
    }
    return new Trainer(session, specs, { beta: [config.beta1, config.beta2], metricNames: Object.keys(metrics), front, back })
  }

  /** One step on `batch` (the model's own inputs) at learning rate `rate`. */
  async run(batch: Readonly<Record<string, HostTensor>>, rate: number): Promise<StepResult> {
    const n = this.step + 1
    const into: Record<string, HostTensor> = {}
    for (const key of Object.keys(this.back)) into[`next/${key}`] = this.back[key]!
    const out = await this.session.run(
      {
        ...batch,
        ...this.front,
        'optimizer/rate': hostScalar(rate),
        'optimizer/correction1': hostScalar(1 - this.beta[0] ** n),
        'optimizer/correction2': hostScalar(1 - this.beta[1] ** n),
      },
      { into, want: ['loss', 'norm', ...this.metricNames.map((name) => `metric/${name}`)] },
    )
    const scalarOf = (name: string): number => Number(out[name]!.data[0])
    const loss = scalarOf('loss')
    const norm = scalarOf('norm')
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw new TonyError('invalid', `train: loss ${loss}, gradient norm ${norm} at step ${n}; the last good parameters are kept, lower the learning rate and resume`)
    }
    ;[this.front, this.back] = [this.back, this.front]
    this.step = n
    return { loss, norm, metrics: Object.fromEntries(this.metricNames.map((name) => [name, scalarOf(`metric/${name}`)])) }
  }

  /** The current state, without a copy: valid until the next `run`. */
  state(): TrainState {
    const pick = (prefix: string): ParamValues => Object.fromEntries(this.specs.map(({ name }) => [name, this.front[prefix + name] as HostTensor<'float32'>]))
    return { step: this.step, params: pick(''), moment1: pick('m/'), moment2: pick('v/') }
  }

  /** Takes over a saved state. */
  restore(state: TrainState): void {
    for (const { name } of this.specs) {
      for (const [prefix, values] of [['', state.params], ['m/', state.moment1], ['v/', state.moment2]] as const) {
        const from = values[name]
        const to = this.front[prefix + name]!
        if (from === undefined || from.data.length !== to.data.length) throw new TonyError('invalid', `train: the checkpoint has no fitting ${prefix}${name}; use the recipe that made it`)
        ;(to.data as Float32Array).set(from.data)
      }
    }
    this.step = state.step
  }

  dispose(): Promise<void> {
    return this.session.dispose()
  }
}
