/** @file How a recipe or a benchmark that is a program of its own begins, and how it ends where its user can mend something. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { TonyError } from '../packages/tony/src/util/errors.ts'

/**
 * Begins a program: `parseArgs` of Node.js. A mistake in the command is told in one sentence and ends the program with
 * status 2, a `TonyError` that nobody catches later ends it so with status 1.
 */
export function readOptions<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  process.on('uncaughtException', (error) => {
    console.error(error instanceof TonyError && !process.env['TONY_DEBUG'] ? error.message : error)
    process.exit(1)
  })
  try {
    return parseArgs(config)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('ERR_PARSE_ARGS') !== true) throw error
    const known = Object.keys(config.options ?? {}).map((name) => `--${name}`)
    // Node.js goes on with advice about dashes, which is seldom what was meant.
    refuse(`${message.split('. ')[0]} (expected ${known.join(', ')})`)
  }
}

/** The value of an option that is a whole number from 1; anything else ends the program. */
export function wholeNumber(program: string, name: string, value: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 1)
    refuse(`${program}: --${name} is '${value}' (expected a whole number from 1)`)
  return number
}

/** Ends the program with status 2: its command is wrong in the way that `message` says. */
export function refuse(message: string): never {
  console.error(message)
  process.exit(2)
}
