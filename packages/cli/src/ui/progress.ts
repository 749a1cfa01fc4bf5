/** @file One progress line: rewritten in a terminal, one line for each report elsewhere. */
import type { Terminal } from '../terminal.ts'

/** A line that is being rewritten. */
export interface ProgressLine {
  update(text: string): void
  /** Leaves the last text standing and goes on below it. */
  end(): void
}

/** Makes a progress line on standard output. */
export function progressLine({ stdout }: Pick<Terminal, 'stdout'>): ProgressLine {
  let open = false
  return {
    update(text) {
      if (stdout.isTTY !== true) {
        stdout.write(`${text}\n`)
        return
      }
      const width = (stdout.columns ?? 80) - 1
      // \x1b[K clears what an earlier, longer line left.
      stdout.write(`\r${text.length > width ? `${text.slice(0, width - 1)}…` : text}\x1b[K`)
      open = true
    },
    end() {
      if (open) stdout.write('\n')
      open = false
    },
  }
}
