import type { ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { go } from '../address.ts'
import { call } from '../wire.ts'
import { Frame } from './frame.tsx'
import { attempt } from './load.ts'
import { ProjectForm } from './project-form.tsx'

/** Makes a project, or brings one back from its full record. */
export function NewProject(): JSX.Element {
  return (
    <Frame title="New project">
      <main class="column">
        <ProjectForm
          project={null}
          submit="Make the project"
          onSubmit={(fields, guidelines) =>
            void attempt(async () => {
              const { id } = await call<ProjectObject>('POST', 'projects', { body: { ...fields, guidelines } })
              go({ page: 'admin', project: id })
            })
          }
        />
        <section class="part" aria-label="Full record">
          <h2>From a full record</h2>
          <p class="muted">A file that was exported as “full” brings a project with all its items and labels.</p>
          <FileButton
            label="Import a full record"
            onFile={(file) =>
              attempt(async () => {
                const { project_id } = await importFile(file, 'full')
                go({ page: 'admin', project: project_id })
              })
            }
          />
        </section>
      </main>
    </Frame>
  )
}

/** Sends a file of JSON lines. @throws ApiFailure */
export function importFile(
  file: File,
  format: string,
  project?: string,
): Promise<{ project_id: string; items: number; labels: number }> {
  const body = new Blob([file], { type: 'application/jsonl' })
  const query = new URLSearchParams({ format, ...(project === undefined ? {} : { project }) })
  return call('POST', `import?${query}`, { body })
}

/** A button that asks for a file. */
export function FileButton(props: {
  readonly label: string
  readonly onFile: (file: File) => Promise<unknown>
}): JSX.Element {
  return (
    <label class="button file-button">
      {props.label}
      <input
        type="file"
        class="sr-only"
        accept=".jsonl,.json,.ndjson"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0]
          event.currentTarget.value = ''
          if (file !== undefined) void props.onFile(file)
        }}
      />
    </label>
  )
}
