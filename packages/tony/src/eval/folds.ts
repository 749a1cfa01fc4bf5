/** @file Splits for cross-validation that keep what belongs together on one side. */
import { groupBy } from '../util/group.ts'
import { type Rng, shuffled } from '../util/rng.ts'

/**
 * The fold of each item, 0 to `folds` - 1, of nearly equal sizes: items with the same key (a prompt, a labeler) come into
 * the same fold, in an order drawn from `rng`.
 */
export function groupFolds(keys: readonly string[], folds: number, rng: Rng): number[] {
  const groups = groupBy([...keys.keys()], (i) => keys[i]!)
  const sizes = new Array<number>(folds).fill(0)
  const fold = new Array<number>(keys.length).fill(0)
  for (const group of shuffled([...groups.values()], rng)) {
    const smallest = sizes.indexOf(Math.min(...sizes))
    sizes[smallest]! += group.length
    for (const i of group) fold[i] = smallest
  }
  return fold
}
