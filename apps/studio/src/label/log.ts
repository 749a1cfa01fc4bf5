/** @file The audit log as sentences. */
import type { AuditObject, UseCase } from '@tony/server/protocol'
import { count, percent } from './figures.ts'
import { useCaseNames } from './prompt.ts'

/** What ids stand for. */
export interface LogNames {
  readonly accounts: ReadonlyMap<string, string>
  readonly projects: ReadonlyMap<string, string>
  readonly keys: ReadonlyMap<string, string>
}

type Details = Readonly<Record<string, unknown>>

/** What was done, without who did it and to what; an action that this page does not know is shown as it is stored. */
export function actionText({ action, details }: Pick<AuditObject, 'action' | 'details'>, names: LogNames): string {
  const known = sentences[action]
  const given = typeof details === 'object' && details !== null ? (details as Details) : {}
  if (known !== undefined) return known(given, names)
  return details === null ? action : `${action} ${JSON.stringify(details)}`
}

/** The name of an account; the server itself has none. */
export function actorName({ account_id }: Pick<AuditObject, 'account_id'>, names: LogNames): string {
  return account_id === null ? 'The server' : (names.accounts.get(account_id) ?? account_id)
}

/** What something was done to. */
export function subjectName(subject: string, names: LogNames): string {
  const project = names.projects.get(subject)
  if (project !== undefined) return `Project “${project}”`
  const account = names.accounts.get(subject)
  if (account !== undefined) return `Account ${account}`
  const key = names.keys.get(subject)
  if (key !== undefined) return `Key “${key}”`
  const [, kind, rest] = /^(item|prompt|proj|acct)_(\w+)$/.exec(subject) ?? []
  if (kind !== undefined && rest !== undefined) return `${kinds[kind as keyof typeof kinds]} ${rest.slice(0, 8)}`
  if (/^[0-9a-f]{64}$/.test(subject)) return `Key ${subject.slice(0, 8)}`
  return subject === '' ? 'Something' : subject[0]!.toUpperCase() + subject.slice(1)
}

const kinds = { item: 'Item', prompt: 'Prompt', proj: 'Project', acct: 'Account' } as const

const sentences: Readonly<Record<string, (details: Details, names: LogNames) => string>> = {
  'account.change': ({ role, disabled }) =>
    listed([
      ...(role === undefined ? [] : [`made this account ${article(role)}`]),
      ...(disabled === undefined ? [] : [disabled === true ? 'closed the account' : 'opened the account again']),
    ]),
  'account.create': ({ role, project }, { projects }) =>
    `made the account from an invite, as ${article(role)}${project == null ? '' : ` in “${projects.get(String(project)) ?? project}”`}`,
  'account.password': () => 'changed the password',
  'assignment.undo': ({ from }) => `took back what was ${from}`,
  'consent.set': ({ label, collect, before }) => {
    const was = before as { readonly collect?: unknown } | null | undefined
    if (collect === (was?.collect ?? false)) return `named the key “${label}”`
    return collect === true
      ? `lets prompts of “${label}” be kept from now on`
      : `lets no more prompts of “${label}” be kept`
  },
  export: ({ format }) => `exported the labels as ${format}`,
  'guidelines.add': ({ version }) => `wrote version ${version} of the guidelines`,
  import: ({ format, items }) => `imported ${count(Number(items), 'item')} as ${format}`,
  'invite.create': ({ role }) => `made an invite for ${article(role)}`,
  'item.adjudicate': ({ reason, before }) =>
    `${before == null ? 'made' : 'replaced'} the final decision, because: ${reason}`,
  'item.change': ({ overlap }) =>
    overlap === null
      ? 'asked for as many labelers as the project has'
      : `asked for ${count(Number(overlap), 'labeler')}`,
  'item.reveal': () => 'looked at which model made which output',
  'items.add': ({ count: n, from, filter }) =>
    `added ${count(Number(n), 'item')}${from === 'prompts' ? ` from the prompts${chosen(filter)}` : ''}`,
  'key.create': ({ label, collect }) => `made the key “${label}”, ${collect === true ? 'with' : 'without'} consent`,
  'key.delete_prompts': ({ count: n, items }) =>
    `deleted ${count(Number(n), 'prompt')} that came through the key${Number(items) > 0 ? `; what projects made of them stays: ${count(Number(items), 'item')}` : ''}`,
  'key.revoke': ({ label }) => `revoked the key “${label}”`,
  'member.set': ({ account, screening, reason }, { accounts }) => {
    const name = accounts.get(String(account)) ?? account
    const why = reason == null ? '' : `: ${reason}`
    return screening == null ? `added ${name} to the members${why}` : `set the test of ${name} to ${screening}${why}`
  },
  'project.change': (details) =>
    listed(
      Object.entries(details).map(([field, value]) => {
        if (field === 'archived') return value === true ? 'closed the project' : 'opened the project again'
        if (field === 'gold_every') return `set control items to ${value === null ? 'none' : `one in ${value}`}`
        return `set ${field.replaceAll('_', ' ')} to ${value === null ? 'none' : value}`
      }),
    ),
  'project.create': () => 'made the project',
  'prompt.delete': ({ count: n }) => `deleted ${count(Number(n), 'prompt')}`,
  'prompt.export': ({ count: n, filter }) => `exported ${count(Number(n), 'prompt')}${chosen(filter)}`,
  'prompt.tag': ({ use_case }) =>
    use_case === null ? 'took the use case back' : `decided the use case: ${useCaseName(use_case)}`,
  'reset.accept': () => 'set a new password with a link',
  'reset.create': () => 'made a link for a new password',
  'screening.end': ({ screening, score }) =>
    `finished the test${typeof score === 'number' ? ` with ${percent(score)} agreement` : ''}: ${screening}`,
}

function chosen(filter: unknown): string {
  const parts = Object.entries(filter ?? {}).map(([field, value]) => {
    if (field === 'decided') return value === 'yes' ? 'use case decided' : 'use case not decided'
    return field === 'use_case' ? useCaseName(value) : String(value)
  })
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function useCaseName(value: unknown): string {
  return useCaseNames[value as UseCase] ?? 'no use case'
}

function article(role: unknown): string {
  return `${role === 'admin' ? 'an' : 'a'} ${role}`
}

function listed(parts: readonly string[]): string {
  return parts.length === 0 ? 'changed nothing' : parts.join(', ')
}
