/** @file `config.json` of a model folder: what must be in it, and its one sentence where something is not. */
import type { CodecConfig } from '../../models/codec.ts'
import type { ImageTokenizerConfig } from '../../models/image-tokenizer.ts'
import { type OmniConfig, readOmniConfig } from '../../models/omni/config.ts'
import type { BlockConfig } from '../../nn/block.ts'
import { TonyError } from '../../util/errors.ts'
import type { AssistantDefaults } from '../assistant.ts'

/** `config.json` of a model folder. */
export interface ModelFile {
  readonly model_type: 'tony-omni'
  readonly name: string
  /** Unix seconds. */
  readonly created: number
  readonly parameters: number
  readonly omni: OmniConfig
  readonly codec: CodecConfig
  readonly image?: ImageTokenizerConfig
  readonly generation: AssistantDefaults
}

/** What a field may hold; a record says so of its own fields. */
type Kind = 'text' | 'count' | 'lists' | 'number' | 'switch' | 'counts' | Fields
interface Fields {
  readonly [key: string]: Kind
}
type FieldsOf<T> = { readonly [K in keyof T]-?: Kind }

const block = {
  width: 'count',
  layers: 'count',
  heads: 'count',
  kvHeads: 'count',
  headDim: 'count',
  hidden: 'count',
  qkNorm: 'switch',
} as const satisfies FieldsOf<BlockConfig>

const omni = {
  block,
  hearing: block,
  textVocab: 'count',
  imageCodes: 'count',
  audioCodes: 'count',
  audioCodebook: 'count',
  audioLevels: 'counts',
  melWindow: 'count',
  pixelWindow: 'count',
  places: 'count',
  depthWidth: 'count',
  contextLength: 'count',
  phones: 'count',
  heardTokens: 'lists',
} as const satisfies FieldsOf<OmniConfig>

const codec = {
  block,
  patch: 'count',
  codes: 'count',
  levels: 'counts',
  frameWidth: 'count',
  longest: 'count',
  phones: 'count',
} as const satisfies FieldsOf<CodecConfig>

const image = {
  block,
  levels: 'counts',
  coarse: 'count',
  fine: 'count',
} as const satisfies FieldsOf<ImageTokenizerConfig>

const generation = {
  audioTemperature: 'number',
  maxPositions: 'count',
  draft: 'switch',
} as const satisfies FieldsOf<AssistantDefaults>

const words: Readonly<Record<Exclude<Kind, Fields>, string>> = {
  text: 'a text',
  count: 'a whole number from 1',
  lists: 'lists of whole numbers from 0, none empty',
  number: 'a number from 0',
  switch: 'true or false',
  counts: 'a list of whole numbers from 1',
}

/** Reads the text of the file at `path`; throws `invalid` or `unsupported` naming it and the field. */
export function parseModelFile(text: string, path: string): ModelFile {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new TonyError('invalid', `model: ${path} is not JSON; restore the file`, { cause })
  }
  if (!isRecord(json)) throw wrong(path, { field: '', value: json, expected: 'an object' })
  const type = json['model_type']
  if (type !== 'tony-omni')
    throw new TonyError(
      'unsupported',
      `model: ${path} is that of a '${String(type)}' model; this command runs 'tony-omni' models`,
    )
  const { omni: network, generation: defaults } = json
  const file = {
    ...json,
    ...(isRecord(network) ? { omni: readOmniConfig(network) } : {}),
    // Files from before answers were written first do not say whether.
    ...(isRecord(defaults) ? { generation: { draft: true, ...defaults } } : {}),
  }
  const fields: Fields = {
    name: 'text',
    created: 'number',
    parameters: 'number',
    omni,
    codec,
    generation,
    // A model without one does not draw.
    ...(json['image'] === undefined ? {} : { image }),
  }
  check(file, fields, { path, at: '' })
  // Each field has just been found as its type says.
  return file as unknown as ModelFile
}

function check(
  value: Readonly<Record<string, unknown>>,
  fields: Fields,
  { path, at }: { path: string; at: string },
): void {
  for (const [key, kind] of Object.entries(fields)) {
    const field = at + key
    const found = value[key]
    if (typeof kind === 'string') {
      if (!holds(found, kind)) throw wrong(path, { field, value: found, expected: words[kind] })
    } else if (!isRecord(found)) throw wrong(path, { field, value: found, expected: 'an object' })
    else check(found, kind, { path, at: `${field}.` })
  }
}

function holds(value: unknown, kind: Exclude<Kind, Fields>): boolean {
  const count = (x: unknown): boolean => Number.isInteger(x) && (x as number) >= 1
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value !== ''
    case 'count':
      return count(value)
    case 'lists':
      return (
        Array.isArray(value) &&
        value.every((ids) => Array.isArray(ids) && ids.length > 0 && ids.every((id) => id === 0 || count(id)))
      )
    case 'number':
      return typeof value === 'number' && value >= 0
    case 'switch':
      return typeof value === 'boolean'
    case 'counts':
      return Array.isArray(value) && value.length > 0 && value.every(count)
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(
  path: string,
  { field, value, expected }: { field: string; value: unknown; expected: string },
): TonyError {
  const text = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)
  const where = field === '' ? path : `${field} of ${path}`
  return new TonyError('invalid', `model: ${where} is ${text} (expected ${expected}); restore the file`)
}
