/** @file What the labeling pages have in common: the bar on top, the sheet of keys, the guidelines. */
import { type Signal, signal } from '@preact/signals'
import type { GuidelinesObject, ProjectObject } from '@tony/server/protocol'
import type { ComponentChildren, JSX } from 'preact'
import { IconButton, Mark } from '../../ui/icons.tsx'
import { Modal } from '../../ui/modal.tsx'
import { toggleTheme } from '../../ui/sidebar.tsx'
import { addressOf } from '../address.ts'
import { useKeys } from '../keys.ts'
import { account, signOut } from '../session.ts'
import { call } from '../wire.ts'
import { KeySheet } from './key-sheet.tsx'
import { attempt, useLoaded } from './load.ts'
import { MarkdownView } from './markdown-view.tsx'

/** Which sheet lies over the page. */
export const sheet: Signal<'keys' | 'guidelines' | null> = signal(null)

/** A page with the bar on top; `project` gives it the guidelines. */
export function Frame(props: {
  readonly title: string
  readonly project?: ProjectObject | null
  readonly children: ComponentChildren
}): JSX.Element {
  const { title, project, children } = props
  const keys = [
    { chords: ['?'], shown: '?', does: 'This sheet', run: () => (sheet.value = 'keys') },
    ...(project == null
      ? []
      : [{ chords: ['g'], shown: 'G', does: 'Guidelines', run: () => (sheet.value = 'guidelines') }]),
  ]
  return (
    <div class="label-page">
      <FrameKeys key={project?.id ?? ''} keys={keys} />
      <header class="bar">
        <a class="bar-home" href={addressOf({ page: 'projects' })} aria-label="All projects">
          <Mark />
        </a>
        <h1>{title}</h1>
        {project != null && (
          <button type="button" class="button" onClick={() => (sheet.value = 'guidelines')}>
            Guidelines
          </button>
        )}
        <IconButton icon="help" label="Keys" onClick={() => (sheet.value = 'keys')} />
        <IconButton icon="sun" label="Light or dark" class="not-phone" onClick={toggleTheme} />
        <a class="bar-who not-phone" href={addressOf({ page: 'account' })} title="Your account">
          {account.value?.name}
        </a>
        <button type="button" class="button" onClick={() => void attempt(signOut)}>
          Sign out
        </button>
      </header>
      {children}
      {sheet.value === 'keys' && <KeySheet onClose={() => close('keys')} />}
      {sheet.value === 'guidelines' && project != null && <GuidelinesSheet project={project} />}
    </div>
  )
}

function FrameKeys({ keys }: { readonly keys: Parameters<typeof useKeys>[0] }): null {
  useKeys(keys)
  return null
}

/** A closed dialog says so a moment later, when another sheet may be open already. */
function close(name: 'keys' | 'guidelines'): void {
  if (sheet.value === name) sheet.value = null
}

function GuidelinesSheet({ project }: { readonly project: ProjectObject }): JSX.Element {
  const { value } = useLoaded(
    () => call<{ versions: GuidelinesObject[] }>('GET', `projects/${project.id}/guidelines`),
    project.id,
  )
  const older = value.value?.versions.filter(({ version }) => version !== project.guidelines.version) ?? []
  return (
    <Modal title={`Guidelines, version ${project.guidelines.version}`} class="wide" onClose={() => close('guidelines')}>
      <GuidelinesText text={project.guidelines.text} />
      {older.map(({ version, text, created_at }) => (
        <details key={version}>
          <summary>
            Version {version}, {new Date(created_at).toLocaleDateString()}
          </summary>
          <GuidelinesText text={text} />
        </details>
      ))}
    </Modal>
  )
}

function GuidelinesText({ text }: { readonly text: string }): JSX.Element {
  return text.trim() === '' ? <p class="muted">Nothing is written here yet.</p> : <MarkdownView text={text} />
}
