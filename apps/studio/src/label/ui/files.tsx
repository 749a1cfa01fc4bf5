import { useSignal } from '@preact/signals'
import type { ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { download } from '../../store/export.ts'
import { notify } from '../../talk/notices.ts'
import { count } from '../figures.ts'
import { callForFile } from '../wire.ts'
import { attempt } from './load.ts'
import { FileButton, importFile } from './new-project.tsx'

const others = [
  ['trl', 'TRL preference pairs'],
  ['hh', 'Anthropic HH'],
  ['sff', 'summarize-from-feedback'],
  ['lhp', 'learning-from-human-preferences'],
] as const
const own = [
  ['full', 'Full record'],
  ['csv', 'Table (CSV)'],
] as const
const exports = {
  demonstration: [...own, ['sft', 'Prompts and completions (SFT)']],
  comparison: [...own, ...others, ['kto', 'TRL rows without pairs (KTO)']],
  ratings: own,
} as const
const imports = {
  demonstration: [['items', 'Items to label']],
  comparison: [['items', 'Items to label'], ...others],
  ratings: [['items', 'Items to label']],
} as const

/** Brings items in and takes labels out. */
export function Files(props: {
  readonly project: ProjectObject
  readonly onImported: () => Promise<void>
}): JSX.Element {
  const { project, onImported } = props
  const from = useSignal<string>('items')
  const to = useSignal<string>('full')
  const media = useSignal(false)
  const bring = (file: File): Promise<boolean> =>
    attempt(async () => {
      const { items, labels } = await importFile(file, from.value, project.id)
      notify(`${count(items, 'item')} and ${count(labels, 'label')} were imported.`)
      await onImported()
    })
  const take = (): Promise<boolean> =>
    attempt(async () => {
      const query = new URLSearchParams({ format: to.value, ...(media.value ? { media: '1' } : {}) })
      const file = await callForFile(`projects/${project.id}/export?${query}`)
      download(file, to.value === 'csv' ? `${project.id}-labels.csv` : `${project.id}-${to.value}.jsonl`)
    })
  return (
    <section class="part" aria-label="Files">
      <h2>Import and export</h2>
      <div class="row">
        <label>
          Import
          <select value={from.value} onChange={(event) => (from.value = event.currentTarget.value)}>
            {imports[project.kind].map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <FileButton label="Import a JSONL file" onFile={bring} />
      </div>
      {from.value === 'items' && (
        <p class="muted">
          An item with <code>"expected"</code>, an answer, belongs to the test
          {project.kind !== 'demonstration' && (
            <>
              ; with <code>"gold": true</code> as well it is a control item
            </>
          )}
          .
        </p>
      )}
      <div class="row">
        <label>
          Export
          <select value={to.value} onChange={(event) => (to.value = event.currentTarget.value)}>
            {exports[project.kind].map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button" onClick={() => void take()}>
          {to.value === 'csv' ? 'Export as CSV' : 'Export as JSONL'}
        </button>
      </div>
      {to.value === 'full' && (
        <label class="check">
          <input
            type="checkbox"
            checked={media.value}
            onChange={(event) => (media.value = event.currentTarget.checked)}
          />
          With the files of sounds and pictures
        </label>
      )}
    </section>
  )
}
