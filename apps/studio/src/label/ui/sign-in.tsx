import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Mark } from '../../ui/icons.tsx'
import { go } from '../address.ts'
import { acceptInvite, signIn } from '../session.ts'
import { useSending } from './load.ts'
import { Problem } from './problem.tsx'

/** Name and password: of an account, or, with the token of an invite, for a new one. */
export function SignIn({ invite }: { readonly invite: string | null }): JSX.Element {
  const name = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)
  useEffect(() => name.current?.focus(), [])
  const { busy, problem, submit } = useSending(async () => {
    const [given, secret] = [name.current?.value ?? '', password.current?.value ?? '']
    if (invite === null) await signIn(given, secret)
    else {
      await acceptInvite(invite, given, secret)
      go({ page: 'projects' })
    }
  })
  return (
    <main class="entrance">
      <Mark />
      <h1>{invite === null ? 'Teach Tony' : 'You are invited to teach Tony'}</h1>
      <p class="muted">
        {invite === null
          ? 'Write answers, rate and rank them. Tony learns from what you prefer.'
          : 'Choose a name and a password. The invite works once.'}
      </p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <label>
          Name
          <input ref={name} name="name" autoComplete="username" autoCapitalize="none" spellcheck={false} required />
        </label>
        <label>
          Password
          <input
            ref={password}
            name="password"
            type="password"
            autoComplete={invite === null ? 'current-password' : 'new-password'}
            minLength={invite === null ? 1 : 8}
            required
          />
        </label>
        <Problem text={problem.value} />
        <button type="submit" class="button main-button wide-button" disabled={busy.value}>
          {invite === null ? 'Sign in' : 'Make the account'}
        </button>
      </form>
    </main>
  )
}
