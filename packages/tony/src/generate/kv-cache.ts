/** @file The key-value cache of one sequence: read by the program in place, written here with the new rows only. */
import type { BlockConfig } from '../nn/block.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'

const MASKED = -1e9

/** Keys and values of every layer, [1, kvHeads, capacity, headDim] each. Capacity doubles as needed. */
export class KvCache {
  /** Positions held. Lowering it forgets the last ones. */
  length = 0
  private capacity: number
  private readonly config: BlockConfig
  private readonly longest: number
  private tensors: Record<string, HostTensor<'float32'>> = {}

  constructor(config: BlockConfig, longest: number, capacity = 128) {
    this.config = config
    this.longest = longest
    this.capacity = Math.min(capacity, longest)
    this.tensors = this.allocate(this.capacity)
  }

  private allocate(capacity: number): Record<string, HostTensor<'float32'>> {
    const { layers, kvHeads, headDim } = this.config
    const out: Record<string, HostTensor<'float32'>> = {}
    for (let i = 0; i < layers; i++) {
      for (const part of ['keys', 'values'])
        out[`cache/${i}/${part}`] = hostTensor(
          'float32',
          [1, kvHeads, capacity, headDim],
          new Float32Array(kvHeads * capacity * headDim),
        )
    }
    return out
  }

  /** Room for `time` more positions; throws `too_large` past the longest context. */
  private reserve(time: number): void {
    const need = this.length + time
    if (need > this.longest)
      throw new TonyError(
        'too_large',
        `the conversation needs ${need} positions, the model's context holds ${this.longest}; start a new one or shorten it`,
      )
    if (need <= this.capacity) return
    const { kvHeads, headDim } = this.config
    const before = this.capacity
    while (this.capacity < need) this.capacity = Math.min(this.capacity * 2, this.longest)
    const old = this.tensors
    this.tensors = this.allocate(this.capacity)
    for (const [name, tensor] of Object.entries(old)) {
      for (let h = 0; h < kvHeads; h++) {
        this.tensors[name]!.data.set(
          tensor.data.subarray(h * before * headDim, (h * before + this.length) * headDim),
          h * this.capacity * headDim,
        )
      }
    }
  }

  /** The inputs of a run over `time` new positions: caches, `positions` [1, time] and `mask` [1, 1, time, capacity + time]. */
  feeds(time: number): Record<string, HostTensor> {
    this.reserve(time)
    const slots = this.capacity
    const mask = new Float32Array(time * (slots + time)).fill(MASKED)
    for (let i = 0; i < time; i++) {
      mask.fill(0, i * (slots + time), i * (slots + time) + this.length)
      mask.fill(0, i * (slots + time) + slots, i * (slots + time) + slots + i + 1)
    }
    const positions = BigInt64Array.from({ length: time }, (_, i) => BigInt(this.length + i))
    return {
      ...this.tensors,
      mask: hostTensor('float32', [1, 1, time, slots + time], mask),
      positions: hostTensor('int64', [1, time], positions),
    }
  }

  /** Takes over the new rows of a run, `new/<layer>/<keys|values>` [1, kvHeads, time, headDim]. */
  append(outputs: Readonly<Record<string, HostTensor>>, time: number): void {
    const { layers, kvHeads, headDim } = this.config
    for (let i = 0; i < layers; i++) {
      for (const part of ['keys', 'values']) {
        const from = outputs[`new/${i}/${part}`]!.data as Float32Array
        const to = this.tensors[`cache/${i}/${part}`]!.data
        for (let h = 0; h < kvHeads; h++)
          to.set(
            from.subarray(h * time * headDim, (h + 1) * time * headDim),
            (h * this.capacity + this.length) * headDim,
          )
      }
    }
    this.length += time
  }
}
