import { describe, expect, it } from 'vitest'
import { bigramArpa } from './bigram.ts'

/** Probabilities and back-off weights of an ARPA text. */
function read(arpa: string): { p: (before: string, word: string) => number; sizes: string[] } {
  const single = new Map<string, { p: number; backoff: number }>()
  const pairs = new Map<string, number>()
  let order = 0
  for (const line of arpa.split('\n')) {
    const part = /^\\(\d)-grams:$/.exec(line)
    if (part !== null) order = Number(part[1])
    const cells = line.split(' ')
    if (order === 1 && cells.length === 3)
      single.set(cells[1]!, { p: 10 ** Number(cells[0]), backoff: 10 ** Number(cells[2]) })
    if (order === 2 && cells.length === 3) pairs.set(`${cells[1]} ${cells[2]}`, 10 ** Number(cells[0]))
  }
  return {
    p: (before, word) =>
      pairs.get(`${before} ${word}`) ?? (single.get(before)?.backoff ?? 1) * (single.get(word)?.p ?? 0),
    sizes: [`ngram 1=${single.size}`, `ngram 2=${pairs.size}`],
  }
}

describe('bigramArpa', () => {
  const words = ['the', 'dog', 'cat', 'runs', 'never']
  const arpa = bigramArpa(['The dog runs.', 'The cat runs.', 'the dog', 'The owl flies.'], words)
  it('counts what it writes', () => {
    for (const size of read(arpa).sizes) expect(arpa).toContain(`\n${size}\n`)
    expect(arpa.startsWith('\\data\\\n')).toBe(true)
    expect(arpa.trimEnd().endsWith('\\end\\')).toBe(true)
  })
  it('gives every word some chance after every word, one in all', () => {
    const { p } = read(arpa)
    for (const before of ['<s>', ...words]) {
      const all = [...words, '</s>'].map((word) => p(before, word))
      expect(Math.min(...all)).toBeGreaterThan(0)
      // Four decimals of a logarithm are about 0.01%.
      expect(all.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 3)
    }
  })
  it('finds likely what stood there, and more so what stood there more often', () => {
    const { p } = read(arpa)
    expect(p('the', 'dog')).toBeGreaterThan(p('the', 'cat'))
    expect(p('the', 'cat')).toBeGreaterThan(p('the', 'runs'))
    expect(p('<s>', 'the')).toBeGreaterThan(0.5)
  })
  it('has no words that it was not given', () => {
    expect(arpa).not.toContain('owl')
    expect(() => bigramArpa(['An owl flies.', ''], words)).toThrow(/no text/)
  })
})
