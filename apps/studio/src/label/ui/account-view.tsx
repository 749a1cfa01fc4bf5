import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { notify } from '../../talk/notices.ts'
import { account } from '../session.ts'
import { asFailure, call } from '../wire.ts'
import { Frame } from './frame.tsx'
import { explain } from './load.ts'
import { Problem } from './problem.tsx'
import { WhosePassword } from './whose-password.tsx'

/** Who one is here, and one's password. */
export function AccountView(): JSX.Element {
  return (
    <Frame title="Your account">
      <main class="column">
        <dl class="own">
          <div>
            <dt>Name</dt>
            <dd>{account.value?.name}</dd>
          </div>
          <div>
            <dt>Role</dt>
            <dd>{account.value?.role}</dd>
          </div>
        </dl>
        <PasswordPart />
      </main>
    </Frame>
  )
}

function PasswordPart(): JSX.Element {
  const form = useRef<HTMLFormElement>(null)
  const problem = useSignal('')
  const busy = useSignal(false)
  const send = async (data: FormData): Promise<void> => {
    const [old_password, new_password] = [String(data.get('old')), String(data.get('new'))]
    problem.value = ''
    if (new_password !== String(data.get('again'))) {
      problem.value = 'The two new passwords are not the same; type both again.'
      return
    }
    busy.value = true
    try {
      await call('POST', 'session/password', { body: { old_password, new_password } })
      form.current?.reset()
      notify('Your password is changed. Everywhere else you are signed out.')
    } catch (error) {
      problem.value = asFailure(error).passing
        ? 'The server does not answer, so it is not sure whether the password is changed. Try again when the connection is back.'
        : explain(error)
    } finally {
      busy.value = false
    }
  }
  return (
    <section class="part" aria-label="Password">
      <h2>Password</h2>
      <p class="muted">At least 8 characters. A new one signs you out in every other browser.</p>
      <form
        ref={form}
        class="stack narrow"
        onSubmit={(event) => {
          event.preventDefault()
          void send(new FormData(event.currentTarget))
        }}
      >
        <WhosePassword name={account.value?.name} />
        <label>
          Old password
          <input name="old" type="password" autoComplete="current-password" required />
        </label>
        <label>
          New password
          <input name="new" type="password" autoComplete="new-password" minLength={8} maxLength={256} required />
        </label>
        <label>
          New password again
          <input name="again" type="password" autoComplete="new-password" minLength={8} maxLength={256} required />
        </label>
        <Problem text={problem.value} />
        <button type="submit" class="button main-button" disabled={busy.value}>
          Change the password
        </button>
      </form>
    </section>
  )
}
