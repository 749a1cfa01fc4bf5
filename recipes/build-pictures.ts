/** @file Builds the pictures of training: `node --conditions=@tony/source --import tsx recipes/build-pictures.ts --out runs/data/pictures`. */
import { buildPictures } from '../packages/tony/src/data/node/pictures.ts'
import { writeContactSheets } from '../packages/tony/src/data/node/pictures-sheet.ts'
import { buildRenderedText } from '../packages/tony/src/data/node/rendered-text.ts'
import { readOptions } from './program.ts'

const { values } = readOptions({
  options: {
    out: { type: 'string', default: 'runs/data/pictures' },
    cache: { type: 'string', default: '.cache' },
    /** Folder of the corpus of written words. */
    rendered: { type: 'string', default: 'runs/data/rendered-text' },
    sheets: { type: 'string' },
  },
})
const command = `recipes/build-pictures.ts ${process.argv.slice(2).join(' ')}`.trim()
const report = (line: string): void => console.log(line)

const pictures = await buildPictures({ out: values.out, cache: values.cache, command, report })
console.log(JSON.stringify(pictures.manifest.counts, undefined, 1))
console.log(`names missing by language: ${JSON.stringify(pictures.missingNames)}`)
for (const leak of pictures.dropped)
  console.log(`dropped ${leak.id}: like ${leak.trainId} (${leak.distance.toFixed(1)})`)
console.log(`leak check: ${pictures.dropped.length} near-duplicates taken out, ${pictures.leaks.length} left`)

const written = await buildRenderedText({ out: values.rendered, cache: values.cache, command, report })
console.log(JSON.stringify(written.manifest.counts, undefined, 1))
console.log(`leak check: ${written.dropped.length} near-duplicates taken out, ${written.leaks.length} left`)

if (values.sheets !== undefined) {
  await writeContactSheets(values.out, values.sheets)
  await writeContactSheets(values.rendered, values.sheets, 40)
}
if (pictures.leaks.length + written.leaks.length > 0) process.exit(1)
