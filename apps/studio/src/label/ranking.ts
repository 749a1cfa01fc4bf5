/** @file Rankings as they are made: each output is in a slot, 1 is best, or has none yet. */

/** The slot of each output. */
export type Slots = readonly (number | null)[]

/** Names of outputs by the place where they are shown. Slots have digits, so outputs have letters. */
export function letter(place: number): string {
  return String.fromCharCode(65 + place)
}

/** Several names in a sentence. */
export function letters(places: readonly number[]): string {
  const names = places.map(letter)
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** Puts an output into a slot, or takes it out. */
export function place(slots: Slots, output: number, slot: number | null): Slots {
  return slots.with(output, slot === null ? null : Math.min(Math.max(slot, 1), slots.length))
}

/** Puts an output beside the nearest better ones; one without a slot goes to the last that is used. */
export function tieWithAbove(slots: Slots, output: number): Slots {
  const own = slots[output] ?? Number.POSITIVE_INFINITY
  const above = slots.filter((slot, i): slot is number => slot !== null && i !== output && slot < own)
  return above.length === 0 ? slots : place(slots, output, Math.max(...above))
}

/** Moves an output one slot up (-1) or down (1). */
export function nudge(slots: Slots, output: number, by: -1 | 1): Slots {
  const own = slots[output]
  return place(slots, output, own === null || own === undefined ? (by < 0 ? slots.length : 1) : own + by)
}

/** Outputs in the order in which the page shows them: slot by slot, then those without one. */
export function inOrder(slots: Slots): number[] {
  const last = slots.length + 1
  return slots.map((_, i) => i).sort((a, b) => (slots[a] ?? last) - (slots[b] ?? last) || a - b)
}

/** Outputs without a slot. */
export function unranked(slots: Slots): number[] {
  return slots.flatMap((slot, i) => (slot === null ? [i] : []))
}
