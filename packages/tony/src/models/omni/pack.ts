/** @file Packs sequences into one batch: rows filled end to end, attention kept inside each sequence. */

import { fsqCodeCoordinates } from '../../nn/fsq.ts'
import { type HostTensor, hostTensor } from '../../tensor/host.ts'
import { controlId, type OmniConfig, vocabSize, wordSlot } from './config.ts'
import { EAR } from './hearing.ts'
import { type BatchShape, slotsOf } from './model.ts'
import type { Element, HeardSound, Predict, SeenPicture } from './sequence.ts'
import { SHEET } from './sight.ts'
import { type Chunk, chunksOf } from './windows.ts'

/** A chat to train on; `task` is an index into the batch's tasks, for losses by task. */
export interface TrainingSequence {
  readonly elements: readonly Element[]
  readonly task?: number
}

/** Where a sequence went. */
export interface Placed {
  /** Its first position, flattened over rows. */
  readonly position: number
  /** Targets (rows of `targetAt`) of its predicted elements, in their order; a predicted frame has one, of `<|frame|>`. */
  readonly targets: readonly number[]
  /** Frames (rows of `frameAt`), in their order. */
  readonly frames: readonly number[]
}

/**
 * Fills one batch from `next`, which is asked for a sequence as long as anything fits. A sequence that does not fit any
 * more is dropped; one that is longer than a row is cut at its end.
 */
export function packBatch(
  next: () => TrainingSequence,
  config: OmniConfig,
  shape: BatchShape,
): { inputs: Record<string, HostTensor>; used: number } {
  const packer = new BatchPacker(config, shape)
  let misses = 0
  while (!packer.full && misses < 20) if (packer.add(next()) === undefined) misses++
  return { inputs: packer.inputs(), used: packer.used }
}

/** One batch as it is filled. */
export class BatchPacker {
  /** Positions filled. */
  used = 0
  private readonly config: OmniConfig
  private readonly shape: BatchShape
  private readonly arrays: ReturnType<typeof emptyArrays>
  private readonly at = { mel: 0, word: 0, pixels: 0, frame: 0, target: 0 }
  private readonly controls: Readonly<Record<'mel' | 'word' | 'pixels' | 'frame', number>>
  private row = 0
  private filled = 0
  private segment = 0
  /** Rows of the patches of the sound placed last. */
  private heardAt: readonly number[] = []

  constructor(config: OmniConfig, shape: BatchShape) {
    this.config = config
    this.shape = shape
    this.arrays = emptyArrays(config, shape)
    this.controls = {
      mel: controlId(config, '<|audio|>'),
      word: wordSlot(config),
      pixels: controlId(config, '<|image|>'),
      frame: controlId(config, '<|frame|>'),
    }
  }

  /** Whether the last row is full: nothing fits any more. */
  get full(): boolean {
    return this.row === this.shape.batch
  }

  /** Adds a sequence, cut at the length of a row; `undefined` where it has no room, which leaves the batch as it was. */
  add({ elements: all, task }: TrainingSequence): Placed | undefined {
    const { batch, time } = this.shape
    const sequence = all.length > time ? all.slice(0, time) : all
    if (this.full || !this.hasRoom(sequence)) return undefined
    if (this.filled + sequence.length > time) {
      // Short rows cost less than a search for the best fit.
      this.row++
      this.filled = 0
      if (this.row === batch) return undefined
    }
    this.segment++
    const first = this.row * time + this.filled
    const targets: number[] = []
    const frames: number[] = []
    sequence.forEach((element, i) => {
      const position = first + i
      this.arrays.positions[position] = i
      this.arrays.segments[position] = this.segment
      if (element.kind === 'token') {
        this.arrays.tokens[position] = element.id
        if (element.predict !== undefined && i > 0)
          targets.push(this.predict(position, element.id, { kind: element.predict, weight: element.weight ?? 1, task }))
        return
      }
      this.arrays.tokens[position] = this.controls[element.kind]
      if (element.kind === 'mel') this.addSound(element, position)
      else if (element.kind === 'word') this.addWord(element, position)
      else if (element.kind === 'pixels') this.addPixels(element, position)
      else {
        frames.push(this.at.frame)
        const predicted = element.predict && i > 0
        this.addFrame(element, position, predicted)
        if (predicted)
          targets.push(this.predict(position, this.controls.frame, { kind: 'control', weight: 1, task: undefined }))
      }
    })
    this.used += sequence.length
    this.filled += sequence.length
    return { position: first, targets, frames }
  }

  private hasRoom(sequence: readonly Element[]): boolean {
    const { audio, image, frames, targets } = this.shape
    const need = { word: 0, frame: 0, target: 0 }
    let { mel, pixels } = this.at
    for (const element of sequence) {
      if (element.kind === 'pixels') {
        if (element.part === 0) pixels = roomFor(element.picture, pixels).end
      } else if (element.kind === 'mel') {
        if (element.at === 0) mel = roomForSound(element.sound, mel).end
      } else if (element.kind !== 'token') need[element.kind]++
      if ((element.kind === 'token' && element.predict !== undefined) || (element.kind === 'frame' && element.predict))
        need.target++
    }
    const { at } = this
    return (
      mel <= audio &&
      at.word + need.word <= slotsOf(audio) &&
      pixels <= image &&
      at.frame + need.frame <= frames &&
      at.target + need.target <= targets
    )
  }

  /** The row of the new target. */
  private predict(
    position: number,
    id: number,
    { kind, weight, task }: { kind: Predict; weight: number; task: number | undefined },
  ): number {
    const { tasks = [] } = this.shape
    const target = this.at.target++
    this.arrays.targetAt[target] = position - 1
    this.arrays.targets[target] = Math.min(id, vocabSize(this.config) - 1)
    if (task !== undefined && kind !== 'control') this.arrays.taskWeights[target * tasks.length + task] = 1
    this.arrays[`${kind}Weights`][target] = weight
    return target
  }

  private addSound({ sound, at: patch, label }: Extract<Element, { kind: 'mel' }>, position: number): void {
    const { arrays, config } = this
    if (patch === 0) {
      const { rows, end } = placeSound(sound, this.at.mel, arrays, config)
      this.heardAt = rows
      this.at.mel = end
    }
    const at = this.heardAt[patch]!
    arrays.audioAt[at] = position
    arrays.audioSound[at] = this.heardAt[0]!
    if (patch > 0) arrays.audioBefore[at] = this.heardAt[patch - 1]!
    if (label === undefined) return
    const { turn, word, phones } = label
    arrays.turns[at] = turn
    arrays.turnWeights[at] = 1
    if (word !== undefined) arrays.heardWords[at] = word
    if (phones === undefined) return
    arrays.heardPhoneWeights[at] = 1
    for (const phone of phones) arrays.heardPhones[at * config.phones + phone] = 1
  }

  /** A word of the sound placed last. */
  private addWord({ at: index }: Extract<Element, { kind: 'word' }>, position: number): void {
    const { arrays } = this
    const slot = this.at.word++
    arrays.wordFirst[slot] = this.heardAt[0]!
    arrays.wordIndex[slot] = index
    arrays.wordAt[slot] = position
  }

  private addPixels({ picture, part }: Extract<Element, { kind: 'pixels' }>, position: number): void {
    const { arrays, at, config } = this
    if (part === 0) {
      const { start, end } = roomFor(picture, at.pixels)
      placePicture(picture, start, arrays, config)
      at.pixels = end
    }
    arrays.imageAt[at.pixels - picture.windows.length + part] = position
  }

  private addFrame(
    { codes, entering = codes, phones }: Extract<Element, { kind: 'frame' }>,
    position: number,
    predicted: boolean,
  ): void {
    const { arrays, config, shape } = this
    const at = this.at.frame++
    const dims = config.audioLevels.length
    for (let k = 0; k < config.audioCodes; k++) {
      arrays.frames.set(fsqCodeCoordinates(entering[k]!, config.audioLevels), (at * config.audioCodes + k) * dims)
      arrays.codes[k * shape.frames + at] = codes[k]!
    }
    arrays.frameAt[at] = position
    if (!predicted) return
    arrays.frameFrom[at] = position - 1
    arrays.frameWeights[at] = 1
    if (phones === undefined) return
    arrays.framePhoneWeights[at] = 1
    for (const phone of phones) arrays.framePhones[at * config.phones + phone] = 1
  }

  /** The inputs of `omniLoss` and of what else reads batches. */
  inputs(): Record<string, HostTensor> {
    const { config, shape, arrays } = this
    const { batch, time, audio, image, frames, targets, tasks = [] } = shape
    const shapes: Record<keyof typeof arrays, readonly number[]> = {
      tokens: [batch * time],
      positions: [batch, time],
      segments: [batch, time],
      mel: [audio / EAR, EAR, config.melWindow],
      audioChunk: [audio / EAR, EAR],
      audioPlace: [audio / EAR, EAR],
      audioAt: [audio],
      audioSound: [audio],
      audioBefore: [audio],
      wordFirst: [slotsOf(audio)],
      wordIndex: [slotsOf(audio)],
      wordAt: [slotsOf(audio)],
      turns: [audio],
      turnWeights: [audio],
      heardWords: [audio],
      heardPhones: [audio, config.phones],
      heardPhoneWeights: [audio],
      pixels: [image / SHEET, SHEET, config.pixelWindow],
      imageAt: [image],
      place: [image / SHEET, SHEET],
      frames: [frames, config.audioCodes * config.audioLevels.length],
      frameAt: [frames],
      frameFrom: [frames],
      frameWeights: [frames],
      codes: [config.audioCodes * frames],
      framePhones: [frames, config.phones],
      framePhoneWeights: [frames],
      targetAt: [targets],
      targets: [targets],
      textWeights: [targets],
      controlWeights: [targets],
      imageWeights: [targets],
      taskWeights: [targets, tasks.length],
    }
    const made: Record<string, HostTensor> = {}
    for (const [name, dims] of Object.entries(shapes)) {
      const data = arrays[name as keyof typeof arrays]
      made[name] = data instanceof Float32Array ? hostTensor('float32', dims, data) : hostTensor('int32', dims, data)
    }
    if (tasks.length === 0) delete made['taskWeights']
    if (config.heardTokens.length === 0)
      for (const name of ['audioSound', 'audioBefore', 'wordFirst', 'wordIndex', 'wordAt']) delete made[name]
    return made
  }
}

/** Rows of the chunks of a sound, at or after row `at`: no chunk crosses from one row of the batch to the next (hearing.ts). */
export function roomForSound(
  { windows }: HeardSound,
  at: number,
): { placed: readonly { readonly chunk: Chunk; readonly row: number }[]; end: number } {
  let end = at
  const placed = chunksOf(windows.length).map((chunk) => {
    const length = chunk.end - chunk.start
    const row = (end % EAR) + length <= EAR ? end : Math.ceil(end / EAR) * EAR
    end = row + length
    return { chunk, row }
  })
  return { placed, end }
}

/** Writes a sound's windows, those that two chunks share twice, at or after row `from`; gives the row of each patch. */
export function placeSound(
  sound: HeardSound,
  from: number,
  { mel, audioChunk, audioPlace }: { mel: Float32Array; audioChunk: Int32Array; audioPlace: Int32Array },
  { melWindow }: OmniConfig,
): { rows: readonly number[]; end: number } {
  const { placed, end } = roomForSound(sound, from)
  const rows: number[] = []
  for (const { chunk, row } of placed) {
    for (let patch = chunk.start; patch < chunk.end; patch++) {
      const at = row + patch - chunk.start
      mel.set(sound.windows[patch]!, at * melWindow)
      audioChunk[at] = row + 1
      audioPlace[at] = patch - chunk.start
      if (patch >= chunk.fresh) rows.push(at)
    }
  }
  return { rows, end }
}

/** The rows of a picture, at or after row `at`: no picture crosses from one sheet of 16 rows to the next (sight.ts). */
export function roomFor({ windows }: SeenPicture, at: number): { start: number; end: number } {
  const start = Math.ceil(at / windows.length) * windows.length
  return { start, end: start + windows.length }
}

/** Writes a picture's windows and their places into the rows from `start` on. */
export function placePicture(
  picture: SeenPicture,
  start: number,
  { pixels, place }: { readonly pixels: Float32Array; readonly place: Int32Array },
  { pixelWindow }: OmniConfig,
): void {
  picture.windows.forEach((window, part) => {
    pixels.set(window, (start + part) * pixelWindow)
    place[start + part] = picture.place + part
  })
}

/** What a batch without sequences holds: unused entries point at the row after the last, or have weight 0. */
function emptyArrays(
  config: OmniConfig,
  { batch, time, audio, image, frames, targets, tasks = [] }: BatchShape,
): Readonly<
  Record<
    | 'tokens'
    | 'positions'
    | 'segments'
    | 'audioAt'
    | 'audioChunk'
    | 'audioPlace'
    | 'audioSound'
    | 'audioBefore'
    | 'wordFirst'
    | 'wordIndex'
    | 'wordAt'
    | 'turns'
    | 'heardWords'
    | 'imageAt'
    | 'place'
    | 'frameAt'
    | 'frameFrom'
    | 'codes'
    | 'targetAt'
    | 'targets',
    Int32Array<ArrayBuffer>
  > &
    Record<
      | 'mel'
      | 'turnWeights'
      | 'heardPhones'
      | 'heardPhoneWeights'
      | 'pixels'
      | 'frames'
      | 'frameWeights'
      | 'framePhones'
      | 'framePhoneWeights'
      | 'textWeights'
      | 'controlWeights'
      | 'imageWeights'
      | 'taskWeights',
      Float32Array<ArrayBuffer>
    >
> {
  const rows = batch * time
  return {
    tokens: new Int32Array(rows).fill(controlId(config, '<|pad|>')),
    positions: new Int32Array(rows),
    segments: new Int32Array(rows),
    mel: new Float32Array(audio * config.melWindow),
    audioAt: new Int32Array(audio).fill(rows),
    audioChunk: new Int32Array(audio),
    audioPlace: new Int32Array(audio),
    audioSound: new Int32Array(audio).fill(-1),
    audioBefore: new Int32Array(audio).fill(audio),
    wordFirst: new Int32Array(slotsOf(audio)),
    wordIndex: new Int32Array(slotsOf(audio)),
    wordAt: new Int32Array(slotsOf(audio)).fill(rows),
    turns: new Int32Array(audio),
    turnWeights: new Float32Array(audio),
    heardWords: new Int32Array(audio).fill(controlId(config, '<|audio|>')),
    heardPhones: new Float32Array(audio * config.phones),
    heardPhoneWeights: new Float32Array(audio),
    pixels: new Float32Array(image * config.pixelWindow),
    imageAt: new Int32Array(image).fill(rows),
    place: new Int32Array(image),
    frames: new Float32Array(frames * config.audioCodes * config.audioLevels.length),
    frameAt: new Int32Array(frames).fill(rows),
    frameFrom: new Int32Array(frames),
    frameWeights: new Float32Array(frames),
    codes: new Int32Array(config.audioCodes * frames),
    framePhones: new Float32Array(frames * config.phones),
    framePhoneWeights: new Float32Array(frames),
    targetAt: new Int32Array(targets),
    targets: new Int32Array(targets),
    textWeights: new Float32Array(targets),
    controlWeights: new Float32Array(targets),
    imageWeights: new Float32Array(targets),
    taskWeights: new Float32Array(targets * tasks.length),
  }
}
