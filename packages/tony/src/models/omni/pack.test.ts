import { describe, expect, it } from 'vitest'
import { blockConfig } from '../../nn/block.ts'
import { controlId, type OmniConfig, omniConfig } from './config.ts'
import { packBatch } from './pack.ts'
import { type Element, SequenceBuilder } from './sequence.ts'

const config: OmniConfig = {
  ...omniConfig({ textVocab: 300, audioCodes: 2 }),
  block: blockConfig({ width: 32, layers: 1 }),
  heardTokens: [[97], [98], [99]],
}
const shape = { batch: 2, time: 32, audio: 128, image: 16, frames: 8, targets: 32, tasks: ['say', 'write'] }
const bytes = { encode: (text: string) => [...Buffer.from(text)] }

/** Two heard patches, then a spoken word of two frames. */
function chat(): Element[] {
  return new SequenceBuilder(config, bytes)
    .control('<|user|>')
    .audio(
      [new Float32Array(640).fill(0.5), new Float32Array(640).fill(0.25)],
      [
        { turn: 0, phones: [3, 7] },
        { turn: 2, word: 65 },
      ],
    )
    .control('<|assistant|>')
    .control('<|speech|>', { weight: 0.2 })
    .speech(
      {
        words: [{ text: 'a', start: 0, end: 0.16 }],
        codes: [
          [1, 2, 900],
          [3, 4, 900],
        ],
        phones: [[5], [5, 9]],
      },
      true,
    )
    .end(true).elements
}

/** Two pictures, for which a batch has no room. */
function tooMuch(): Element[] {
  const image = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) }
  return new SequenceBuilder(config, bytes).image(image).image(image).elements
}

const numbers = (batch: ReturnType<typeof packBatch>, name: string): number[] =>
  Array.from(batch.inputs[name]!.data, Number)

describe('packBatch', () => {
  const one = (): ReturnType<typeof packBatch> => {
    let given = 0
    return packBatch(() => ({ elements: given++ === 0 ? chat() : tooMuch(), task: 0 }), config, shape)
  }

  it('keeps what is known of heard patches beside them, and nothing for the rest', () => {
    const batch = one()
    expect(numbers(batch, 'audioAt').slice(0, 2)).toEqual([1, 2])
    expect(numbers(batch, 'turns').slice(0, 3)).toEqual([0, 2, 0])
    expect(numbers(batch, 'turnWeights').slice(0, 3)).toEqual([1, 1, 0])
    expect(numbers(batch, 'heardWords').slice(0, 2)).toEqual([controlId(config, '<|audio|>'), 65])
    const phones = numbers(batch, 'heardPhones')
    expect(phones.flatMap((value, i) => (value === 1 ? [i] : []))).toEqual([3, 7])
    // The second patch has no phones labelled: it says nothing, rather than that none sounds.
    expect(numbers(batch, 'heardPhoneWeights').slice(0, 2)).toEqual([1, 0])
  })

  it('leaves room for words after a sound, which know their sound', () => {
    const batch = one()
    // One word for three patches or less, right behind them.
    expect(numbers(batch, 'wordAt').slice(0, 2)).toEqual([3, shape.batch * shape.time])
    expect(numbers(batch, 'wordFirst')[0]).toBe(0)
    expect(numbers(batch, 'wordIndex')[0]).toBe(0)
    expect(numbers(batch, 'audioSound').slice(0, 3)).toEqual([0, 0, -1])
    expect(numbers(batch, 'audioBefore').slice(0, 3)).toEqual([shape.audio, 0, shape.audio])
  })

  it('predicts each frame from the position before it, by as many codes as the model has', () => {
    const batch = one()
    const at = numbers(batch, 'frameAt').slice(0, 2)
    expect(numbers(batch, 'frameFrom').slice(0, 2)).toEqual(at.map((position) => position - 1))
    expect(numbers(batch, 'codes').slice(0, 2)).toEqual([1, 3])
    expect(numbers(batch, 'codes').slice(shape.frames, shape.frames + 2)).toEqual([2, 4])
    const width = config.phones
    const phones = numbers(batch, 'framePhones')
    expect(phones.flatMap((value, i) => (value === 1 ? [i] : []))).toEqual([5, width + 5, width + 9])
  })

  it('lets a slip enter in place of the codes that are to be said', () => {
    const said = {
      words: [{ text: 'a', start: 0, end: 0.16 }],
      codes: [
        [7, 0],
        [3, 4],
      ],
    }
    const spoken = (entering?: number[][]): Element[] =>
      new SequenceBuilder(config, bytes)
        .control('<|assistant|>')
        .control('<|speech|>')
        .speech(entering === undefined ? said : { ...said, entering }, true).elements
    const right = packBatch(() => ({ elements: spoken() }), config, shape)
    const slipped = packBatch(
      () => ({
        elements: spoken([
          [0, 0],
          [3, 4],
        ]),
      }),
      config,
      shape,
    )
    const dims = 2 * config.audioLevels.length
    const [before, after] = [right, slipped].map((batch) => numbers(batch, 'frames'))
    // 7 is the last step of the first dimension, 0 its first.
    expect([before![0], after![0]]).toEqual([1, -1])
    expect(after!.slice(1, 2 * dims)).toEqual(before!.slice(1, 2 * dims))
    expect(numbers(slipped, 'codes')).toEqual(numbers(right, 'codes'))
  })

  it('counts text for the loss of its task, control tokens and frames not', () => {
    const batch = one()
    const weights = numbers(batch, 'taskWeights')
    const rows = weights.flatMap((value, i) => (value === 1 ? [Math.floor(i / 2)] : []))
    expect(rows.map((row) => numbers(batch, 'targets')[row])).toEqual([97])
    expect(weights.some((value, i) => value === 1 && i % 2 === 1)).toBe(false)
  })

  it('keeps the parts of a picture together, on one sheet', () => {
    const picture = (side: number): { width: number; height: number; data: Uint8Array } => ({
      width: side,
      height: side,
      data: new Uint8Array(side * side * 3).fill(200),
    })
    const seen = [
      new SequenceBuilder(config, bytes).video([picture(64)]).elements,
      new SequenceBuilder(config, bytes).image(picture(64)).elements,
    ]
    let given = 0
    const batch = packBatch(() => ({ elements: seen[given++] ?? tooMuch() }), config, {
      ...shape,
      image: 32,
    })
    const end = shape.batch * shape.time
    const at = numbers(batch, 'imageAt')
    // A frame takes the first four rows; the still picture begins with a sheet of its own.
    expect(at.slice(0, 5)).toEqual([0, 1, 2, 3, end])
    expect(at.slice(16)).toEqual(Array.from({ length: 16 }, (_, i) => 5 + i))
    expect(numbers(batch, 'place').slice(0, 5)).toEqual([16, 17, 18, 19, 0])
    expect(numbers(batch, 'place').slice(16)).toEqual(Array.from({ length: 16 }, (_, i) => i))
  })

  it('keeps the chunks of a sound together, the parts they share twice', () => {
    const sound = (length: number): Element[] =>
      new SequenceBuilder({ ...config, heardTokens: [] }, bytes).audio(
        Array.from({ length }, (_, i) => new Float32Array(640).fill(i)),
      ).elements
    const heard = [sound(40), sound(30), sound(70)]
    let given = 0
    const batch = packBatch(() => ({ elements: heard[given++] ?? tooMuch() }), config, {
      ...shape,
      time: 200,
      audio: 256,
    })
    const at = numbers(batch, 'audioAt')
    const end = shape.batch * 200
    const count = (length: number, from: number): number[] => Array.from({ length }, (_, i) => from + i)
    // The third sound does not fit behind the second; its last six patches come after sixteen that were heard before.
    expect(at.slice(0, 71)).toEqual([...count(40, 0), ...count(30, 41), end])
    expect(at.slice(128, 192)).toEqual(count(64, 72))
    expect(at.slice(192, 216)).toEqual([...new Array(16).fill(end), ...count(6, 136), end, end])
    const place = numbers(batch, 'audioPlace')
    expect(place.slice(192, 214)).toEqual(count(22, 0))
    expect(new Set(numbers(batch, 'audioChunk'))).toEqual(new Set([0, 1, 41, 129, 193]))
    const mel = batch.inputs['mel']!.data
    expect([192, 207, 213].map((row) => mel[row * config.melWindow + 959])).toEqual([48, 63, 69])
  })

  it('leaves out what does not fit, whole', () => {
    const { used } = packBatch(() => ({ elements: tooMuch() }), config, shape)
    expect(used).toBe(0)
  })
})

describe('spelled', () => {
  it('predicts a word letter by letter', () => {
    const whole = { encode: (text: string) => (text === 'cat' ? [299] : [...Buffer.from(text)]) }
    const { elements } = new SequenceBuilder(config, whole).spelled('cat')
    expect(elements).toEqual([...'cat'].map((letter) => ({ kind: 'token', id: letter.charCodeAt(0), predict: 'text' })))
  })
})
