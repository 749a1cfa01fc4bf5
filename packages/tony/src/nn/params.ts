/** @file Parameters: declared while a model is traced, made from a seed, named as safetensors files name them. */
import type { Tensor } from '../graph/node.ts'
import { input } from '../graph/ops.ts'
import { constant } from '../graph/trace.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { sizeOf } from '../tensor/shape.ts'
import { TonyError } from '../util/errors.ts'
import { makeRng } from '../util/rng.ts'

/** How a parameter starts. */
export type Init =
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }

export interface ParamSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly init: Init
  /** Whether weight decay applies (matrices yes, gains and tables as their layer says). */
  readonly decay: boolean
}

/** Collects the parameters of the model being traced. Asking twice for one name gives the same tensor. */
export class ParamScope {
  readonly prefix: string
  private readonly all: Map<string, { spec: ParamSpec; tensor: Tensor }>
  constructor(prefix = '', all: Map<string, { spec: ParamSpec; tensor: Tensor }> = new Map()) {
    this.prefix = prefix
    this.all = all
  }

  /** A scope whose names start with `name.`. */
  at(name: string | number): ParamScope {
    return new ParamScope(`${this.prefix}${name}.`, this.all)
  }

  /** Declares, or finds, a float32 parameter. */
  param(
    name: string,
    shape: readonly number[],
    init: Init = { kind: 'normal', std: 1 / Math.sqrt(shape[0] ?? 1) },
    decay: boolean = shape.length > 1,
  ): Tensor {
    const full = this.prefix + name
    const known = this.all.get(full)
    if (known !== undefined) {
      if (known.spec.shape.join() !== shape.join())
        throw new TonyError('shape', `parameter ${full}: declared as [${known.spec.shape}] before, now as [${shape}]`)
      return known.tensor
    }
    const tensor = input(full, 'float32', shape)
    this.all.set(full, { spec: { name: full, shape, init, decay }, tensor })
    return tensor
  }

  /** All parameters so far, in the order of their declaration. */
  get entries(): readonly { readonly spec: ParamSpec; readonly tensor: Tensor }[] {
    return [...this.all.values()]
  }
}

export type ParamValues = Record<string, HostTensor<'float32'>>

/** Parameters of a model that is used and not trained: constants of the program. Throws `invalid` for one that `values` lacks. */
export class FrozenScope extends ParamScope {
  private readonly values: ParamValues
  constructor(values: ParamValues, prefix = '') {
    super(prefix)
    this.values = values
  }

  override at(name: string | number): FrozenScope {
    return new FrozenScope(this.values, `${this.prefix}${name}.`)
  }

  override param(name: string, shape: readonly number[]): Tensor {
    const value = this.values[this.prefix + name]
    if (value === undefined || value.shape.join() !== shape.join())
      throw new TonyError(
        'invalid',
        `parameter ${this.prefix}${name}: the checkpoint has ${value === undefined ? 'none' : `[${value.shape}]`} (expected [${shape}]); it belongs to another model`,
      )
    return constant(value)
  }
}

/** Starting values; each parameter has its own stream, so adding one does not change the others. */
export function initParams(specs: readonly ParamSpec[], seed: number): ParamValues {
  const out: ParamValues = {}
  for (const { name, shape, init } of specs) {
    const data = new Float32Array(sizeOf(shape))
    if (init.kind === 'ones') data.fill(1)
    if (init.kind === 'normal') {
      let hash = 0
      for (const char of name) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0
      const rng = makeRng(seed * 2 ** 20 + hash)
      for (let i = 0; i < data.length; i++) data[i] = rng.normal() * init.std
    }
    out[name] = hostTensor('float32', shape, data)
  }
  return out
}

/** Number of scalars in all parameters. */
export function countParams(specs: readonly ParamSpec[]): number {
  return specs.reduce((sum, spec) => sum + sizeOf(spec.shape), 0)
}
