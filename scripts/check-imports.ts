/** @file Checks that every import follows the table below, that there are no cycles, and that packages meet only through their exports. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** What each folder of packages/tony/src may import. ARCHITECTURE.md prints this table. */
export const folders: Record<string, readonly string[]> = {
  util: [],
  tensor: ['util'],
  onnx: ['util', 'tensor'],
  graph: ['util', 'tensor', 'onnx'],
  autodiff: ['util', 'tensor', 'graph'],
  passes: ['util', 'tensor', 'onnx', 'graph'],
  nn: ['util', 'tensor', 'graph'],
  media: ['util', 'tensor'],
  models: ['util', 'tensor', 'graph', 'nn', 'media'],
  runtime: ['util', 'tensor', 'onnx'],
  optim: ['util', 'tensor', 'graph', 'nn'],
  data: ['util', 'tensor', 'media'],
  generate: ['util', 'tensor', 'onnx', 'graph', 'media', 'nn', 'models', 'runtime', 'passes'],
  train: ['util', 'tensor', 'onnx', 'graph', 'autodiff', 'passes', 'nn', 'media', 'models', 'optim', 'data', 'runtime'],
  align: [
    'util',
    'tensor',
    'onnx',
    'graph',
    'autodiff',
    'passes',
    'nn',
    'media',
    'models',
    'optim',
    'data',
    'runtime',
    'train',
    'generate',
  ],
  eval: ['util', 'tensor', 'graph', 'media', 'data', 'models', 'runtime', 'generate'],
}

/** What each package may import by name. */
export const packages: Record<string, readonly string[]> = {
  'packages/tony': [],
  'packages/server': ['tony'],
  'packages/cli': ['tony', '@tony/server'],
  'apps/studio': ['tony', '@tony/server'],
}

const root = resolve(import.meta.dirname, '..')
const importPattern =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (name === 'node_modules' || name === 'dist') return []
    if (statSync(path).isDirectory()) return sourceFiles(path)
    return /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) ? [path] : []
  })
}

const problems: string[] = []
const graph = new Map<string, string[]>()
let count = 0
for (const [pkg, allowed] of Object.entries(packages)) {
  const src = join(root, pkg, 'src')
  for (const file of sourceFiles(src)) {
    const where = relative(root, file)
    const folder = relative(src, file).split('/')[0] ?? ''
    const edges: string[] = []
    for (const match of readFileSync(file, 'utf8').matchAll(importPattern)) {
      const target = match[1] ?? match[2] ?? ''
      count++
      if (target.startsWith('.')) {
        const path = resolve(dirname(file), target)
        if (!path.startsWith(`${src}/`))
          problems.push(`${where}: ${target} leaves the package; import it by its package name`)
        edges.push(path)
        const to = relative(src, path).split('/')[0] ?? ''
        if (pkg !== 'packages/tony' || folder.includes('.')) continue
        if (!(folder in folders))
          problems.push(`${where}: folder '${folder}' is not in the import table of scripts/check-imports.ts`)
        else if (to !== folder && !folders[folder]?.includes(to))
          problems.push(`${where}: ${folder}/ may not import ${to}/ (${target})`)
        for (const platform of ['/node/', '/web/']) {
          if (!where.includes(platform) && path.includes(platform))
            problems.push(`${where}: code that is not under ${platform} may not import ${target}`)
        }
      } else if (/^(tony|@tony\/[a-z]+)(\/|$)/.test(target)) {
        const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : 'tony'
        if (!allowed.includes(name)) problems.push(`${where}: ${pkg} may not import ${target}`)
        if (target.includes('/src/')) problems.push(`${where}: ${target} reaches behind the exports of ${name}`)
      }
    }
    graph.set(file, edges)
  }
}
if (count === 0) problems.push('no imports found at all: the checker is blind')

const state = new Map<string, 'open' | 'done'>()
function visit(file: string, path: string[]): void {
  if (state.get(file) === 'done') return
  if (state.get(file) === 'open') {
    problems.push(`cycle: ${[...path.slice(path.indexOf(file)), file].map((f) => relative(root, f)).join(' -> ')}`)
    return
  }
  state.set(file, 'open')
  for (const next of graph.get(file) ?? []) if (graph.has(next)) visit(next, [...path, file])
  state.set(file, 'done')
}
for (const file of graph.keys()) visit(file, [])

const table = Object.entries(folders)
  .map(([folder, allowed]) => `${folder.padEnd(8)} : ${allowed.join(' ') || '-'}`)
  .join('\n')
if (!readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').includes(`\n${table}\n`))
  problems.push(`ARCHITECTURE.md does not show the import table as it is; it should be:\n${table}`)

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`imports: ${graph.size} files, ${count} imports, no violation`)
