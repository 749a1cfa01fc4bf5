/** The place, counted from `from`, of the largest of `length` values there. */
export function argmaxRow(values: Float32Array, from: number, length: number): number {
  let best = from
  for (let i = from + 1; i < from + length; i++) if (values[i]! > values[best]!) best = i
  return best - from
}
