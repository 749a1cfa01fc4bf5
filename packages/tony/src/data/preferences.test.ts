import { describe, expect, it } from 'vitest'
import { fromRows, parseJsonLines, type preferenceFormats, toCompletionRow, toRows } from './preference-formats.ts'
import {
  type Comparison,
  checkRanks,
  emptyRating,
  orderOfPairs,
  outputFlags,
  preferencePairs,
  textContent,
} from './preferences.ts'

const comparison = (ranks: number[], more: Partial<Comparison> = {}): Comparison => ({
  id: 'item_1',
  prompt: [{ role: 'user', content: textContent('Name a color.') }],
  outputs: ranks.map((_, i) => ({ content: textContent(`answer ${i}`), model: null })),
  ranks,
  ratings: null,
  labeler: 'l1',
  time: '2026-11-24T00:00:00.000Z',
  ...more,
})

const jsonl = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const read = (format: (typeof preferenceFormats)[number], rows: readonly unknown[]): Comparison[] =>
  fromRows(format, parseJsonLines(jsonl(rows)), (line) => `line${line}`)

describe('rankings', () => {
  it('keeps ties and closes gaps', () => {
    expect(checkRanks([1, 3, 3, 4], 4)).toEqual([1, 2, 2, 3])
    expect(checkRanks([2, 2, 2, 2], 4)).toEqual([1, 1, 1, 1])
  })

  it('says which output has no rank, unless the rest is tied last', () => {
    expect(() => checkRanks([1, null, 2, 3], 4)).toThrow('output 2 has no rank')
    expect(checkRanks([2, null, 1, null], 4, { restTied: true })).toEqual([2, 3, 1, 3])
    expect(() => checkRanks([1, 2, 3], 4)).toThrow('3 ranks for 4 outputs')
    expect(() => checkRanks([0, 1, 2, 3], 4)).toThrow('output 1 has rank 0')
    expect(() => checkRanks([1, 5, 2, 3], 4)).toThrow('output 2 has rank 5')
  })

  it('gives every pair that is not tied', () => {
    expect(preferencePairs([1, 2, 2])).toEqual([
      { chosen: 0, rejected: 1 },
      { chosen: 0, rejected: 2 },
    ])
  })

  it('asks eleven questions of an output', () => {
    expect(outputFlags).toHaveLength(11)
    expect(Object.values(emptyRating().flags)).toEqual(new Array(11).fill(null))
  })
})

describe('pairwise preferences', () => {
  const pairs = (...list: [number, number][]) => list.map(([chosen, rejected]) => ({ chosen, rejected }))

  it('are put back into the weak order that they came from', () => {
    for (const ranks of [
      [1, 2, 3, 4],
      [2, 1, 2, 3],
      [1, 2, 2, 2],
      [3, 1, 1, 2, 3],
    ]) {
      expect(orderOfPairs(ranks.length, preferencePairs(ranks))).toEqual({ kind: 'weak-order', ranks })
    }
    // What follows from others need not be said.
    expect(orderOfPairs(3, pairs([0, 1], [1, 2]))).toEqual({ kind: 'weak-order', ranks: [1, 2, 3] })
  })

  it('may form a cycle', () => {
    expect(orderOfPairs(4, pairs([3, 0], [0, 1], [1, 2], [2, 0]))).toEqual({ kind: 'cycle', cycle: [0, 1, 2] })
  })

  it('may say too little for a weak order', () => {
    expect(orderOfPairs(4, pairs([0, 1], [2, 3]))).toEqual({ kind: 'partial' })
  })
})

describe('formats of others', () => {
  it('writes TRL rows, better outputs first', () => {
    expect(toRows('trl', comparison([2, 1, 2]))).toEqual([
      {
        prompt: [{ role: 'user', content: 'Name a color.' }],
        chosen: [{ role: 'assistant', content: 'answer 1' }],
        rejected: [{ role: 'assistant', content: 'answer 0' }],
        item: 'item_1',
        labeler: 'l1',
        time: '2026-11-24T00:00:00.000Z',
      },
      expect.objectContaining({ rejected: [{ role: 'assistant', content: 'answer 2' }] }),
    ])
  })

  it('writes a demonstration as a TRL prompt-completion row', () => {
    const { prompt, labeler, time } = comparison([1])
    expect(toCompletionRow({ id: 'item_1', prompt, completion: textContent('Red.'), labeler, time })).toEqual({
      prompt: [{ role: 'user', content: 'Name a color.' }],
      completion: [{ role: 'assistant', content: 'Red.' }],
      item: 'item_1',
      labeler: 'l1',
      time: '2026-11-24T00:00:00.000Z',
    })
  })

  it('writes HH, summarize-from-feedback and best-of-4 rows', () => {
    expect(toRows('hh', comparison([1, 2]))).toEqual([
      {
        chosen: '\n\nHuman: Name a color.\n\nAssistant: answer 0',
        rejected: '\n\nHuman: Name a color.\n\nAssistant: answer 1',
      },
    ])
    expect(toRows('sff', comparison([2, 1]))).toEqual([
      {
        info: { id: 'item_1', post: 'Name a color.', title: null, subreddit: null },
        summaries: [
          { text: 'answer 1', policy: null, note: null },
          { text: 'answer 0', policy: null, note: null },
        ],
        choice: 0,
        worker: 'l1',
        batch: null,
        split: null,
        extra: { confidence: null },
      },
    ])
    expect(toRows('lhp', comparison([2, 1, 3, 4]))).toEqual([
      {
        query: 'Name a color.',
        sample0: 'answer 0',
        sample1: 'answer 1',
        sample2: 'answer 2',
        sample3: 'answer 3',
        best: 1,
      },
    ])
    expect(toRows('lhp', comparison([1, 1, 2, 3]))).toEqual([])
  })

  it.each(['trl', 'sff'] as const)('reads back the preferences that it wrote (%s)', (format) => {
    for (const ranks of [
      [1, 2],
      [1, 2, 2, 3],
      [4, 3, 2, 1],
    ]) {
      const original = comparison(ranks)
      const [back, ...rest] = read(format, toRows(format, original))
      expect(rest).toEqual([])
      expect(toRows(format, { ...back!, id: original.id, time: original.time })).toEqual(toRows(format, original))
    }
  })

  it('keeps the rows of HH apart: they do not say which belong together', () => {
    const rows = toRows('hh', comparison([1, 2, 2, 3]))
    const back = read('hh', rows)
    expect(back.map(({ ranks }) => ranks)).toEqual(new Array(5).fill([1, 2]))
    expect(back.flatMap((each) => toRows('hh', each))).toEqual(rows)
    // One prompt, of which several people think differently.
    const circle = [
      [1, 2, 3],
      [3, 1, 2],
      [2, 3, 1],
    ].flatMap((ranks) => toRows('hh', comparison(ranks)))
    expect(read('hh', circle)).toHaveLength(9)
  })

  it('reads answers of HH that run on into turns of their own, as they stand there', () => {
    const rows = [
      {
        chosen: '\n\nHuman: a\n\nAssistant: b  Human: c\n\nAssistant:  d',
        rejected: '\n\nHuman: a\n\nAssistant: e',
      },
      {
        chosen: '\n\nHuman: a\n\nAssistant: b',
        rejected: '\n\nHuman: a\n\nAssistant: c\n\nHuman: d\n\nAssistant: e',
      },
    ]
    const back = read('hh', rows)
    expect(back.map(({ prompt }) => prompt)).toEqual([back[0]!.prompt, back[0]!.prompt])
    expect(back[0]!.outputs[0]!.content).toEqual(textContent('b  Human: c\n\nAssistant:  d'))
    expect(back.flatMap((each) => toRows('hh', each))).toEqual(rows)
    expect(() =>
      read('hh', [
        {
          chosen: '\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d',
          rejected: '\n\nHuman: a\n\nAssistant: b\n\nHuman: x\n\nAssistant: d',
        },
      ]),
    ).toThrow('line 1: chosen and rejected answer different prompts')
  })

  it.each(['trl', 'sff'] as const)('keeps items of one prompt apart whose rankings differ (%s)', (format) => {
    const one = comparison([1, 2])
    const other = comparison([2, 1], { id: 'item_2' })
    const rows = [...toRows(format, one), ...toRows(format, other)]
    const back = read(format, rows)
    expect(back).toHaveLength(2)
    const again = back.flatMap((each, i) => toRows(format, { ...each, id: [one, other][i]!.id, time: one.time }))
    expect(again).toEqual(rows)
  })

  it('joins no more outputs than people rank at once', () => {
    const chain = (outputs: number) =>
      Array.from({ length: outputs - 1 }, (_, i) => ({ prompt: 'p', chosen: `${i}`, rejected: `${i + 1}` }))
    expect(read('trl', chain(9)).map(({ ranks }) => ranks.length)).toEqual([9])
    expect(read('trl', chain(10)).map(({ ranks }) => ranks.length)).toEqual(new Array(9).fill(2))
  })

  it('reads back the best of four', () => {
    const [back] = read('lhp', toRows('lhp', comparison([2, 1, 3, 4])))
    expect(back!.ranks).toEqual([2, 1, 2, 2])
  })

  it('carries sound and pictures in TRL rows and refuses them where there is no place', () => {
    const sha256 = 'a'.repeat(64)
    const spoken = comparison([1, 2], {
      outputs: [
        {
          content: [
            { type: 'text', text: 'red' },
            { type: 'audio', sha256 },
          ],
          model: null,
        },
        { content: [{ type: 'image', sha256 }], model: null },
      ],
    })
    expect(read('trl', toRows('trl', spoken))[0]!.outputs).toEqual(spoken.outputs)
    expect(() => toRows('hh', spoken)).toThrow('item item_1 has sound, which the format hh cannot hold')
  })

  it('reads an implicit prompt', () => {
    const turns = (answer: string) => [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: answer },
    ]
    expect(read('trl', [{ chosen: turns('a'), rejected: turns('b') }])[0]).toMatchObject({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      ranks: [1, 2],
    })
  })

  it('names the line that is broken', () => {
    expect(() => parseJsonLines('{"a":1}\n\n{"a":')).toThrow('line 3 is not valid JSON')
    const good = toRows('trl', comparison([1, 2]))[0]
    expect(() => read('trl', [good, { chosen: 3, rejected: 'b' }])).toThrow('line 2: chosen is not text or a list')
    expect(() =>
      read('hh', [{ chosen: '\n\nHuman: a\n\nAssistant: b', rejected: '\n\nHuman: x\n\nAssistant: c' }]),
    ).toThrow('line 1: chosen and rejected answer different prompts')
    expect(() => read('sff', [{ info: { post: 'x' }, summaries: [{ text: 'a' }, { text: 'b' }], choice: 2 }])).toThrow(
      'line 1: choice is not 0 or 1',
    )
  })

  it('names the lines of a cyclic preference', () => {
    const row = (chosen: string, rejected: string) => ({ prompt: 'p', chosen, rejected })
    expect(() => read('trl', [row('x', 'y'), row('a', 'b'), row('b', 'c'), row('c', 'a')])).toThrow(
      'lines 2, 3, 4 contradict each other',
    )
    expect(() => read('trl', [row('a', 'a')])).toThrow('line 1 prefers an output to itself')
    // Another labeler may think the opposite.
    const other = (chosen: string, rejected: string, labeler: string) => ({ ...row(chosen, rejected), labeler })
    expect(read('trl', [other('a', 'b', '1'), other('b', 'a', '2')])).toHaveLength(2)
  })

  it('keeps pairs apart that are no weak order', () => {
    const row = (chosen: string, rejected: string) => ({ prompt: 'p', chosen, rejected })
    expect(read('trl', [row('a', 'b'), row('c', 'd')]).map(({ ranks }) => ranks)).toEqual([
      [1, 2],
      [1, 2],
    ])
  })
})
