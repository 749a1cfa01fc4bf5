import { useSignal } from '@preact/signals'
import type { ProjectBody, ProjectObject, GOLD_EVERY as SERVER_GOLD_EVERY } from '@tony/server/protocol'
import type { JSX } from 'preact'

/** What an admin sets of a project. */
export type ProjectFields = Omit<ProjectBody, 'guidelines'>

const kinds = [
  ['demonstration', 'Writing answers (demonstrations)'],
  ['comparison', 'Ranking 2 to 9 answers (comparisons)'],
  ['ratings', 'Rating answers'],
] as const

/** What the server takes; the compiler holds it to the server's. */
const GOLD_EVERY: typeof SERVER_GOLD_EVERY = { least: 3, most: 100, usual: 10 } as const

/** The settings of a new project, or of one that is there. */
export function ProjectForm(props: {
  readonly project: ProjectObject | null
  readonly submit: string
  readonly onSubmit: (fields: ProjectFields, guidelines: string) => void
}): JSX.Element {
  const { project, submit, onSubmit } = props
  const kind = useSignal<ProjectBody['kind']>(project?.kind ?? 'comparison')
  const screens = useSignal(project !== null && project.screening_minimum !== null)
  const controls = useSignal(project === null || project.gold_every != null)
  // Nothing can say by itself how well a demonstration agrees with another.
  const compares = kind.value !== 'demonstration'
  const send = (form: HTMLFormElement): void => {
    const data = new FormData(form)
    const number = (name: string): number => Number(data.get(name))
    onSubmit(
      {
        name: String(data.get('name')),
        kind: kind.value,
        overlap: number('overlap'),
        lease_seconds: Math.round(60 * number('minutes')),
        ratings_required: data.get('ratings') !== null,
        screening_minimum: screens.value ? number('minimum') / 100 : null,
        gold_every: compares && controls.value ? number('gold') : null,
      },
      String(data.get('guidelines') ?? ''),
    )
  }
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        send(event.currentTarget)
      }}
    >
      <label>
        Name
        <input name="name" required maxLength={200} defaultValue={project?.name ?? ''} />
      </label>
      <label>
        What labelers do
        <select
          value={kind.value}
          disabled={project !== null}
          onChange={(event) => (kind.value = event.currentTarget.value as ProjectBody['kind'])}
        >
          {kinds.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <div class="row">
        <label>
          Labelers for each item
          <input name="overlap" type="number" min="1" max="100" required defaultValue={String(project?.overlap ?? 2)} />
        </label>
        <label>
          Minutes before an unfinished item goes to others
          <input
            name="minutes"
            type="number"
            min="0.5"
            max="10080"
            step="0.5"
            required
            defaultValue={String((project?.lease_seconds ?? 1800) / 60)}
          />
        </label>
      </div>
      {compares && (
        <label class="check">
          <input name="ratings" type="checkbox" defaultChecked={project?.ratings_required ?? true} />
          Overall quality is required for each answer
        </label>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={screens.value}
          onChange={(event) => (screens.value = event.currentTarget.checked)}
        />
        Labelers take a test first (items with an expected answer)
      </label>
      {screens.value && (
        <label>
          Agreement that passes, in percent
          <input
            name="minimum"
            type="number"
            min="0"
            max="100"
            required
            defaultValue={String(Math.round(100 * (project?.screening_minimum ?? 0.75)))}
          />
        </label>
      )}
      {compares && (
        <label class="check">
          <input
            type="checkbox"
            checked={controls.value}
            onChange={(event) => (controls.value = event.currentTarget.checked)}
          />
          Control items are mixed in (items with an expected answer and “gold”)
        </label>
      )}
      {compares && controls.value && (
        <label>
          Of how many items one is a control item, on average
          <input
            name="gold"
            type="number"
            min={GOLD_EVERY.least}
            max={GOLD_EVERY.most}
            required
            defaultValue={String(project?.gold_every ?? GOLD_EVERY.usual)}
          />
        </label>
      )}
      {project === null && (
        <label>
          Guidelines
          <textarea name="guidelines" rows={8} maxLength={100_000} />
        </label>
      )}
      <button type="submit" class="button main-button">
        {submit}
      </button>
    </form>
  )
}
