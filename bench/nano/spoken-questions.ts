/** @file `answer-speech`: spoken questions answered aloud, and whether the same question in writing gets the same answer. */
import type { SpeechRow } from '../../packages/tony/src/data/types.ts'
import type { WorldSample } from '../../packages/tony/src/data/world/kind.ts'
import { normalise } from '../../packages/tony/src/data/world/normalise.ts'
import { isRight } from '../../packages/tony/src/data/world/world.ts'
import { characterErrors, others, plainText, type Scored } from '../../packages/tony/src/eval/score.ts'
import type { Message } from '../../packages/tony/src/media/types.ts'
import { makeRng } from '../../packages/tony/src/util/rng.ts'
import type { SpokenCorpus } from './corpus.ts'
import { SILENCE } from './hearing.ts'
import { heardByChance, heardErrors, type OutsideJudge, outsideJudge, ownEar, reportOutside } from './judges.ts'
import { admitted, measureOutsideAloud } from './outside.ts'
import { constantReplies, historyOf, turnsOf } from './questions.ts'
import { rightOrWrong } from './report.ts'
import type { Setting } from './setting.ts'
import { throughCodec } from './speaking.ts'
import { type Answer, sound, text } from './subject.ts'

/** Questions of one live conversation. */
const LIVE_TURNS = 3

/** A question that a voice asks, with the clips of what was asked before: one for each turn of the item's history. */
interface Spoken {
  readonly item: WorldSample
  readonly clip: SpeechRow
  readonly before: readonly SpeechRow[]
}

interface Replies {
  /** The written question, answered in writing. */
  readonly written: string
  /** The spoken question, answered in writing. */
  readonly heard: string
  /** The spoken question, answered aloud. */
  readonly said: Answer
}

export async function measureSpokenQuestions(setting: Setting): Promise<void> {
  const { n } = setting
  const corpus = setting.speech()
  const count = Math.ceil(n / 2)
  const heldOut = spokenItems(corpus, 'q')
  const sets = {
    'held-out': heldOut.slice(0, count),
    'later-turn': heldOut.slice(0, count).map((asked, i) => afterOthers(asked, heldOut, count + i * 2)),
    'unseen-voice': spokenItems(corpus, 'uq').slice(0, count),
  }
  const tested = Object.values(sets).flatMap((list) => list.map(({ item }) => item.answer))
  const outside = outsideJudge({
    training: corpus.trainingTexts(['s', 'a']),
    tested,
    pool: corpus.heldOut('a').map((row) => row.text),
  })
  await measureLive(setting, heldOut.filter(({ before }) => before.length === 0).slice(0, 2 * count), corpus)
  for (const [split, list] of Object.entries(sets)) await measureSplit(setting, split, { list, outside })
  await measureOutsideAloud(setting)
  await measureRecordings(
    setting,
    sets['held-out'].map(({ item }) => item.answer),
    outside,
  )
}

/** Held-out items whose question, and all that was asked before, one kind of clip has; a text that asks two things is left out. */
function spokenItems(corpus: SpokenCorpus, kind: 'q' | 'uq'): Spoken[] {
  const heldOut = new Map(corpus.heldOut(kind).map((row) => [row.text, row]))
  const any = new Map(corpus.all(kind).map((row) => [row.text, row]))
  const answersTo = new Map<string, Set<string>>()
  const asked = (item: WorldSample): string => [...item.history.map((turn) => turn.question), item.question].join(' ')
  for (const item of corpus.items)
    answersTo.set(asked(item), (answersTo.get(asked(item)) ?? new Set()).add(normalise(item.answer)))
  return corpus.items.flatMap((item) => {
    const clip = heldOut.get(item.question)
    const before = item.history.flatMap((turn) => any.get(turn.question) ?? [])
    const whole = before.length === item.history.length
    return item.split === 'held-out' && clip !== undefined && whole && answersTo.get(asked(item))!.size === 1
      ? [{ item, clip, before }]
      : []
  })
}

/** A question after one or two others that it has nothing to do with: those of `all` from `at` on, around its end. */
function afterOthers({ item, clip, before }: Spoken, all: readonly Spoken[], at: number): Spoken {
  const some = Array.from({ length: 1 + ((at >> 1) % 2) }, (_, k) => all[(at + k) % all.length]!)
  const turns = some.flatMap((other) => turnsOf(other.item))
  const clips = some.flatMap((other) => [...other.before, other.clip])
  return { item: { ...item, history: [...turns, ...item.history] }, clip, before: [...clips, ...before] }
}

/** Questions that have nothing to do with each other, three in one live conversation: by their place in it. */
async function measureLive({ report, subject }: Setting, list: readonly Spoken[], corpus: SpokenCorpus): Promise<void> {
  const scored: Scored[][] = Array.from({ length: LIVE_TURNS }, () => [])
  const groups = Array.from({ length: Math.floor(list.length / LIVE_TURNS) }, (_, i) =>
    list.slice(i * LIVE_TURNS, (i + 1) * LIVE_TURNS),
  )
  const all = await report.each('answer-speech live', groups, {
    parallel: 1,
    work: (group) => subject.converse(group.map(({ clip }) => corpus.samples(clip))),
  })
  all.forEach((answers, i) => {
    groups[i]!.forEach(({ item }, turn) => {
      scored[turn]!.push(rightOrWrong(isRight(item, answers[turn] ?? '')))
    })
  })
  scored.forEach((items, turn) => {
    const note = `turn ${turn + 1} of a live conversation, words of the spoken answer`
    report.detail('answer-speech', 'live', { metric: 'accuracy', items, note, more: { judge: 'text' } })
  })
}

async function measureSplit(
  setting: Setting,
  split: string,
  { list, outside }: { readonly list: readonly Spoken[]; readonly outside: OutsideJudge | undefined },
): Promise<void> {
  const { report, subject, parallel } = setting
  const corpus = setting.speech()
  const items = list.map(({ item }) => item)
  const all = await report.each(`answer-speech ${split}`, list, {
    parallel,
    async work({ item, clip, before }): Promise<Replies> {
      const question = [sound(corpus.samples(clip))]
      const history = before.flatMap((row, i): Message[] => [
        { role: 'user', content: [sound(corpus.samples(row))] },
        { role: 'assistant', content: [text(item.history[i]!.answer)] },
      ])
      return {
        written: (await subject.ask([text(item.question)], { history: historyOf(item) })).text,
        heard: (await subject.ask(question, { history })).text,
        said: await subject.ask(question, { history, as: 'audio' }),
      }
    },
  })
  const silence = (await subject.ask([sound(SILENCE)], { as: 'audio' })).text
  const constants = constantReplies(makeRng(2026))
  const right = (replies: readonly string[]): Scored[] =>
    replies.map((reply, i) => rightOrWrong(isRight(items[i]!, reply)))
  const words = all.map(({ said }) => said.text)
  report.task('answer-speech', split, {
    metric: 'accuracy',
    items: right(words),
    chance: right(items.map((item) => constants(item.kind))),
    ablated: right(items.map(() => silence)),
    note: 'asked aloud, words of the spoken answer',
    more: { judge: 'text' },
  })
  const line = (note: string, replies: readonly string[]): void =>
    report.detail('answer-speech', split, { metric: 'accuracy', items: right(replies), note, more: { judge: 'text' } })
  line(
    'asked aloud, answered in writing',
    all.map(({ heard }) => heard),
  )
  line(
    'the same in writing, answered in writing',
    all.map(({ written }) => written),
  )
  report.detail('answer-speech', split, {
    metric: 'accuracy',
    items: admitted(words),
    note: 'says wrongly that it does not know',
    more: { judge: 'text' },
  })
  const same = (a: string, b: string): Scored => rightOrWrong(normalise(a) === normalise(b))
  report.detail('answer-speech', split, {
    metric: 'accuracy',
    items: all.map(({ written, said }) => same(written, said.text)),
    chance: others(all).map(({ written }, i) => same(written, words[i]!)),
    note: 'spoken and written answers are the same; chance: to another question',
    more: { judge: 'agreement' },
  })
  await measureSound(setting, split, { items, said: all.map(({ said }) => said), outside })
}

/** How the answers sound, against the words that the model wrote with them, and whether the right answer is heard. */
async function measureSound(
  setting: Setting,
  split: string,
  {
    items,
    said,
    outside,
  }: {
    readonly items: readonly WorldSample[]
    readonly said: readonly Answer[]
    readonly outside: OutsideJudge | undefined
  },
): Promise<void> {
  const { report, subject, parallel } = setting
  const clips = said.map(({ samples }) => samples)
  const words = said.map((answer) => answer.text)
  const heard = await ownEar(report, subject, { what: `answer-speech ${split}`, clips, parallel })
  report.detail('answer-speech', split, {
    metric: 'cer',
    items: words.map((own, i) => characterErrors(own, heard[i]!)),
    chance: heardByChance(words, heard),
    note: 'its sound against its own words, own ear',
    more: { judge: 'own-ear', speaker: 'model' },
  })
  report.detail('answer-speech', split, {
    metric: 'accuracy',
    items: items.map((item, i) => rightOrWrong(isRight(item, heard[i]!))),
    note: 'right answer heard by the own ear',
    more: { judge: 'own-ear', speaker: 'model' },
  })
  if (outside === undefined) return
  const byWords = await outside.words(words, clips)
  report.detail('answer-speech', split, {
    metric: 'cer',
    items: heardErrors(words, byWords),
    chance: heardByChance(words, byWords),
    note: 'its sound against its own words, outside judge by words',
    more: { judge: 'outside-words', speaker: 'model' },
  })
  const answers = items.map((item) => item.answer)
  const chosen = await outside.sentences(answers, clips)
  report.detail('answer-speech', split, {
    metric: 'accuracy',
    items: answers.flatMap((answer, i) =>
      chosen[i] === undefined ? [] : [rightOrWrong(chosen[i] === plainText(answer))],
    ),
    chance: 1 / outside.candidates,
    note: `right answer heard from outside, one of ${outside.candidates}`,
    more: { judge: 'outside-sentences', speaker: 'model', candidates: outside.candidates },
  })
}

/** Recordings of right answers by the speaking voice, and the same through the codec: what the judges make of good speech. */
async function measureRecordings(
  setting: Setting,
  answers: readonly string[],
  outside: OutsideJudge | undefined,
): Promise<void> {
  const { report, subject, parallel } = setting
  const corpus = setting.speech()
  const known = new Map(corpus.all('a').map((row) => [row.text, row]))
  const rows = [...new Set(answers)].flatMap((answer) => known.get(answer) ?? [])
  const texts = rows.map((row) => row.text)
  const originals = rows.map(corpus.cut)
  for (const [speaker, clips] of [
    ['codec', await throughCodec(subject, originals)],
    ['original', originals],
  ] as const) {
    const heard = await ownEar(report, subject, { what: `answers, ${speaker}`, clips, parallel })
    report.detail('right answers', 'held-out', {
      metric: 'cer',
      items: heardErrors(texts, heard),
      chance: heardByChance(texts, heard),
      note: `${speaker}, own ear`,
      more: { judge: 'own-ear', speaker },
    })
    if (outside !== undefined)
      await reportOutside(report, outside, { name: 'right answers', split: 'held-out', speaker, texts, clips })
  }
}
