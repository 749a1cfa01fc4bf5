/** @file The real command with a model that needs no checkpoint: `node --conditions=@tony/source --import tsx test/helpers/tony-with-fake.ts chat --model DIR`. */
import { runTony } from '../../packages/cli/src/program.ts'
import { createFakeAssistant, fakeMedia } from './fake-assistant.ts'

process.exitCode = await runTony(process.argv.slice(2), {
  terminal: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, now: Date.now },
  openAssistant: async () => createFakeAssistant(),
  openMedia: async () => fakeMedia,
})
