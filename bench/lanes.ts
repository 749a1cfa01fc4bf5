/** @file Several items at a time. */

/** What becomes of each item, in their order: `work` on `parallel` of them at a time. */
export async function inLanes<T, R>(
  items: readonly T[],
  { parallel, work }: { readonly parallel: number; readonly work: (item: T, index: number) => Promise<R> },
): Promise<R[]> {
  const out: R[] = new Array(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      out[index] = await work(items[index]!, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, lane))
  return out
}
