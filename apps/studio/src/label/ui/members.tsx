import type { AccountInfoObject, MemberObject, ProjectObject, ScreeningName } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { percent } from '../figures.ts'
import { call } from '../wire.ts'
import { InviteButton } from './invite-button.tsx'
import { attempt, useLoaded } from './load.ts'
import { Problem } from './problem.tsx'
import { Table } from './table.tsx'

const screenings: Readonly<Record<ScreeningName, string>> = {
  none: 'no test',
  pending: 'takes the test',
  review: 'waits for your decision',
  passed: 'passed',
  failed: 'failed',
}

/** Who labels in a project, and how their tests ended. */
export function Members({ project }: { readonly project: ProjectObject }): JSX.Element {
  const { value, problem, again } = useLoaded(async () => {
    const [{ members }, { accounts }] = await Promise.all([
      call<{ members: MemberObject[] }>('GET', `projects/${project.id}/members`),
      call<{ accounts: AccountInfoObject[] }>('GET', 'accounts'),
    ])
    return { members, accounts }
  }, project.id)
  const set = async (id: string, body: object): Promise<void> => {
    if (await attempt(() => call('PUT', `projects/${project.id}/members/${id}`, { body }))) await again()
  }
  const members = value.value?.members ?? []
  const others = (value.value?.accounts ?? []).filter(
    ({ id, disabled }) => !disabled && !members.some(({ account }) => account.id === id),
  )
  return (
    <section class="part" aria-label="Members">
      <h2>Members</h2>
      <Problem text={problem.value} />
      {members.length > 0 && (
        <Table columns={['Name', 'Test', 'Your decision']}>
          {members.map(({ account, screening, screening_score }) => (
            <tr key={account.id}>
              <td>
                {account.name}
                {account.role !== 'labeler' && <small> {account.role}</small>}
              </td>
              <td>
                {screenings[screening]}
                {screening_score !== null && <small> {percent(screening_score)}</small>}
              </td>
              <td class="decisions">
                {screening !== 'none' &&
                  (['passed', 'failed'] as const).map((outcome) => (
                    <button
                      key={outcome}
                      type="button"
                      class="button"
                      disabled={screening === outcome}
                      aria-label={`${account.name}: ${outcome}`}
                      onClick={() => void set(account.id, { screening: outcome, reason: 'Decided by hand' })}
                    >
                      {outcome === 'passed' ? 'Let in' : 'Keep out'}
                    </button>
                  ))}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <div class="row">
        <label>
          Add someone
          <select
            value=""
            disabled={others.length === 0}
            onChange={(event) => {
              const id = event.currentTarget.value
              if (id !== '') void set(id, {})
            }}
          >
            <option value="">{others.length === 0 ? 'Everyone is a member' : 'Choose an account'}</option>
            {others.map(({ id, name, role }) => (
              <option key={id} value={id}>
                {name} ({role})
              </option>
            ))}
          </select>
        </label>
        <InviteButton invited="labeler" project={project.id} />
      </div>
    </section>
  )
}
