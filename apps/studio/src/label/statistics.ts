/** @file What the page of a project's statistics shows, as the role of whoever looks allows it. */
import type {
  MemberObject,
  ModelPreferenceObject,
  ProgressObject,
  ProjectObject,
  RoleName,
  StatisticsObject,
} from '@tony/server/protocol'
import { call } from './wire.ts'

/** Everything on the page. */
export interface StatisticsPage {
  readonly project: ProjectObject
  readonly progress: ProgressObject
  readonly statistics: StatisticsObject
  /** None for reviewers, who judge labels without knowing whose they are. */
  readonly members: readonly MemberObject[]
  /** None for reviewers, who must not learn whose outputs do well, and where outputs are not compared. */
  readonly pairs: readonly ModelPreferenceObject[]
}

/** Loads the page. @throws ApiFailure */
export async function loadStatistics(
  id: string,
  role: RoleName | undefined,
  ask: <T>(method: string, path: string) => Promise<T> = call,
): Promise<StatisticsPage> {
  const admin = role === 'admin'
  const asked = ask<ProjectObject>('GET', `projects/${id}`)
  const [project, progress, statistics, { members }, { pairs }] = await Promise.all([
    asked,
    ask<ProgressObject>('GET', `projects/${id}/progress`),
    ask<StatisticsObject>('GET', `projects/${id}/statistics`),
    admin ? ask<{ members: MemberObject[] }>('GET', `projects/${id}/members`) : { members: [] },
    asked.then(({ kind }) =>
      admin && kind === 'comparison'
        ? ask<{ pairs: ModelPreferenceObject[] }>('GET', `projects/${id}/preferences`)
        : { pairs: [] },
    ),
  ])
  return { project, progress, statistics, members, pairs }
}
