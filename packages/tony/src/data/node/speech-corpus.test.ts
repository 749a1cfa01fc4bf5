import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeWav } from '../../media/audio/wav.ts'
import { groupBy } from '../../util/group.ts'
import { makeRng } from '../../util/rng.ts'
import type { SpeechRow } from '../types.ts'
import { normalise, wordsOf } from '../world/normalise.ts'
import { repeatPhrase } from '../world/phrases.ts'
import { VOCABULARY } from '../world/vocabulary.ts'
import { findLeaks, phraseSplit } from '../world/world.ts'
import { openMels } from './mel-files.ts'
import { readSamples } from './read-samples.ts'
import { buildSpeechCorpus, type SpeechJob, type SpeechPlan } from './speech-corpus.ts'
import { balancedTexts, balancedWorld } from './speech-corpus-balanced.ts'
import { codecPlan, SPEAKING_VOICE, UNSEEN_VOICE } from './speech-corpus-codec.ts'
import { humanDigits } from './speech-corpus-digits.ts'
import { recordedWords } from './speech-corpus-people.ts'
import { promptsOf } from './speech-corpus-prompts.ts'
import { answeredWorld, saidSentences, saidWorld } from './speech-corpus-said.ts'
import { articulatedWorld } from './speech-corpus-tracts.ts'
import { spokenWorld } from './speech-corpus-world.ts'
import { openSpeech } from './speech-files.ts'
import type { Synthesizer } from './synth.ts'
import { speakerOf } from './synth-gnuspeech.ts'

let out = ''
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'speech-'))
})
afterEach(() => {
  rmSync(out, { recursive: true })
})

/** Speaks 0.1 s a word; each sample is the number of letters of the text. */
function fakeSynthesizer(failAfter = Infinity): Synthesizer & { calls: number } {
  return {
    calls: 0,
    synthesize({ text }) {
      if (this.calls++ >= failAfter) throw new Error('killed')
      const words = text.split(' ').map((word, i) => ({ text: word, start: i / 10, end: (i + 1) / 10 }))
      return { samples: new Int16Array(words.length * 1600).fill(text.length), words, phones: [] }
    },
  }
}

const about = { command: 'test', report: (): void => {}, now: new Date(0) }
const rows = (): SpeechRow[] =>
  readFileSync(join(out, 'index.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SpeechRow)

describe('balancedWorld', () => {
  const timesOf = (texts: readonly string[]): number[] => {
    const counts = new Map(VOCABULARY.map((word) => [word, 0]))
    for (const word of texts.flatMap(wordsOf)) if (counts.has(word)) counts.set(word, counts.get(word)! + 1)
    return [...counts.values()].sort((a, b) => a - b)
  }

  it('says nearly every word of the world, where as many phrases say few', () => {
    const texts = balancedTexts(makeRng(3), 1200).texts.map(({ text }) => text)
    const rng = makeRng(3)
    const phrases = texts.map(() => repeatPhrase(rng))
    const said = (times: readonly number[]): number => times.filter((count) => count > 0).length / times.length
    expect(said(timesOf(texts))).toBeGreaterThan(0.97)
    expect(said(timesOf(phrases))).toBeLessThan(0.7)
  })

  it('has no text twice and none that is kept for tests, and the questions of its items', () => {
    const { plan, items } = balancedWorld({ hours: 0.3, seed: 2 })
    const jobs: SpeechJob[] = []
    for (let job = plan.next(0); job !== undefined; job = plan.next(jobs.length)) jobs.push(job)
    const texts = new Set(jobs.map(({ text }) => normalise(text)))
    expect(texts.size).toBe(jobs.length)
    expect(
      jobs.every(({ id, text, split }) => split === 'train' && (id[0] !== 'p' || phraseSplit(text) === 'train')),
    ).toBe(true)
    expect(items.length).toBeGreaterThan(50)
    expect(items.every(({ split, question }) => split === 'train' && texts.has(normalise(question)))).toBe(true)
    expect(jobs.some(({ voice }) => voice === UNSEEN_VOICE)).toBe(false)
  })
})

describe('saidWorld', () => {
  it('has the answers of its items, phrases, words and other sentences in the speaking voice, each once, none kept for tests', () => {
    const sentences = Array.from({ length: 300 }, (_, i) => `Number ${i} is outside.`)
    const { plan, items } = saidWorld({ hours: 0.3, seed: 2, sentences })
    const jobs: SpeechJob[] = []
    for (let job = plan.next(0); job !== undefined; job = plan.next(jobs.length)) jobs.push(job)
    const texts = new Set(jobs.map(({ text }) => normalise(text)))
    expect(texts.size).toBe(jobs.length)
    expect(new Set(jobs.map(({ id }) => id[0]))).toEqual(new Set('aswt'))
    expect(jobs.every(({ voice, split }) => voice === SPEAKING_VOICE && split === 'train')).toBe(true)
    expect(jobs.filter(({ id }) => id[0] === 's').every(({ text }) => phraseSplit(text) === 'train')).toBe(true)
    const others = jobs.filter(({ id }) => id[0] === 't').length / jobs.length
    expect(others).toBeGreaterThan(0.25)
    expect(others).toBeLessThan(0.35)
    expect(items.length).toBeGreaterThan(30)
    expect(items.every(({ split, answer }) => split === 'train' && texts.has(normalise(answer)))).toBe(true)
  })
})

describe('saidSentences', () => {
  it('has as many of the sentences as it wants, each once, in the speaking voice', () => {
    const sentences = Array.from({ length: 1000 }, (_, i) => `Sentence ${i}.`)
    const plan = saidSentences({ hours: 0.1, seed: 2, sentences })
    const jobs: SpeechJob[] = []
    for (let job = plan.next(0); job !== undefined; job = plan.next(jobs.length)) jobs.push(job)
    expect(new Set(jobs.map(({ text }) => text)).size).toBe(169)
    expect(jobs.every(({ id, voice, split }) => id[0] === 't' && voice === SPEAKING_VOICE && split === 'train')).toBe(
      true,
    )
    expect(saidSentences({ hours: 0.1, seed: 3, sentences }).next(0)?.text).not.toBe(jobs[0]!.text)
  })
})

describe('answeredWorld', () => {
  it('has an answer once, to questions of every kind that can be spoken, none kept for tests', () => {
    const { plan, items } = answeredWorld({ hours: 0.5, seed: 2 })
    const jobs: SpeechJob[] = []
    for (let job = plan.next(0); job !== undefined; job = plan.next(jobs.length)) jobs.push(job)
    expect(jobs.map(({ text }) => text)).toEqual(items.map(({ answer }) => answer))
    expect(new Set(jobs.map(({ text }) => normalise(text))).size).toBe(1000)
    expect(jobs.every(({ id, voice, split }) => id[0] === 'a' && voice === SPEAKING_VOICE && split === 'train')).toBe(
      true,
    )
    expect(items.every(({ split, spoken }) => split === 'train' && spoken)).toBe(true)
    const counts = [...groupBy(items, ({ kind }) => kind).values()].map((some) => some.length)
    // Kinds that have no more answers leave their turns to the others.
    expect(counts.length).toBeGreaterThan(60)
    expect(Math.max(...counts)).toBeLessThan(30)
  })
})

describe('openSpeech', () => {
  it('opens a corpus of features alone, which has no sound to give', () => {
    const row = { id: 'q-fr-0', offset: 0, length: 1600, voice: 'people/fr', split: 'train', words: [], text: 'Hello.' }
    writeFileSync(join(out, 'index.jsonl'), `${JSON.stringify(row)}\n`)
    expect(() => openSpeech(out)).toThrow(/no speech corpus in .*; build it/)
    writeFileSync(join(out, 'mel.s16'), new Uint8Array(new Int16Array(10 * 80).fill(7).buffer))
    const speech = openSpeech(out)
    expect(openMels(out, speech)(speech.rows[0]!)).toEqual(new Int16Array(800).fill(7))
    expect(() => speech.samples(speech.rows[0]!)).toThrow(/clip q-fr-0 of .* passes the end of its sound/)
    writeFileSync(join(out, 'index.jsonl'), `${JSON.stringify(row)}\n${JSON.stringify({ ...row, offset: 1600 })}\n`)
    expect(() => openMels(out, openSpeech(out))).toThrow(/two clips of .* are called q-fr-0; build the corpus again/)
  })
})

describe('readSamples', () => {
  it('reads a stretch that lies beyond two gigabytes, and no further than the file goes', () => {
    const path = join(out, 'audio.s16')
    const from = 2 ** 30 + 5
    const file = openSync(path, 'w')
    writeSync(file, new Uint8Array(Int16Array.of(7, -8, 9).buffer), 0, 6, 2 * from)
    closeSync(file)
    expect(readSamples(path, from, 2)).toEqual(Int16Array.of(7, -8))
    expect(readSamples(path, from + 1)).toEqual(Int16Array.of(-8, 9))
    expect(readSamples(path, from + 3, 4)).toHaveLength(0)
  })
})

describe('buildSpeechCorpus', () => {
  it('writes rows whose spans cover the sound', async () => {
    const manifest = await buildSpeechCorpus(codecPlan({ hours: 0.02, seed: 1 }), {
      out,
      synthesizer: fakeSynthesizer(),
      ...about,
    })
    const found = rows()
    let end = 0
    const audio = readFileSync(join(out, 'audio.s16'))
    for (const row of found) {
      expect(row.offset).toBe(end)
      expect(audio.readInt16LE(row.offset * 2)).toBe(row.text.length)
      end += row.length
    }
    expect(statSync(join(out, 'audio.s16')).size).toBe(end * 2)
    expect(manifest.counts['clips:all']).toBe(found.length)
    expect(manifest.sources.map((source) => source.items).reduce((a, b) => a + b)).toBe(found.length)
    expect(found.filter((row) => row.voice === 'flite/rms').every((row) => row.split === 'unseen-voice')).toBe(true)
  })
  it('goes on after a kill and ends with the same bytes', async () => {
    const whole = join(out, 'whole')
    await buildSpeechCorpus(codecPlan({ hours: 0.04, seed: 1 }), {
      out: whole,
      synthesizer: fakeSynthesizer(),
      ...about,
    })
    await expect(
      buildSpeechCorpus(codecPlan({ hours: 0.04, seed: 1 }), { out, synthesizer: fakeSynthesizer(120), ...about }),
    ).rejects.toThrow('killed')
    expect(existsSync(join(out, 'index.jsonl'))).toBe(false)
    const rest = fakeSynthesizer()
    await buildSpeechCorpus(codecPlan({ hours: 0.04, seed: 1 }), { out, synthesizer: rest, ...about })
    expect(rest.calls).toBe(rows().length - 100)
    for (const name of ['index.jsonl', 'audio.s16'])
      expect(readFileSync(join(out, name)).equals(readFileSync(join(whole, name)))).toBe(true)
  })
  it('throws away what another plan left', async () => {
    await expect(
      buildSpeechCorpus(codecPlan({ hours: 0.04, seed: 1 }), { out, synthesizer: fakeSynthesizer(120), ...about }),
    ).rejects.toThrow('killed')
    const empty: SpeechPlan = { name: 'empty', key: 'other', next: () => undefined }
    const manifest = await buildSpeechCorpus(empty, { out, synthesizer: fakeSynthesizer(), ...about })
    expect(manifest).toMatchObject({ sources: [], counts: {} })
    expect(statSync(join(out, 'audio.s16')).size).toBe(0)
  })
})

describe('articulatedWorld', () => {
  /** A tone for each word, higher and higher, of `seconds` each. */
  const tones = (words: readonly string[], seconds: number): Float32Array =>
    Float32Array.from({ length: Math.round(words.length * seconds * 16_000) }, (_, i) => {
      const word = Math.floor(i / (seconds * 16_000))
      return 0.3 * Math.sin((i / 16_000) * 2 * Math.PI * 300 * 1.4 ** word)
    })
  it('finds by ear when a tract says what the guide says', async () => {
    const guide: Synthesizer = {
      synthesize({ text }) {
        const words = text.split(' ')
        const samples = Int16Array.from(tones(words, 0.2), (x) => Math.round(x * 32767))
        const spans = words.map((word, i) => ({ text: word, start: i * 0.2, end: (i + 1) * 0.2 }))
        return { samples, words: spans, phones: spans }
      },
    }
    const world = articulatedWorld({
      hours: 0.02,
      seed: 3,
      guide,
      gnuspeech: (text) => ({ samples: tones(text.split(' '), 0.3), sampleRate: 16_000 }),
    })
    const jobs = Array.from({ length: 20 }, (_, i) => world.plan.next(i)).filter((job) => job !== undefined)
    expect(jobs.length).toBeGreaterThan(2)
    for (const job of jobs.filter(({ text }) => text.split(' ').length < 9)) {
      expect(job).toMatchObject({ split: 'train', voice: expect.stringMatching(/^gnuspeech\/\d+$/) })
      const { words, phones, samples } = world.synthesizer.synthesize(job)
      expect(words.map(({ text }) => text)).toEqual(job.text.split(' '))
      words.forEach(({ end }, i) => {
        expect(Math.abs(end - (i + 1) * 0.3)).toBeLessThan(0.05)
      })
      expect(phones).toEqual(words)
      expect(words.at(-1)!.end).toBeLessThanOrEqual(samples.length / 16_000)
    }
  })
  it('gives each speaker a tract of its own', () => {
    expect(speakerOf(7, 1)).toEqual(speakerOf(7, 1))
    expect(new Set(Array.from({ length: 60 }, (_, i) => speakerOf(i, 1).tract)).size).toBe(60)
    expect(speakerOf(7, 1.2).control).toContain('tempo = 1.200')
    expect(speakerOf(7, 1.2).tract).toMatch(/^vocal_tract_length = 1\d\.\d{3}$/m)
  })
})

describe('recordedWords', () => {
  /** Half a second of a tone between two of silence. */
  const tone = encodeWav({
    sampleRate: 16_000,
    samples: Float32Array.from({ length: 24_000 }, (_, i) => (i < 8000 || i >= 16_000 ? 0 : Math.sin(i / 5) / 4)),
  })
  const put = (path: string): void => {
    const file = join(out, 'deb/root/usr/share', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, tone)
  }
  it('takes the words that files are named after, without the silence around them', async () => {
    for (const name of ['tuxpaint-stamps-default', 'ktuberling-data', 'klettres-data']) put(`doc/${name}/copyright`)
    put('tuxpaint/stamps/animals/frog_desc.ogg')
    put('tuxpaint/stamps/animals/frog_desc_fr.ogg')
    put('ktuberling/sounds/en/egypt_sphynx.ogg')
    put('ktuberling/sounds/en/egypt_palmtree.ogg')
    put('klettres/en/syllab/key.wav')
    put('klettres/en/alpha/a.ogg')
    put('klettres/en_GB/syllab/hut.ogg')
    const { plan, synthesizer } = await recordedWords(out, () => undefined)
    await buildSpeechCorpus(plan, { out, synthesizer, ...about })
    expect(rows().map(({ text, voice }) => [text, voice])).toEqual([
      ['frog', 'person/stamps'],
      ['sphinx', 'person/nouns'],
      ['key', 'person/syllables-us'],
      ['hut', 'person/syllables-gb'],
    ])
    for (const { words, length } of rows()) {
      expect(length).toBeGreaterThan(8000)
      expect(length).toBeLessThan(8800)
      expect(words[0]!.end).toBeCloseTo(length / 16_000)
    }
  })
  it('says where recordings should be that are not there', async () => {
    for (const name of ['tuxpaint-stamps-default', 'ktuberling-data', 'klettres-data']) put(`doc/${name}/copyright`)
    put('tuxpaint/stamps/animals/frog_desc_fr.ogg')
    await expect(recordedWords(out, () => undefined)).rejects.toThrow(/no recordings of 'stamps' under/)
  })
})

describe('promptsOf', () => {
  it('keeps prompts of plain words and leaves out notes, numbers and long ones', () => {
    const lines = [
      '; Core Sounds',
      '',
      'activated: Activated.',
      'at-tone: At the sound of the tone, the time will be exactly...',
      'beep: [this is a simple beep tone]',
      'press: Please press 1 to mute.',
      `long: ${'word '.repeat(15)}`,
      'digits/one: one',
    ]
    expect(promptsOf(lines.join('\n'))).toEqual([
      { id: 'activated', text: 'Activated.' },
      { id: 'at-tone', text: 'At the sound of the tone, the time will be exactly' },
      { id: 'digits/one', text: 'one' },
    ])
  })
})

describe('humanDigits', () => {
  it('reads recordings as a corpus that is for tests only', async () => {
    const folder = join(out, 'recordings')
    mkdirSync(folder)
    const clip = { samples: new Float32Array(800).fill(0.5), sampleRate: 8000 }
    writeFileSync(join(folder, '7_anna_0.wav'), encodeWav(clip))
    writeFileSync(join(folder, 'readme.txt'), '')
    const manifest = await buildSpeechCorpus(humanDigits(folder).plan, {
      out,
      ...about,
      synthesizer: humanDigits(folder).synthesizer,
    })
    expect(rows()).toMatchObject([{ id: '7_anna_0', text: 'seven', voice: 'fsdd/anna', split: 'human', length: 1600 }])
    expect(manifest.sources).toMatchObject([{ items: 1, shipped: false }])
  })
  it('says where there are none', () => {
    expect(() => humanDigits(out)).toThrow(/no recordings/)
  })
})

describe('plans', () => {
  it('the codec corpus never tests words that it trains on', async () => {
    await buildSpeechCorpus(codecPlan({ hours: 0.3, seed: 2 }), { out, synthesizer: fakeSynthesizer(), ...about })
    const train = new Set(rows().flatMap((row) => (row.split === 'train' ? row.text : [])))
    expect(rows().filter((row) => row.split !== 'train' && train.has(row.text))).toEqual([])
    expect(rows().some((row) => row.split === 'held-out')).toBe(true)
  })
  it('the spoken world answers in one voice, has a clip for every text and keeps the unseen voice to held-out texts', () => {
    const { plan, items } = spokenWorld({ hours: 1, seed: 3 })
    const jobs = []
    for (let i = 0; ; i++) {
      const job = plan.next(i)
      if (job === undefined) break
      jobs.push(job)
    }
    expect(new Set(jobs.map((job) => job.id)).size).toBe(jobs.length)
    const asked = new Set(jobs.flatMap((job) => (job.id.startsWith('q-') ? job.text : [])))
    const answered = new Map(jobs.flatMap((job) => (job.id.startsWith('a-') ? [[job.text, job] as const] : [])))
    for (const item of items) {
      expect(item.spoken).toBe(true)
      expect(asked.has(item.question)).toBe(true)
      expect(answered.get(item.answer)?.voice).toBe('flite/slt')
      for (const turn of item.history) expect(asked.has(turn.question) && answered.has(turn.answer)).toBe(true)
    }
    const train = new Set(jobs.flatMap((job) => (job.split === 'train' ? job.text : [])))
    const unseen = jobs.filter((job) => job.voice === 'flite/rms')
    expect(unseen.length).toBeGreaterThan(20)
    expect(
      unseen.filter((job) => job.split !== 'unseen-voice' || (job.id.startsWith('uq') && train.has(job.text))),
    ).toEqual([])
    expect(
      findLeaks(
        items.filter((item) => item.split === 'train'),
        items.filter((item) => item.split === 'held-out'),
      ),
    ).toEqual([])
  })
})
