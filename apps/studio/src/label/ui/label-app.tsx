import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { announcement } from '../../talk/notices.ts'
import { NoticeBar } from '../../ui/notice-bar.tsx'
import { route } from '../address.ts'
import type { Keeper } from '../kept.ts'
import { openKeeper } from '../kept.ts'
import { account, meet, sessionProblem } from '../session.ts'
import { AccountView } from './account-view.tsx'
import { AccountsView } from './accounts-view.tsx'
import { ApiKeysView } from './api-keys-view.tsx'
import { ItemsView } from './items-view.tsx'
import { LogView } from './log-view.tsx'
import { NewProject } from './new-project.tsx'
import { Problem } from './problem.tsx'
import { ProjectAdmin } from './project-admin.tsx'
import { ProjectList } from './project-list.tsx'
import { PromptWriter } from './prompt-writer.tsx'
import { PromptsView } from './prompts-view.tsx'
import { ResetPassword } from './reset-password.tsx'
import { ReviewItem } from './review-item.tsx'
import { ReviewList } from './review-list.tsx'
import { SignIn } from './sign-in.tsx'
import { StatisticsView } from './statistics-view.tsx'
import { WorkView } from './work-view.tsx'
import { ZoomDialog } from './zoom.tsx'

/** All labeling pages. */
export function LabelApp(): JSX.Element {
  const keeper = useSignal<Keeper | null>(null)
  useEffect(() => {
    void meet()
    void openKeeper().then((opened) => (keeper.value = opened))
  }, [])
  return (
    <>
      <Page keeper={keeper.value} />
      <NoticeBar />
      <ZoomDialog />
      <div class="sr-only" role="status" aria-live="polite">
        {announcement}
      </div>
    </>
  )
}

function Page({ keeper }: { readonly keeper: Keeper | null }): JSX.Element | null {
  const open = route.value
  if (sessionProblem.value !== null) {
    return (
      <main class="entrance">
        <Problem text={sessionProblem.value} />
        <button type="button" class="button" onClick={() => void meet()}>
          Try again
        </button>
      </main>
    )
  }
  if (account.value === undefined || keeper === null) return null
  if (open.page === 'invite') return <SignIn key={open.token} invite={open.token} />
  if (open.page === 'reset') return <ResetPassword key={open.token} token={open.token} />
  if (account.value === null) return <SignIn invite={null} />
  switch (open.page) {
    case 'projects':
      return <ProjectList />
    case 'new':
      return <NewProject />
    case 'accounts':
      return <AccountsView />
    case 'prompts':
      return <PromptsView />
    case 'write':
      return <PromptWriter key={account.value.id} account={account.value.id} keeper={keeper} />
    case 'keys':
      return <ApiKeysView />
    case 'account':
      return <AccountView />
    case 'log':
      return <LogView key={open.subject} subject={open.subject} />
    case 'work':
      return <WorkView key={open.project} project={open.project} keeper={keeper} />
    case 'review':
      return <ReviewList key={open.project} project={open.project} />
    case 'item':
      return <ReviewItem key={open.item} project={open.project} item={open.item} />
    case 'statistics':
      return <StatisticsView key={open.project} project={open.project} />
    case 'items':
      return <ItemsView key={open.project} project={open.project} />
    case 'admin':
      return <ProjectAdmin key={open.project} project={open.project} />
  }
}
