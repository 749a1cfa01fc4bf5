/** @file How a recipe that is a program of its own ends: with what it says, or with one sentence and status 1. */
import { TonyError } from '../packages/tony/src/util/errors.ts'

/** Runs `main` and prints what it gives; an error that the user can mend is printed after `name`. */
export async function runProgram(name: string, main: () => Promise<string>): Promise<void> {
  try {
    console.log(await main())
  } catch (error) {
    if (!(error instanceof TonyError)) throw error
    console.error(`${name}: ${error.message}`)
    process.exitCode = 1
  }
}
