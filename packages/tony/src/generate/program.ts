/** @file Compiles a traced program with its trained weights into a session. */
import type { Tensor } from '../graph/node.ts'
import { program, toOnnx } from '../graph/program.ts'
import { ParamScope, type ParamValues } from '../nn/params.ts'
import { encodeModel } from '../onnx/model.ts'
import { fuseNorms } from '../passes/fuse-norms.ts'
import { quantizeChannels } from '../passes/quantize-channels.ts'
import { simplify } from '../passes/simplify.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { TonyError } from '../util/errors.ts'

export interface CompileOptions {
  /** For errors. */
  readonly name: string
  /** The weights, or where to find them at each run: those of a model in training. */
  readonly params: ParamValues | (() => ParamValues)
  readonly threads?: number
  /** Runs on 8-bit weights, the published ones exactly; default false. */
  readonly quantized?: boolean
}

/** Traces `build`, takes the weights it declares from `params` and compiles it. */
export async function compileProgram(
  runtime: Runtime,
  { name, params, threads, quantized = false }: CompileOptions,
  build: (p: ParamScope) => Readonly<Record<string, Tensor>>,
): Promise<Session> {
  const scope = new ParamScope()
  const outputs = build(scope)
  const given = typeof params === 'function' ? params() : params
  const weights: ParamValues = {}
  for (const { spec } of scope.entries) {
    const value = given[spec.name]
    if (value === undefined)
      throw new TonyError(
        'invalid',
        `${name}: the checkpoint has no tensor '${spec.name}'; it belongs to another model`,
      )
    if (value.shape.join() !== spec.shape.join())
      throw new TonyError(
        'shape',
        `${name}: '${spec.name}' is [${value.shape}] in the checkpoint, the model wants [${spec.shape}]`,
      )
    weights[spec.name] = value
  }
  const source = simplify(program(name, outputs))
  const options = threads === undefined ? {} : { threads }
  if (typeof params === 'function') {
    const session = await runtime.createSession(encodeModel(fuseNorms(toOnnx(source))), options)
    return { ...session, run: (feeds, how) => session.run({ ...feeds, ...params() }, how) }
  }
  const made = quantized ? quantizeChannels(source, weights) : { program: source, weights }
  return runtime.createSession(encodeModel(fuseNorms(toOnnx(made.program, { weights: made.weights }))), options)
}
