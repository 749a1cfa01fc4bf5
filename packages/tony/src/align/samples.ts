/** @file Prompts with answers as batches: which positions were chosen, from which sets, and where they went. */
import { type Choice, choices, MAX_FRAMES, MIN_FRAMES, spokenChoice } from '../models/omni/choices.ts'
import { controlId, imageCodeId, type OmniConfig } from '../models/omni/config.ts'
import { EAR } from '../models/omni/hearing.ts'
import type { BatchShape } from '../models/omni/model.ts'
import { BatchPacker, type Placed, roomFor, roomForSound } from '../models/omni/pack.ts'
import type { Element } from '../models/omni/sequence.ts'
import { SHEET } from '../models/omni/sight.ts'
import { type HostTensor, hostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'

/** A prompt with an answer. Actions are the answer's positions that the model chose: tokens, and frames with their codes. */
export interface Sample {
  /** Read, not chosen: up to and with `<|assistant|>` and the token that says how it answers. */
  readonly prompt: readonly Element[]
  readonly answer: readonly Element[]
  /** For each position of the answer, what it was chosen from. */
  readonly choices: readonly Choice[]
}

/** A sample whose answer is written: each of `ids` was chosen among the words and the end. */
export function writtenSample(prompt: readonly Element[], ids: readonly number[]): Sample {
  return { prompt, answer: ids.map((id) => ({ kind: 'token', id })), choices: ids.map(() => 'write') }
}

/**
 * A sample whose answer is spoken: `answer` is its words and frames with the end (`SequenceBuilder.speech`), each of which was
 * chosen from what `spokenChoice` allows there.
 *
 * @throws TonyError `invalid` where no model could have chosen it: sound before the first word, no word for two seconds,
 *   or an end right after a word.
 */
export function spokenSample(prompt: readonly Element[], answer: readonly Element[], config: OmniConfig): Sample {
  const end = controlId(config, '<|end|>')
  let framesSinceWord = MIN_FRAMES
  let words = 0
  const from = answer.map((element, i): Choice => {
    const choice = spokenChoice({ framesSinceWord, words })
    const ends = element.kind === 'token' && element.id === end
    if (element.kind === 'frame' ? !choice.includes('frame') : ends && !choice.endsWith('end'))
      throw new TonyError(
        'invalid',
        `align: position ${i} of a spoken answer is ${ends ? 'its end' : 'sound'}, which may not stand there: sound follows a word and ends or goes on with another within ${MAX_FRAMES} frames, and the last word needs ${MIN_FRAMES}`,
      )
    if (element.kind === 'frame') framesSinceWord++
    else {
      framesSinceWord = 0
      words++
    }
    return choice
  })
  return { prompt, answer, choices: from }
}

/** A sample whose answer is drawn: its picture codes. */
export function drawnSample(prompt: readonly Element[], codes: ArrayLike<number>, config: OmniConfig): Sample {
  const answer = Array.from(codes, (code): Element => ({ kind: 'token', id: imageCodeId(config, code) }))
  return { prompt, answer, choices: answer.map(() => 'picture') }
}

/** A batch of samples. */
export interface SampleBatch {
  readonly inputs: Record<string, HostTensor>
  readonly shape: BatchShape
  /** Indices of the samples in it, with the targets of their actions. */
  readonly placed: readonly (Placed & { readonly index: number })[]
}

/** The whole sequence: its answer is predicted, its prompt only read, whatever made the prompt. */
export function elementsOf({ prompt, answer }: Sample): Element[] {
  return [...prompt.map(unpredicted), ...answer.map(predicted)]
}

function unpredicted(element: Element): Element {
  if (element.kind === 'token' && element.predict !== undefined) return { kind: 'token', id: element.id }
  return element.kind === 'frame' && element.predict ? { ...element, predict: false } : element
}

function predicted(element: Element): Element {
  if (element.kind === 'token') return { ...element, predict: 'text' }
  return element.kind === 'frame' ? { ...element, predict: true } : element
}

/** Packs `samples` in their order into as many batches of `shape` as they need. Throws `too_large` where one alone does not fit. */
export function packSamples(samples: readonly Sample[], config: OmniConfig, shape: BatchShape): SampleBatch[] {
  const batches: SampleBatch[] = []
  for (let from = 0; from < samples.length; ) {
    const batch = packSome(samples, { from, config, shape })
    batches.push(batch)
    from += batch.placed.length
  }
  return batches
}

/** As many samples from `from` on as fit into one batch. Throws `too_large` where the first alone does not. */
export function packSome(samples: readonly Sample[], { from = 0, ...how }: PackOptions): SampleBatch {
  const batch = packFitting(samples, { from, ...how })
  const { audio, image, frames, targets } = how.shape
  if (batch.placed.length > 0) return batch
  throw new TonyError(
    'too_large',
    `align: sample ${from} does not fit into a batch of ${audio} sounds, ${image} pixel windows, ${frames} frames and ${targets} targets; raise them`,
  )
}

interface PackOptions {
  readonly from?: number
  readonly config: OmniConfig
  readonly shape: BatchShape
}

/** As many samples from `from` on as fit into one batch, which may be none. Throws `too_large` where one is longer than a row. */
export function packFitting(samples: readonly Sample[], { from = 0, config, shape }: PackOptions): SampleBatch {
  const packer = new BatchPacker(config, shape)
  const choice = new Int32Array(shape.targets)
  const frameTarget = new Int32Array(shape.frames).fill(shape.targets)
  const actionWeights = new Float32Array(shape.targets)
  const placed: (Placed & { index: number })[] = []
  for (let index = from; index < samples.length; index++) {
    const sample = samples[index]!
    const elements = elementsOf(sample)
    if (elements.length > shape.time) {
      throw new TonyError(
        'too_large',
        `align: sample ${index} has ${elements.length} positions, a row of the batch holds ${shape.time}; shorten it or raise 'time'`,
      )
    }
    const place = packer.add({ elements })
    if (place === undefined) break
    place.targets.forEach((target, i) => {
      choice[target] = choices.indexOf(sample.choices[i]!)
      actionWeights[target] = 1
    })
    // The codes of a frame belong to the action that chose to speak it.
    const spoken = place.targets.filter((_, i) => sample.answer[i]!.kind === 'frame')
    const frames = place.frames.slice(place.frames.length - spoken.length)
    frames.forEach((frame, i) => {
      frameTarget[frame] = spoken[i]!
    })
    placed.push({ ...place, index })
  }
  return {
    inputs: {
      ...packer.inputs(),
      choice: hostTensor('int32', [shape.targets], choice),
      frameTarget: hostTensor('int32', [shape.frames], frameTarget),
      actionWeights: hostTensor('float32', [shape.targets], actionWeights),
    },
    shape,
    placed,
  }
}

/** Rows of `time` positions that a batch of `samples` needs: they stand one after another, each whole in one row. */
export function rowsNeeded(samples: readonly Sample[], time: number): number {
  let rows = 1
  let filled = 0
  for (const { prompt, answer } of samples) {
    const length = prompt.length + answer.length
    if (filled + length > time) {
      rows++
      filled = 0
    }
    filled += length
  }
  return rows
}

type MediaRows = Pick<BatchShape, 'audio' | 'image' | 'frames'>

/** Rows of sounds, of pictures and of frames that a batch of `samples` needs, as they are placed one after another. */
export function mediaNeeded(samples: readonly Sample[]): MediaRows {
  let [audio, image, frames] = [0, 0, 0]
  for (const element of samples.flatMap(({ prompt, answer }) => [...prompt, ...answer])) {
    if (element.kind === 'frame') frames++
    else if (element.kind === 'mel' && element.at === 0) audio = roomForSound(element.sound, audio).end
    else if (element.kind === 'pixels' && element.part === 0) image = roomFor(element.picture, image).end
  }
  return mediaRoom({ audio, image, frames })
}

/** Rows of sounds, of pictures and of frames as a batch's shape has them: in whole parts. */
export function mediaRoom({ audio, image, frames }: MediaRows): MediaRows {
  const whole = (rows: number, of: number): number => Math.ceil(rows / of) * of
  return { audio: whole(audio, EAR), image: whole(image, SHEET), frames: whole(frames, 64) }
}

/** `samples` as one batch. Throws `too_large` where they do not all fit; `name` says for whom. */
export function packWhole(
  samples: readonly Sample[],
  { name, config, shape }: { name: string; config: OmniConfig; shape: BatchShape },
): SampleBatch {
  const batch = packSome(samples, { config, shape })
  if (batch.placed.length < samples.length)
    throw new TonyError(
      'too_large',
      `${name}: a batch of ${samples.length} answers does not fit into ${shape.batch}×${shape.time} positions; raise the shape or lower the number of answers`,
    )
  return batch
}

/** Values [targets] of a batch from one list per sample, one number per action; 0 elsewhere. */
export function byTarget(
  { placed, shape }: SampleBatch,
  of: (index: number) => ArrayLike<number>,
): HostTensor<'float32'> {
  const out = new Float32Array(shape.targets)
  for (const { index, targets } of placed) {
    const values = of(index)
    targets.forEach((target, i) => {
      out[target] = values[i]!
    })
  }
  return hostTensor('float32', [shape.targets], out)
}

/** Which sample of a batch each target [targets] belongs to, `answers` where it is none's: what `perAnswer` sums by. */
export function answerOf({ placed, shape }: SampleBatch, answers: number): HostTensor<'int32'> {
  const of = new Int32Array(shape.targets).fill(answers)
  placed.forEach(({ targets }, i) => {
    for (const target of targets) of[target] = i
  })
  return hostTensor('int32', [shape.targets], of)
}

/** One list per sample of a batch from values [targets]: the inverse of `byTarget`. */
export function bySample({ placed }: SampleBatch, values: ArrayLike<number>): Map<number, Float32Array> {
  return new Map(placed.map(({ index, targets }) => [index, Float32Array.from(targets, (target) => values[target]!)]))
}
