/** @file The study of alignment, stage after stage in its own processes, with models that have hardly learned anything. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
let folder = ''
beforeAll(async () => {
  // Runs go into the folder that one is in.
  folder = await mkdtemp(join(tmpdir(), 'tony-study-'))
  for (const part of ['node_modules', 'packages', 'recipes', 'models', 'package.json'])
    symlinkSync(join(root, part), join(folder, part))
})
afterAll(() => rm(folder, { recursive: true }))

interface Output {
  readonly content: readonly { readonly type: string; readonly text?: string; readonly sha256?: string }[]
}

const lines = (path: string): string[] => readFileSync(join(folder, path), 'utf8').trimEnd().split('\n')

function run(file: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = ['--conditions=@tony/source', '--import', 'tsx', file, ...args]
  return spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' })
}

const recipe = (name: string, ...args: string[]): ReturnType<typeof run> => run(`recipes/align/${name}`, ...args)

const tony = (...args: string[]): ReturnType<typeof run> => run('packages/cli/src/main.ts', ...args)

function done({ status, stderr, stdout }: ReturnType<typeof run>): string {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

function write(path: string, rows: readonly object[]): void {
  writeFileSync(join(folder, path), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

it('goes from pretraining text to a policy, each stage on what the one before left', { timeout: 300_000 }, () => {
  const few = ['--steps', '3', '--comparisons', '64', '--judged', '8', '--seeds', '1', '--iterations', '1']
  const study = [...few, '--sizes', 'small', '--ppo', 'small', '--until', 'ppo-ptx-small-1']
  const { status, stderr, stdout } = recipe('study.ts', ...study)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('# ppo-ptx-small-1')
  expect(lines('runs/align/demonstrations.jsonl')).toHaveLength(600)
  expect(JSON.parse(lines('runs/align/comparisons.jsonl')[0]!)).toMatchObject({ prompt: expect.anything() })
  const [{ table }] = JSON.parse(lines('runs/align/reward-accuracy.json').join('\n')) as [
    { table: { rows: unknown[] } },
  ]
  expect(table.rows).toHaveLength(2)
  const { metrics } = JSON.parse(lines('runs/align/ppo-ptx-small-1/log.jsonl')[0]!) as {
    metrics: Record<string, number>
  }
  expect(metrics['firstRatio']).toBeCloseTo(1, 4)
  expect(metrics['pretrainingLoss']).toBeGreaterThan(0)
  // What is finished is not done again.
  const again = recipe('study.ts', ...study)
  expect(again.status).toBe(0)
  expect(again.stdout).not.toMatch(/step 1\/3|iteration 1\/1/)
})

it('lets policies answer held-out prompts once, and puts them before people blind', { timeout: 300_000 }, () => {
  const made = done(recipe('evaluate.ts', '--only', 'ppo', '--data', 'none'))
  expect(made).toMatch(/answers\/ppo-small-1\.json: \d+ s/)
  expect(done(recipe('evaluate.ts', '--only', 'ppo', '--data', 'none'))).toBe('')
  const blind = ['--models', 'ppo-small-1,ppo-ptx-small-1', '--count', '20']
  done(recipe('blind.ts', ...blind))
  const items = lines('blind.jsonl').map((line) => JSON.parse(line) as { prompt: object; outputs: { model: string }[] })
  expect(items).toHaveLength(20)
  expect(new Set(items.map(({ prompt }) => JSON.stringify(prompt))).size).toBe(20)
  for (const { outputs } of items) expect(outputs.map(({ model }) => model)).toEqual(['ppo-small-1', 'ppo-ptx-small-1'])
  const alone = recipe('blind.ts', '--models', 'ppo-small-1')
  expect(alone.status).toBe(2)
  expect(alone.stderr).toBe(
    'blind: --models names 1 models; a person compares 2 to 9, as in --models ppo-ptx-small-1,base-medium\n',
  )
})

it('aligns the shipped model, which keeps its senses, and serves what came of it', { timeout: 300_000 }, () => {
  const asked = 'What is the best colour for a boat?'
  const said = 'Blue, because the sea is blue.'
  write(
    'demonstrations.jsonl',
    Array.from({ length: 8 }, () => ({ prompt: asked, completion: said })),
  )
  const sft = ['--set', 'from=models/tony-nano', '--set', 'data=demonstrations.jsonl']
  done(tony('align', 'sft', '--steps', '16', '--set', 'peak=1e-3', ...sft))
  expect(readdirSync(join(folder, 'runs/align/tony-nano-sft'))).toContain('tokenizer.json')
  // What it was trained on before goes along, as far as there are corpora: here none.
  const kept = ['--steps', '2', '--log-every', '1', '--set', 'pretraining=1', '--set', 'name=kept', ...sft]
  expect(done(tony('align', 'sft', ...kept))).toContain('keeps answer-text alive and may forget the rest')
  const [line] = lines('runs/align/kept/log.jsonl')
  const { metrics } = JSON.parse(line!) as { metrics: Record<string, number> }
  expect(metrics['pretrainingLoss']).toBeGreaterThan(0)
  done(
    run(
      'recipes/publish.ts',
      '--omni',
      'runs/align/tony-nano-sft',
      '--like',
      'models/tony-nano',
      '--out',
      'mine/boats',
    ),
  )
  expect(done(tony('chat', '--model', './mine/boats', '--temperature', '0', '--once', asked)).trim()).toBe(said)
  // What was not trained is there as it was.
  const sizes = ['models/tony-nano', 'mine/boats'].map((path) => statSync(join(folder, path, 'model.safetensors')).size)
  expect(Math.abs(sizes[0]! - sizes[1]!)).toBeLessThan(1000)
})

it('learns from preferences between spoken and between drawn answers of the shipped model', {
  timeout: 300_000,
}, () => {
  write('prompts.jsonl', [{ prompt: 'What is the capital of France?' }, { prompt: 'Please draw a red circle.' }])
  done(run('recipes/align/outputs.ts', '--speech', '--count', '2', '--prompts', 'prompts.jsonl', '--media', 'media'))
  const items = lines('items.jsonl').map((line) => JSON.parse(line) as { prompt: object; outputs: Output[] })
  const kinds = items.map(({ outputs }) => outputs.map(({ content }) => content.at(-1)!.type))
  expect(kinds).toEqual([
    ['audio', 'audio'],
    ['image', 'image'],
  ])
  const side = ({ content }: Output): object => ({
    role: 'assistant',
    content: content.map(({ type, ...part }) =>
      part.sha256 === undefined
        ? { type, ...part }
        : { type, [type]: { path: `${part.sha256}.${type === 'audio' ? 'wav' : 'png'}` } },
    ),
  })
  write(
    'comparisons.jsonl',
    items.map(({ prompt, outputs }) => ({ prompt, chosen: [side(outputs[0]!)], rejected: [side(outputs[1]!)] })),
  )
  const how = ['data=comparisons.jsonl', 'from=models/tony-nano', 'media=media', 'pairs=2', 'peak=1e-3']
  done(tony('align', 'dpo', '--steps', '4', '--log-every', '1', ...how.flatMap((set) => ['--set', set])))
  const losses = lines('runs/align/tony-nano-dpo/log.jsonl').map((line) => (JSON.parse(line) as { loss: number }).loss)
  // Policy and reference are the same at first, sound and pictures included.
  expect(losses[0]).toBeCloseTo(Math.LN2, 3)
  expect(losses.at(-1)).toBeLessThan(0.6)
  const missing = tony('align', 'dpo', '--steps', '1', ...how.slice(0, 2).flatMap((set) => ['--set', set]))
  expect(missing.status).toBe(1)
  expect(missing.stderr).toMatch(/labels name the file [0-9a-f]{64}, which is not in \.tony\/media/)
})

// Needs the comparisons of the test before: a reward model of spoken answers, then policies that speak.
it.each([
  ['ppo', ['rollouts=4', 'minibatch=2']],
  ['grpo', ['questions=2', 'group=2', 'minibatch=2']],
])('improves the shipped model as it speaks (%s)', { timeout: 300_000 }, (algorithm, few) => {
  const set = (...options: string[]): string[] => options.flatMap((option) => ['--set', option])
  const asked = 'What is the capital of France?'
  write('demonstrations.jsonl', [{ prompt: asked, completion: 'The capital of France is Paris.' }])
  write('spoken-prompts.jsonl', [{ prompt: asked }])
  const media = ['media=media', 'from=models/tony-nano']
  if (!existsSync(join(folder, 'runs/align/rm-spoken')))
    done(tony('align', 'rm', ...set(...media, 'data=comparisons.jsonl', 'prompts=2', 'name=rm-spoken')))
  const reward = ['reward=runs/align/rm-spoken', 'demonstrations=demonstrations.jsonl', 'prompts=spoken-prompts.jsonl']
  const how = [...media, ...reward, ...few, 'mode=speech', 'longest=60', `name=spoken-${algorithm}`]
  done(tony('align', algorithm, '--steps', '1', ...set(...how)))
  const { metrics } = JSON.parse(lines(`runs/align/spoken-${algorithm}/log.jsonl`)[0]!) as {
    metrics: Record<string, number>
  }
  expect(metrics['firstRatio']).toBeCloseTo(1, 3)
  // Frames, whose codes have their own probabilities, are scored as they were drawn.
  expect(metrics['rolloutGap']).toBeLessThan(1e-3)
  expect(metrics['length']).toBeGreaterThan(5)
})

it('makes the published tables from the published answers', async () => {
  const published = join(root, 'docs/alignment')
  await cp(published, join(folder, 'published'), { recursive: true })
  await rm(join(folder, 'published/report.json'))
  const { status, stderr } = recipe('tables.ts', '--runs', 'published')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const sections = (path: string): unknown => (JSON.parse(readFileSync(path, 'utf8')) as { sections: unknown }).sections
  expect(sections(join(folder, 'published/report.json'))).toEqual(sections(join(published, 'report.json')))
})
