/** @file What the commands work with. */
import type { OpenAssistant, OpenMedia } from './assistant.ts'
import type { Terminal } from './terminal.ts'

/** Everything from outside; tests give their own. */
export interface TonyDeps {
  readonly terminal: Terminal
  readonly openAssistant: OpenAssistant
  readonly openMedia: OpenMedia
}
