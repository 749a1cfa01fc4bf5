import type { AccountInfoObject, RoleName } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { account } from '../session.ts'
import { call } from '../wire.ts'
import { Frame } from './frame.tsx'
import { InviteButton } from './invite-button.tsx'
import { LinkButton } from './link-button.tsx'
import { attempt, useLoaded } from './load.ts'
import { Problem } from './problem.tsx'
import { Table } from './table.tsx'

const roles: readonly RoleName[] = ['labeler', 'reviewer', 'admin']

/** Everyone who can sign in. */
export function AccountsView(): JSX.Element {
  const { value, problem, again } = useLoaded(
    () => call<{ accounts: AccountInfoObject[] }>('GET', 'accounts'),
    'accounts',
  )
  const change = async (id: string, body: object): Promise<void> => {
    await attempt(() => call('PATCH', `accounts/${id}`, { body }))
    await again()
  }
  return (
    <Frame title="Accounts">
      <main class="column">
        <Problem text={problem.value} />
        <Table columns={['Name', 'Role', 'May sign in', 'Forgotten password']}>
          {value.value?.accounts.map(({ id, name, role, disabled }) => (
            <tr key={id}>
              <td>
                {name}
                {id === account.value?.id && <small> you</small>}
              </td>
              <td>
                <select
                  aria-label={`Role of ${name}`}
                  value={role}
                  onChange={(event) => void change(id, { role: event.currentTarget.value })}
                >
                  {roles.map((each) => (
                    <option key={each} value={each}>
                      {each}
                    </option>
                  ))}
                </select>
              </td>
              <td>
                <input
                  type="checkbox"
                  aria-label={`${name} may sign in`}
                  checked={!disabled}
                  onChange={(event) => void change(id, { disabled: !event.currentTarget.checked })}
                />
              </td>
              <td>
                <LinkButton
                  label="Reset password"
                  name={name}
                  whom={name}
                  page="reset"
                  path={`accounts/${id}/reset`}
                  disabled={disabled}
                />
              </td>
            </tr>
          ))}
        </Table>
        <section class="part" aria-label="Invites">
          <h2>Invites</h2>
          {roles.map((role) => (
            <InviteButton key={role} invited={role} project={null} />
          ))}
        </section>
      </main>
    </Frame>
  )
}
