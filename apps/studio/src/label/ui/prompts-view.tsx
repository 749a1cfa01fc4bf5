import { type Signal, signal, useSignal } from '@preact/signals'
import type { PromptCount, PromptFilter, PromptPage } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { download } from '../../store/export.ts'
import { addressOf } from '../address.ts'
import { count } from '../figures.ts'
import { kindNames, splitNames, useCases } from '../prompt.ts'
import { account } from '../session.ts'
import { call, callForFile } from '../wire.ts'
import { FilterSelect } from './filter-select.tsx'
import { Frame } from './frame.tsx'
import { attempt, useLoaded } from './load.ts'
import { Pager } from './pager.tsx'
import { Problem } from './problem.tsx'
import { PromptCard } from './prompt-card.tsx'
import { TakePrompts } from './take-prompts.tsx'

/** Prompts on one page of the list. */
const PAGE = 50

/** What is chosen; it stays while one goes to another page and comes back. */
const filter: Signal<PromptFilter> = signal({})

/** The prompts that were collected and written: labelers see their own, admins and reviewers all. */
export function PromptsView(): JSX.Element {
  const offset = useSignal(0)
  const role = account.value?.role
  // What someone else has chosen at this browser must not hide prompts where it cannot be seen.
  const chosen = role === 'labeler' ? { ...filter.value, decided: undefined } : filter.value
  const query = queryOf(chosen)
  useEffect(() => {
    offset.value = 0
  }, [query])
  const list = useLoaded(
    () => call<PromptPage>('GET', `prompts?${query}&offset=${offset.value}&limit=${PAGE}`),
    `${query} ${offset.value}`,
    'last',
  )
  // The table shows all use cases and splits, whichever of them the list shows.
  const { split: _, use_case: __, ...rest } = chosen
  const counts = useLoaded(
    () => call<{ counts: PromptCount[] }>('GET', `prompts/counts?${queryOf(rest)}`),
    queryOf(rest),
    'last',
  )
  const again = async (): Promise<void> => {
    await Promise.all([list.again(), counts.again()])
  }
  const found = list.value.value
  return (
    <Frame title={role === 'labeler' ? 'Your prompts' : 'Prompts'}>
      <main class="column">
        <nav class="actions" aria-label="Prompts">
          <a class="button main-button" href={addressOf({ page: 'write' })}>
            Write a prompt
          </a>
          <a class="button" href={addressOf({ page: 'projects' })}>
            All projects
          </a>
        </nav>
        <Problem text={list.problem.value ?? counts.problem.value} />
        <Counts counts={counts.value.value?.counts ?? []} />
        <section class="part" aria-label="List">
          <h2>{found === null ? 'Prompts' : count(found.total, 'prompt')}</h2>
          <Filters />
          {role === 'admin' && <TakePrompts filter={chosen} total={found?.total ?? 0} />}
          {role === 'admin' && <ExportPrompts query={query} total={found?.total ?? 0} />}
          {found?.total === 0 && (
            <p class="muted">
              {query === '' ? 'There are no prompts yet.' : 'No prompt is like that. Choose less above.'}
            </p>
          )}
          <ul class="prompts">
            {found?.prompts.map((prompt) => (
              <PromptCard key={prompt.id} prompt={prompt} onChanged={again} />
            ))}
          </ul>
          {found !== null && found.total > PAGE && (
            <Pager offset={offset} total={found.total} page={PAGE} words={['Newer', 'Older']} />
          )}
        </section>
      </main>
    </Frame>
  )
}

/** Takes the prompts that are chosen out, for training. */
function ExportPrompts({ query, total }: { readonly query: string; readonly total: number }): JSX.Element {
  const conversations = useSignal(false)
  const take = (): Promise<boolean> =>
    attempt(async () => {
      const more = conversations.value ? '&conversations=1' : ''
      download(await callForFile(`prompts/export?${query}${more}`), 'prompts.jsonl')
    })
  return (
    <details class="take">
      <summary>Export for training</summary>
      <div class="stack">
        <p class="muted">
          One line for each of the prompts that are chosen, which “tony align ppo --set prompts=FILE” reads.
        </p>
        <label class="check">
          <input
            type="checkbox"
            checked={conversations.value}
            onChange={(event) => (conversations.value = event.currentTarget.checked)}
          />
          With conversations of several messages
        </label>
        <button type="button" class="button" disabled={total === 0} onClick={() => void take()}>
          Export as JSONL
        </button>
      </div>
    </details>
  )
}

function Filters(): JSX.Element {
  const { split, use_case, kind, source, decided } = filter.value
  const { api, ...written } = kindNames
  return (
    <div class="row filters">
      <FilterSelect
        label="Split"
        value={split}
        choices={Object.entries(splitNames)}
        onChoose={(value) => choose({ split: value as PromptFilter['split'] })}
      />
      <FilterSelect
        label="Use case"
        value={use_case}
        choices={[...useCases, ['none', 'None suggested']]}
        onChoose={(value) => choose({ use_case: value as PromptFilter['use_case'] })}
      />
      <FilterSelect
        label="Source"
        value={source}
        choices={[
          ['api', api],
          ['written', 'Written by labelers'],
        ]}
        // A prompt of the API has no kind of its own.
        onChoose={(value) => choose({ source: value as PromptFilter['source'], kind: undefined })}
      />
      {source !== 'api' && (
        <FilterSelect
          label="Kind"
          value={kind}
          choices={Object.entries(written)}
          onChoose={(value) => choose({ kind: value as PromptFilter['kind'] })}
        />
      )}
      {account.value?.role !== 'labeler' && (
        <FilterSelect
          label="Decision"
          value={decided}
          choices={[
            ['no', 'Use case only suggested'],
            ['yes', 'Use case decided'],
          ]}
          onChoose={(value) => choose({ decided: value as PromptFilter['decided'] })}
        />
      )}
    </div>
  )
}

function choose(change: PromptFilter): void {
  filter.value = { ...filter.value, ...change }
}

function Counts({ counts }: { readonly counts: readonly PromptCount[] }): JSX.Element | null {
  if (counts.length === 0) return null
  const splits = Object.entries(splitNames)
  const total = (rows: readonly PromptCount[]): number => rows.reduce((sum, row) => sum + row.prompts, 0)
  const rows = [...useCases, [null, 'None suggested'] as const].map(([useCase, name]) => ({
    name,
    of: counts.filter((row) => row.use_case === useCase),
  }))
  const decided = counts.reduce((sum, row) => sum + row.decided, 0)
  const cells = (of: readonly PromptCount[]): JSX.Element => (
    <>
      {splits.map(([split]) => (
        <td key={split}>{total(of.filter((row) => row.split === split))}</td>
      ))}
      <td>{total(of)}</td>
    </>
  )
  return (
    <details class="counts">
      <summary>
        Counts by use case and split{' '}
        <small>
          {count(total(counts), 'prompt')}, {count(decided, 'use case')} decided
        </small>
      </summary>
      <div class="scroll-x">
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">Use case</th>
              {splits.map(([split, name]) => (
                <th scope="col" key={split}>
                  {name}
                </th>
              ))}
              <th scope="col">All</th>
            </tr>
          </thead>
          <tbody>
            {rows
              .filter(({ of }) => of.length > 0)
              .map(({ name, of }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {cells(of)}
                </tr>
              ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">All</th>
              {cells(counts)}
            </tr>
          </tfoot>
        </table>
      </div>
    </details>
  )
}

function queryOf(chosen: PromptFilter): string {
  const entries = Object.entries(chosen).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new URLSearchParams(entries).toString()
}
