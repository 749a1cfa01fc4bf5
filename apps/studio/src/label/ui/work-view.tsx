import { useSignal } from '@preact/signals'
import type { AssignmentObject, ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { addressOf } from '../address.ts'
import { Desk, type Reason } from '../desk.ts'
import { percent } from '../figures.ts'
import type { Keeper } from '../kept.ts'
import { useKeys } from '../keys.ts'
import { hushSound } from '../sound.ts'
import { apiAddress } from '../wire.ts'
import { Banners, SaveState, TestNote } from './banners.tsx'
import { Comparison } from './comparison.tsx'
import { DemonstrationForm } from './demonstration-form.tsx'
import { Frame } from './frame.tsx'
import { PromptView } from './pieces.tsx'
import { OwnLine } from './project-list.tsx'
import { SkipDialog } from './skip-dialog.tsx'

/** Where a labeler works in one project. */
export function WorkView({ project: id, keeper }: { readonly project: string; readonly keeper: Keeper }): JSX.Element {
  const desk = useSignal<Desk | null>(null)
  useEffect(() => {
    const made = new Desk(id, keeper)
    desk.value = made
    void made.begin()
    return () => {
      made.dispose()
      hushSound()
    }
  }, [id, keeper])
  return desk.value === null ? <Frame title="…">{null}</Frame> : <DeskView key={id} desk={desk.value} />
}

/** Not `scroll`: a message that appears scrolls too, with nobody there. */
const signsOfLife = ['keydown', 'pointerdown', 'wheel', 'touchmove'] as const

function DeskView({ desk }: { readonly desk: Desk }): JSX.Element {
  const project = desk.project.value
  const assignment = desk.assignment.value
  const own = desk.own.value
  useEffect(() => {
    const life = (): void => desk.noteLife()
    for (const name of signsOfLife) addEventListener(name, life, { passive: true })
    return () => {
      for (const name of signsOfLife) removeEventListener(name, life)
    }
  }, [desk])
  useKeys([
    { chords: ['u'], shown: 'U', does: 'Take back what was sent last', run: () => void desk.undo() },
    {
      chords: ['Ctrl+Enter'],
      shown: 'Ctrl Enter',
      does: 'Submit',
      whileWriting: true,
      run: () => void desk.submit(),
    },
  ])
  return (
    <Frame title={project?.name ?? '…'} project={project}>
      <div class="work-top">
        {project !== null && own !== null && <OwnLine own={own} project={project} />}
        <SaveState desk={desk} />
      </div>
      <TestNote desk={desk} />
      <Banners desk={desk} />
      {project !== null && desk.reason.value !== null && assignment === null && (
        <Nothing reason={desk.reason.value} project={project} desk={desk} />
      )}
      {project !== null && assignment !== null && (
        <Item key={assignment.id} desk={desk} project={project} assignment={assignment} />
      )}
    </Frame>
  )
}

function Item(props: {
  readonly desk: Desk
  readonly project: ProjectObject
  readonly assignment: AssignmentObject
}): JSX.Element {
  const { desk, project, assignment } = props
  const skipping = useSignal(false)
  const media = (sha256: string): string => apiAddress(`assignments/${assignment.id}/media/${sha256}`)
  const busy = desk.sending.value !== 'no'
  const test = project.membership?.screening === 'pending' && (desk.own.value?.screening.total ?? 0) > 0
  const skip = (): void => {
    if (!busy && !test) skipping.value = true
  }
  useKeys([{ chords: ['s'], shown: 'S', does: 'Skip this item, with a reason', run: skip }])
  useEffect(() => {
    document.querySelector('.label-page')?.scrollTo(0, 0)
    return hushSound
  }, [assignment.id])
  return (
    <main class="work" aria-busy={busy}>
      <PromptView prompt={assignment.prompt} media={media} />
      {project.kind === 'demonstration' ? (
        <DemonstrationForm desk={desk} media={media} disabled={busy} />
      ) : (
        <Comparison desk={desk} project={project} assignment={assignment} media={media} disabled={busy} />
      )}
      <footer class="work-foot">
        <button type="button" class="button" disabled={busy || test} onClick={skip}>
          Skip
        </button>
        {desk.last.value !== null && (
          <button type="button" class="button" disabled={busy} onClick={() => void desk.undo()}>
            {desk.last.value.what === 'submitted' ? 'Undo the last submission' : 'Undo the last skip'}
          </button>
        )}
        <span class="spring" />
        <button type="button" class="button main-button" disabled={busy} onClick={() => void desk.submit()}>
          {desk.sending.value === 'no' ? 'Submit' : 'Sending …'}
        </button>
      </footer>
      {skipping.value && (
        <SkipDialog onClose={() => (skipping.value = false)} onSkip={(reason) => void desk.skip(reason)} />
      )}
    </main>
  )
}

/** Why there is nothing to do. */
function Nothing(props: {
  readonly reason: Reason
  readonly project: ProjectObject
  readonly desk: Desk
}): JSX.Element {
  const { reason, project, desk } = props
  const score = project.membership?.screening_score ?? null
  const minimum = project.screening_minimum
  const texts: Readonly<Record<Reason, readonly [string, string]>> = {
    done: ['Nothing left for you', 'Every item here is labeled or with someone else. Come back later.'],
    waiting_for_review: ['The test is done', 'Someone reads your answers now and decides. You need not do anything.'],
    screening_failed: [
      'The test was not passed',
      `Your answers agree with ${percent(score)} of what was expected${minimum === null ? '' : `, and ${percent(minimum)} are needed`}. An admin can decide otherwise.`,
    ],
  }
  const [title, text] = texts[reason]
  return (
    <main class="nothing">
      <h2>{title}</h2>
      <p class="muted">{text}</p>
      <div class="actions">
        {reason === 'done' && (
          <button type="button" class="button" onClick={() => void desk.next()}>
            Look again
          </button>
        )}
        {desk.last.value !== null && (
          <button type="button" class="button" onClick={() => void desk.undo()}>
            {desk.last.value.what === 'submitted' ? 'Undo the last submission' : 'Undo the last skip'}
          </button>
        )}
        <a class="button" href={addressOf({ page: 'projects' })}>
          All projects
        </a>
      </div>
    </main>
  )
}
