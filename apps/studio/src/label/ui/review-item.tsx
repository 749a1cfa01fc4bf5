import { useSignal } from '@preact/signals'
import type { ProjectObject, ReviewObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf, go } from '../address.ts'
import { type Draft, textOf, toAnswer, whatIsMissing, withText } from '../answer.ts'
import { percent } from '../figures.ts'
import { useKeys } from '../keys.ts'
import { draftFrom, placesOf, reordered, unordered } from '../review.ts'
import { apiAddress, call } from '../wire.ts'
import { Frame } from './frame.tsx'
import { LabelTable } from './label-table.tsx'
import { attempt, useLoaded } from './load.ts'
import { Pieces, PromptView } from './pieces.tsx'
import { Problem } from './problem.tsx'
import { RankBoard } from './rank-board.tsx'
import { RatingForm } from './rating-form.tsx'

const media = (sha256: string): string => apiAddress(`media/${sha256}`)

/** The labels of one item side by side, and the final decision. */
export function ReviewItem(props: { readonly project: string; readonly item: string }): JSX.Element {
  const { value, problem } = useLoaded(async () => {
    const [project, found] = await Promise.all([
      call<ProjectObject>('GET', `projects/${props.project}`),
      call<ReviewObject>('GET', `items/${props.item}/labels`),
    ])
    const places = placesOf(found.item_id, found.outputs.length)
    return { project, places, review: reordered(found, places) }
  }, props.item)
  const loaded = value.value
  return (
    <Frame title={loaded === null ? 'Review' : `Review: ${loaded.project.name}`} project={loaded?.project ?? null}>
      <main class="work">
        <a class="back" href={addressOf({ page: 'review', project: props.project })}>
          All items
        </a>
        <Problem text={problem.value} />
        {loaded !== null && (
          <>
            <PromptView prompt={loaded.review.prompt} media={media} />
            <p class="muted">Agreement of the labelers: {percent(loaded.review.agreement)}</p>
            <Decision key={props.item} {...loaded} />
          </>
        )}
      </main>
    </Frame>
  )
}

function Decision(props: {
  readonly project: ProjectObject
  readonly places: readonly number[]
  readonly review: ReviewObject
}): JSX.Element {
  const { project, places, review } = props
  const { outputs, labels, adjudication } = review
  const draft = useSignal<Draft>(draftFrom(adjudication?.answer ?? null, outputs.length))
  const reason = useSignal(adjudication?.reason ?? '')
  const problem = useSignal('')
  const decide = async (): Promise<void> => {
    const missing = whatIsMissing(draft.value, { kind: project.kind, ratings_required: project.kind === 'ratings' })
    problem.value = missing?.text ?? (reason.value.trim() === '' ? 'Give a reason; it goes into the log.' : '')
    if (problem.value !== '') return
    const { ranks, ratings, ...rest } = toAnswer(draft.value, project.kind)
    const answer = {
      ...rest,
      ...(ranks === undefined ? {} : { ranks: unordered(ranks, places) }),
      ...(ratings === undefined ? {} : { ratings: unordered(ratings, places) }),
    }
    const body = { answer, reason: reason.value }
    const path = `items/${review.item_id}/adjudication`
    if (await attempt(() => call('PUT', path, { body }), 'The decision is stored.')) {
      go({ page: 'review', project: project.id })
    }
  }
  useKeys([
    {
      chords: ['Ctrl+Enter'],
      shown: 'Ctrl Enter',
      does: 'Store the decision',
      whileWriting: true,
      run: () => void decide(),
    },
  ])
  return (
    <>
      <LabelTable
        review={review}
        media={media}
        onTake={(answer) => {
          draft.value = draftFrom(answer, outputs.length)
        }}
      />
      <section class="decision" aria-label="Final decision">
        <h2>Final decision</h2>
        {adjudication !== null && (
          <p class="muted">
            {adjudication.adjudicator} decided on {new Date(adjudication.created_at).toLocaleString()}. A new decision
            takes its place.
          </p>
        )}
        <Editor project={project} review={review} draft={draft.value} onChange={(next) => (draft.value = next)} />
        <label class="notes">
          Reason
          <textarea
            rows={2}
            maxLength={10_000}
            value={reason.value}
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
        </label>
        <Problem text={problem.value} />
        <div class="actions">
          <button type="button" class="button main-button" onClick={() => void decide()}>
            Decide
          </button>
          {labels.length === 0 && <span class="muted">There are no labels yet.</span>}
        </div>
      </section>
    </>
  )
}

function Editor(props: {
  readonly project: ProjectObject
  readonly review: ReviewObject
  readonly draft: Draft
  readonly onChange: (draft: Draft) => void
}): JSX.Element {
  const { project, review, draft, onChange } = props
  switch (project.kind) {
    case 'comparison':
      return (
        <RankBoard
          outputs={review.outputs}
          slots={draft.ranks}
          restTied={draft.restTied}
          ratings={draft.ratings}
          media={media}
          disabled={false}
          focus={null}
          onChange={({ slots = draft.ranks, restTied = draft.restTied }) =>
            onChange({ ...draft, ranks: slots, restTied })
          }
        />
      )
    case 'ratings':
      return (
        <div class="rate-all">
          {review.outputs.map(({ content }, i) => (
            <div class="rate-one" key={review.item_id + String(i)}>
              <section class="output">
                <div class="pieces">
                  <Pieces content={content} media={media} name="this answer" />
                </div>
              </section>
              <RatingForm
                place={i}
                rating={draft.ratings[i] ?? { overall: null, flags: {} }}
                disabled={false}
                onChange={(rating) => onChange({ ...draft, ratings: draft.ratings.with(i, rating) })}
              />
            </div>
          ))}
        </div>
      )
    case 'demonstration':
      return (
        <label class="notes">
          The answer
          <textarea
            rows={8}
            value={textOf(draft.content)}
            onInput={(event) => onChange({ ...draft, content: withText(draft.content, event.currentTarget.value) })}
          />
        </label>
      )
  }
}
