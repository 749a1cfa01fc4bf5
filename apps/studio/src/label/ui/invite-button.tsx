import { useSignal } from '@preact/signals'
import type { RoleName } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf } from '../address.ts'
import { call } from '../wire.ts'
import { attempt } from './load.ts'

/** Makes a link that lets one person make an account. */
export function InviteButton(props: { readonly invited: RoleName; readonly project: string | null }): JSX.Element {
  const { invited, project } = props
  const link = useSignal<{ readonly url: string; readonly until: string } | null>(null)
  const make = (): Promise<boolean> =>
    attempt(async () => {
      const body = { role: invited, project_id: project }
      const { token, expires_at } = await call<{ token: string; expires_at: string }>('POST', 'invites', { body })
      const url = new URL(addressOf({ page: 'invite', token }), document.baseURI).href
      link.value = { url, until: new Date(expires_at).toLocaleDateString() }
    })
  return (
    <div class="invite">
      <button type="button" class="button" onClick={() => void make()}>
        Invite {invited === 'admin' ? 'an' : 'a'} {invited}
      </button>
      {link.value !== null && (
        <label>
          For one person, until {link.value.until}
          <input readOnly value={link.value.url} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
    </div>
  )
}
