/**
 * @file Puts several answers of one model to each prompt before people, written, spoken or drawn: one item for each prompt, as a
 * file that the labeling pages import into a project of kind comparison. Sound and pictures go into the Studio's folder.
 *
 *   node --conditions=@tony/source --import tsx recipes/align/outputs.ts --prompts prompts.jsonl --speech --count 4 --out items.jsonl
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { loadSharp } from '../../packages/tony/src/data/node/pictures-decode.ts'
import type { PreferenceMessage, PreferencePart } from '../../packages/tony/src/data/preferences.ts'
import { type AssistantDefaults, answerChat } from '../../packages/tony/src/generate/assistant.ts'
import { OmniEngine } from '../../packages/tony/src/generate/engine.ts'
import { readModel } from '../../packages/tony/src/generate/node/load.ts'
import { encodeWav } from '../../packages/tony/src/media/audio/wav.ts'
import type { Message, RgbImage } from '../../packages/tony/src/media/types.ts'
import { nodeFiles } from '../../packages/tony/src/runtime/node/files.ts'
import { nodeRuntime } from '../../packages/tony/src/runtime/node/index.ts'
import { concatFloats } from '../../packages/tony/src/tensor/host.ts'
import { readOptions, refuse } from '../program.ts'
import { usualMedia } from './media.ts'
import { promptTexts } from './prompts.ts'

const { values } = readOptions({
  options: {
    model: { type: 'string', default: usualMedia.like },
    prompts: { type: 'string', default: 'prompts.jsonl' },
    /** Answers are spoken; pictures are drawn where a prompt asks for one. */
    speech: { type: 'boolean', default: false },
    count: { type: 'string', default: '4' },
    temperature: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    media: { type: 'string', default: usualMedia.media },
    out: { type: 'string', default: 'items.jsonl' },
  },
})
const count = Number(values.count)
const temperature = Number(values.temperature)
const seed = Number(values.seed)
console.log(await main())

async function main(): Promise<string> {
  if (!Number.isInteger(count) || count < 2 || count > 9)
    refuse(`--count is '${values.count}'; a person compares 2 to 9 answers`)
  if (!(temperature > 0) || !Number.isSafeInteger(seed)) refuse('--temperature is above 0, --seed a whole number')
  const prompts = promptTexts(values.prompts)
  const { parts, info, defaults } = await readModel(values.model)
  const engine = await OmniEngine.load(nodeRuntime, parts)
  try {
    const lines: string[] = []
    for (const [i, text] of prompts.entries()) {
      const prompt = [{ role: 'user', content: [{ type: 'text', text }] }] satisfies readonly (PreferenceMessage &
        Message)[]
      const answers = Array.from({ length: count }, (_, k) =>
        answered(engine, prompt, { seed: seed * 1e6 + i * count + k, defaults }),
      )
      const outputs = (await Promise.all(answers)).map((content) => ({ content, model: info.id }))
      lines.push(JSON.stringify({ prompt, outputs, source: 'outputs' }))
      console.log(`${i + 1} of ${prompts.length}: ${text.slice(0, 60)}`)
    }
    await nodeFiles.write(values.out, new TextEncoder().encode(`${lines.join('\n')}\n`))
    return `${values.out}: ${lines.length} prompts with ${count} answers each; import it as items into a project of kind comparison (#/label)`
  } finally {
    await engine.dispose()
  }
}

/** One answer as the parts of an output. */
async function answered(
  engine: OmniEngine,
  messages: readonly Message[],
  { seed, defaults }: { readonly seed: number; readonly defaults: AssistantDefaults },
): Promise<PreferencePart[]> {
  let text = ''
  const sound: Float32Array[] = []
  let picture: RgbImage | undefined
  const request = {
    model: values.model,
    messages,
    temperature,
    seed,
    modalities: values.speech ? (['text', 'audio', 'image'] as const) : (['text', 'image'] as const),
  }
  for await (const event of answerChat(engine, request, {
    defaults: { ...defaults, audioTemperature: temperature },
  })) {
    if (event.type === 'text') text += event.delta
    else if (event.type === 'audio') sound.push(event.samples)
    else if (event.type === 'image') picture = event.image
  }
  const out: PreferencePart[] = text === '' ? [] : [{ type: 'text', text }]
  if (sound.length > 0)
    out.push({ type: 'audio', sha256: await keep(encodeWav({ samples: concatFloats(sound), sampleRate: 16_000 })) })
  if (picture !== undefined) out.push({ type: 'image', sha256: await keep(await png(picture)) })
  return out.length > 0 ? out : [{ type: 'text', text: '' }]
}

async function png({ width, height, data }: RgbImage): Promise<Uint8Array> {
  return (await loadSharp())(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

/** Puts a file where the Studio looks for it. */
async function keep(bytes: Uint8Array): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await nodeFiles.write(join(values.media, sha256.slice(0, 2), sha256), bytes)
  return sha256
}
