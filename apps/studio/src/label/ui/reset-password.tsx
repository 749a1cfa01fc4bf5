import type { ResetObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Mark } from '../../ui/icons.tsx'
import { addressOf, go } from '../address.ts'
import { acceptReset } from '../session.ts'
import { call } from '../wire.ts'
import { useLoaded, useSending } from './load.ts'
import { Problem } from './problem.tsx'
import { WhosePassword } from './whose-password.tsx'

/** What the link for a forgotten password opens: says whose account it is and asks for the new password. */
export function ResetPassword({ token }: { readonly token: string }): JSX.Element | null {
  const { value, problem } = useLoaded(() => call<ResetObject>('POST', 'resets/find', { body: { token } }), token)
  if (value.value === null && problem.value === null) return null
  return (
    <main class="entrance">
      <Mark />
      {value.value === null ? (
        <>
          <h1>A new password</h1>
          <Problem text={problem.value} />
          <a class="button" href={addressOf({ page: 'projects' })}>
            Sign in
          </a>
        </>
      ) : (
        <PasswordForm token={token} name={value.value.name} />
      )}
    </main>
  )
}

function PasswordForm({ token, name }: { readonly token: string; readonly name: string }): JSX.Element {
  const password = useRef<HTMLInputElement>(null)
  useEffect(() => password.current?.focus(), [])
  const { busy, problem, submit } = useSending(async () => {
    await acceptReset(token, password.current?.value ?? '')
    go({ page: 'projects' })
  })
  return (
    <>
      <h1>A new password for {name}</h1>
      <p class="muted">At least 8 characters. It signs you in here and out everywhere else. The link works once.</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <WhosePassword name={name} />
        <label>
          New password
          <input
            ref={password}
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={8}
            maxLength={256}
            required
          />
        </label>
        <Problem text={problem.value} />
        <button type="submit" class="button main-button wide-button" disabled={busy.value}>
          Set the password
        </button>
      </form>
    </>
  )
}
