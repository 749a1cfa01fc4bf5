import { useSignal } from '@preact/signals'
import type { ProjectObject, PromptFilter, Taken } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf } from '../address.ts'
import { count } from '../figures.ts'
import { call } from '../wire.ts'
import { attempt, useLoaded } from './load.ts'
import { Problem } from './problem.tsx'

/** The most that the server takes at once. */
const MOST = 10_000

/** Makes the prompts that are chosen items of a project in which labelers write answers. */
export function TakePrompts({ filter, total }: { readonly filter: PromptFilter; readonly total: number }): JSX.Element {
  const { value, problem } = useLoaded(() => call<{ projects: ProjectObject[] }>('GET', 'projects'), 'projects')
  const chosen = useSignal('')
  const most = useSignal('')
  const done = useSignal<{ readonly project: string; readonly taken: Taken } | null>(null)
  const projects = value.value?.projects.filter(({ kind, archived }) => kind === 'demonstration' && !archived)
  const project = chosen.value === '' ? (projects?.[0]?.id ?? '') : chosen.value
  const wanted = Math.min(total, MOST, most.value === '' ? MOST : Number(most.value))
  const take = (): Promise<boolean> =>
    attempt(async () => {
      const body = { ...filter, ...(most.value === '' ? {} : { most: Number(most.value) }) }
      done.value = { project, taken: await call<Taken>('POST', `projects/${project}/prompts`, { body }) }
    })
  return (
    <details class="take">
      <summary>Take into a project</summary>
      <Problem text={problem.value} />
      {projects?.length === 0 ? (
        <p>
          No open project asks for written answers yet. <a href={addressOf({ page: 'new' })}>Make one</a> of the kind
          “Writing answers (demonstrations)”.
        </p>
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault()
            void take()
          }}
        >
          <p class="muted">
            Those that are chosen become items to be labeled, the oldest first. What a project has already is left out.
          </p>
          <div class="row">
            <label>
              Project
              <select value={project} onChange={(event) => (chosen.value = event.currentTarget.value)}>
                {projects?.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            <label>
              At most
              <input
                type="number"
                min="1"
                max={String(MOST)}
                placeholder={String(Math.min(total, MOST))}
                value={most.value}
                onInput={(event) => (most.value = event.currentTarget.value)}
              />
            </label>
          </div>
          {filter.split !== 'train' && (
            <p class="note">
              Prompts of the splits validation and test are for measuring: what is labeled of them must not train.
              Choose the split “Train” for training data.
            </p>
          )}
          <button type="submit" class="button main-button" disabled={project === '' || total === 0}>
            Take {count(wanted, 'prompt')}
          </button>
          {done.value !== null && (
            <p role="status">
              {count(done.value.taken.items, 'item')} added
              {done.value.taken.present > 0 && `, ${done.value.taken.present} were there already`}.{' '}
              <a href={addressOf({ page: 'admin', project: done.value.project })}>Open the project</a>
            </p>
          )}
        </form>
      )}
    </details>
  )
}
