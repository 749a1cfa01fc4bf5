import { useSignal } from '@preact/signals'
import type { PromptStored, UseCase } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { notify } from '../../talk/notices.ts'
import { addressOf } from '../address.ts'
import type { Keeper } from '../kept.ts'
import { useKeys } from '../keys.ts'
import {
  EXAMPLES,
  type Example,
  isEmptyPrompt,
  kindNames,
  useCaseNames,
  useCases,
  type WrittenKind,
} from '../prompt.ts'
import { PromptDesk } from '../prompt-desk.ts'
import { call } from '../wire.ts'
import { Frame } from './frame.tsx'
import { Problem } from './problem.tsx'

/** The longest texts that the server takes. */
const LONGEST = { text: 20_000, example: 5000 } as const

const hints: readonly (readonly [WrittenKind, string])[] = [
  ['plain', 'Any task that comes to your mind. Together, prompts should be as different as possible.'],
  ['few-shot', 'An instruction, several query/response pairs that show it, and one query to be answered.'],
  ['user-based', 'A prompt for a use case that users have.'],
]

/** Where a labeler writes prompts of the paper's three kinds. */
export function PromptWriter({ account, keeper }: { readonly account: string; readonly keeper: Keeper }): JSX.Element {
  const desk = useSignal<PromptDesk | null>(null)
  useEffect(() => {
    const made = new PromptDesk(account, keeper, (body) => call<PromptStored>('POST', 'prompts', { body }))
    void made.begin().then(() => (desk.value = made))
  }, [account, keeper])
  return (
    <Frame title="Write a prompt">
      <main class="column">{desk.value !== null && <WriterForm desk={desk.value} />}</main>
    </Frame>
  )
}

function WriterForm({ desk }: { readonly desk: PromptDesk }): JSX.Element {
  const form = useRef<HTMLFormElement>(null)
  const draft = desk.draft.value
  const missing = desk.missing.value
  const busy = desk.sending.value
  const focus = (name: string): void => {
    const found = form.current?.elements.namedItem(name)
    if (found instanceof HTMLElement) found.focus()
  }
  useEffect(() => focus('text'), [])
  useEffect(() => {
    if (missing !== null) focus(missing.field)
  }, [missing])
  const submit = async (): Promise<void> => {
    const stored = await desk.submit()
    if (stored === undefined) return
    const { suggested_use_case: suggested } = stored
    notify(`The prompt is stored.${suggested === null ? '' : ` Suggested use case: ${useCaseNames[suggested]}.`}`)
    focus('text')
  }
  useKeys([
    {
      chords: ['Ctrl+Enter'],
      shown: 'Ctrl Enter',
      does: 'Store the prompt',
      whileWriting: true,
      run: () => void submit(),
    },
  ])
  return (
    <form
      ref={form}
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <fieldset class="kinds" disabled={busy}>
        <legend>Kind</legend>
        {hints.map(([kind, hint]) => (
          <label class="check" key={kind}>
            <input
              type="radio"
              name="kind"
              value={kind}
              checked={draft.kind === kind}
              onChange={() => desk.change({ kind })}
            />
            <span>
              {kindNames[kind]} <small>{hint}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {draft.kind === 'user-based' && <UseCaseField desk={desk} />}
      <label>
        {draft.kind === 'few-shot' ? 'Instruction' : 'Prompt'}
        <textarea
          name="text"
          rows={draft.kind === 'few-shot' ? 3 : 8}
          maxLength={LONGEST.text}
          readOnly={busy}
          value={draft.text}
          onInput={(event) => desk.change({ text: event.currentTarget.value })}
        />
      </label>
      {draft.kind === 'few-shot' && <Examples desk={desk} focus={focus} />}
      {draft.kind !== 'user-based' && <UseCaseField desk={desk} />}
      <Problem text={missing?.text ?? desk.problem.value} />
      <div class="actions">
        <button type="submit" class="button main-button" disabled={busy}>
          {busy ? 'Sending …' : 'Store the prompt'}
        </button>
        <button
          type="button"
          class="button"
          disabled={busy || isEmptyPrompt(draft)}
          onClick={() => {
            const thrown = desk.draft.value
            void desk.clear()
            notify('The draft is cleared.', { action: { label: 'Undo', run: () => desk.change(thrown) } })
            focus('text')
          }}
        >
          Clear
        </button>
        <a class="button" href={addressOf({ page: 'prompts' })}>
          All prompts
        </a>
        {!isEmptyPrompt(draft) && <span class="save-state">Kept in this browser</span>}
      </div>
    </form>
  )
}

/** What a prompt is for; only user-based ones must say. */
function UseCaseField({ desk }: { readonly desk: PromptDesk }): JSX.Element {
  const { kind, useCase } = desk.draft.value
  return (
    <label>
      {kind === 'user-based' ? 'Use case that it stands for' : 'Use case'}
      <select
        name="use_case"
        disabled={desk.sending.value}
        value={useCase ?? ''}
        onChange={(event) => desk.change({ useCase: (event.currentTarget.value || null) as UseCase | null })}
      >
        <option value="">{kind === 'user-based' ? 'Choose one' : 'Let it be suggested'}</option>
        {useCases.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

/** The pairs of a few-shot prompt, and the query that is left open. */
function Examples({ desk, focus }: { readonly desk: PromptDesk; readonly focus: (name: string) => void }): JSX.Element {
  const { examples, query } = desk.draft.value
  const busy = desk.sending.value
  const before = useRef(examples.length)
  // Before the page is drawn, so that whoever goes on typing writes into the new pair.
  useLayoutEffect(() => {
    if (examples.length > before.current) focus(`query-${examples.length - 1}`)
    before.current = examples.length
  }, [examples.length])
  const change = (at: number, change: Partial<Example>): void =>
    desk.change({ examples: examples.map((pair, i) => (i === at ? { ...pair, ...change } : pair)) })
  const box = (at: number, part: keyof Example): JSX.Element => (
    <label>
      {part === 'query' ? 'Query' : 'Response'}
      <textarea
        name={`${part}-${at}`}
        rows={2}
        maxLength={LONGEST.example}
        readOnly={busy}
        value={examples[at]![part]}
        onInput={(event) => change(at, { [part]: event.currentTarget.value })}
      />
    </label>
  )
  return (
    <>
      {examples.map((_, i) => (
        <fieldset class="pair" key={i}>
          <legend>Pair {i + 1}</legend>
          <div class="row">
            {box(i, 'query')}
            {box(i, 'response')}
          </div>
          {examples.length > EXAMPLES.least && (
            <button
              type="button"
              class="button"
              disabled={busy}
              aria-label={`Take out pair ${i + 1}`}
              onClick={() => {
                desk.change({ examples: examples.filter((_, at) => at !== i) })
                focus(`query-${Math.max(0, i - 1)}`)
              }}
            >
              Take out
            </button>
          )}
        </fieldset>
      ))}
      {examples.length < EXAMPLES.most && (
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() => desk.change({ examples: [...examples, { query: '', response: '' }] })}
        >
          Add a pair
        </button>
      )}
      <label>
        Query to be answered
        <textarea
          name="query"
          rows={2}
          maxLength={LONGEST.example}
          readOnly={busy}
          value={query}
          onInput={(event) => desk.change({ query: event.currentTarget.value })}
        />
      </label>
    </>
  )
}
