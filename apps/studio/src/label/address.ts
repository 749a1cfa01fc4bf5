/** @file Which labeling page is open; the part of the address behind `#/label` remembers it. */
import { type Signal, signal } from '@preact/signals'

/** The pages. */
export type Route =
  | { readonly page: 'projects' | 'new' | 'accounts' | 'prompts' | 'write' | 'keys' | 'account' }
  | { readonly page: 'log'; readonly subject: string | null }
  | { readonly page: 'invite' | 'reset'; readonly token: string }
  | { readonly page: 'work' | 'review' | 'statistics' | 'admin' | 'items'; readonly project: string }
  | { readonly page: 'item'; readonly project: string; readonly item: string }

/** Reads an address; anything unknown is the list of projects. */
export function parseRoute(hash: string): Route {
  const [first, id, page, item] = hash
    .replace(/^#\/label\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decode)
  if (first === 'new' || first === 'accounts' || first === 'keys' || first === 'account') return { page: first }
  if (first === 'prompts') return { page: id === 'new' ? 'write' : 'prompts' }
  if (first === 'log') return { page: 'log', subject: id ?? null }
  if ((first === 'invite' || first === 'reset') && id !== undefined) return { page: first, token: id }
  if (first !== 'p' || id === undefined) return { page: 'projects' }
  if (page === 'review' && item !== undefined) return { page: 'item', project: id, item }
  if (page === 'review' || page === 'statistics' || page === 'admin' || page === 'items') return { page, project: id }
  return { page: 'work', project: id }
}

/** The address of a page. */
export function addressOf(route: Route): string {
  switch (route.page) {
    case 'projects':
      return '#/label'
    case 'new':
    case 'accounts':
    case 'prompts':
    case 'keys':
    case 'account':
      return `#/label/${route.page}`
    case 'write':
      return '#/label/prompts/new'
    case 'log':
      return route.subject === null ? '#/label/log' : `#/label/log/${encodeURIComponent(route.subject)}`
    case 'invite':
    case 'reset':
      return `#/label/${route.page}/${encodeURIComponent(route.token)}`
    case 'work':
      return `#/label/p/${encodeURIComponent(route.project)}`
    case 'review':
    case 'statistics':
    case 'admin':
    case 'items':
      return `#/label/p/${encodeURIComponent(route.project)}/${route.page}`
    case 'item':
      return `#/label/p/${encodeURIComponent(route.project)}/review/${encodeURIComponent(route.item)}`
  }
}

/** The page that is open. */
export const route: Signal<Route> = signal({ page: 'projects' })

/** Opens a page. */
export function go(to: Route): void {
  location.hash = addressOf(to)
}

/** Keeps {@link route} and the address the same; call once. */
export function followRoute(): void {
  const read = (): void => {
    route.value = parseRoute(location.hash)
  }
  read()
  addEventListener('hashchange', read)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
