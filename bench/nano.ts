/**
 * @file Measures the shipped model on held-out items: `npm run -s bench -- nano`.
 *
 * Needs the corpora of recipes/build-*.ts under runs/data, because the held-out items are made with them. Judges: the
 * model's own hearing and, where Debian's pocketsphinx is installed, an outside recogniser with a word grammar.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { augmentPicture } from '../packages/tony/src/data/augment.ts'
import { readPictures } from '../packages/tony/src/data/node/pictures-corpus.ts'
import { openSpeech } from '../packages/tony/src/data/node/speech-files.ts'
import { makeScene, motions, sceneRate } from '../packages/tony/src/data/scenes.ts'
import type { SpeechRow } from '../packages/tony/src/data/types.ts'
import { characterErrors, plainText, rate, type Scored, wordErrors } from '../packages/tony/src/eval/score.ts'
import { answerChat } from '../packages/tony/src/generate/assistant.ts'
import { OmniEngine } from '../packages/tony/src/generate/engine.ts'
import { readModel } from '../packages/tony/src/generate/node/load.ts'
import type { Part, RgbImage } from '../packages/tony/src/media/types.ts'
import { nodeRuntime } from '../packages/tony/src/runtime/node/index.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import { transcribeOutside } from './judge.ts'

/** Size of all files of a model folder, in 10^6 bytes. */
function folderMegabytes(folder: string): number {
  return Number(
    (readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1e6).toFixed(1),
  )
}

interface TaskResult {
  readonly name: string
  readonly split: string
  readonly metric: 'wer' | 'cer' | 'accuracy'
  readonly value: number
  readonly low: number
  readonly high: number
  readonly chance: number | null
  readonly ablated: number | null
  readonly n: number
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string', default: 'models/tony-nano' },
      data: { type: 'string', default: 'runs/data' },
      n: { type: 'string', default: '60' },
    },
  })
  const limit = Number(values.n)
  const { parts, info, defaults } = await readModel(values.model)
  const engine = await OmniEngine.load(nodeRuntime, parts)
  const rng = makeRng(2026)
  const ask = async (content: readonly Part[], speech = false): Promise<{ text: string; samples: Float32Array }> => {
    let text = ''
    const chunks: Float32Array[] = []
    const request = {
      model: info.id,
      messages: [{ role: 'user', content } as const],
      modalities: speech ? (['text', 'audio'] as const) : (['text'] as const),
      maxTokens: 200,
    }
    for await (const event of answerChat(engine, request, { defaults })) {
      if (event.type === 'text') text += event.delta
      if (event.type === 'audio') chunks.push(event.samples)
    }
    const samples = new Float32Array(chunks.reduce((sum, c) => sum + c.length, 0))
    let at = 0
    for (const chunk of chunks) {
      samples.set(chunk, at)
      at += chunk.length
    }
    return { text, samples }
  }
  const results: TaskResult[] = []
  const report = (
    name: string,
    split: string,
    {
      metric,
      items,
      chance = null,
      ablated = null,
    }: {
      metric: TaskResult['metric']
      items: readonly Scored[]
      chance?: number | null
      ablated?: readonly Scored[] | null
    },
  ): void => {
    const flip = (x: number): number => Number((metric === 'accuracy' ? 1 - x : x).toFixed(4))
    const { value, low, high } = rate(items, makeRng(1))
    const bounds = [flip(low), flip(high)].sort((a, b) => a - b)
    const row: TaskResult = {
      name,
      split,
      metric,
      value: flip(value),
      low: bounds[0]!,
      high: bounds[1]!,
      chance,
      ablated: ablated === null ? null : flip(rate(ablated, makeRng(1)).value),
      n: items.length,
    }
    results.push(row)
    console.log(
      `${name.padEnd(24)} ${split.padEnd(14)} ${metric.padEnd(9)} ${row.value.toFixed(3)}  [${row.low.toFixed(3)}, ${row.high.toFixed(3)}]  chance ${chance === null ? '-' : chance.toFixed(3)}  ablated ${row.ablated === null ? '-' : row.ablated.toFixed(3)}  n ${row.n}`,
    )
  }
  const exact = (right: readonly string[], said: string): Scored => ({
    errors: right.some((r) => plainText(r) === plainText(said)) ? 0 : 1,
    length: 1,
  })

  const speech = openSpeech(`${values.data}/phrases`)
  const sound = (row: SpeechRow): Part => ({
    type: 'audio',
    audio: { samples: speech.samples(row), sampleRate: 16_000 },
  })
  const silence: Part = { type: 'audio', audio: { samples: new Float32Array(32_000), sampleRate: 16_000 } }
  for (const split of ['held-out', 'unseen-voice'] as const) {
    const rows = speech.rows.filter((row) => row.split === split).slice(0, limit)
    const items: Scored[] = []
    const ablated: Scored[] = []
    for (const row of rows)
      items.push(wordErrors(row.text, (await ask([{ type: 'text', text: 'Transcribe:' }, sound(row)])).text))
    const blind = (await ask([{ type: 'text', text: 'Transcribe:' }, silence])).text
    for (const row of rows) ablated.push(wordErrors(row.text, blind))
    report('transcribe', split, { metric: 'wer', items, ablated })

    const words: Scored[] = []
    const own: Scored[] = []
    const made: { reference: string; samples: Float32Array }[] = []
    for (const row of rows.slice(0, Math.ceil(limit / 2))) {
      const { text, samples } = await ask([{ type: 'text', text: 'Repeat:' }, sound(row)], true)
      words.push(characterErrors(row.text, text))
      const heard = await ask([
        { type: 'text', text: 'Transcribe:' },
        { type: 'audio', audio: { samples, sampleRate: 16_000 } },
      ])
      own.push(characterErrors(row.text, heard.text))
      made.push({ reference: row.text, samples })
    }
    report('repeat-text', split, { metric: 'cer', items: words })
    report('repeat-speech', split, { metric: 'cer', items: own })
    if (split === 'held-out') {
      const vocabulary = [...new Set(speech.rows.flatMap((row) => plainText(row.text).split(' ')))]
      const originals = rows.filter((row) => row.voice === 'flite/slt').slice(0, Math.ceil(limit / 2))
      const outside = await transcribeOutside(
        [...made.map((m) => m.samples), ...originals.map((row) => speech.samples(row))],
        vocabulary,
      )
      if (outside !== undefined) {
        report('repeat-speech-outside', split, {
          metric: 'wer',
          items: made.map((m, i) => wordErrors(m.reference, outside[i]!)),
        })
        report('original-outside', split, {
          metric: 'wer',
          items: originals.map((row, i) => wordErrors(row.text, outside[made.length + i]!)),
        })
      }
    }
  }
  const said: Scored[] = []
  for (const row of speech.rows
    .filter((r) => r.split === 'held-out' && r.voice === 'flite/slt')
    .slice(0, Math.ceil(limit / 2))) {
    const { samples } = await ask([{ type: 'text', text: `Say: ${row.text}` }], true)
    said.push(
      characterErrors(
        row.text,
        (
          await ask([
            { type: 'text', text: 'Transcribe:' },
            { type: 'audio', audio: { samples, sampleRate: 16_000 } },
          ])
        ).text,
      ),
    )
  }
  report('say', 'held-out', { metric: 'cer', items: said })

  const grey: RgbImage = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(128) }
  const shown = (image: RgbImage, text: string): Part[] => [
    { type: 'image', image },
    { type: 'text', text },
  ]
  for (const [name, folder, prompt] of [
    ['name-picture', 'pictures', 'What is this?'],
    ['read-word', 'rendered-text', 'Read the word.'],
  ] as const) {
    const corpus = readPictures(`${values.data}/${folder}`)
    const blind = (await ask(shown(grey, prompt))).text
    const classes = new Set(corpus.rows.map((row) => row.thing)).size
    for (const split of ['held-out', 'unseen-style'] as const) {
      const all = corpus.rows.filter((row) => row.split === split)
      const rows = Array.from({ length: Math.min(limit * 2, all.length) }, () => rng.pick(all))
      const items: Scored[] = []
      for (const row of rows) {
        const data = corpus.pixels(row)
        items.push(
          exact(
            [row.names['en'] ?? row.thing, row.thing],
            (await ask(shown({ width: 64, height: 64, data }, prompt))).text,
          ),
        )
      }
      report(name, split, {
        metric: 'accuracy',
        items,
        chance: 1 / classes,
        ablated: rows.map((row) => exact([row.names['en'] ?? row.thing, row.thing], blind)),
      })
    }
  }
  const corpus = readPictures(`${values.data}/pictures`)
  const actors = corpus.rows
    .filter((row) => row.split === 'unseen-style' && row.style === 'noto-emoji')
    .map((row) => ({
      thing: row.thing,
      style: row.style,
      pixels: augmentPicture(rng, corpus.pixels(row), { background: false }),
    }))
  const items: Scored[] = []
  const ablated: Scored[] = []
  const film = (frames: readonly Uint8Array[]): Part[] => [
    {
      type: 'video',
      video: {
        frames: frames.map((data) => ({ width: 64, height: 64, data })),
        times: frames.map((_, i) => i / sceneRate),
      },
    },
    { type: 'text', text: 'How does it move?' },
  ]
  for (let i = 0; i < limit; i++) {
    const scene = makeScene(rng, actors)
    items.push(exact([scene.motion], (await ask(film(scene.frames))).text))
    // One frame eight times: nothing moves.
    ablated.push(exact([scene.motion], (await ask(film(scene.frames.map(() => scene.frames[0]!)))).text))
  }
  report('motion', 'unseen-style', { metric: 'accuracy', items, chance: 1 / motions.length, ablated })
  console.log(
    JSON.stringify({
      bench: 'nano',
      parameters: info.parameters,
      checkpoint_mb: folderMegabytes(values.model),
      tasks: results,
    }),
  )
}
