import type { OwnFigures, ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf } from '../address.ts'
import { count, duration, percent } from '../figures.ts'
import { account } from '../session.ts'
import { call } from '../wire.ts'
import { Frame } from './frame.tsx'
import { useLoaded } from './load.ts'
import { Problem } from './problem.tsx'
import { ReviewLinks } from './project-links.tsx'

interface Row {
  readonly project: ProjectObject
  readonly own: OwnFigures | null
}

/** The projects that one may see, and how far one is in each. */
export function ProjectList(): JSX.Element {
  const { value, problem } = useLoaded(loadRows, account.value?.id ?? '')
  const admin = account.value?.role === 'admin'
  const rows = value.value
  return (
    <Frame title="Projects">
      <main class="column">
        <Problem text={problem.value} />
        {rows?.length === 0 && (
          <p class="muted">
            {admin ? 'There are no projects yet.' : 'You are in no project yet. Ask an admin to add you to one.'}
          </p>
        )}
        <ul class="projects">
          {rows?.map((row) => (
            <ProjectRow key={row.project.id} {...row} />
          ))}
        </ul>
        <nav class="actions" aria-label="More">
          {admin && (
            <a class="button" href={addressOf({ page: 'new' })}>
              New project
            </a>
          )}
          <a class="button" href={addressOf({ page: 'prompts' })}>
            Prompts
          </a>
          {admin && (
            <>
              <a class="button" href={addressOf({ page: 'accounts' })}>
                Accounts and invites
              </a>
              <a class="button" href={addressOf({ page: 'keys' })}>
                API keys
              </a>
              <a class="button" href={addressOf({ page: 'log', subject: null })}>
                Audit log
              </a>
            </>
          )}
          <a class="button" href={addressOf({ page: 'account' })}>
            Your account
          </a>
          <a class="button" href="#/">
            Talk with Tony
          </a>
        </nav>
      </main>
    </Frame>
  )
}

async function loadRows(): Promise<Row[]> {
  const { projects } = await call<{ projects: ProjectObject[] }>('GET', 'projects')
  return Promise.all(
    projects.map(async (project) => ({
      project,
      own: project.membership === null ? null : await call<OwnFigures>('GET', `projects/${project.id}/own`),
    })),
  )
}

const kinds = { demonstration: 'Writing answers', comparison: 'Ranking answers', ratings: 'Rating answers' } as const

function ProjectRow({ project, own }: Row): JSX.Element {
  const { id, name, kind, archived, membership } = project
  const role = account.value?.role
  return (
    <li class="project">
      <div class="project-head">
        <h2>{name}</h2>
        <span class="muted">
          {kinds[kind]}
          {archived ? ', closed' : ''}
        </span>
      </div>
      {own !== null && <OwnLine own={own} project={project} />}
      <div class="actions">
        {membership !== null && !archived && (
          <a class="button main-button" href={addressOf({ page: 'work', project: id })}>
            {membership.screening === 'pending' ? 'Take the test' : 'Label'}
          </a>
        )}
        {role !== 'labeler' && <ReviewLinks project={id} />}
        {role === 'admin' && (
          <a class="button" href={addressOf({ page: 'admin', project: id })}>
            Administration
          </a>
        )}
      </div>
    </li>
  )
}

/** What one has done in a project. */
export function OwnLine({ own, project }: { readonly own: OwnFigures; readonly project: ProjectObject }): JSX.Element {
  const { submitted, skipped, median_seconds, agreement_with_others, pairs_with_others, open, screening } = own
  const { gold_agreement, gold_judgments } = own
  if (project.membership?.screening === 'pending' && screening.total > 0) {
    return (
      <p class="own">
        <b>Test</b> {screening.done} of {screening.total} done
      </p>
    )
  }
  return (
    <dl class="own">
      <div>
        <dt>Done</dt>
        <dd>
          {submitted}
          {skipped > 0 && <small> and {count(skipped, 'skipped', 'skipped')}</small>}
        </dd>
      </div>
      <div>
        <dt>Left for you</dt>
        <dd>{open}</dd>
      </div>
      <div>
        <dt>Pace</dt>
        <dd>{median_seconds === null ? '–' : `${duration(median_seconds)} an item`}</dd>
      </div>
      {project.kind === 'comparison' && (
        <div>
          <dt title="With the others, of labels that are final: an hour after they were sent. Changes on the hour.">
            Agreement
          </dt>
          <dd>
            {percent(agreement_with_others)}
            {pairs_with_others > 0 && <small> of {count(pairs_with_others, 'pair')}</small>}
          </dd>
        </div>
      )}
      {gold_agreement !== null && (
        <div>
          <dt title="With the expected answers, of labels that are final: an hour after they were sent. Changes on the hour.">
            Agreement on control items
          </dt>
          <dd>
            {percent(gold_agreement)}
            <small> of {count(gold_judgments, 'judgment')}</small>
          </dd>
        </div>
      )}
    </dl>
  )
}
