/** @file The omni model's programs at work: positions of many sequences in, hidden rows, logits and codes out. */
import { controlId, type OmniConfig, turnStates, vocabSize, wordSlot } from '../models/omni/config.ts'
import { isTold } from '../models/omni/hearing.ts'
import { omniDecode, omniParts } from '../models/omni/model.ts'
import { placePicture, roomFor } from '../models/omni/pack.ts'
import type { Element, HeardSound, SeenPicture } from '../models/omni/sequence.ts'
import { SHEET } from '../models/omni/sight.ts'
import { type Chunk, chunksOf } from '../models/omni/windows.ts'
import { fsqCodeCoordinates } from '../nn/fsq.ts'
import type { Runtime, Session } from '../runtime/types.ts'
import { type HostTensor, type hostFloat, hostInt, hostTensor } from '../tensor/host.ts'
import { TonyError } from '../util/errors.ts'
import type { Rng } from '../util/rng.ts'
import { planRuns, runFeeds } from './kv-feeds.ts'
import { KvPool, type KvSequence } from './kv-pool.ts'
import { type CompileOptions, compileProgram } from './program.ts'

/** Positions to read after what `sequence` holds; the pool has room for them. */
export interface Reading {
  readonly sequence: KvSequence
  readonly elements: readonly Element[]
}

/** What came of a reading. */
export interface Read {
  /** One row [width] for each position. */
  readonly hidden: Float32Array
  /** [vocab], of what follows the last position. */
  readonly logits: Float32Array
}

/** A frame to be written after `hidden` [width]. */
export interface FrameWish {
  readonly hidden: Float32Array
  /** 0 is greedy. */
  readonly temperature: number
  readonly rng: Rng
}

/** What is known of a sound so far: a row [width] for each patch, the embeddings [width] of its words, and the word told last. */
interface Heard {
  readonly rows: Float32Array[]
  readonly words: Float32Array[]
  last: number
}

/** Keys and values of the cells of a chunk from its `start` to `end`, as the program takes them. */
interface Ear {
  readonly start: number
  readonly end: number
  readonly memory: Readonly<Record<string, HostTensor>>
}

/** Live sounds whose chunk is remembered, at most 2 MB each with the nano model; of one more it is listened to again. */
const MOST_EARS = 32

/** The programs around the transformer, and where their weights are. */
const scopes = { audio: 'hear.', image: 'see.', frame: 'embed_frame.', turn: 'turn.', depth: 'depth.' } as const
type Part = keyof typeof scopes

/** Compiled programs and the pool of caches. One call at a time. */
export class OmniNetwork {
  readonly config: OmniConfig
  readonly pool: KvPool
  private readonly core: Session
  /** Absent where the model has no weights for them: one that was trained on text alone hears nothing. */
  private readonly parts: Readonly<Record<Part, Session | undefined>>
  /** The weights of `core` in spans of the pool: what one run more costs. */
  private readonly runCost: number
  /** Rows of pictures that were looked at; of a model in training only those of the present run. */
  private seen = new WeakMap<SeenPicture, Float32Array>()
  /** The same of sounds. */
  private heard = new WeakMap<HeardSound, Heard>()
  /** What hearing remembers of live sounds, the one that was silent longest first. */
  private readonly ears = new Map<HeardSound, Ear>()
  private readonly steady: boolean

  private constructor(
    config: OmniConfig,
    { core, parts }: { core: Session; parts: OmniNetwork['parts'] },
    { quantized, steady }: { quantized: boolean; steady: boolean },
  ) {
    this.steady = steady
    this.config = config
    this.core = core
    this.parts = parts
    this.pool = new KvPool(config.block, config.contextLength)
    const { width, hidden, heads, kvHeads, headDim, layers } = config.block
    const matrices = layers * width * (2 * (heads + kvHeads) * headDim + 3 * hidden) + vocabSize(config) * width
    this.runCost = matrices / (quantized ? 4 : 1) / (2 * layers * this.pool.spanSize)
  }

  static async load(
    runtime: Runtime,
    config: OmniConfig,
    options: { readonly params: CompileOptions['params']; readonly threads?: number; readonly quantized: boolean },
  ): Promise<OmniNetwork> {
    const compile = (name: string, build: Parameters<typeof compileProgram>[2]): Promise<Session> =>
      compileProgram(runtime, { name, ...options }, build)
    const names = Object.keys(typeof options.params === 'function' ? options.params() : options.params)
    const part = async (name: Part, build: Parameters<typeof compileProgram>[2]): Promise<Session | undefined> =>
      names.some((key) => key.startsWith(scopes[name])) ? compile(`omni-${name}`, build) : undefined
    const core = await compile('omni', (p) => omniDecode(p, config))
    const parts = {
      audio: await part('audio', (p) => omniParts.audio(p, config)),
      image: await part('image', (p) => ({ rows: omniParts.image(p, config) })),
      frame: await part('frame', (p) => ({ rows: omniParts.frame(p, config) })),
      turn: await part('turn', (p) => ({ logits: omniParts.turn(p, config) })),
      depth: await part('depth', (p) => omniParts.depth(p, config)),
    }
    return new OmniNetwork(
      config,
      { core, parts },
      { quantized: options.quantized, steady: typeof options.params !== 'function' },
    )
  }

  /** Reads the same number of positions into each of several sequences; sequences that lie far apart go in runs of their own. */
  async read<T extends Reading>(readings: readonly T[]): Promise<Map<T, Read>> {
    const out = new Map<T, Read>()
    for (const run of planRuns(readings, this.runCost)) {
      const made = await this.readTogether(run)
      run.forEach((reading, i) => out.set(reading, made[i]!))
    }
    return out
  }

  private async readTogether(readings: readonly Reading[]): Promise<Read[]> {
    const { config, pool } = this
    const { width } = config.block
    const time = readings[0]!.elements.length
    const batch = readings.length
    const elements = readings.flatMap((reading) => reading.elements)
    const marker = {
      mel: controlId(config, '<|audio|>'),
      word: wordSlot(config),
      pixels: controlId(config, '<|image|>'),
      frame: controlId(config, '<|frame|>'),
    }
    const sequences = readings.map(({ sequence }) => sequence)
    const signals = await this.signals(elements)
    const outputs = await this.core.run({
      ...runFeeds(pool, sequences, time),
      tokens: hostInt(
        [batch, time],
        elements.map((e) => (e.kind === 'token' ? e.id : marker[e.kind])),
      ),
      signals: hostTensor('float32', [batch, time, width], signals),
      asked: hostInt(
        [batch],
        sequences.map((_, b) => (b + 1) * time - 1),
      ),
    })
    pool.append(sequences, outputs, time)
    const hidden = outputs['hidden']!.data as Float32Array
    const logits = outputs['logits']!.data as Float32Array
    const vocab = logits.length / batch
    return sequences.map((_, b) => ({
      hidden: hidden.subarray(b * time * width, (b + 1) * time * width),
      logits: logits.subarray(b * vocab, (b + 1) * vocab),
    }))
  }

  /** Rows [n, width] of what is no token, zeros elsewhere. */
  private async signals(elements: readonly Element[]): Promise<Float32Array> {
    const { config } = this
    const { width } = config.block
    const out = new Float32Array(elements.length * width)
    const sounds = elements.flatMap((e) => (e.kind === 'mel' || e.kind === 'word' ? [e.sound] : []))
    if (sounds.length > 0) {
      await this.listen([...new Set(sounds)])
      elements.forEach((e, i) => {
        if (e.kind === 'mel') out.set(this.heard.get(e.sound)!.rows[e.at]!, i * width)
        else if (e.kind === 'word') out.set(this.heard.get(e.sound)!.words[e.at] ?? [], i * width)
      })
    }
    const pictures = elements.flatMap((e) => (e.kind === 'pixels' ? [e.picture] : []))
    if (pictures.length > 0) {
      await this.look([...new Set(pictures)])
      elements.forEach((e, i) => {
        if (e.kind !== 'pixels') return
        out.set(this.seen.get(e.picture)!.subarray(e.part * width, (e.part + 1) * width), i * width)
      })
    }
    const frames = elements.flatMap((e, i) => (e.kind === 'frame' ? [{ codes: Array.from(e.codes), position: i }] : []))
    if (frames.length > 0) {
      const coordinates = frames.map(({ codes }) =>
        codes.flatMap((code) => fsqCodeCoordinates(code, config.audioLevels)),
      )
      const made = await this.part('frame').run({
        frames: stacked(coordinates, config.audioCodes * config.audioLevels.length),
      })
      const rows = made['rows']!.data as Float32Array
      frames.forEach(({ position }, i) => {
        out.set(rows.subarray(i * width, (i + 1) * width), position * width)
      })
    }
    return out
  }

  /** Fills `heard` up to the last window of each sound. */
  private async listen(sounds: readonly HeardSound[]): Promise<void> {
    const none = this.config.heardTokens.length
    if (!this.steady) {
      this.heard = new WeakMap()
      this.ears.clear()
    }
    for (const sound of sounds) {
      const known: Heard = this.heard.get(sound) ?? { rows: [], words: [], last: none }
      this.heard.set(sound, known)
      // One that has grown since it was listened to is live, and will grow again.
      const live = known.rows.length > 0
      for (const chunk of chunksOf(sound.windows.length))
        if (chunk.end > known.rows.length) await this.listenTo(sound, chunk, { known, live })
    }
  }

  /** Listens to what is new of one chunk; where nothing of it is remembered from its start. */
  private async listenTo(
    sound: HeardSound,
    { start, end }: Chunk,
    { known, live }: { known: Heard; live: boolean },
  ): Promise<void> {
    const { melWindow, block, heardTokens } = this.config
    const ear = this.ears.get(sound)
    this.ears.delete(sound)
    const goesOn = ear !== undefined && ear.start === start
    const from = goesOn ? ear.end : start
    const made = await this.part('audio').run({
      ...chunkFeeds(sound, { start, from, end }, melWindow),
      ...(goesOn ? ear.memory : emptyMemory(this.config)),
    })
    const row = (name: string, i: number): Float32Array =>
      (made[name]!.data as Float32Array).slice(i * block.width, (i + 1) * block.width)
    const told = made['word']?.data as Int32Array | undefined
    for (let i = known.rows.length - from; i < end - from; i++) {
      known.rows.push(row('rows', i))
      const word = told?.[i] ?? heardTokens.length
      if (isTold(word, { before: known.last, none: heardTokens.length })) known.words.push(row('embedded', i))
      known.last = word
    }
    if (!live) return
    const all = Object.entries(made).filter(([name]) => name.startsWith('all/'))
    const memory = Object.fromEntries(all.map(([name, value]) => [name.replace('all/', 'before/'), value]))
    this.ears.set(sound, { start, end, memory })
    if (this.ears.size > MOST_EARS) this.ears.delete(this.ears.keys().next().value!)
  }

  /** Fills `seen`. Whole pictures at a time, because their parts see each other and a chat may be read in chunks. */
  private async look(pictures: readonly SeenPicture[]): Promise<void> {
    const { pixelWindow, block } = this.config
    if (!this.steady) this.seen = new WeakMap()
    const fresh: { picture: SeenPicture; start: number }[] = []
    let rows = 0
    for (const picture of pictures) {
      if (this.seen.has(picture)) continue
      const { start, end } = roomFor(picture, rows)
      fresh.push({ picture, start })
      rows = end
    }
    if (fresh.length === 0) return
    const sheets = Math.ceil(rows / SHEET)
    const pixels = new Float32Array(sheets * SHEET * pixelWindow)
    const place = new Int32Array(sheets * SHEET)
    for (const { picture, start } of fresh) placePicture(picture, start, { pixels, place }, this.config)
    const made = await this.part('image').run({
      pixels: hostTensor('float32', [sheets, SHEET, pixelWindow], pixels),
      place: hostTensor('int32', [sheets, SHEET], place),
    })
    const found = made['rows']!.data as Float32Array
    for (const { picture, start } of fresh)
      this.seen.set(picture, found.slice(start * block.width, (start + picture.windows.length) * block.width))
  }

  /** Probabilities of `turnStates` for each of the hidden rows of audio patches. */
  async turns(hidden: Float32Array): Promise<Float32Array[]> {
    const { width } = this.config.block
    const n = hidden.length / width
    const made = await this.part('turn').run({ hidden: hostTensor('float32', [n, width], hidden) })
    const logits = made['logits']!.data as Float32Array
    return Array.from({ length: n }, (_, i) => {
      const row = logits.slice(i * turnStates.length, (i + 1) * turnStates.length)
      const top = Math.max(...row)
      const e = row.map((v) => Math.exp(v - top))
      const sum = e.reduce((a, b) => a + b)
      return e.map((v) => v / sum)
    })
  }

  private part(name: Part): Session {
    const session = this.parts[name]
    if (session === undefined)
      throw new TonyError('unsupported', `this model has no weights '${scopes[name]}…': it was trained without ${name}`)
    return session
  }

  /** The codes of one frame for each wish. */
  async frames(wishes: readonly FrameWish[]): Promise<Int32Array[]> {
    const { audioCodes, audioCodebook, block } = this.config
    const n = wishes.length
    const noise = new Float32Array(audioCodes * n * audioCodebook)
    wishes.forEach(({ temperature, rng }, i) => {
      if (temperature <= 0) return
      for (let k = 0; k < audioCodes; k++) {
        const row = (k * n + i) * audioCodebook
        for (let c = 0; c < audioCodebook; c++)
          noise[row + c] = -Math.log(-Math.log(rng.next() + 1e-12) + 1e-12) * temperature
      }
    })
    const made = await this.part('depth').run({
      hidden: stacked(
        wishes.map(({ hidden }) => hidden),
        block.width,
      ),
      noise: hostTensor('float32', [audioCodes, n, audioCodebook], noise),
    })
    const codes = made['codes']!.data as Int32Array
    return wishes.map((_, i) => codes.slice(i * audioCodes, (i + 1) * audioCodes))
  }

  async dispose(): Promise<void> {
    await this.core.dispose()
    for (const session of Object.values(this.parts)) await session?.dispose()
  }
}

/** The sound of one chunk (`chunksOf`), or the rest of it from patch `from`, as hearing takes it (`omniParts.audio`). */
export function chunkFeeds(
  { windows }: HeardSound,
  { start, from = start, end }: Pick<Chunk, 'start' | 'end'> & { readonly from?: number },
  melWindow: number,
): Record<'mel' | 'chunk' | 'place', HostTensor> {
  const time = end - from
  const mel = new Float32Array(time * melWindow)
  for (let i = 0; i < time; i++) mel.set(windows[from + i]!, i * melWindow)
  return {
    mel: hostTensor('float32', [1, time, melWindow], mel),
    chunk: hostInt([1, time], new Int32Array(time)),
    place: hostInt(
      [1, time],
      Int32Array.from({ length: time }, (_, i) => from - start + i),
    ),
  }
}

/** What hearing remembers before a chunk begins. */
function emptyMemory({ hearing: { layers, kvHeads, headDim } }: OmniConfig): Record<string, HostTensor> {
  const nothing = hostTensor('float32', [1, kvHeads, 0, headDim], new Float32Array(0))
  const names = Array.from({ length: layers }, (_, i) => [`before/${i}/keys`, `before/${i}/values`]).flat()
  return Object.fromEntries(names.map((name) => [name, nothing]))
}

/** Rows of `size` values as one tensor [n, size]. */
function stacked(rows: readonly ArrayLike<number>[], size: number): ReturnType<typeof hostFloat> {
  const all = new Float32Array(rows.length * size)
  rows.forEach((row, i) => {
    all.set(row, i * size)
  })
  return hostTensor('float32', [rows.length, size], all)
}
