/** @file A moving average of a policy's weights, which wanders less than the weights of any one update. */
import type { ParamValues } from '../nn/params.ts'

/** What names of averaged weights begin with in a checkpoint. */
const PREFIX = 'average.'

/** Weights averaged with a decay for each update (Ouyang et al. 2022, appendix C.4: 0.992; Polyak & Juditsky 1992). */
export class MovingAverage {
  private values: ParamValues
  private readonly decay: number

  constructor(start: ParamValues, decay: number) {
    this.decay = decay
    this.values = copied(start)
  }

  /** Counts weights as they are after `updates` more updates; those in between are taken to be the same. */
  add(params: ParamValues, updates: number): void {
    const kept = this.decay ** updates
    for (const [name, { data }] of Object.entries(this.values)) {
      const now = params[name]!.data as Float32Array
      const average = data as Float32Array
      for (let i = 0; i < average.length; i++) average[i] = kept * average[i]! + (1 - kept) * now[i]!
    }
  }

  get(): ParamValues {
    return copied(this.values)
  }

  /** The averaged weights under the names that they have in a checkpoint. */
  saved(): ParamValues {
    return Object.fromEntries(Object.entries(this.values).map(([name, value]) => [PREFIX + name, value]))
  }

  /** Takes over what `saved` gave; a checkpoint without it leaves the average as it is. */
  restore(params: ParamValues): void {
    const saved = averagesIn(params)
    if (saved !== undefined) this.values = copied(saved)
  }
}

/** The weights of a checkpoint, averaged ones in the place of the last where it has some. */
export function averaged(params: ParamValues): ParamValues {
  const last = Object.entries(params).filter(([name]) => !name.startsWith(PREFIX))
  return { ...Object.fromEntries(last), ...averagesIn(params) }
}

function averagesIn(params: ParamValues): ParamValues | undefined {
  const found = Object.entries(params).filter(([name]) => name.startsWith(PREFIX))
  if (found.length === 0) return undefined
  return Object.fromEntries(found.map(([name, value]) => [name.slice(PREFIX.length), value]))
}

function copied(params: ParamValues): ParamValues {
  return Object.fromEntries(
    Object.entries(params).map(([name, { data, ...rest }]) => [name, { ...rest, data: data.slice() }]),
  ) as ParamValues
}
