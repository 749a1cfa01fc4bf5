import { useSignal } from '@preact/signals'
import type { PromptObject, UseCase } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { kindNames, replacedText, splitNames, useCaseNames, useCases } from '../prompt.ts'
import { account } from '../session.ts'
import { call } from '../wire.ts'
import { ConfirmButton } from './confirm-button.tsx'
import { attempt } from './load.ts'
import { PromptView } from './pieces.tsx'

/** Longer prompts are shown in part first. */
const LONG = { characters: 600, lines: 14 } as const

/** A stored prompt, what is known of it, and what may be changed. */
export function PromptCard(props: {
  readonly prompt: PromptObject
  readonly onChanged: () => Promise<void>
}): JSX.Element {
  const { prompt, onChanged } = props
  const open = useSignal(false)
  const role = account.value?.role
  const text = prompt.messages.flatMap(({ content }) => content.map((part) => (part.type === 'text' ? part.text : '')))
  const long = text.join('\n').length > LONG.characters || text.join('\n').split('\n').length > LONG.lines
  const replaced = replacedText(prompt.replaced)
  const known = prompt.use_case ?? prompt.suggested_use_case
  const beginning = text.join(' ').slice(0, 40)
  const tag = async (use_case: UseCase | null): Promise<void> => {
    await attempt(() => call('PATCH', `prompts/${prompt.id}`, { body: { use_case } }))
    await onChanged()
  }
  return (
    <li class="prompt-card">
      <div class={long && !open.value ? 'prompt-clip' : ''}>
        {/* Sounds and pictures are never kept of a prompt. */}
        <PromptView prompt={prompt.messages} media={() => ''} />
      </div>
      <div class="prompt-facts">
        <span class="muted">
          {kindNames[prompt.kind]} · {role === 'labeler' && known !== null && `${useCaseNames[known]} · `}
          {splitNames[prompt.split]} · {new Date(prompt.created_at).toLocaleDateString()}
          {replaced !== '' && ` · taken out: ${replaced}`}
        </span>
        {long && (
          <button type="button" class="button" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
            {open.value ? 'Show less' : 'Show all'}
          </button>
        )}
      </div>
      {role !== 'labeler' && (
        <div class="actions prompt-tag">
          <select
            aria-label={`Use case of “${beginning}”`}
            value={prompt.use_case ?? ''}
            onChange={(event) => void tag((event.currentTarget.value || null) as UseCase | null)}
          >
            <option value="">Use case not decided</option>
            {useCases.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
          {prompt.use_case === null && prompt.suggested_use_case !== null && (
            <button type="button" class="button" onClick={() => void tag(prompt.suggested_use_case)}>
              {useCaseNames[prompt.suggested_use_case]}, as suggested
            </button>
          )}
          <span class="spring" />
          {role === 'admin' && (
            <ConfirmButton
              label="Delete"
              name={`“${beginning}”`}
              question="Delete this prompt?"
              consequence="is deleted for good. Items that were made of it stay."
              onConfirm={() =>
                void attempt(() => call('DELETE', `prompts/${prompt.id}`), 'The prompt is deleted.').then(onChanged)
              }
            />
          )}
        </div>
      )}
    </li>
  )
}
