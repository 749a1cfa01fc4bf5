/** @file Builds speech: `node --conditions=@tony/source --import tsx recipes/build-speech.ts --corpus speech-codec --hours 3 --out runs/data/speech-codec`. */
import { parseArgs } from 'node:util'
import { buildSpeechCorpus, type SpeechPlan } from '../packages/tony/src/data/node/speech-corpus.ts'
import { codecPlan } from '../packages/tony/src/data/node/speech-corpus-codec.ts'
import { openSynthesizer } from '../packages/tony/src/data/node/synth.ts'

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'speech-codec' },
    hours: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    cache: { type: 'string', default: '.cache' },
  },
})
const hours = Number(values.hours)
const seed = Number(values.seed)
const plans: Readonly<Record<string, () => SpeechPlan>> = {
  'speech-codec': () => codecPlan({ hours, seed }),
}
const plan = plans[values.corpus]
if (plan === undefined || !(hours > 0) || !Number.isSafeInteger(seed)) {
  console.error(`--corpus is one of ${Object.keys(plans).join(', ')}; --hours is above 0; --seed is a whole number`)
  process.exit(2)
}
const report = (line: string): void => console.log(line)
const synthesizer = await openSynthesizer(values.cache, report)
const manifest = await buildSpeechCorpus(plan(), {
  out: values.out ?? `runs/data/${values.corpus}`,
  command: `recipes/build-speech.ts ${process.argv.slice(2).join(' ')}`.trim(),
  synthesizer,
  report,
  now: new Date(),
})
console.log(JSON.stringify(manifest.counts, undefined, 1))
