/**
 * @file Puts the answers of several models (recipes/align/evaluate.ts) before people, blind: one item for each held-out
 * prompt, as a file that the labeling pages import into a project of kind comparison. Names stay with the outputs but are
 * shown to nobody who ranks; the project's statistics say which model people preferred.
 *
 *   node --conditions=@tony/source --import tsx recipes/align/blind.ts --models ppo-ptx-small-1,base-medium --out blind.jsonl
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeFiles } from '../../packages/tony/src/runtime/node/files.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { makeRng, shuffled } from '../../packages/tony/src/util/rng.ts'
import { readOptions, refuse, wholeNumber } from '../program.ts'
import { type ModelAnswers, type PromptSet, promptSets } from './prompt-sets.ts'

const { values } = readOptions({
  options: {
    runs: { type: 'string', default: 'runs/align' },
    models: { type: 'string', default: '' },
    set: { type: 'string', default: 'prompts' },
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'blind.jsonl' },
  },
})

const names = values.models.split(',').filter((name) => name !== '')
if (names.length < 2 || names.length > 9)
  refuse(
    `blind: --models names ${names.length} models; a person compares 2 to 9, as in --models ppo-ptx-small-1,base-medium`,
  )
const models = names.map((name): ModelAnswers => {
  const path = join(values.runs, 'answers', `${name}.json`)
  if (!existsSync(path))
    throw new TonyError('not_found', `blind: there is no '${path}'; run recipes/align/evaluate.ts first`)
  return JSON.parse(readFileSync(path, 'utf8')) as ModelAnswers
})
if (!Object.hasOwn(promptSets, values.set)) refuse(`blind: --set is one of ${Object.keys(promptSets).join(', ')}`)
const set = values.set as PromptSet
const count = wholeNumber('blind', 'count', values.count)
const seed = Number(values.seed)
if (!Number.isSafeInteger(seed)) refuse(`blind: --seed is '${values.seed}' (expected a whole number)`)

const text = (value: string): { type: 'text'; text: string }[] => [{ type: 'text', text: value }]
// Two prompts that read the same would be the same question twice.
const prompts = [...new Map(promptSets[set].map((instruction, i) => [instruction.text, i])).entries()]
const chosen = shuffled(prompts, makeRng(seed)).slice(0, count)
const lines = chosen.map(([prompt, i]) =>
  JSON.stringify({
    prompt: [{ role: 'user', content: text(prompt) }],
    outputs: models.map(({ name, answers }) => ({ content: text(answers[set][i]!), model: name })),
    source: `blind:${set}`,
  }),
)
await nodeFiles.write(values.out, new TextEncoder().encode(`${lines.join('\n')}\n`))
console.log(
  `${values.out}: ${lines.length} prompts answered by ${names.join(' and ')}; import it as items into a project of kind comparison (#/label)`,
)
