/** @file The `tony` command. */
import { openAssistant, openMedia } from './assistant.ts'
import { runTony } from './program.ts'

// A reader that leaves early (`tony chat | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runTony(process.argv.slice(2), {
  terminal: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, now: Date.now },
  openAssistant,
  openMedia,
})
