import { useSignal } from '@preact/signals'
import type { ProgressObject, ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf } from '../address.ts'
import { call } from '../wire.ts'
import { Files } from './files.tsx'
import { Frame } from './frame.tsx'
import { attempt, useLoaded } from './load.ts'
import { Members } from './members.tsx'
import { Problem } from './problem.tsx'
import { ProjectForm } from './project-form.tsx'
import { ReviewLinks } from './project-links.tsx'
import { ProgressPart } from './statistics-view.tsx'

/** Everything that an admin can set and move of one project. */
export function ProjectAdmin({ project: id }: { readonly project: string }): JSX.Element {
  const { value, problem, again } = useLoaded(async () => {
    const [project, progress] = await Promise.all([
      call<ProjectObject>('GET', `projects/${id}`),
      call<ProgressObject>('GET', `projects/${id}/progress`),
    ])
    return { project, progress }
  }, id)
  const found = value.value
  const change = async (body: object, done: string): Promise<void> => {
    if (await attempt(() => call('PATCH', `projects/${id}`, { body }), done)) await again()
  }
  return (
    <Frame title={found?.project.name ?? 'Administration'} project={found?.project ?? null}>
      <main class="column">
        <Problem text={problem.value} />
        {found !== null && (
          <>
            <nav class="actions" aria-label="This project">
              <a class="button" href={addressOf({ page: 'items', project: id })}>
                Items
              </a>
              <ReviewLinks project={id} />
            </nav>
            <ProgressPart progress={found.progress} />
            <Files project={found.project} onImported={again} />
            <Members project={found.project} />
            <Guidelines project={found.project} onAdded={again} />
            <section class="part" aria-label="Settings">
              <h2>Settings</h2>
              <ProjectForm
                project={found.project}
                submit="Store the settings"
                onSubmit={({ kind: _, ...fields }) => void change(fields, 'The settings are stored.')}
              />
              <button
                type="button"
                class="button"
                onClick={() =>
                  void change(
                    { archived: !found.project.archived },
                    found.project.archived ? 'The project is open again.' : 'The project is closed.',
                  )
                }
              >
                {found.project.archived ? 'Open the project again' : 'Close the project'}
              </button>
            </section>
          </>
        )}
      </main>
    </Frame>
  )
}

function Guidelines(props: { readonly project: ProjectObject; readonly onAdded: () => Promise<void> }): JSX.Element {
  const { project, onAdded } = props
  const text = useSignal(project.guidelines.text)
  const add = async (): Promise<void> => {
    const path = `projects/${project.id}/guidelines`
    if (
      await attempt(() => call('POST', path, { body: { text: text.value } }), 'The new version is shown from now on.')
    ) {
      await onAdded()
    }
  }
  return (
    <section class="part" aria-label="Guidelines">
      <h2>Guidelines</h2>
      <p class="muted">
        Version {project.guidelines.version}. Each label keeps the version that it was made under; G shows all of them.
      </p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <textarea
          aria-label="Text of the guidelines"
          rows={8}
          maxLength={100_000}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <button type="submit" class="button" disabled={text.value === project.guidelines.text}>
          Store as a new version
        </button>
      </form>
    </section>
  )
}
