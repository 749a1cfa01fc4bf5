import type { RoleName } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { LinkButton } from './link-button.tsx'

/** Makes a link that lets one person make an account. */
export function InviteButton(props: { readonly invited: RoleName; readonly project: string | null }): JSX.Element {
  const { invited, project } = props
  return (
    <LinkButton
      label={`Invite ${invited === 'admin' ? 'an' : 'a'} ${invited}`}
      whom="one person"
      page="invite"
      path="invites"
      body={{ role: invited, project_id: project }}
    />
  )
}
