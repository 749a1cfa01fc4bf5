/** @file Checkpoints: parameters, moments and the step in one safetensors file. */
import type { ParamValues } from '../nn/params.ts'
import { bytesOf, fromBytes } from '../tensor/dtype.ts'
import { TonyError } from '../util/errors.ts'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../util/safetensors.ts'
import type { TrainState } from './step.ts'

const prefixes = { params: '', moment1: 'optimizer.m.', moment2: 'optimizer.v.' } as const

/** The bytes of a checkpoint; `metadata` travels with it (recipe, config). */
export function encodeCheckpoint(state: TrainState, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const tensors: Record<string, SafeTensor> = {}
  for (const [key, prefix] of Object.entries(prefixes)) {
    for (const [name, { shape, data }] of Object.entries(state[key as keyof typeof prefixes])) {
      tensors[prefix + name] = { type: 'F32', shape, bytes: bytesOf(data) }
    }
  }
  return encodeSafetensors({ tensors, metadata: { ...metadata, step: String(state.step) } })
}

/** Weights of `initial` that a run has no use for: its checkpoints keep them, so that what was a whole model stays one. */
export function untouched(initial: ParamValues, trained: ParamValues): ParamValues {
  return Object.fromEntries(Object.entries(initial).filter(([name]) => trained[name] === undefined))
}

/** Reads a checkpoint; throws `invalid` where it is truncated or not one. */
export function decodeCheckpoint(
  bytes: Uint8Array,
  name = 'checkpoint',
): { state: TrainState; metadata: Readonly<Record<string, string>> } {
  const { tensors, metadata } = decodeSafetensors(bytes, name)
  const groups: Record<keyof typeof prefixes, ParamValues> = { params: {}, moment1: {}, moment2: {} }
  for (const [key, { type, shape, bytes: raw }] of Object.entries(tensors)) {
    if (type !== 'F32')
      throw new TonyError(
        'unsupported',
        `${name}: tensor '${key}' is ${type}; training continues from float32 checkpoints only`,
      )
    const group = key.startsWith(prefixes.moment1) ? 'moment1' : key.startsWith(prefixes.moment2) ? 'moment2' : 'params'
    groups[group][key.slice(prefixes[group].length)] = { dtype: 'float32', shape, data: fromBytes('float32', raw) }
  }
  return { state: { step: Number(metadata['step'] ?? 0), ...groups }, metadata }
}
