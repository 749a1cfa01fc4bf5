/** @file A conversation as a task: a generator that asks for work, and is resumed when it has been done together with that of others. */
import type { RgbImage } from '../media/types.ts'
import type { Element } from '../models/omni/sequence.ts'
import type { Rng } from '../util/rng.ts'
import type { CodecStream } from './codec.ts'
import { KvSequence } from './kv-pool.ts'

/** What one sequence remembers. Setting `cache.length` back forgets its last positions. */
export class OmniState {
  readonly cache: KvSequence = new KvSequence()
  /** Hidden row [width] of the last position, and the logits [vocab] of what follows it. */
  hidden: Float32Array = new Float32Array(0)
  logits: Float32Array = new Float32Array(0)
}

/** Positions to be read. Many go in chunks, other conversations' steps between them. */
export class ReadAsk {
  readonly kind = 'read'
  readonly state: OmniState
  readonly elements: readonly Element[]
  /** Positions read so far. */
  done = 0
  /** Hidden rows of all positions. */
  hidden: Float32Array = new Float32Array(0)
  constructor(state: OmniState, elements: readonly Element[]) {
    this.state = state
    this.elements = elements
  }
}

/** Positions to be read into several sequences of one task, in the same runs where they are as many. */
export class ReadAllAsk {
  readonly kind = 'read-all'
  readonly reads: readonly ReadAsk[]
  constructor(reads: readonly ReadAsk[]) {
    this.reads = reads
  }
}

/** The codes of a frame after `hidden` [width]. */
export class FrameAsk {
  readonly kind = 'frame'
  readonly hidden: Float32Array
  /** 0 is greedy. */
  readonly temperature: number
  readonly rng: Rng
  codes: Int32Array = new Int32Array(0)
  constructor(hidden: Float32Array, temperature: number, rng: Rng) {
    this.hidden = hidden
    this.temperature = temperature
    this.rng = rng
  }
}

/** The sound of a frame. */
export class SoundAsk {
  readonly kind = 'sound'
  readonly stream: CodecStream
  readonly codes: ArrayLike<number>
  samples: Float32Array = new Float32Array(0)
  constructor(stream: CodecStream, codes: ArrayLike<number>) {
    this.stream = stream
    this.codes = codes
  }
}

/** What the end-of-turn head says of hidden rows [n, width]: the probabilities of `turnStates` for each. */
export class TurnAsk {
  readonly kind = 'turn'
  readonly hidden: Float32Array
  states: readonly Float32Array[] = []
  constructor(hidden: Float32Array) {
    this.hidden = hidden
  }
}

/** The picture of codes; those not yet drawn are left out. */
export class PaintAsk {
  readonly kind = 'paint'
  readonly codes: readonly number[]
  image: RgbImage | undefined
  constructor(codes: readonly number[]) {
    this.codes = codes
  }
}

/** Nothing until the task is woken. */
export class WaitAsk {
  readonly kind = 'wait'
}

/** What is asked between two positions. */
export type HeadAsk = FrameAsk | SoundAsk | TurnAsk | PaintAsk
export type Ask = ReadAsk | ReadAllAsk | HeadAsk | WaitAsk

/** Ends by itself, by an error, or by `return`; what it holds it gives back in `finally`. */
export type Task<T = void> = Generator<Ask, T, void>

/** Reads `elements` into `state`; gives the hidden row of each. */
export function* read(state: OmniState, elements: readonly Element[]): Task<Float32Array> {
  if (elements.length === 0) return new Float32Array(0)
  const ask = new ReadAsk(state, elements)
  yield ask
  return ask.hidden
}
