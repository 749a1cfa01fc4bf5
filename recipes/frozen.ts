/** @file Which parameters a run leaves as they are. */

/** Reads beginnings of parameters' names, comma-separated, into what a `TrainPlan` takes; nothing of an empty list. */
export function frozenBy(starts: string): { frozen?: (name: string) => boolean } {
  const still = starts.split(',').filter((start) => start !== '')
  return still.length === 0 ? {} : { frozen: (name) => still.some((start) => name.startsWith(start)) }
}
