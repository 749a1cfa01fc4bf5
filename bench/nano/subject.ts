/** @file The model under test, asked as any client asks it: through the assistant in a process of its own. */

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { transcriptRequest } from '../../packages/server/src/transcripts.ts'
import { AudioCodec } from '../../packages/tony/src/generate/codec.ts'
import { createNodeAssistant } from '../../packages/tony/src/generate/node/index.ts'
import { readModel } from '../../packages/tony/src/generate/node/load.ts'
import type { Assistant, GenerateRequest, ModelInfo, OutputModality } from '../../packages/tony/src/generate/types.ts'
import type { Message, Part, RgbImage } from '../../packages/tony/src/media/types.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'

/** Longest answers in positions: a broken model that never ends must not hold everything up. */
const LONGEST: Readonly<Record<OutputModality, number>> = { text: 80, audio: 240, image: 200 }

/** Silence after which a live turn is over whatever the model makes of it, in samples at 16 kHz. */
const TURN_SILENCE = 16_000
/** Longest live conversation. */
const LIVE_SECONDS = 60

export const text = (value: string): Part => ({ type: 'text', text: value })
/** Sound at 16 kHz. */
export const sound = (samples: Float32Array): Part => ({ type: 'audio', audio: { samples, sampleRate: 16_000 } })
/** A 64×64 picture. */
export const picture = (data: Uint8Array): Part => ({ type: 'image', image: { width: 64, height: 64, data } })

/** All of one answer. */
export interface Answer {
  readonly text: string
  /** 16 kHz; empty where nothing was said. */
  readonly samples: Float32Array
  /** The last picture that is no preview. */
  readonly image: RgbImage | undefined
}

export interface AskOptions {
  /** Default text. */
  readonly as?: OutputModality
  readonly history?: readonly Message[]
  /** Default: the model's own. */
  readonly temperature?: number
  readonly seed?: number
  /** As of a request. */
  readonly draft?: boolean
}

export class Subject {
  readonly info: ModelInfo
  readonly folder: string
  private readonly assistant: Assistant

  private constructor(folder: string, assistant: Assistant) {
    this.folder = folder
    this.assistant = assistant
    this.info = assistant.models[0]!
  }

  /** @throws TonyError `not_found` or `invalid` naming the broken file. */
  static async open(folder: string): Promise<Subject> {
    return new Subject(folder, await createNodeAssistant({ modelDir: folder }))
  }

  get draws(): boolean {
    return this.info.output.includes('image')
  }

  /** Size of all files of the model folder, in 10^6 bytes. */
  get megabytes(): number {
    const bytes = readdirSync(this.folder).reduce((sum, name) => sum + statSync(join(this.folder, name)).size, 0)
    return Number((bytes / 1e6).toFixed(1))
  }

  ask(content: readonly Part[], { as = 'text', history = [], ...sampling }: AskOptions = {}): Promise<Answer> {
    return this.answer({
      model: this.info.id,
      messages: [...history, { role: 'user', content }],
      // What is asked in words may be answered with a picture, as in a chat; 'image' alone is always drawn.
      modalities: as === 'audio' ? ['text', 'audio'] : as === 'text' ? ['text', 'image'] : [as],
      maxTokens: LONGEST[as],
      ...sampling,
    })
  }

  private async answer(request: GenerateRequest): Promise<Answer> {
    let written = ''
    let image: RgbImage | undefined
    const chunks: Float32Array[] = []
    for await (const event of this.assistant.generate(request)) {
      if (event.type === 'text') written += event.delta
      if (event.type === 'audio') chunks.push(event.samples)
      if (event.type === 'image' && !event.preview) image = event.image
    }
    return { text: written, samples: joined(chunks), image }
  }

  /** The words of its answers in one live conversation, one for each clip; fewer where it never took its turn. */
  async converse(clips: readonly Float32Array[]): Promise<string[]> {
    const session = await this.assistant.openVoice({ model: this.info.id })
    // A broken model may never take its turn.
    const patience = setTimeout(() => void session.close(), LIVE_SECONDS * 1000)
    const answers: string[] = []
    const say = (clip: Float32Array): void => session.append(joined([padded(clip), new Float32Array(TURN_SILENCE)]))
    try {
      say(clips[0]!)
      let words = ''
      for await (const event of session.events) {
        if (event.type !== 'response') continue
        if (event.event.type === 'text') words += event.event.delta
        if (event.event.type !== 'done') continue
        answers.push(words)
        words = ''
        const next = clips[answers.length]
        if (next === undefined) break
        say(next)
      }
      return answers
    } finally {
      clearTimeout(patience)
      await session.close()
    }
  }

  /** What the model writes down when it hears `samples`, as the server has it written. */
  async transcribe(samples: Float32Array): Promise<string> {
    const clip = { samples, sampleRate: 16_000 }
    return (await this.answer(transcriptRequest(this.info.id, clip, { maxTokens: LONGEST.text }))).text
  }

  /** The codec that the model speaks through, and how many of its codes the model writes. */
  async codec(): Promise<{ readonly codec: AudioCodec; readonly codes: number }> {
    const { parts } = await readModel(this.folder)
    return { codec: await AudioCodec.load(nodeRuntime, parts.codec), codes: parts.config.audioCodes }
  }

  close(): Promise<void> {
    return this.assistant.close()
  }
}

/** Sound of `seconds` of silence, the clip, and as much silence again. */
export function padded(samples: Float32Array, seconds = 0.25): Float32Array {
  const silence = new Float32Array(Math.round(seconds * 16_000))
  return joined([silence, samples, silence])
}

function joined(chunks: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}

/**
 * Packs the checkpoint of a training run, as it is now, into a temporary model folder with recipes/publish.ts, so that what
 * is measured is what would be shipped: 8 bits a weight. `tokenizer.json` lies beside the checkpoint. Where the run of
 * the codec or the image tokenizer has no checkpoint, that of `model` is taken.
 */
export function publishCheckpoint(
  checkpoint: string,
  { codec, image, model }: { readonly codec: string; readonly image: string; readonly model: string },
): { readonly folder: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'tony-nano-'))
  const remove = (): void => rmSync(root, { recursive: true, force: true })
  const folder = join(root, 'model')
  mkdirSync(join(root, 'omni'))
  mkdirSync(folder)
  symlinkSync(resolve(checkpoint), join(root, 'omni/checkpoint.safetensors'))
  symlinkSync(resolve(dirname(checkpoint), 'tokenizer.json'), join(root, 'omni/tokenizer.json'))
  for (const [run, file] of [
    [codec, 'codec.safetensors'],
    [image, 'image.safetensors'],
  ] as const) {
    const published = join(model, file)
    if (!existsSync(join(run, 'checkpoint.safetensors')) && existsSync(published))
      copyFileSync(published, join(folder, file))
  }
  const options = ['--omni', join(root, 'omni'), '--codec', codec, '--image', image, '--out', folder]
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ['--conditions=@tony/source', '--import', 'tsx', 'recipes/publish.ts', ...options],
    { encoding: 'utf8' },
  )
  if (status !== 0) {
    remove()
    throw new TonyError('invalid', `${checkpoint} could not be published: ${stderr.trim().slice(-600)}`)
  }
  console.error(`nano: ${checkpoint}: ${stdout.trim()}`)
  return { folder, remove }
}
