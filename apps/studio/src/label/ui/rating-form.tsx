/** @file The rating form of one answer: overall quality and the yes/no questions. */
import type { JSX } from 'preact'
import { type Flag, flags, flagTexts, type Rating } from '../answer.ts'
import { type Key, useKeys } from '../keys.ts'
import { letter } from '../ranking.ts'

const grades = [1, 2, 3, 4, 5, 6, 7] as const
const words: Readonly<Record<number, string>> = { 1: 'worst', 7: 'best' }
const choices = [
  { value: true, word: 'Yes' },
  { value: false, word: 'No' },
  { value: null, word: 'Unset' },
] as const

/** The form. */
export function RatingForm(props: {
  readonly place: number
  readonly rating: Rating
  readonly onChange: (rating: Rating) => void
  readonly disabled: boolean
}): JSX.Element {
  const { place, rating, onChange, disabled } = props
  const id = `rating-${place}`
  const setFlag = (flag: Flag, value: boolean | null): void =>
    onChange({ ...rating, flags: { ...rating.flags, [flag]: value } })
  const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`#${id} .question`)]
  const focusRow = (by: number): void => {
    const all = rows()
    const at = all.findIndex((row) => row.contains(document.activeElement))
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]
    ;(next?.querySelector<HTMLElement>('input:checked') ?? next?.querySelector('input'))?.focus()
  }
  const setFocused = (value: boolean | null): void => {
    const flag = document.activeElement?.closest<HTMLElement>(`#${id} [data-flag]`)?.dataset['flag']
    if (flag !== undefined) setFlag(flag as Flag, value)
  }
  const keys: Key[] = disabled
    ? []
    : [
        {
          chords: grades.map(String),
          shown: '1 … 7',
          does: 'Overall quality',
          fixed: true,
          run: (chord) => onChange({ ...rating, overall: Number(chord) }),
        },
        { chords: ['j', 'ArrowDown'], shown: 'J ↓', does: 'Next question', run: () => focusRow(1) },
        { chords: ['k', 'ArrowUp'], shown: 'K ↑', does: 'Question before', run: () => focusRow(-1) },
        { chords: ['y'], shown: 'Y', does: 'Yes to this question', run: () => setFocused(true) },
        { chords: ['n'], shown: 'N', does: 'No to this question', run: () => setFocused(false) },
        {
          chords: ['Backspace', '0'],
          shown: '0 ⌫',
          does: 'Unset this question',
          run: () => setFocused(null),
        },
      ]
  useKeys(keys)
  return (
    <fieldset class="rating" id={id} disabled={disabled} aria-label={`Rating of answer ${letter(place)}`}>
      <div class="question overall" role="radiogroup" aria-label="Overall quality, 1 is worst, 7 is best">
        <span>Overall quality</span>
        <span class="grades">
          {grades.map((grade) => (
            <label key={grade} class="grade">
              <input
                type="radio"
                name={`${id}-overall`}
                aria-label={words[grade] === undefined ? `${grade}` : `${grade}, ${words[grade]}`}
                checked={rating.overall === grade}
                onChange={() => onChange({ ...rating, overall: grade })}
              />
              <span aria-hidden="true">{grade}</span>
            </label>
          ))}
        </span>
      </div>
      {flags.map((flag) => (
        <div key={flag} class="question" role="radiogroup" aria-label={flagTexts[flag]} data-flag={flag}>
          <span>{flagTexts[flag]}</span>
          <span class="choices">
            {choices.map(({ value, word }) => (
              <label key={word} class={`choice choice-${word.toLowerCase()}`}>
                <input
                  type="radio"
                  name={`${id}-${flag}`}
                  checked={(rating.flags[flag] ?? null) === value}
                  onChange={() => setFlag(flag, value)}
                />
                <span>{word === 'Unset' ? '–' : word}</span>
                {word === 'Unset' && <span class="sr-only">Unset</span>}
              </label>
            ))}
          </span>
        </div>
      ))}
    </fieldset>
  )
}
