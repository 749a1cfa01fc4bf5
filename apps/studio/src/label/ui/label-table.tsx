import type { LabelObject, ReviewObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { flags, flagTexts } from '../answer.ts'
import { duration } from '../figures.ts'
import { letter } from '../ranking.ts'
import { type MediaAddress, Pieces } from './pieces.tsx'

/** What each labeler said, a column each. */
export function LabelTable(props: {
  readonly review: ReviewObject
  readonly media: MediaAddress
  readonly onTake: (answer: NonNullable<LabelObject['answer']>) => void
}): JSX.Element {
  const { review, media, onTake } = props
  const { labels, outputs } = review
  return (
    <div class="scroll-x">
      <table class="labels">
        <caption class="sr-only">What each labeler said</caption>
        <thead>
          <tr>
            <th scope="col">Answer</th>
            {labels.map((label, i) => (
              <th scope="col" key={label.id}>
                Labeler {i + 1}
                <small>{duration(label.seconds)}</small>
                {label.answer !== null && (
                  <button type="button" class="button" onClick={() => onTake(label.answer!)}>
                    Take over
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {outputs.map(({ content }, output) => (
            <tr key={letter(output)}>
              <th scope="row">
                <b class="card-letter">{letter(output)}</b>
                <div class="pieces">
                  <Pieces content={content} media={media} name={`answer ${letter(output)}`} />
                </div>
              </th>
              {labels.map((label) => (
                <td key={label.id}>
                  <Said label={label} output={output} />
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">{outputs.length === 0 ? 'Written' : 'Notes'}</th>
            {labels.map(({ id, answer, skip_reason }) => (
              <td key={id}>
                {answer?.content !== undefined && (
                  <Pieces content={answer.content} media={media} name="the answer of this labeler" />
                )}
                {skip_reason !== null && <p class="muted">Skipped: {skip_reason}</p>}
                {answer?.notes != null && <p>{answer.notes}</p>}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  )
}

function Said({ label, output }: { readonly label: LabelObject; readonly output: number }): JSX.Element | null {
  const rank = label.answer?.ranks?.[output]
  const rating = label.answer?.ratings?.[output]
  if (label.answer === null) return <span class="muted">skipped</span>
  const said = flags.flatMap((flag) => {
    const value = rating?.flags[flag] ?? null
    return value === null ? [] : [{ flag, value }]
  })
  return (
    <>
      {rank !== undefined && <b class="said-rank">{rank}.</b>}
      {rating?.overall != null && <span class="said-overall">{rating.overall} of 7</span>}
      {said.map(({ flag, value }) => (
        <span key={flag} class={value ? 'said-flag yes' : 'said-flag'}>
          {value ? '' : 'not: '}
          {flagTexts[flag]}
        </span>
      ))}
    </>
  )
}
