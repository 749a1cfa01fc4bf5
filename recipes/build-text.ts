/** @file Builds the plain text of training: `node --conditions=@tony/source --import tsx recipes/build-text.ts --out runs/data/text`. */
import { buildText } from '../packages/tony/src/data/node/text-corpus.ts'
import { readOptions } from './program.ts'

const { values } = readOptions({
  options: { out: { type: 'string', default: 'runs/data/text' }, cache: { type: 'string', default: '.cache' } },
})
const command = `recipes/build-text.ts ${process.argv.slice(2).join(' ')}`.trim()
const manifest = await buildText({ out: values.out, cache: values.cache, command, report: (line) => console.log(line) })

const megabytes = (key: string): string => `${((manifest.counts[key] ?? 0) / 1e6).toFixed(1)} MB`
for (const source of manifest.sources) {
  console.log(
    `${source.name}: ${source.items} documents, ${megabytes(`bytes:source:${source.name}`)}, ${source.license}${source.shipped ? '' : ' (not shipped)'}`,
  )
}
for (const part of ['shipped:train', 'shipped:held-out', 'unshipped:train', 'unshipped:held-out'])
  console.log(`${part}: ${megabytes(`bytes:${part}`)}`)
