/** @file Packs sequences into one training batch: rows filled end to end, attention kept inside each sequence. */

import { fsqCodeCoordinates } from '../../nn/fsq.ts'
import { type HostTensor, hostFloat, hostInt } from '../../tensor/host.ts'
import { controlId, type OmniConfig, vocabSize } from './config.ts'
import type { BatchShape } from './model.ts'
import type { Element } from './sequence.ts'

/** A chat to train on; `task` is an index into the batch's tasks, for losses by task. */
export interface TrainingSequence {
  readonly elements: readonly Element[]
  readonly task?: number
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
  const { batch, time, audio, image, frames, targets, tasks = [] } = shape
  const rows = batch * time
  const dims = config.audioLevels.length
  const width = config.audioCodes * dims
  const pad = controlId(config, '<|pad|>')
  const tokens = new Int32Array(rows).fill(pad)
  const positions = new Int32Array(rows)
  const segments = new Int32Array(rows)
  const mel = new Float32Array(audio * config.melPatch)
  const audioAt = new Int32Array(audio).fill(rows)
  const turns = new Int32Array(audio)
  const turnWeights = new Float32Array(audio)
  const heardWords = new Int32Array(audio).fill(controlId(config, '<|audio|>'))
  const heardPhones = new Float32Array(audio * config.phones)
  const heardPhoneWeights = new Float32Array(audio)
  const pixels = new Float32Array(image * config.pixelPatch)
  const imageAt = new Int32Array(image).fill(rows)
  const place = new Int32Array(image)
  const coordinates = new Float32Array(frames * width)
  const frameAt = new Int32Array(frames).fill(rows)
  const frameFrom = new Int32Array(frames)
  const frameWeights = new Float32Array(frames)
  const codes = new Int32Array(config.audioCodes * frames)
  const framePhones = new Float32Array(frames * config.phones)
  const framePhoneWeights = new Float32Array(frames)
  const targetAt = new Int32Array(targets)
  const targetIds = new Int32Array(targets)
  const weights = {
    text: new Float32Array(targets),
    control: new Float32Array(targets),
    image: new Float32Array(targets),
  }
  const taskWeights = new Float32Array(targets * tasks.length)
  const controls = {
    mel: controlId(config, '<|audio|>'),
    pixels: controlId(config, '<|image|>'),
    frame: controlId(config, '<|frame|>'),
  }
  const at = { mel: 0, pixels: 0, frame: 0, target: 0 }
  const limit = vocabSize(config)
  let used = 0
  let row = 0
  let filled = 0
  let segment = 0
  let misses = 0
  while (row < batch && misses < 20) {
    const { elements: all, task } = next()
    const sequence = all.length > time ? all.slice(0, time) : all
    const need = { mel: 0, pixels: 0, frame: 0, target: 0 }
    for (const element of sequence) {
      if (element.kind !== 'token') need[element.kind]++
      if ((element.kind === 'token' && element.predict !== undefined) || (element.kind === 'frame' && element.predict))
        need.target++
    }
    const room =
      at.mel + need.mel <= audio &&
      at.pixels + need.pixels <= image &&
      at.frame + need.frame <= frames &&
      at.target + need.target <= targets
    if (!room) {
      misses++
      continue
    }
    if (filled + sequence.length > time) {
      // Short rows cost less than a search for the best fit.
      row++
      filled = 0
      if (row === batch) break
    }
    segment++
    const predictToken = (position: number, id: number, kind: keyof typeof weights, weight: number): void => {
      targetAt[at.target] = position - 1
      targetIds[at.target] = Math.min(id, limit - 1)
      if (task !== undefined && kind !== 'control') taskWeights[at.target * tasks.length + task] = 1
      weights[kind][at.target++] = weight
    }
    sequence.forEach((element, i) => {
      const position = row * time + filled + i
      positions[position] = i
      segments[position] = segment
      if (element.kind === 'token') {
        tokens[position] = element.id
        if (element.predict !== undefined && i > 0)
          predictToken(position, element.id, element.predict, element.weight ?? 1)
        return
      }
      tokens[position] = controls[element.kind]
      if (element.kind === 'mel') {
        mel.set(element.patch, at.mel * config.melPatch)
        audioAt[at.mel] = position
        if (element.label !== undefined) {
          const { turn, word, phones } = element.label
          turns[at.mel] = turn
          turnWeights[at.mel] = 1
          if (word !== undefined) heardWords[at.mel] = word
          if (phones !== undefined) {
            heardPhoneWeights[at.mel] = 1
            for (const phone of phones) heardPhones[at.mel * config.phones + phone] = 1
          }
        }
      } else if (element.kind === 'pixels') {
        pixels.set(element.patch, at.pixels * config.pixelPatch)
        imageAt[at.pixels] = position
        place[at.pixels] = element.place
      } else {
        for (let k = 0; k < config.audioCodes; k++) {
          const code = element.codes[k]!
          coordinates.set(fsqCodeCoordinates(code, config.audioLevels), at.frame * width + k * dims)
          codes[k * frames + at.frame] = code
        }
        frameAt[at.frame] = position
        if (element.predict && i > 0) {
          frameFrom[at.frame] = position - 1
          frameWeights[at.frame] = 1
          if (element.phones !== undefined) {
            framePhoneWeights[at.frame] = 1
            for (const phone of element.phones) framePhones[at.frame * config.phones + phone] = 1
          }
          predictToken(position, controls.frame, 'control', 1)
        }
      }
      at[element.kind]++
    })
    used += sequence.length
    filled += sequence.length
  }
  const inputs: Record<string, HostTensor> = {
    tokens: hostInt([rows], tokens),
    positions: hostInt([batch, time], positions),
    segments: hostInt([batch, time], segments),
    mel: hostFloat([audio, config.melPatch], mel),
    audioAt: hostInt([audio], audioAt),
    turns: hostInt([audio], turns),
    turnWeights: hostFloat([audio], turnWeights),
    heardWords: hostInt([audio], heardWords),
    heardPhones: hostFloat([audio, config.phones], heardPhones),
    heardPhoneWeights: hostFloat([audio], heardPhoneWeights),
    pixels: hostFloat([image, config.pixelPatch], pixels),
    imageAt: hostInt([image], imageAt),
    place: hostInt([image], place),
    frames: hostFloat([frames, width], coordinates),
    frameAt: hostInt([frames], frameAt),
    frameFrom: hostInt([frames], frameFrom),
    frameWeights: hostFloat([frames], frameWeights),
    codes: hostInt([config.audioCodes * frames], codes),
    framePhones: hostFloat([frames, config.phones], framePhones),
    framePhoneWeights: hostFloat([frames], framePhoneWeights),
    targetAt: hostInt([targets], targetAt),
    targets: hostInt([targets], targetIds),
    textWeights: hostFloat([targets], weights.text),
    controlWeights: hostFloat([targets], weights.control),
    imageWeights: hostFloat([targets], weights.image),
    ...(tasks.length === 0 ? {} : { taskWeights: hostFloat([targets, tasks.length], taskWeights) }),
  }
  return { inputs, used }
}
