/** @file A Bradley-Terry model that is linear in features of the answers: what a reward model is compared with. */
import { TonyError } from '../util/errors.ts'

/**
 * Fits r(answer) = w · features(answer) with P(chosen over rejected) = σ(r(chosen) - r(rejected)) (Bradley & Terry 1952) to
 * the least Σ -log P + l2 / 2 · |w|², by Newton's method. `products` [n, n] holds the products of the pairs' feature
 * differences d (chosen less rejected). Gives a [n] so that w = Σ aᵢ dᵢ: the margin of another pair is Σ aᵢ (dᵢ · d).
 *
 * @throws TonyError `invalid` where `l2` is not above 0.
 */
export function fitBradleyTerry(products: readonly Float64Array[], l2: number): Float64Array {
  if (!(l2 > 0)) throw new TonyError('invalid', `fitBradleyTerry: l2 is ${l2} (expected more than 0)`)
  const n = products.length
  let dual = new Float64Array(n)
  for (let round = 0; round < 30; round++) {
    const margins = products.map((row) => dot(row, dual))
    const wrong = margins.map((margin) => 1 / (1 + Math.exp(margin)))
    const curvature = wrong.map((p) => Math.max(p * (1 - p), 1e-6))
    const matrix = products.map((row, i) => {
      const copy = row.slice()
      copy[i]! += l2 / curvature[i]!
      return copy
    })
    const next = solve(
      matrix,
      Float64Array.from(margins, (margin, i) => margin + wrong[i]! / curvature[i]!),
    )
    const change = next.reduce((most, value, i) => Math.max(most, Math.abs(value - dual[i]!)), 0)
    const largest = next.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    dual = next
    if (change <= 1e-4 * largest) break
  }
  return dual
}

/** x with `matrix` · x = `right` for a symmetric, positive definite matrix, whose lower half is overwritten (Cholesky). */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array<ArrayBuffer> {
  const n = right.length
  for (let i = 0; i < n; i++) {
    const row = matrix[i]!
    for (let j = 0; j <= i; j++) {
      const other = matrix[j]!
      let sum = row[j]!
      for (let k = 0; k < j; k++) sum -= row[k]! * other[k]!
      row[j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / other[j]!
    }
  }
  const x = Float64Array.from(right)
  for (let i = 0; i < n; i++) {
    const row = matrix[i]!
    for (let k = 0; k < i; k++) x[i]! -= row[k]! * x[k]!
    x[i]! /= row[i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= matrix[k]![i]! * x[k]!
    x[i]! /= matrix[i]![i]!
  }
  return x
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
