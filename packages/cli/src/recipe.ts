/** @file Recipes: found by name, loaded, asked for their plan. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TonyError } from 'tony'
import type { GrpoPlan, PpoPlan } from 'tony/align'
import type { TrainPlan } from 'tony/train'
import { candidates } from './checkout.ts'

/** What a recipe may be told. */
export interface RecipeOptions {
  readonly data?: string
  /** Folder of the run, where it is not the recipe's own. */
  readonly out?: string
  readonly steps?: number
  readonly seed?: number
  readonly set: readonly string[]
}

/** A plan with what runs it. */
export type LoadedPlan =
  | { readonly algorithm: 'train'; readonly plan: TrainPlan }
  | { readonly algorithm: 'ppo'; readonly plan: PpoPlan }
  | { readonly algorithm: 'grpo'; readonly plan: GrpoPlan }

/** Imports a recipe and asks it for its plan. A recipe says with `algorithm` what runs it; without that it is trained. */
export async function loadPlan(recipe: string, options: RecipeOptions): Promise<LoadedPlan> {
  const file = await findRecipe(recipe)
  const loaded = (await import(pathToFileURL(file).href)) as { plan?: unknown; algorithm?: unknown }
  if (typeof loaded.plan !== 'function')
    throw new TonyError(
      'invalid',
      `train: ${recipe} exports no function named plan; recipes that train are ${await recipes()}`,
    )
  const { data, out, steps, seed } = options
  const given = {
    ...(data === undefined ? {} : { data }),
    ...(out === undefined ? {} : { out }),
    ...(steps === undefined ? {} : { steps }),
    ...(seed === undefined ? {} : { seed }),
    ...Object.fromEntries(options.set.map(setting)),
  }
  // The module comes from outside the type checker's sight; what it must return is what recipes declare.
  const plan = await (loaded.plan as (options: object) => unknown)(given)
  const { algorithm = 'train' } = loaded
  if (algorithm !== 'train' && algorithm !== 'ppo' && algorithm !== 'grpo')
    throw new TonyError('invalid', `train: ${recipe} asks for '${String(algorithm)}' (expected train, ppo or grpo)`)
  return { algorithm, plan } as LoadedPlan
}

/** `name=value`; numbers, true and false as such, the rest as text. */
function setting(text: string): [string, string | number | boolean] {
  const [, name, value] = /^([A-Za-z]\w*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new TonyError('invalid', `train: --set ${text} (expected name=value)`)
  if (value === 'true' || value === 'false') return [name, value === 'true']
  return [name, value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value]
}

async function findRecipe(recipe: string): Promise<string> {
  const files = recipe.endsWith('.ts') ? [resolve(recipe)] : candidates(join('recipes', `${recipe}.ts`))
  const found = files.find((file) => existsSync(file))
  if (found !== undefined) return found
  const name = recipe.endsWith('.ts') ? recipe : `recipes/${recipe}.ts`
  throw new TonyError('not_found', `train: there is no ${name}; recipes that train are ${await recipes()}`)
}

async function recipes(): Promise<string> {
  const folder = candidates('recipes').find((path) => existsSync(path))
  if (folder === undefined) return 'none (run this in the repository)'
  const names: string[] = []
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.ts')) continue
    const text = await readFile(join(folder, file), 'utf8')
    if (/^export (async function|function|const) plan\b/m.test(text)) names.push(basename(file, '.ts'))
  }
  return names.sort().join(', ') || 'none'
}
