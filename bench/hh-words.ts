/** @file What a reward model has to beat: the shorter answer, and a Bradley-Terry model of words and pairs of words. */
import { fitBradleyTerry } from '../packages/tony/src/eval/bradley-terry.ts'
import { groupFolds } from '../packages/tony/src/eval/folds.ts'
import { makeRng } from '../packages/tony/src/util/rng.ts'
import type { Pair } from './hh-pairs.ts'

/** A pair's feature differences, chosen less rejected; zeros are left out. */
export type Difference = ReadonlyMap<string, number>

const L2 = [30, 100, 300, 1000]
export const INNER_FOLDS = 5

/** log(1 + count) of words and of pairs of neighbours, chosen less rejected. */
export function wordDifference({ chosen, rejected }: Pair): Difference {
  const difference = new Map<string, number>()
  for (const [text, sign] of [
    [chosen, 1],
    [rejected, -1],
  ] as const)
    for (const [gram, count] of gramsOf(text)) {
      const value = (difference.get(gram) ?? 0) + sign * Math.log1p(count)
      if (value === 0) difference.delete(gram)
      else difference.set(gram, value)
    }
  return difference
}

function gramsOf(text: string): Map<string, number> {
  const words = text.toLowerCase().match(/[a-z0-9']+|[?!.,]/g) ?? []
  const counts = new Map<string, number>()
  const count = (gram: string): void => void counts.set(gram, (counts.get(gram) ?? 0) + 1)
  let before = '<s>'
  for (const word of [...words, '</s>']) {
    if (word !== '</s>') count(word)
    count(`${before} ${word}`)
    before = word
  }
  return counts
}

/** Margins of the held-out pairs under the model of the training pairs, its penalty chosen by cross-validation inside them. */
export function wordMargins(
  train: readonly Pair[],
  heldOut: readonly Pair[],
  seed: number,
): { margins: number[]; l2: number } {
  const known = train.map(wordDifference)
  const products = productsOf(known, known)
  const inner = groupFolds(
    train.map(({ key }) => key),
    INNER_FOLDS,
    makeRng(seed),
  )
  const { l2 } = bestL2(products, inner)
  const dual = fitBradleyTerry(products, l2)
  return { margins: marginsOf(productsOf(heldOut.map(wordDifference), known), dual), l2 }
}

/** The penalty under which pairs left out are likeliest, with the margins that they then get. */
export function bestL2(
  products: readonly Float64Array[],
  inner: readonly number[],
  penalties: readonly number[] = L2,
): { l2: number; loss: number; margins: number[] } {
  let best = { l2: penalties[0]!, loss: Number.POSITIVE_INFINITY, margins: [] as number[] }
  for (const l2 of penalties) {
    const margins = new Array<number>(inner.length).fill(0)
    for (const fold of new Set(inner)) {
      const inside = inner.flatMap((of, i) => (of === fold ? [] : [i]))
      const dual = fitBradleyTerry(
        inside.map((i) => Float64Array.from(inside, (j) => products[i]![j]!)),
        l2,
      )
      inner.forEach((of, i) => {
        if (of === fold) margins[i] = inside.reduce((sum, j, k) => sum + dual[k]! * products[i]![j]!, 0)
      })
    }
    const loss = lossOf(margins)
    if (loss < best.loss) best = { l2, loss, margins }
  }
  return best
}

/** Mean of -log σ(margin). */
export function lossOf(margins: readonly number[]): number {
  return (
    margins.reduce((sum, margin) => sum + Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))), 0) /
    margins.length
  )
}

export function productsOf(rows: readonly Difference[], columns: readonly Difference[]): Float64Array[] {
  const byGram = new Map<string, [number, number][]>()
  columns.forEach((difference, j) => {
    for (const [gram, value] of difference) {
      const list = byGram.get(gram)
      if (list === undefined) byGram.set(gram, [[j, value]])
      else list.push([j, value])
    }
  })
  return rows.map((difference) => {
    const row = new Float64Array(columns.length)
    for (const [gram, value] of difference) for (const [j, other] of byGram.get(gram) ?? []) row[j]! += value * other
    return row
  })
}

export function marginsOf(products: readonly Float64Array[], dual: Float64Array): number[] {
  return products.map((row) => row.reduce((sum, value, j) => sum + value * dual[j]!, 0))
}
