/** @file Compiles a traced program with its trained weights into a session. */
import type { Tensor } from '../graph/node.ts'
import { program, toOnnx } from '../graph/program.ts'
import { ParamScope, type ParamValues } from '../nn/params.ts'
import { encodeModel } from '../onnx/model.ts'
import { simplify } from '../passes/simplify.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { TonyError } from '../util/errors.ts'

/** Traces `build`, takes the weights it declares from `params` and compiles it. */
export async function compileProgram(
  runtime: Runtime,
  { name, params, threads }: { name: string; params: ParamValues; threads?: number },
  build: (p: ParamScope) => Readonly<Record<string, Tensor>>,
): Promise<Session> {
  const scope = new ParamScope()
  const outputs = build(scope)
  const weights: ParamValues = {}
  for (const { spec } of scope.entries) {
    const value = params[spec.name]
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
  return runtime.createSession(
    encodeModel(toOnnx(simplify(program(name, outputs)), { weights })),
    threads === undefined ? {} : { threads },
  )
}
