/**
 * @file Lets models answer held-out prompts and texts, and keeps what they answered: `runs/align/answers/NAME.json`, which
 * recipes/align/tables.ts reads. Answers that the same weights gave before are kept.
 *
 *   node --conditions=@tony/source --import tsx recipes/align/evaluate.ts [--runs runs/align] [--only small]
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asSentence, RELATIONS } from '../../packages/tony/src/data/instructions/facts.ts'
import { sampleInstructions } from '../../packages/tony/src/data/instructions/prompts.ts'
import { proportion } from '../../packages/tony/src/eval/score.ts'
import { nodeFiles } from '../../packages/tony/src/runtime/node/files.ts'
import { TonyError } from '../../packages/tony/src/util/errors.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import { readOptions } from '../program.ts'
import { type ChoiceItem, openLikelihood } from './likelihood.ts'
import { parameterCount } from './model.ts'
import { type ModelAnswers, type PromptSet, promptSets } from './prompt-sets.ts'
import { openReward } from './reward.ts'
import { type Answerer, type Asking, openAnswerer } from './sampling.ts'
import { documentSample } from './world.ts'

/** The prompt as a line, which the base model goes on after. */
const RAW: Asking = { before: (prompt) => `${prompt}\n` }

async function main(): Promise<void> {
  const { values } = readOptions({
    options: {
      runs: { type: 'string', default: 'runs/align' },
      data: { type: 'string', default: '../shared/data' },
      only: { type: 'string', default: '' },
    },
  })
  const folder = join(values.runs, 'answers')
  const runs = (existsSync(values.runs) ? readdirSync(values.runs) : [])
    .map((run) => ({ run, ...partsOf(run) }))
    .filter(
      ({ run, size }) =>
        size !== '' && run.includes(values.only) && existsSync(join(values.runs, run, 'checkpoint.safetensors')),
    )
  if (runs.length === 0)
    throw new TonyError('not_found', `no model to ask in ${values.runs}; train one with recipes/align/study.ts`)
  mkdirSync(folder, { recursive: true })
  const prefixed = runs.flatMap((one) => (one.method === 'base' ? [one, { ...one, method: 'prompted' }] : [one]))
  for (const { run, method, size, seed } of prefixed) {
    const name = method === 'prompted' ? run.replace('base', 'prompted') : run
    const path = join(folder, `${name}.json`)
    // The reward model chose what a prompted model is shown.
    const weights = hashOf([join(values.runs, run), ...(method === 'prompted' ? [join(values.runs, 'rm')] : [])])
    if (existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as ModelAnswers).weights === weights) continue
    const started = Date.now()
    const answerer = await openAnswerer(join(values.runs, run))
    const asking = method === 'base' ? RAW : method === 'prompted' ? await bestPrefix(answerer, values.runs) : 'chat'
    const answers: Partial<Record<PromptSet, readonly string[]>> = {}
    for (const [set, instructions] of Object.entries(promptSets))
      answers[set as PromptSet] = await answerer.answers(
        instructions.map(({ text }) => text),
        { asking, seed: 100 + seed },
      )
    await answerer.dispose()
    const { model } = answerer
    const made: ModelAnswers = {
      ...{ name, size, method, seed, weights, parameters: parameterCount(model.params) },
      answers: answers as ModelAnswers['answers'],
      ...(method === 'prompted' ? {} : await likelihoods(model, values.data)),
    }
    await nodeFiles.write(path, new TextEncoder().encode(JSON.stringify(made)))
    console.log(`${path}: ${((Date.now() - started) / 1000).toFixed(0)} s`)
  }
}

/** SHA-256 of the checkpoints of runs, one after another. */
function hashOf(runs: readonly string[]): string {
  const hash = createHash('sha256')
  for (const run of runs) hash.update(readFileSync(join(run, 'checkpoint.safetensors')))
  return hash.digest('hex')
}

/** A run's folder is METHOD-SIZE or METHOD-SIZE-SEED. */
function partsOf(run: string): { method: string; size: string; seed: number } {
  const [, method = '', size = '', seed = '1'] =
    /^(base|sft|ppo|ppo-ptx|dpo|grpo)-(small|medium|large)(?:-(\d+))?$/.exec(run) ?? []
  return { method, size, seed: Number(seed) }
}

/**
 * Four demonstrations before the prompt. Of five choices of them the one whose answers the reward model likes best on
 * validation prompts (Ouyang et al. 2022, section 3.5 and appendix E: authors competed, the reward model chose).
 */
async function bestPrefix(answerer: Answerer, runs: string): Promise<Asking> {
  const rng = makeRng(31)
  const judge = await openReward(join(runs, 'rm'), join(runs, 'demonstrations.jsonl'))
  const asked = sampleInstructions(makeRng(32), 100, { split: 'validation' }).map(({ text }) => text)
  let best: { asking: Asking; score: number } | undefined
  for (let i = 0; i < 5; i++) {
    const shots = sampleInstructions(rng, 4, { split: 'train' })
      .map(({ text, demonstration }) => `Q: ${text}\nA: ${demonstration}\n`)
      .join('')
    const asking: Asking = { before: (prompt) => `${shots}Q: ${prompt}\nA:` }
    const answers = await answerer.answers(asked, { asking, seed: i })
    const scores = await judge.scoreTexts(asked.map((prompt, k) => ({ prompt, answer: answers[k]! })))
    const score = scores.reduce((sum, value) => sum + value, 0) / scores.length
    if (best === undefined || score > best.score) best = { asking, score }
  }
  return best!.asking
}

async function likelihoods(
  model: Answerer['model'],
  data: string,
): Promise<Pick<Required<ModelAnswers>, 'choices' | 'documentLoss'>> {
  const likelihood = await openLikelihood(model)
  const rng = makeRng(41)
  const choices: Record<string, { right: number; of: number }> = {}
  for (const [name, items] of Object.entries({ lexicon: lexiconItems(), ...publicItems(data) })) {
    const right = await likelihood.choose(items)
    choices[name] = { right: right.filter(Boolean).length, of: right.length }
    const { value } = proportion(right.map((ok) => ({ errors: ok ? 1 : 0, length: 1 })))
    console.log(`  ${name}: ${value.toFixed(3)} of ${right.length}`)
  }
  const documentLoss = await likelihood.loss(
    Array.from({ length: 200 }, () => documentSample(model.tokenizer, model.config, rng)),
  )
  await likelihood.dispose()
  return { choices, documentLoss }
}

/** Claims of a lexicon with their value left out. */
function lexiconItems(): ChoiceItem[] {
  return RELATIONS.filter(({ domain }) => domain.length > 2).flatMap(({ values, domain, claim }) =>
    [...values].map(([subject, right]) => ({
      context: `${asSentence(subject)} `,
      choices: domain.map((value) => asSentence(claim(subject, value))),
      right: domain.indexOf(right),
    })),
  )
}

/** Items of public sets, where the files are at hand (shared data, A1: for evaluation only). */
function publicItems(data: string): Record<string, ChoiceItem[]> {
  const sst = join(data, 'sst2/dev.tsv')
  const swag = join(data, 'hellaswag/hellaswag_val.txt')
  const items: Record<string, ChoiceItem[]> = {}
  if (existsSync(sst)) {
    items['sst2'] = readFileSync(sst, 'utf8')
      .split('\n')
      .slice(1, 401)
      .filter((line) => line.includes('\t'))
      .map((line) => {
        const [sentence = '', label] = line.split('\t')
        return {
          context: `Good or bad news: ${sentence.trim()}\n`,
          choices: ['Bad news.', 'Good news.'],
          right: Number(label),
        }
      })
  }
  if (existsSync(swag)) {
    // Six lines an item: what comes before, the number of the right ending, four endings.
    const lines = readFileSync(swag, 'utf8')
      .split('\n')
      .slice(0, 6 * 200)
    items['hellaswag'] = Array.from({ length: Math.floor(lines.length / 6) }, (_, i) => ({
      context: lines[i * 6]!,
      choices: lines.slice(i * 6 + 2, i * 6 + 6).map((ending) => ` ${ending}`),
      right: Number(lines[i * 6 + 1]),
    }))
  }
  return items
}

await main()
