import type { JSX } from 'preact'
import { addressOf } from '../address.ts'

/** Ways to what reviewers do in a project. */
export function ReviewLinks({ project }: { readonly project: string }): JSX.Element {
  return (
    <>
      <a class="button" href={addressOf({ page: 'review', project })}>
        Review
      </a>
      <a class="button" href={addressOf({ page: 'statistics', project })}>
        Statistics
      </a>
    </>
  )
}
