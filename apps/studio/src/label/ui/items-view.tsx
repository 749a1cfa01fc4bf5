import { useSignal } from '@preact/signals'
import type { ItemFilter, ItemObject, ItemPage, MemberObject, ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf } from '../address.ts'
import { textOf } from '../answer.ts'
import { count } from '../figures.ts'
import { call } from '../wire.ts'
import { FilterSelect } from './filter-select.tsx'
import { Frame } from './frame.tsx'
import { attempt, useLoaded } from './load.ts'
import { Pager } from './pager.tsx'
import { Problem } from './problem.tsx'
import { Table } from './table.tsx'

/** Items on one page of the list. */
const PAGE = 50
/** Characters of a prompt that are shown. */
const EXCERPT = 120

const filters: readonly (readonly [Exclude<ItemFilter, 'all'>, string])[] = [
  ['open', 'Still to be labeled'],
  ['complete', 'With all their labels'],
  ['skipped', 'Skipped by somebody'],
  ['screening', 'Of the test'],
  ['gold', 'Control items'],
]

const purposes: Readonly<Record<ItemObject['purpose'], string>> = {
  work: 'work',
  screening: 'test',
  gold: 'control',
}

/** All items of a project for an admin: how far each is, why it was skipped, and how many labelers it gets. */
export function ItemsView({ project: id }: { readonly project: string }): JSX.Element {
  const offset = useSignal(0)
  const show = useSignal<ItemFilter>('all')
  const about = useLoaded(async () => {
    const [project, { members }] = await Promise.all([
      call<ProjectObject>('GET', `projects/${id}`),
      call<{ members: MemberObject[] }>('GET', `projects/${id}/members`),
    ])
    return { project, members }
  }, id)
  const list = useLoaded(
    () => call<ItemPage>('GET', `projects/${id}/items?show=${show.value}&offset=${offset.value}&limit=${PAGE}`),
    `${id} ${show.value} ${offset.value}`,
    'last',
  )
  const loaded = about.value.value
  const found = list.value.value
  return (
    <Frame title={loaded === null ? 'Items' : `Items: ${loaded.project.name}`} project={loaded?.project ?? null}>
      <main class="column">
        <nav class="actions" aria-label="This project">
          <a class="button" href={addressOf({ page: 'admin', project: id })}>
            Administration
          </a>
        </nav>
        <Problem text={about.problem.value ?? list.problem.value} />
        <section class="part" aria-label="List">
          <h2>{found === null ? 'Items' : count(found.total, 'item')}</h2>
          <div class="row filters">
            <FilterSelect
              label="Show"
              value={show.value === 'all' ? undefined : show.value}
              choices={filters}
              onChoose={(value) => {
                show.value = (value ?? 'all') as ItemFilter
                offset.value = 0
              }}
            />
          </div>
          {found?.total === 0 && (
            <p class="muted">{show.value === 'all' ? 'There are no items yet.' : 'No item is like that.'}</p>
          )}
          {loaded !== null && found !== null && found.total > 0 && (
            <Table columns={['Item', 'For', 'Labels', 'Skipped because', 'Decision', 'Labelers']}>
              {found.items.map((item) => (
                <ItemRow key={item.id} item={item} {...loaded} onChanged={list.again} />
              ))}
            </Table>
          )}
          {found !== null && found.total > PAGE && (
            <Pager offset={offset} total={found.total} page={PAGE} words={['Earlier', 'Later']} />
          )}
        </section>
      </main>
    </Frame>
  )
}

function ItemRow(props: {
  readonly item: ItemObject
  readonly project: ProjectObject
  readonly members: readonly MemberObject[]
  readonly onChanged: () => Promise<void>
}): JSX.Element {
  const { item, project, members, onChanged } = props
  const nameOf = (labeler: string): string =>
    members.find((member) => member.labeler === labeler)?.account.name ?? labeler
  const change = async (field: HTMLInputElement): Promise<void> => {
    if (!field.reportValidity()) return
    const overlap = field.value === '' ? null : Number(field.value)
    const done = `Item ${item.position} gets ${count(overlap ?? project.overlap, 'labeler')}.`
    if (await attempt(() => call('PATCH', `items/${item.id}`, { body: { overlap } }), done)) await onChanged()
  }
  return (
    <tr>
      <td>
        <a href={addressOf({ page: 'item', project: project.id, item: item.id })}>
          {item.position}. {excerptOf(item)}
        </a>
      </td>
      <td>{purposes[item.purpose]}</td>
      <td>
        {item.purpose === 'work' ? `${item.labels_done} of ${item.labels_needed}` : item.labels_done}
        {item.active > 0 && <small> {item.active} in work</small>}
      </td>
      <td>
        {item.skips.map(({ labeler, reason }) => (
          <p key={labeler}>
            {reason} <small>{nameOf(labeler)}</small>
          </p>
        ))}
      </td>
      <td>{item.adjudicated ? 'made' : ''}</td>
      <td>
        {/* Everyone takes the whole test, and every control item comes to everyone. */}
        {item.purpose === 'work' && (
          <input
            type="number"
            min="1"
            max="100"
            aria-label={`Labelers of item ${item.position}`}
            placeholder={String(project.overlap)}
            value={item.overlap ?? ''}
            onChange={(event) => void change(event.currentTarget)}
          />
        )}
      </td>
    </tr>
  )
}

/** How the last message of an item's prompt begins. */
function excerptOf({ prompt }: ItemObject): string {
  const text = textOf(prompt.at(-1)?.content ?? []).trim()
  if (text === '') return 'without words'
  return text.length <= EXCERPT ? text : `${text.slice(0, EXCERPT).trimEnd()}…`
}
