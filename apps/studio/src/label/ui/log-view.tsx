import { useSignal } from '@preact/signals'
import type { AccountInfoObject, AuditObject, KeyList, ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf, go } from '../address.ts'
import { actionText, actorName, type LogNames, subjectName } from '../log.ts'
import { call } from '../wire.ts'
import { Frame } from './frame.tsx'
import { attempt, useLoaded } from './load.ts'
import { Problem } from './problem.tsx'

/** Entries that are fetched at once. */
const PAGE = 100

/** Who did what, newest first; `subject` shows only what was done to one thing. */
export function LogView({ subject }: { readonly subject: string | null }): JSX.Element {
  const older = useSignal<readonly AuditObject[]>([])
  const complete = useSignal(false)
  const fetchEntries = async (before?: number): Promise<AuditObject[]> => {
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(subject === null ? {} : { subject }),
      ...(before === undefined ? {} : { before: String(before) }),
    })
    const { entries } = await call<{ entries: AuditObject[] }>('GET', `audit?${query}`)
    complete.value = entries.length < PAGE
    return entries
  }
  const { value, problem } = useLoaded(async () => {
    const [entries, names] = await Promise.all([fetchEntries(), loadNames()])
    return { entries, names }
  }, subject ?? '')
  const entries = [...(value.value?.entries ?? []), ...older.value]
  const names = value.value?.names
  const more = (): Promise<boolean> =>
    attempt(async () => {
      older.value = [...older.value, ...(await fetchEntries(entries.at(-1)?.id))]
    })
  return (
    <Frame title="Audit log">
      <main class="column">
        <Problem text={problem.value} />
        {names !== undefined && (
          <>
            <SubjectFilter subject={subject} names={names} />
            {entries.length === 0 && <p class="muted">Nothing is written here yet.</p>}
            <ol class="log" aria-label="Entries, newest first">
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} names={names} linked={subject === null} />
              ))}
            </ol>
            {!complete.value && (
              <div class="actions">
                <button type="button" class="button" onClick={() => void more()}>
                  Show older entries
                </button>
              </div>
            )}
          </>
        )}
      </main>
    </Frame>
  )
}

function SubjectFilter({ subject, names }: { readonly subject: string | null; readonly names: LogNames }): JSX.Element {
  const groups = [
    ['Projects', names.projects],
    ['Accounts', names.accounts],
    ['Keys', names.keys],
  ] as const
  const known = subject === null || groups.some(([, group]) => group.has(subject))
  return (
    <div class="row">
      <label>
        What was done to
        <select
          value={subject ?? ''}
          onChange={(event) => go({ page: 'log', subject: event.currentTarget.value || null })}
        >
          <option value="">Everything</option>
          {!known && <option value={subject}>{subjectName(subject, names)}</option>}
          {groups.map(([title, group]) => (
            <optgroup key={title} label={title}>
              {[...group].map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
    </div>
  )
}

function Entry(props: {
  readonly entry: AuditObject
  readonly names: LogNames
  readonly linked: boolean
}): JSX.Element {
  const { entry, names, linked } = props
  const at = new Date(entry.at)
  const subject = subjectName(entry.subject, names)
  return (
    <li>
      <time dateTime={entry.at} title={at.toLocaleString()}>
        {at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
      </time>
      <p>
        {linked && (
          <>
            <a href={addressOf({ page: 'log', subject: entry.subject })}>{subject}</a>:{' '}
          </>
        )}
        <b>{actorName(entry, names)}</b> {actionText(entry, names)}.
      </p>
    </li>
  )
}

async function loadNames(): Promise<LogNames> {
  const [{ accounts }, { projects }, { keys }] = await Promise.all([
    call<{ accounts: AccountInfoObject[] }>('GET', 'accounts'),
    call<{ projects: ProjectObject[] }>('GET', 'projects'),
    call<KeyList>('GET', 'keys'),
  ])
  return {
    accounts: new Map(accounts.map(({ id, name }) => [id, name])),
    projects: new Map(projects.map(({ id, name }) => [id, name])),
    keys: new Map(keys.flatMap(({ key_hash, label }) => (label === null ? [] : [[key_hash, label]]))),
  }
}
