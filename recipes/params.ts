/** @file Parameters by the beginnings of their names. */
import type { ParamValues } from '../packages/tony/src/nn/params.ts'

const beginsWith =
  (beginnings: readonly string[]) =>
  (name: string): boolean =>
    beginnings.some((start) => name.startsWith(start))

/** Reads beginnings, comma-separated, of parameters that a run leaves as they are into what a `TrainPlan` takes; nothing of an empty list. */
export function frozenBy(starts: string): { frozen?: (name: string) => boolean } {
  const still = starts.split(',').filter((start) => start !== '')
  return still.length === 0 ? {} : { frozen: beginsWith(still) }
}

/** Parameters but for those whose names begin so. */
export function without(params: ParamValues, beginnings: readonly string[]): ParamValues {
  const left = beginsWith(beginnings)
  return Object.fromEntries(Object.entries(params).filter(([name]) => !left(name)))
}
