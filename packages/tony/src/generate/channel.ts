/** @file Events handed from whoever makes them to whoever iterates. */

/** A queue with one reader. What is pushed after the end is lost. */
export class Channel<T> implements AsyncIterable<T> {
  private readonly queue: T[] = []
  private wake: (() => void) | undefined
  private ended: { readonly error?: unknown } | undefined

  push(item: T): void {
    if (this.ended === undefined) this.queue.push(item)
    this.wake?.()
  }

  /** Nothing more comes; with an `error` the reader gets it after what is left. The first call counts. */
  end(error?: unknown): void {
    this.ended ??= error === undefined ? {} : { error }
    this.wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.queue.length > 0) yield this.queue.shift()!
      if (this.ended !== undefined) {
        if ('error' in this.ended) throw this.ended.error
        return
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }
}
