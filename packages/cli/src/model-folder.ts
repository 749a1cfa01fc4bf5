/** @file Models on the disk: `models/<name>/config.json` and what lies beside it. */
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { TonyError } from 'tony'
import { candidates } from './checkout.ts'

/**
 * The folder of a model, named as under `models/` or by its path.
 *
 * @throws TonyError `not_found` where there is none.
 */
export function findModel(model: string): string {
  const isPath = isAbsolute(model) || model.startsWith('.') || model.includes('/') || model.includes(sep)
  const folders = isPath ? [model] : candidates(join('models', model))
  const found = folders.find((folder) => existsSync(join(folder, 'config.json')))
  if (found !== undefined) return found
  const wanted = isPath ? join(model, 'config.json') : `models/${model}/config.json`
  const others = isPath ? '' : '; `tony models` lists what there is'
  throw new TonyError(
    'not_found',
    `model '${model}': there is no ${wanted}${others}; name a model or its folder with --model`,
  )
}

/** One model on the disk. */
export interface ModelOnDisk {
  readonly name: string
  readonly folder: string
  readonly bytes: number
}

/** All models that {@link findModel} finds by name. */
export async function listModels(): Promise<ModelOnDisk[]> {
  const found = new Map<string, ModelOnDisk>()
  for (const parent of candidates('models')) {
    for (const name of await names(parent)) {
      const folder = join(parent, name)
      if (found.has(name) || !existsSync(join(folder, 'config.json'))) continue
      const files = await Promise.all((await names(folder)).map((file) => stat(join(folder, file))))
      const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)
      found.set(name, { name, folder: relative('.', folder) || '.', bytes })
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name))
}

async function names(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder) : []
}
