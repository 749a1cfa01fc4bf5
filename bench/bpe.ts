/**
 * @file How fast a byte-level BPE is learned and used, side by side with Debian's SentencePiece on the same lines:
 * `npm run -s bench -- bpe`. Needs recipes/build-text.ts to have run (`--text` names another corpus).
 *
 * SentencePiece counts characters, with bytes for rare ones, and cuts words at spaces alone, so that its tokens are not the
 * same; training is the same work: count words, merge the most frequent pair until the vocabulary is full.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureDebian, runs } from '../packages/tony/src/data/node/debian.ts'
import { readText } from '../packages/tony/src/data/node/text-corpus.ts'
import { BpeTrainer } from '../packages/tony/src/media/text/bpe.ts'
import { Tokenizer } from '../packages/tony/src/media/text/tokenizer.ts'
import { makeRng, shuffled } from '../packages/tony/src/util/rng.ts'
import { readOptions } from '../recipes/program.ts'

interface Measured {
  /** Megabytes of UTF-8 a second. */
  readonly train: number
  readonly encode: number
  /** Bytes of held-out text in one token. */
  readonly bytesPerToken: number
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = readOptions({
    args: [...args],
    options: {
      text: { type: 'string', default: 'runs/data/text' },
      /** Megabytes to learn from. */
      mb: { type: 'string', default: '16' },
      vocab: { type: 'string', default: '8192' },
      rounds: { type: 'string', default: '3' },
    },
  })
  const load = loadavg()[0]!
  const vocabSize = Number(values.vocab)
  const train = linesOf(values.text, 'train', Number(values.mb) * 1e6)
  const heldOut = linesOf(values.text, 'held-out', 1e6)
  const sentencePiece = ensureDebian(['sentencepiece'], () => runs('spm_train'), console.log)
  if (sentencePiece !== undefined) console.log(`no peer: ${sentencePiece}`)
  const all: { tony: Measured; peer?: Measured }[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    const tony = measureTony(train, heldOut, vocabSize)
    const peer = sentencePiece === undefined ? measureSentencePiece(train, heldOut, vocabSize) : undefined
    all.push({ tony, ...(peer === undefined ? {} : { peer }) })
  }
  const best = (pick: (one: (typeof all)[number]) => number | undefined): number | null => {
    const found = all.flatMap((one) => pick(one) ?? [])
    return found.length === 0 ? null : Number(Math.max(...found).toFixed(2))
  }
  const rows = (['train', 'encode', 'bytesPerToken'] as const).map((what) => {
    const [tony, peer] = [best((one) => one.tony[what]), best((one) => one.peer?.[what])]
    return { what, tony, peer, ratio: tony === null || peer === null ? null : Number((tony / peer).toFixed(2)) }
  })
  console.log('| best of the rounds | Tony | SentencePiece | ratio |\n| --- | --- | --- | --- |')
  const NAMES = { train: 'learn, MB/s (goal 5)', encode: 'encode, MB/s', bytesPerToken: 'bytes a token, held out' }
  for (const { what, tony, peer, ratio } of rows)
    console.log(`| ${NAMES[what]} | ${tony} | ${peer ?? '–'} | ${ratio ?? '–'} |`)
  console.log(JSON.stringify({ bench: 'bpe', load, mb: bytesIn(train) / 1e6, vocabSize, rows }))
}

/** Lines of a split in any order, about so many bytes of them. */
function linesOf(folder: string, split: 'train' | 'held-out', bytes: number): string[] {
  const lines: string[] = []
  let left = bytes
  for (const { text } of shuffled(readText(folder, split), makeRng(1))) {
    if (left <= 0) break
    lines.push(...text.split('\n'))
    left -= Buffer.byteLength(text)
  }
  return lines
}

const bytesIn = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0)

/** What `work` gives, and the megabytes of `lines` that it took each second for. */
function timed<T>(lines: readonly string[], work: () => T): { result: T; speed: number } {
  const started = performance.now()
  const result = work()
  return { result, speed: bytesIn(lines) / 1e3 / (performance.now() - started) }
}

function measureTony(train: readonly string[], heldOut: readonly string[], vocabSize: number): Measured {
  const learned = timed(train, () => {
    const trainer = new BpeTrainer()
    for (const line of train) trainer.add(line)
    return Tokenizer.fromMerges(trainer.train({ vocabSize }), [])
  })
  const encoded = timed(heldOut, () => heldOut.reduce((sum, line) => sum + learned.result.encode(line).length, 0))
  return { train: learned.speed, encode: encoded.speed, bytesPerToken: bytesIn(heldOut) / encoded.result }
}

function measureSentencePiece(train: readonly string[], heldOut: readonly string[], vocabSize: number): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'tony-bpe-'))
  try {
    const path = (name: string): string => join(folder, name)
    writeFileSync(path('train.txt'), train.join('\n'))
    writeFileSync(path('held-out.txt'), heldOut.join('\n'))
    const learned = timed(train, () =>
      call('spm_train', [
        `--input=${path('train.txt')}`,
        `--model_prefix=${path('spm')}`,
        `--vocab_size=${vocabSize}`,
        '--model_type=bpe',
        '--byte_fallback=true',
        '--character_coverage=0.995',
        '--max_sentence_length=1000000',
        '--num_threads=2',
        '--minloglevel=2',
      ]),
    )
    const encoded = timed(heldOut, () =>
      call('spm_encode', [
        `--model=${path('spm.model')}`,
        '--output_format=id',
        `--input=${path('held-out.txt')}`,
        `--output=${path('ids.txt')}`,
      ]),
    )
    const tokens = readFileSync(path('ids.txt'), 'utf8').split(/\s+/).filter(Boolean).length
    return { train: learned.speed, encode: encoded.speed, bytesPerToken: bytesIn(heldOut) / tokens }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function call(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${stderr.trim().split('\n').at(-1)}`)
}
