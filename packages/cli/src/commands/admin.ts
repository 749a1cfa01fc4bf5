/** @file `tony admin`. */
import { createInterface } from 'node:readline'
import { createAdmin } from '@tony/server'
import { TonyError } from 'tony'
import { storeOptions } from '../store.ts'
import type { Terminal } from '../terminal.ts'

/** Options of `tony admin`. */
export interface AdminOptions {
  readonly store: string
}

/** Makes an account that may do everything, with the password of the first line of standard input. */
export async function admin(name: string, options: AdminOptions, { stdin, stdout, env }: Terminal): Promise<number> {
  if (stdin.isTTY === true) stdout.write('Password, then Enter (it is shown): ')
  const password = await firstLine(stdin)
  if (password === '')
    throw new TonyError(
      'invalid',
      'admin: no password was given; type one, or pipe it: echo PASSWORD | tony admin NAME',
    )
  await createAdmin(storeOptions(options.store, env), { name, password })
  stdout.write(`Account ${name} is made; it can sign in at the served page.\n`)
  return 0
}

async function firstLine(stdin: Terminal['stdin']): Promise<string> {
  const lines = createInterface({ input: stdin })
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
  }
}
