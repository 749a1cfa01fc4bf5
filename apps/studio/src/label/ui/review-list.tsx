import type { DisagreementObject, ProjectObject } from '@tony/server/protocol'
import type { JSX } from 'preact'
import { addressOf, go } from '../address.ts'
import { percent } from '../figures.ts'
import { useKeys } from '../keys.ts'
import { call } from '../wire.ts'
import { Frame } from './frame.tsx'
import { useLoaded } from './load.ts'
import { Problem } from './problem.tsx'
import { Table } from './table.tsx'

/** Items with several labels, those with least agreement first. */
export function ReviewList({ project: id }: { readonly project: string }): JSX.Element {
  const { value, problem } = useLoaded(async () => {
    const [project, list] = await Promise.all([
      call<ProjectObject>('GET', `projects/${id}`),
      call<{ items: DisagreementObject[] }>('GET', `projects/${id}/disagreements?limit=200`),
    ])
    return { project, items: list.items }
  }, id)
  const items = value.value?.items
  useKeys([
    {
      chords: ['Enter'],
      shown: 'Enter',
      does: 'Open the first item that has no decision',
      run: () => {
        const first = value.value?.items.find(({ adjudicated }) => !adjudicated)
        if (first !== undefined) go({ page: 'item', project: id, item: first.item_id })
      },
    },
  ])
  return (
    <Frame
      title={value.value === null ? 'Review' : `Review: ${value.value.project.name}`}
      project={value.value?.project ?? null}
    >
      <main class="column">
        <Problem text={problem.value} />
        {items?.length === 0 && <p class="muted">No item has two labels yet.</p>}
        {items !== undefined && items.length > 0 && (
          <Table columns={['Item', 'Labels', 'Agreement', 'Decision']}>
            {items.map(({ item_id, labels, agreement, adjudicated }, i) => (
              <tr key={item_id}>
                <td>
                  <a href={addressOf({ page: 'item', project: id, item: item_id })}>Item {i + 1}</a>
                </td>
                <td>{labels}</td>
                <td>{percent(agreement)}</td>
                <td>{adjudicated ? 'made' : 'open'}</td>
              </tr>
            ))}
          </Table>
        )}
      </main>
    </Frame>
  )
}
