import { useSignal } from '@preact/signals'
import type { AssignmentObject, ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { announce } from '../../talk/notices.ts'
import type { Rating } from '../answer.ts'
import type { Desk } from '../desk.ts'
import { useKeys } from '../keys.ts'
import { letter, unranked } from '../ranking.ts'
import { stepSpeed, toggleSound } from '../sound.ts'
import { Notes } from './notes.tsx'
import { firstFile, type MediaAddress, Pieces } from './pieces.tsx'
import { RankBoard } from './rank-board.tsx'
import { RatingForm } from './rating-form.tsx'
import { zoomedPicture } from './zoom.tsx'

/** Rates each answer alone, then, where the project compares, ranks them all. */
export function Comparison(props: {
  readonly desk: Desk
  readonly project: ProjectObject
  readonly assignment: AssignmentObject
  readonly media: MediaAddress
  readonly disabled: boolean
}): JSX.Element {
  const { desk, project, assignment, media, disabled } = props
  const { outputs } = assignment
  const draft = desk.draft.value
  const last = project.kind === 'comparison' ? outputs.length : outputs.length - 1
  const unrated = draft.ratings.findIndex(({ overall }) => overall === null)
  // Whoever has begun to rank is done with rating alone.
  const ranking = project.kind === 'comparison' && unranked(draft.ranks).length < outputs.length
  const step = useSignal(unrated < 0 || ranking ? last : unrated)
  const missing = desk.missing.value
  useEffect(() => {
    if (missing !== null) step.value = missing.stage === 'rank' ? outputs.length : missing.output
  }, [missing])
  const move = (to: number): void => {
    step.value = Math.min(Math.max(to, 0), last)
    announce(step.value === outputs.length ? 'Ranking' : `Answer ${letter(step.value)} of ${outputs.length}`)
  }
  const forward = (): void => {
    if (step.value === last) {
      void desk.submit()
      return
    }
    const rated = draft.ratings[step.value]?.overall != null
    if (rated || !project.ratings_required) move(step.value + 1)
    else announce('Give the overall quality first, 1 to 7.')
  }
  useKeys([
    { chords: ['Enter'], shown: 'Enter', does: 'Next answer; at the end: submit', run: forward },
    { chords: ['b'], shown: 'B', does: 'Back to the answer before', run: () => move(step.value - 1) },
    {
      chords: [',', '.'],
      shown: ', .',
      does: 'Sound slower, faster',
      fixed: true,
      run: (chord) => stepSpeed(chord === ',' ? -1 : 1),
    },
  ])
  return (
    <div class="comparison">
      <nav class="steps" aria-label="Steps">
        {outputs.map((_, i) => (
          <button
            key={letter(i)}
            type="button"
            class={draft.ratings[i]?.overall == null ? 'step' : 'step done'}
            aria-current={step.value === i ? 'step' : undefined}
            aria-label={`Rate answer ${letter(i)}${draft.ratings[i]?.overall == null ? '' : ', rated'}`}
            onClick={() => move(i)}
          >
            {letter(i)}
          </button>
        ))}
        {project.kind === 'comparison' && (
          <button
            type="button"
            class="step step-rank"
            aria-current={step.value === outputs.length ? 'step' : undefined}
            onClick={() => move(outputs.length)}
          >
            Ranking
          </button>
        )}
      </nav>
      {step.value < outputs.length ? (
        <RateOne
          key={step.value}
          place={step.value}
          content={outputs[step.value]?.content ?? []}
          rating={draft.ratings[step.value] ?? { overall: null, flags: {} }}
          media={media}
          disabled={disabled}
          onChange={(rating) => desk.change({ ratings: draft.ratings.with(step.value, rating) })}
          onForward={forward}
          last={step.value === last}
        />
      ) : (
        <RankBoard
          outputs={outputs}
          slots={draft.ranks}
          restTied={draft.restTied}
          ratings={draft.ratings}
          media={media}
          disabled={disabled}
          focus={missing?.stage === 'rank' ? missing.output : 0}
          onChange={({ slots, restTied }) =>
            desk.change({
              ...(slots === undefined ? {} : { ranks: slots }),
              ...(restTied === undefined ? {} : { restTied }),
            })
          }
        />
      )}
      <Notes value={draft.notes} disabled={disabled} onChange={(notes) => desk.change({ notes })} />
    </div>
  )
}

function RateOne(props: {
  readonly place: number
  readonly content: AssignmentObject['outputs'][number]['content']
  readonly rating: Rating
  readonly media: MediaAddress
  readonly disabled: boolean
  readonly onChange: (rating: Rating) => void
  readonly onForward: () => void
  readonly last: boolean
}): JSX.Element {
  const { place, content, rating, media, disabled, onChange, onForward, last } = props
  const name = `answer ${letter(place)}`
  const [sound, picture] = [firstFile(content, 'audio', media), firstFile(content, 'image', media)]
  useKeys([
    ...(sound === undefined
      ? []
      : [
          {
            chords: [' ', `Shift+${place + 1}`],
            shown: 'Space',
            does: 'Play or pause',
            run: () => toggleSound(sound),
          },
        ]),
    ...(picture === undefined
      ? []
      : [
          {
            chords: ['z'],
            shown: 'Z',
            does: 'Show the picture large',
            run: () => {
              zoomedPicture.value = { url: picture, name: `Picture of ${name}` }
            },
          },
        ]),
  ])
  return (
    <div class="rate-one">
      <section class="output" aria-label={`Answer ${letter(place)}`}>
        <h3>Answer {letter(place)}</h3>
        <div class="pieces">
          <Pieces content={content} media={media} name={name} />
        </div>
      </section>
      <div>
        <RatingForm place={place} rating={rating} onChange={onChange} disabled={disabled} />
        {!last && (
          <button type="button" class="button forward" disabled={disabled} onClick={onForward}>
            Next
          </button>
        )}
      </div>
    </div>
  )
}
