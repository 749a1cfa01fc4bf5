import type { ProjectObject, RoleName } from '@tony/server/protocol'
import { describe, expect, it } from 'vitest'
import { loadStatistics } from './statistics.ts'

describe("the page of a project's statistics", () => {
  /** What is asked for, behind the address of the project. */
  async function askedBy(role: RoleName, kind: ProjectObject['kind']): Promise<string[]> {
    const paths: string[] = []
    const answers = new Map<string, object>([
      ['', { kind }],
      ['/members', { members: [] }],
      ['/preferences', { pairs: [] }],
    ])
    await loadStatistics('p', role, async <T>(_: string, path: string) => {
      const rest = path.replace('projects/p', '')
      paths.push(rest)
      return (answers.get(rest) ?? {}) as T
    })
    return paths.sort()
  }

  it('asks for preferences between models only of comparisons, and only for an admin', async () => {
    expect(await askedBy('admin', 'comparison')).toEqual(['', '/members', '/preferences', '/progress', '/statistics'])
    for (const kind of ['demonstration', 'ratings'] as const) {
      expect(await askedBy('admin', kind)).toEqual(['', '/members', '/progress', '/statistics'])
    }
    expect(await askedBy('reviewer', 'comparison')).toEqual(['', '/progress', '/statistics'])
  })
})
