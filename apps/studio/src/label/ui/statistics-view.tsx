import type {
  MemberObject,
  ModelPreferenceObject,
  ProgressObject,
  ProjectObject,
  StatisticsObject,
} from '@tony/server/protocol'
import type { JSX } from 'preact'
import { flags, flagTexts } from '../answer.ts'
import { coefficient, count, duration, percent } from '../figures.ts'
import { account } from '../session.ts'
import { loadStatistics } from '../statistics.ts'
import { Frame } from './frame.tsx'
import { useLoaded } from './load.ts'
import { Problem } from './problem.tsx'
import { Table } from './table.tsx'

/** How far a project is, and how far its labelers agree. */
export function StatisticsView({ project: id }: { readonly project: string }): JSX.Element {
  const { value, problem } = useLoaded(() => loadStatistics(id, account.value?.role), id)
  const found = value.value
  return (
    <Frame title={found === null ? 'Statistics' : `Statistics: ${found.project.name}`} project={found?.project ?? null}>
      <main class="column">
        <Problem text={problem.value} />
        {found !== null && (
          <>
            <ProgressPart progress={found.progress} />
            <AgreementPart project={found.project} statistics={found.statistics} />
            <ModelsPart pairs={found.pairs} />
            <LabelersPart statistics={found.statistics} members={found.members} />
          </>
        )}
      </main>
    </Frame>
  )
}

/** A bar, and what has been done and what not. */
export function ProgressPart({ progress }: { readonly progress: ProgressObject }): JSX.Element {
  const { items, complete, labels_done, labels_needed, active, skipped, adjudicated } = progress
  return (
    <section class="part" aria-label="Progress">
      <h2>Progress</h2>
      <progress
        max={Math.max(labels_needed, 1)}
        value={Math.min(labels_done, labels_needed)}
        aria-label="Labels done"
      />
      <p>
        {labels_done} of {count(labels_needed, 'label')}; {complete} of {count(items, 'item')} complete.
      </p>
      <p class="muted">
        {count(active, 'item')} in work, {skipped} skipped, {count(adjudicated, 'final decision')}.
      </p>
    </section>
  )
}

function AgreementPart(props: {
  readonly project: ProjectObject
  readonly statistics: StatisticsObject
}): JSX.Element | null {
  const { project, statistics: found } = props
  if (project.kind === 'demonstration') return null
  const rows: readonly (readonly [string, string, string])[] = [
    ...(project.kind === 'comparison'
      ? ([
          ['Pairwise agreement', percent(found.pairwise_agreement), 'a tie against a preference counts half'],
          ['Without ties', percent(found.strict_agreement), `${count(found.pairs, 'pair')} in all`],
          ["Kendall's τ", coefficient(found.kendall_tau_b), 'mean over every two labelers'],
          ["Krippendorff's α, order of pairs", coefficient(found.preference_alpha), 'nominal'],
        ] as const)
      : []),
    ["Krippendorff's α, overall quality", coefficient(found.overall_alpha.ordinal), 'ordinal'],
    ["Krippendorff's α, overall quality", coefficient(found.overall_alpha.interval), 'interval'],
  ]
  return (
    <section class="part" aria-label="Agreement">
      <h2>Agreement</h2>
      <p class="muted">
        {count(found.items_with_two_labels, 'item')} with at least two labels. α is 1 for perfect agreement and 0 for
        chance.
      </p>
      <dl class="figures">
        {rows.map(([name, figure, note]) => (
          <div key={name + note}>
            <dt>
              {name} <small>{note}</small>
            </dt>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>α of each yes/no question</summary>
        <dl class="figures">
          {flags.map((flag) => (
            <div key={flag}>
              <dt>{flagTexts[flag]}</dt>
              <dd>{coefficient(found.flag_alpha[flag])}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  )
}

/** Which model's outputs were preferred; the labelers did not see whose they were. */
function ModelsPart({ pairs }: { readonly pairs: readonly ModelPreferenceObject[] }): JSX.Element | null {
  if (pairs.length === 0) return null
  return (
    <section class="part" aria-label="Models">
      <h2>Models</h2>
      <p class="muted">
        Whose outputs were ranked first, by people who did not know whose they were. A tie counts half; the interval
        (95%) takes items as what varies.
      </p>
      <Table columns={['Preferred', 'Over', 'Share', 'Comparisons']}>
        {pairs.map((pair) => (
          <tr key={`${pair.model} ${pair.over}`}>
            <td>{pair.model}</td>
            <td>{pair.over}</td>
            <td>
              {percent(pair.share)}{' '}
              <small>
                {percent(pair.low)} to {percent(pair.high)}
              </small>
            </td>
            <td>
              {pair.comparisons}{' '}
              <small>
                {count(pair.ties, 'tie')}, {count(pair.items, 'item')}
              </small>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  )
}

function LabelersPart(props: {
  readonly statistics: StatisticsObject
  readonly members: readonly MemberObject[]
}): JSX.Element {
  const { statistics, members } = props
  const controls = statistics.labelers.some((one) => one.gold_answered > 0)
  const columns = ['Labeler', 'Done', 'Skipped', 'Pace', 'Agreement with the others']
  const nameOf = (labeler: string): string =>
    members.find((member) => member.labeler === labeler)?.account.name ?? labeler
  return (
    <section class="part" aria-label="Labelers">
      <h2>Labelers</h2>
      {controls && <p class="muted">Control items count in their own columns alone.</p>}
      {statistics.labelers.length === 0 ? (
        <p class="muted">Nobody has labeled anything yet.</p>
      ) : (
        <Table columns={controls ? [...columns, 'Control items', 'Agreement on control items'] : columns}>
          {statistics.labelers.map((one) => (
            <tr key={one.labeler}>
              <td>{nameOf(one.labeler)}</td>
              <td>{one.submitted}</td>
              <td>{one.skipped}</td>
              <td>{duration(one.median_seconds)}</td>
              <td>
                {percent(one.agreement_with_others)}
                {one.pairs_with_others > 0 && <small> of {count(one.pairs_with_others, 'pair')}</small>}
              </td>
              {controls && (
                <>
                  <td>{one.gold_answered}</td>
                  <td>
                    {percent(one.gold_agreement)}
                    {one.gold_judgments > 0 && <small> of {count(one.gold_judgments, 'judgment')}</small>}
                  </td>
                </>
              )}
            </tr>
          ))}
        </Table>
      )}
    </section>
  )
}
