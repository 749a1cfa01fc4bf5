/** @file Numbers as people read them. */

/** A share in percent; a dash where there is none. */
export function percent(share: number | null): string {
  return share === null ? '–' : `${Math.round(100 * share)} %`
}

/** A coefficient; a dash where there is none. */
export function coefficient(value: number | null): string {
  return value === null ? '–' : value.toFixed(2).replace('-', '−')
}

/** A length of time; a dash where there is none. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–'
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A number of things. */
export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
