import { useSignal } from '@preact/signals'
import type { ResetObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Mark } from '../../ui/icons.tsx'
import { addressOf, go } from '../address.ts'
import { acceptReset } from '../session.ts'
import { asFailure, call } from '../wire.ts'
import { useLoaded } from './load.ts'
import { Problem } from './problem.tsx'

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
  const problem = useSignal('')
  const busy = useSignal(false)
  useEffect(() => password.current?.focus(), [])
  const send = async (): Promise<void> => {
    busy.value = true
    problem.value = ''
    try {
      await acceptReset(token, password.current?.value ?? '')
      go({ page: 'projects' })
    } catch (error) {
      problem.value = asFailure(error).message
    } finally {
      busy.value = false
    }
  }
  return (
    <>
      <h1>A new password for {name}</h1>
      <p class="muted">At least 8 characters. It signs you in here and out everywhere else. The link works once.</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        {/* Password managers need to know whose password it is. */}
        <input
          class="sr-only"
          name="name"
          autoComplete="username"
          tabIndex={-1}
          aria-hidden="true"
          readOnly
          value={name}
        />
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
