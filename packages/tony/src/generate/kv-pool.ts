/** @file The key-value caches of many sequences in one pool: read by programs in place, written here with the new rows only. */
import type { BlockConfig } from '../nn/block.ts'
import { PAGE } from '../nn/paged-attention.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'

/** What one sequence remembers: a stretch of the pool. Lowering `length` forgets the last positions. */
export class KvSequence {
  /** Positions held. */
  length = 0
  /** Where its stretch begins and how long it is, in spans; the pool moves it. */
  start = 0
  spans = 0
}

/** How many spans `length` positions fill. */
export const spansOf = (length: number): number => Math.ceil(length / PAGE)

/** Above this ratio of covered to used spans the pool closes its gaps: gaps between sequences of one run are computed in vain. */
const LOOSE = 1.25

/**
 * Keys and values of every layer. A span is 64 positions of one sequence, `kvHeads` pages of [64, headDim]; a sequence has
 * one contiguous stretch of spans, which moves when it outgrows its place: one copy for every 64 positions.
 *
 * Nothing here may be called while a run reads the pool.
 */
export class KvPool {
  readonly config: BlockConfig
  /** Most positions of one sequence. */
  readonly longest: number
  private capacity = 0
  private arrays: Float32Array[] = []
  /** Sequences that have a stretch, in its order. */
  private live: KvSequence[] = []

  constructor(config: BlockConfig, longest: number) {
    this.config = config
    this.longest = longest
  }

  /** Values of one span in one array. */
  get spanSize(): number {
    return this.config.kvHeads * PAGE * this.config.headDim
  }

  /** Bytes allocated. */
  get bytes(): number {
    return this.arrays.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /** Spans in use. */
  get used(): number {
    return this.live.reduce((sum, { spans }) => sum + spans, 0)
  }

  /** Makes room for `time` more positions. Throws `too_large` past the longest context. */
  reserve(sequence: KvSequence, time: number): void {
    const positions = sequence.length + time
    if (positions > this.longest)
      throw new TonyError(
        'too_large',
        `the conversation needs ${positions} positions, the model's context holds ${this.longest}; start a new one or shorten it`,
      )
    const need = spansOf(positions)
    if (need <= sequence.spans) return
    const had = sequence.spans
    const at = this.live.indexOf(sequence)
    const following = at < 0 ? undefined : this.live[at + 1]
    if (at >= 0 && (following === undefined || following.start >= sequence.start + need)) {
      this.ensure(sequence.start + need)
    } else {
      if (at >= 0) this.live.splice(at, 1)
      const start = this.gap(need)
      this.ensure(start + need)
      if (had > 0) this.move(sequence.start, start, had)
      sequence.start = start
      this.live.push(sequence)
      this.live.sort((a, b) => a.start - b.start)
    }
    sequence.spans = need
    // What an earlier conversation left is masked, but a value that is no number would get through any mask.
    for (const data of this.arrays)
      data.fill(0, (sequence.start + had) * this.spanSize, (sequence.start + need) * this.spanSize)
    this.tighten()
  }

  /** Makes `to`, which is empty, remember what `from` does. Throws as `reserve`. */
  copy(from: KvSequence, to: KvSequence): void {
    this.reserve(to, from.length)
    this.move(from.start, to.start, spansOf(from.length))
    to.length = from.length
  }

  /** Gives the sequence's place back and empties it. */
  release(sequence: KvSequence): void {
    const at = this.live.indexOf(sequence)
    if (at >= 0) this.live.splice(at, 1)
    sequence.length = 0
    sequence.spans = 0
    if (this.live.length === 0) {
      this.capacity = 0
      this.arrays = []
    } else this.tighten()
  }

  /** The caches `cache/<layer>/<keys|values>` of spans [first, end), [pages, 64, headDim] each: views, not copies. */
  views(first: number, end: number): Record<string, HostTensor> {
    const { kvHeads, headDim } = this.config
    const shape = [(end - first) * kvHeads, PAGE, headDim]
    const out: Record<string, HostTensor> = {}
    this.names('cache').forEach((name, i) => {
      out[name] = hostTensor('float32', shape, this.arrays[i]!.subarray(first * this.spanSize, end * this.spanSize))
    })
    return out
  }

  /** Takes over the new rows of a run, `new/<layer>/<keys|values>` [batch, kvHeads, time, headDim], in the order of `sequences`. */
  append(sequences: readonly KvSequence[], outputs: Readonly<Record<string, HostTensor>>, time: number): void {
    const { kvHeads, headDim } = this.config
    this.names('new').forEach((name, i) => {
      const from = outputs[name]!.data as Float32Array
      const to = this.arrays[i]!
      sequences.forEach((sequence, b) => {
        for (let at = 0; at < time; ) {
          const position = sequence.length + at
          const slot = position % PAGE
          const count = Math.min(time - at, PAGE - slot)
          const span = (sequence.start + (position - slot) / PAGE) * kvHeads
          for (let h = 0; h < kvHeads; h++) {
            const row = ((b * kvHeads + h) * time + at) * headDim
            const into = ((span + h) * PAGE + slot) * headDim
            // One position is copied sooner by hand than views of it are made.
            if (count === 1) for (let k = 0; k < headDim; k++) to[into + k] = from[row + k]!
            else to.set(from.subarray(row, row + count * headDim), into)
          }
          at += count
        }
      })
    })
    for (const sequence of sequences) sequence.length += time
  }

  private names(prefix: string): string[] {
    return Array.from({ length: this.config.layers }, (_, i) => [`${prefix}/${i}/keys`, `${prefix}/${i}/values`]).flat()
  }

  /** Start of the first gap of `need` spans, at the end if there is none. */
  private gap(need: number): number {
    let at = 0
    for (const { start, spans } of this.live) {
      if (start - at >= need) return at
      at = start + spans
    }
    return at
  }

  private move(from: number, to: number, spans: number): void {
    const size = this.spanSize
    for (const data of this.arrays) data.copyWithin(to * size, from * size, (from + spans) * size)
  }

  /** Arrays of at least `spans`, doubling. */
  private ensure(spans: number): void {
    if (spans <= this.capacity) return
    this.capacity = Math.max(spans, 2 * this.capacity, 8)
    const old = this.arrays
    this.arrays = this.names('cache').map((_, i) => {
      const data = new Float32Array(this.capacity * this.spanSize)
      if (old[i] !== undefined) data.set(old[i])
      return data
    })
  }

  private tighten(): void {
    const last = this.live.at(-1)
    if (last === undefined || last.start + last.spans <= LOOSE * this.used + 2) return
    let at = 0
    for (const sequence of this.live) {
      if (sequence.start !== at) this.move(sequence.start, at, sequence.spans)
      sequence.start = at
      at += sequence.spans
    }
  }
}
